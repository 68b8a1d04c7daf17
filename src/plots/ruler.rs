//! An axis that lies below rows of shapes.

use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::element::PathElement;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::PlotError;
use super::axis::Axis;
use super::canvas::{Canvas, at, stroke, text, write};
use super::palette::{GREY, RULE};

/// An axis, and what is drawn at its values.
pub(super) struct Ruler<'a, 'b> {
    pub(super) canvas: &'a Canvas<'b>,
    pub(super) axis: &'a Axis,
    /// Where the axis begins, in pixels from the left.
    pub(super) left: f64,
    /// Where it ends.
    pub(super) right: f64,
}

impl Ruler<'_, '_> {
    /// A value as a coordinate of the drawing.
    pub(super) fn x(&self, value: f64) -> i32 {
        self.axis.map(&value, (at(self.left), at(self.right)))
    }

    /// Draws the axis at a height in pixels, its numbers below.
    pub(super) fn draw_axis(&self, y: f64) -> Result<(), PlotError> {
        let Axis { range, ticks, .. } = self.axis;
        self.line((range.start, y), (range.end, y), RULE, 1.0)?;
        for &tick in ticks {
            self.line((tick, y), (tick, y + 4.0), RULE, 1.0)?;
            let below = text(GREY, 11.0).pos(Pos::new(HPos::Center, VPos::Center));
            let x = f64::from(self.x(tick)) / f64::from(at(1.0));
            write(self.canvas, &self.axis.format_ext(&tick), (x, y + 13.0), below)?;
        }
        Ok(())
    }

    /// Draws a line between two places, each a value and a height in pixels.
    pub(super) fn line(&self, from: (f64, f64), to: (f64, f64), colour: RGBColor, width: f64) -> Result<(), PlotError> {
        let ends = [(self.x(from.0), at(from.1)), (self.x(to.0), at(to.1))];
        Ok(self.canvas.draw(&PathElement::new(ends, stroke(colour.mix(1.0), width)))?)
    }
}
