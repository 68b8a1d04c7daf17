//! The names of the runs beside what stands for them.

use plotters::element::{DashedPathElement, PathElement, Polygon};
use plotters::style::Color;

use super::canvas::{Canvas, at, length, stroke, text, text_width, write};
use super::palette::{GREY, INK, Look};
use super::{PlotError, RunSeries};

/// The height of a line of the legend, in pixels.
const LINE: f64 = 20.0;

/// The size of the words.
const SIZE: f64 = 12.0;
/// The width of a line and its marker, with the gap to the words.
const SWATCH: f64 = 34.0;
/// The gap between a line and its words.
const GAP: f64 = 6.0;
/// The gap between entries.
const SPACE: f64 = 18.0;

/// An entry, and where it begins.
struct Entry<'a> {
    words: &'a str,
    /// `None` for the baseline.
    look: Option<Look>,
    x: f64,
    y: f64,
}

/// What the lines of a figure stand for, laid out in lines of a width.
pub(super) struct Legend<'a>(Vec<Entry<'a>>);

impl<'a> Legend<'a> {
    /// Lays the legend out. A single run needs none, because the figure names it.
    pub(super) fn new(runs: &'a [RunSeries], baseline: bool, width: f64) -> Self {
        let names = runs.iter().enumerate().map(|(index, run)| (run.name.as_str(), Some(Look::of(index))));
        Self::lay_out(names.filter(|_| runs.len() > 1).chain(baseline.then_some(("random agent", None))), width)
    }

    /// The same for lines that are not runs.
    pub(super) fn of(entries: impl Iterator<Item = (&'a str, Look)>, width: f64) -> Self {
        Self::lay_out(entries.map(|(words, look)| (words, Some(look))), width)
    }

    fn lay_out(entries: impl Iterator<Item = (&'a str, Option<Look>)>, width: f64) -> Self {
        let (mut x, mut y) = (0.0, 0.0);
        let place = |(words, look)| {
            let wide = SWATCH + text_width(words, SIZE);
            if x > 0.0 && x + wide > width {
                (x, y) = (0.0, y + LINE);
            }
            let entry = Entry { words, look, x, y };
            x += wide + SPACE;
            entry
        };
        Self(entries.map(place).collect())
    }

    /// The height in pixels; zero if there is nothing to tell.
    pub(super) fn height(&self) -> f64 {
        self.0.last().map_or(0.0, |entry| entry.y + LINE)
    }

    /// Draws the legend with its upper left corner at a place in pixels.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, (left, top): (f64, f64)) -> Result<(), PlotError> {
        for entry in &self.0 {
            let (x, y) = (left + entry.x, top + entry.y + LINE / 2.0);
            match entry.look {
                Some(look) => swatch(canvas, (x, y), look)?,
                None => dashes(canvas, (x, y))?,
            }
            write(canvas, entry.words, (x + SWATCH, y), text(INK, SIZE))?;
        }
        Ok(())
    }
}

fn swatch(canvas: &Canvas<'_>, (x, y): (f64, f64), look: Look) -> Result<(), PlotError> {
    canvas.draw(&PathElement::new(ends((x, y)), stroke(look.colour, 1.8)))?;
    let middle = x + (SWATCH - GAP) / 2.0;
    let corner = |(right, down)| (at(middle + right), at(y + down));
    let corners: Vec<_> = look.marker.outline(4.0).map(corner).collect();
    Ok(canvas.draw(&Polygon::new(corners, look.colour.filled()))?)
}

fn dashes(canvas: &Canvas<'_>, (x, y): (f64, f64)) -> Result<(), PlotError> {
    let ends = ends((x, y));
    Ok(canvas.draw(&DashedPathElement::new(ends, length(6.0), length(4.0), stroke(GREY, 1.4)))?)
}

/// The ends of the line of a swatch.
fn ends((x, y): (f64, f64)) -> [(i32, i32); 2] {
    [(at(x), at(y)), (at(x + SWATCH - GAP), at(y))]
}
