//! The scale of a heat map: what its shades stand for.

use plotters::element::Rectangle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBAColor};

use super::PlotError;
use super::canvas::{Canvas, at, text, text_width, write};
use super::palette::{GREY, RULE};

/// The height of a scale with the room around it.
pub(super) const HEIGHT: f64 = 26.0;
const BAR: f64 = 12.0;
const WIDTH: f64 = 120.0;
const STEPS: u32 = 24;
const SIZE: f64 = 11.0;
const GAP: f64 = 6.0;

/// Draws a scale from left to right, with words for its ends; `shade` gives the shade at a place from 0 to 1.
pub(super) fn draw(
    canvas: &Canvas<'_>,
    (left, top): (f64, f64),
    (from, to): (&str, &str),
    shade: impl Fn(f64) -> RGBAColor,
) -> Result<(), PlotError> {
    let middle = top + HEIGHT / 2.0;
    let (bar, low, high) = (left + text_width(from, SIZE) + GAP, at(middle - BAR / 2.0), at(middle + BAR / 2.0));
    write(canvas, from, (bar - GAP, middle), text(GREY, SIZE).pos(Pos::new(HPos::Right, VPos::Center)))?;
    let edge = |step: u32| at(bar + WIDTH * f64::from(step) / f64::from(STEPS));
    for step in 0..STEPS {
        let shade = shade((f64::from(step) + 0.5) / f64::from(STEPS));
        canvas.draw(&Rectangle::new([(edge(step), low), (edge(step + 1), high)], shade.filled()))?;
    }
    canvas.draw(&Rectangle::new([(edge(0), low), (edge(STEPS), high)], RULE.stroke_width(1)))?;
    write(canvas, to, (bar + WIDTH + GAP, middle), text(GREY, SIZE))
}
