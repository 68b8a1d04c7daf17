//! Box plots: all values, and the pieces, of which some are unlike the others.

use gradus_music::summary::{Outlier, Quantity, Statistics};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::{Color, WHITE};

use super::super::PlotError;
use super::super::axis::Axis;
use super::super::canvas::{Canvas, at, bold, length, sheet, stroke, write};
use super::super::palette::{INK, Look, Marker};
use super::super::ruler::Ruler;
use super::WIDTH;

/// The height of a lane with its title and its axis.
const LANE: f64 = 88.0;
/// From the top of a lane to its title.
const TITLE: f64 = 10.0;
/// From the top of a lane to the middle of its box.
const BOX: f64 = 38.0;
/// From the top of a lane to its axis.
const AXIS: f64 = 60.0;
const LEFT: f64 = 14.0;
const RIGHT: f64 = 22.0;

/// Draws the box plots of a quantity, each on an axis of its own: that of all values, with whiskers to the smallest and
/// the largest, and that of the pieces, with whiskers to the last that are no outliers and a ring an outlier. A box
/// reaches from the lower to the upper quartile, with a line at the median and a diamond at the mean. Where a piece has but
/// one value the pieces are all there is.
pub fn draw(quantity: &Quantity) -> Result<String, PlotError> {
    let Quantity { unit, statistics, outliers, .. } = quantity;
    let whiskers = (outliers.lower_whisker, outliers.upper_whisker);
    let title = format!("pieces by {} ({unit})", outliers.by);
    let pieces = Lane { title, statistics: &outliers.statistics, whiskers, outliers: &outliers.pieces };
    let mut lanes = vec![pieces];
    if *statistics != outliers.statistics {
        let (title, whiskers) = (format!("all values ({unit})"), (statistics.min, statistics.max));
        lanes.insert(0, Lane { title, statistics, whiskers, outliers: &[] });
    }
    sheet((WIDTH, LANE * lanes.len() as f64), "Box plot", |canvas| {
        let tops = (0..).map(|lane| LANE * f64::from(lane));
        lanes.iter().zip(tops).try_for_each(|(lane, top)| lane.draw(canvas, top))
    })
}

/// One box with what belongs to it.
struct Lane<'a> {
    title: String,
    statistics: &'a Statistics,
    whiskers: (f64, f64),
    outliers: &'a [Outlier],
}

impl Lane<'_> {
    fn draw(&self, canvas: &Canvas<'_>, top: f64) -> Result<(), PlotError> {
        let ends = self.outliers.iter().map(|outlier| outlier.value).chain([self.whiskers.0, self.whiskers.1]);
        let axis = Axis::around(ends.chain([self.statistics.mean]), 6.0);
        let ruler = Ruler { canvas, axis: &axis, left: LEFT, right: WIDTH - RIGHT };
        write(canvas, &self.title, (7.0, top + TITLE), bold(INK, 12.0))?;
        ruler.draw_axis(top + AXIS)?;
        draw_box(&ruler, self.statistics, self.whiskers, top + BOX)?;
        for outlier in self.outliers {
            let place = (ruler.x(outlier.value), at(top + BOX));
            canvas.draw(&Circle::new(place, length(3.6), stroke(INK.mix(0.65), 1.1)))?;
        }
        Ok(())
    }
}

/// Draws a box with its whiskers around a height in pixels.
fn draw_box(ruler: &Ruler<'_, '_>, statistics: &Statistics, (low, high): (f64, f64), y: f64) -> Result<(), PlotError> {
    let Statistics { lower_quartile, median, mean, upper_quartile, .. } = *statistics;
    let line = |from: (f64, f64), to: (f64, f64), width| ruler.line((from.0, y + from.1), (to.0, y + to.1), INK, width);
    line((low, 0.0), (high, 0.0), 1.2)?;
    for end in [low, high] {
        line((end, -7.0), (end, 7.0), 1.2)?;
    }
    let (left, right, top, bottom) = (ruler.x(lower_quartile), ruler.x(upper_quartile), at(y - 13.0), at(y + 13.0));
    let corners = [(left, top), (right, bottom)];
    ruler.canvas.draw(&Rectangle::new(corners, WHITE.filled()))?;
    ruler.canvas.draw(&Rectangle::new(corners, Look::of(0).faint().filled()))?;
    // Drawn as a line, because plotters gives every rectangle the thinnest edge there is.
    let edge = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    ruler.canvas.draw(&PathElement::new(edge, stroke(INK, 1.2)))?;
    line((median, -13.0), (median, 13.0), 2.6)?;
    let corner = |(right, down)| (ruler.x(mean) + at(right), at(y + down));
    for (radius, colour) in [(5.5, WHITE), (4.0, Look::of(1).colour)] {
        let corners: Vec<_> = Marker::Diamond.outline(radius).map(corner).collect();
        ruler.canvas.draw(&Polygon::new(corners, colour.filled()))?;
    }
    Ok(())
}
