//! A box plot: quartiles and range of all values, and below them the pieces that are unlike the others.

use gradus_music::summary::{Outliers, Quantity, Statistics};
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, WHITE};

use super::super::PlotError;
use super::super::axis::Axis;
use super::super::canvas::{Canvas, at, length, sheet, stroke, text, write};
use super::super::palette::{GREY, INK, Look, Marker, RULE};
use super::WIDTH;

const HEIGHT: f64 = 150.0;
/// Left of the axis, for the names of the two lanes.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 22.0;
/// The middle of the lane of all values.
const VALUES: f64 = 30.0;
/// The middle of the lane of the pieces.
const PIECES: f64 = 74.0;
/// Where the axis is.
const AXIS: f64 = 100.0;

/// Draws the box plot of a quantity: whiskers to the smallest and the largest value, a box from the lower to the upper
/// quartile, a line at the median and a diamond at the mean. Below it a bar spans what is usual for a piece, and a
/// ring is a piece beyond it.
pub fn draw(quantity: &Quantity) -> Result<String, PlotError> {
    let Outliers { lower_fence, upper_fence, pieces } = &quantity.outliers;
    let Statistics { min, max, .. } = quantity.statistics;
    let ends = pieces.iter().map(|piece| piece.value).chain([min, max]);
    let axis = Axis::around(ends, 6.0);
    sheet((WIDTH, HEIGHT), "Box plot", |canvas| {
        let lane = Lane { canvas, axis: &axis };
        lane.draw_axis(quantity.unit)?;
        lane.draw_box(&quantity.statistics)?;
        lane.draw_fences(*lower_fence, *upper_fence)?;
        for piece in pieces {
            let ring = Circle::new((lane.x(piece.value), at(PIECES)), length(3.6), stroke(INK.mix(0.65), 1.1));
            canvas.draw(&ring)?;
        }
        for (name, y) in [("values", VALUES), ("pieces", PIECES)] {
            write(canvas, name, (8.0, y), text(INK, 12.0))?;
        }
        Ok(())
    })
}

/// What is drawn at values of an axis.
struct Lane<'a, 'b> {
    canvas: &'a Canvas<'b>,
    axis: &'a Axis,
}

impl Lane<'_, '_> {
    /// A value as a coordinate of the drawing, within the axis.
    fn x(&self, value: f64) -> i32 {
        let range = &self.axis.range;
        self.axis.map(&value.clamp(range.start, range.end), (at(LEFT), at(WIDTH - RIGHT)))
    }

    fn draw_axis(&self, unit: &str) -> Result<(), PlotError> {
        let Axis { range, ticks, .. } = self.axis;
        let line = [(self.x(range.start), at(AXIS)), (self.x(range.end), at(AXIS))];
        self.canvas.draw(&PathElement::new(line, stroke(RULE, 1.0)))?;
        let below = |size| text(GREY, size).pos(Pos::new(HPos::Center, VPos::Center));
        for tick in ticks {
            let x = self.x(*tick);
            self.canvas.draw(&PathElement::new([(x, at(AXIS)), (x, at(AXIS + 4.0))], stroke(RULE, 1.0)))?;
            write(self.canvas, &self.axis.format_ext(tick), (f64::from(x) / 10.0, AXIS + 13.0), below(11.0))?;
        }
        let unit_style = text(INK, 12.0).pos(Pos::new(HPos::Center, VPos::Center));
        write(self.canvas, unit, (WIDTH / 2.0, HEIGHT - 15.0), unit_style)
    }

    fn draw_box(&self, statistics: &Statistics) -> Result<(), PlotError> {
        let Statistics { min, lower_quartile, median, mean, upper_quartile, max, .. } = *statistics;
        let line = |from: (f64, f64), to: (f64, f64), width| {
            let ends = [(self.x(from.0), at(VALUES + from.1)), (self.x(to.0), at(VALUES + to.1))];
            self.canvas.draw(&PathElement::new(ends, stroke(INK, width)))
        };
        line((min, 0.0), (max, 0.0), 1.2)?;
        for end in [min, max] {
            line((end, -7.0), (end, 7.0), 1.2)?;
        }
        let corners = [(self.x(lower_quartile), at(VALUES - 14.0)), (self.x(upper_quartile), at(VALUES + 14.0))];
        self.canvas.draw(&Rectangle::new(corners, WHITE.filled()))?;
        self.canvas.draw(&Rectangle::new(corners, Look::of(0).faint().filled()))?;
        self.canvas.draw(&Rectangle::new(corners, stroke(INK, 1.2)))?;
        line((median, -14.0), (median, 14.0), 2.6)?;
        let corner = |(right, down)| (self.x(mean) + at(right), at(VALUES + down));
        for (radius, colour) in [(5.5, WHITE), (4.0, Look::of(1).colour)] {
            let corners: Vec<_> = Marker::Diamond.outline(radius).map(corner).collect();
            self.canvas.draw(&Polygon::new(corners, colour.filled()))?;
        }
        Ok(())
    }

    fn draw_fences(&self, lower: f64, upper: f64) -> Result<(), PlotError> {
        let range = &self.axis.range;
        let span = [(self.x(lower), at(PIECES)), (self.x(upper), at(PIECES))];
        self.canvas.draw(&DashedPathElement::new(span, length(4.0), length(3.0), stroke(GREY, 1.2)))?;
        for fence in [lower, upper].into_iter().filter(|fence| range.contains(fence)) {
            let ends = [(self.x(fence), at(PIECES - 8.0)), (self.x(fence), at(PIECES + 8.0))];
            self.canvas.draw(&PathElement::new(ends, stroke(GREY, 1.6)))?;
        }
        Ok(())
    }
}
