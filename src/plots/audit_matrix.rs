//! The matrix of an audit: how probably music ranks above each material, by each term.

use plotters::element::{PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBAColor, TextStyle};

use super::PlotError;
use super::canvas::{Canvas, at, bold, sheet, stroke, text, text_width, write};
use super::palette::{GREY, INK, Look};
use super::shades;
use crate::audit::{Audit, Comparison, Kind, TermReport};

const COLUMN: f64 = 42.0;
const ROW: f64 = 24.0;
/// Around the drawing, and between kinds of materials.
const MARGIN: f64 = 8.0;
/// Around a cell.
const GAP: f64 = 0.5;
const SIZE: f64 = 12.0;
/// The least width.
const LEAST: f64 = 360.0;
/// How much colour the darkest cell has, 0 to 1: as much as leaves its number readable.
const DARKEST: f64 = 0.65;

/// Draws a row a term, the total last, and a column a material: each cell the probability that music ranks above. The
/// darker, the less probable; the number says it without the shade. A frame is drawn around what is flagged.
pub fn draw(audit: &Audit) -> Result<String, PlotError> {
    let rows: Vec<&TermReport> = audit.rows().collect();
    let columns = &audit.total.comparisons;
    let longest = |names: &mut dyn Iterator<Item = &str>| names.map(|name| text_width(name, SIZE)).fold(0.0, f64::max);
    let left = MARGIN + longest(&mut rows.iter().map(|row| row.name.as_str())) + MARGIN;
    let top = MARGIN + longest(&mut columns.iter().map(|column| column.material.as_str())) + MARGIN;
    let places = places(columns, left);
    let width = places.last().map_or(left, |last| last + COLUMN) + MARGIN;
    let total = rows.len().saturating_sub(1);
    // The total stands a little apart.
    let row_top = |row: usize| top + ROW * row as f64 + if row == total { MARGIN } else { 0.0 };
    let below = row_top(total) + ROW + MARGIN;
    // A narrow matrix has room for its scale all the same.
    sheet((width.max(LEAST), below + shades::HEIGHT), "Audit matrix", |canvas| {
        shades::draw(canvas, (MARGIN, below), ("music above with probability 0", "1"), shade)?;
        for (column, x) in columns.iter().zip(&places) {
            upward(canvas, &column.material, (x + COLUMN / 2.0, top - MARGIN))?;
        }
        for (index, row) in rows.iter().enumerate() {
            let y = row_top(index);
            let style = if index == total { bold(INK, SIZE) } else { text(INK, SIZE) };
            write(canvas, &row.name, (left - MARGIN, y + ROW / 2.0), style.pos(Pos::new(HPos::Right, VPos::Center)))?;
            for (comparison, x) in row.comparisons.iter().zip(&places) {
                let flagged = row.findings.iter().any(|finding| finding.materials.contains(&comparison.material));
                cell(canvas, (*x, y), comparison, flagged)?;
            }
        }
        Ok(())
    })
}

/// The left edge of each column; kinds stand a little apart.
fn places(columns: &[Comparison], left: f64) -> Vec<f64> {
    let mut x = left;
    let mut before: Option<Kind> = None;
    let place = |column: &Comparison| {
        if before.is_some_and(|kind| kind != column.kind) {
            x += MARGIN;
        }
        before = Some(column.kind);
        x += COLUMN;
        x - COLUMN
    };
    columns.iter().map(place).collect()
}

fn cell(canvas: &Canvas<'_>, (x, y): (f64, f64), comparison: &Comparison, flagged: bool) -> Result<(), PlotError> {
    let (left, right, top, bottom) = (at(x + GAP), at(x + COLUMN - GAP), at(y + GAP), at(y + ROW - GAP));
    canvas.draw(&Rectangle::new([(left, top), (right, bottom)], shade(comparison.probability).filled()))?;
    if flagged {
        let edge = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        canvas.draw(&PathElement::new(edge, stroke(INK, 2.0)))?;
    }
    let style = if flagged { bold(INK, SIZE) } else { text(INK, SIZE) };
    let centred = style.pos(Pos::new(HPos::Center, VPos::Center));
    write(canvas, &format!("{:.2}", comparison.probability), (x + COLUMN / 2.0, y + ROW / 2.0), centred)
}

/// The shade of a probability.
fn shade(probability: f64) -> RGBAColor {
    Look::of(0).colour.mix(DARKEST * (1.0 - probability))
}

/// Words that run upward from a place.
fn upward(canvas: &Canvas<'_>, words: &str, place: (f64, f64)) -> Result<(), PlotError> {
    let style = text(GREY, SIZE);
    let turned = TextStyle { font: style.font.transform(FontTransform::Rotate270), ..style };
    write(canvas, words, place, turned.pos(Pos::new(HPos::Left, VPos::Center)))
}
