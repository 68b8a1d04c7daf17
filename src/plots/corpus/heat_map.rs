//! A heat map: which pitch classes are played in which key.

use gradus_music::{PitchClass, summary::PitchClassesOfKey};
use plotters::element::Rectangle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBAColor, RGBColor, TextStyle};

use super::super::PlotError;
use super::super::canvas::{Canvas, at, sheet, text, write};
use super::super::palette::{GREY, INK, Look};
use super::super::shades;
use super::WIDTH;

/// Left of the cells, for the keys.
const LEFT: f64 = 68.0;
/// Right of the cells, for the pieces.
const RIGHT: f64 = 48.0;
/// Above the cells, for the pitch classes.
const TOP: f64 = 28.0;
const BOTTOM: f64 = 6.0;
const ROW: f64 = 21.0;
/// Around a cell.
const GAP: f64 = 0.5;
/// How much colour the darkest cell has, 0 to 1: as much as leaves its number readable.
const DARKEST: f64 = 0.6;

/// Draws a row a key and a column a pitch class: each cell the share of the key's notes, in percent. The darker, the
/// more; the number says it without the shade.
pub fn draw(rows: &[PitchClassesOfKey]) -> Result<String, PlotError> {
    let height = TOP + ROW * rows.len() as f64 + BOTTOM + shades::HEIGHT;
    let darkest = rows.iter().flat_map(shares).fold(0.0, f64::max);
    sheet((WIDTH, height), "Pitch classes by key", |canvas| {
        let most = format!("{:.0} % of the notes in a key", 100.0 * darkest);
        shades::draw(canvas, (LEFT, height - shades::HEIGHT), ("0 %", &most), shade)?;
        for (column, class) in PitchClass::all().enumerate() {
            write(canvas, &class.to_string(), (middle(column), TOP / 2.0), centred(INK))?;
        }
        let right = |colour| text(colour, 11.0).pos(Pos::new(HPos::Right, VPos::Center));
        write(canvas, "key", (LEFT - 6.0, TOP / 2.0), right(GREY))?;
        write(canvas, "pieces", (WIDTH - 4.0, TOP / 2.0), right(GREY))?;
        for (index, row) in rows.iter().enumerate() {
            let top = TOP + ROW * index as f64;
            let y = top + ROW / 2.0;
            write(canvas, &row.key.to_string(), (LEFT - 6.0, y), right(INK))?;
            write(canvas, &row.pieces.to_string(), (WIDTH - 4.0, y), right(GREY))?;
            for (column, share) in shares(row).into_iter().enumerate() {
                cell(canvas, (column, top), share, share / darkest.max(f64::MIN_POSITIVE))?;
            }
        }
        Ok(())
    })
}

/// The share of each pitch class in the notes of a key, 0 to 1.
fn shares(row: &PitchClassesOfKey) -> [f64; 12] {
    let all = row.notes.iter().sum::<usize>().max(1) as f64;
    row.notes.map(|notes| notes as f64 / all)
}

/// One cell; `darkness` from 0, which is white, to 1.
fn cell(canvas: &Canvas<'_>, (column, top): (usize, f64), share: f64, darkness: f64) -> Result<(), PlotError> {
    let (left, right) = (middle(column) - width() / 2.0, middle(column) + width() / 2.0);
    // A little apart, so that cells of one shade stay cells.
    let corners = [(at(left + GAP), at(top + GAP)), (at(right - GAP), at(top + ROW - GAP))];
    canvas.draw(&Rectangle::new(corners, shade(darkness).filled()))?;
    if share == 0.0 {
        return Ok(());
    }
    let percent = 100.0 * share;
    let words = if percent < 0.5 { "·".to_owned() } else { format!("{percent:.0}") };
    write(canvas, &words, (middle(column), top + ROW / 2.0), centred(INK))
}

/// The shade of a darkness from 0 to 1.
fn shade(darkness: f64) -> RGBAColor {
    Look::of(0).colour.mix(DARKEST * darkness)
}

fn centred(colour: RGBColor) -> TextStyle<'static> {
    text(colour, 11.0).pos(Pos::new(HPos::Center, VPos::Center))
}

/// The width of a cell.
fn width() -> f64 {
    (WIDTH - LEFT - RIGHT) / 12.0
}

/// The middle of a column.
fn middle(column: usize) -> f64 {
    LEFT + (column as f64 + 0.5) * width()
}
