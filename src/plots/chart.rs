//! A pair of axes, and the shapes drawn between them.

use std::ops::Range;

use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::element::{DashedPathElement, PathElement, Polygon};
use plotters::style::{Color, TRANSPARENT, WHITE};

use super::PlotError;
use super::axis::Axis;
use super::canvas::{Canvas, bold, length, size, stroke, text, text_width, write};
use super::curve::{Point, thin};
use super::palette::{GREY, INK, MESH, Marker, RULE};

/// Pixels above the mesh, for the title.
const TOP: f64 = 27.0;
/// Pixels left of the mesh, for the values, unless one of them needs more.
const LEFT: f64 = 50.0;
/// Pixels below the mesh, for the steps.
const BOTTOM: f64 = 24.0;
/// Pixels right of the mesh, for half of the last number.
const RIGHT: f64 = 14.0;
/// The size of the numbers.
const LABEL: f64 = 11.0;

/// Axes over the whole of a canvas.
pub(super) struct Chart<'a, 'b> {
    context: ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>,
    /// The steps and the value that a pixel spans.
    pixel: Point,
}

/// How many ticks an axis over a canvas should have: that of the steps, and that of the values.
pub(super) fn tick_counts(canvas: &Canvas<'_>) -> (f64, f64) {
    let (width, height) = size(canvas);
    let across = (width - LEFT - RIGHT) / 75.0;
    let up = (height - TOP - BOTTOM) / 32.0;
    (across.min(8.0), up.min(7.0))
}

impl<'a, 'b> Chart<'a, 'b> {
    /// Draws the axes and the title.
    pub(super) fn new(canvas: &'a Canvas<'b>, title: &str, steps: &Axis, values: &Axis) -> Result<Self, PlotError> {
        write(canvas, title, (7.0, 9.0), bold(INK, 12.0))?;
        let label_width = |tick| text_width(&values.format_ext(tick), LABEL) + 10.0;
        let left = values.ticks.iter().map(label_width).fold(LEFT, f64::max);
        let mut context = ChartBuilder::on(canvas)
            .margin_top(length(TOP))
            .margin_right(length(RIGHT))
            .set_label_area_size(LabelAreaPosition::Left, length(left))
            .set_label_area_size(LabelAreaPosition::Bottom, length(BOTTOM))
            .build_cartesian_2d(steps.clone(), values.clone())?;
        context
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(stroke(MESH, 1.0))
            .light_line_style(TRANSPARENT)
            .axis_style(stroke(RULE, 1.0))
            .label_style(text(GREY, LABEL))
            .set_all_tick_mark_size(length(4.0))
            .draw()?;
        let (width, height) = size(&context.plotting_area().strip_coord_spec());
        let span = |axis: &Axis| axis.range.end - axis.range.start;
        Ok(Self { context, pixel: (span(steps) / width, span(values) / height) })
    }

    /// Draws a line, or a dot where there is but one point.
    pub(super) fn line(&self, points: &[Point], colour: impl Color, width: f64) -> Result<(), PlotError> {
        if let &[point] = points {
            return self.polygon(self.outline(Marker::Circle, point, width * 2.0), colour);
        }
        let line = PathElement::new(thin(points, self.pixel.0), stroke(colour, width));
        Ok(self.context.plotting_area().draw(&line)?)
    }

    /// Draws a line that may go back and forth.
    pub(super) fn path(&self, points: &[Point], colour: impl Color, width: f64) -> Result<(), PlotError> {
        let path = PathElement::new(points.to_vec(), stroke(colour, width));
        Ok(self.context.plotting_area().draw(&path)?)
    }

    /// Draws a dashed line.
    pub(super) fn dashes(&self, points: &[Point], colour: impl Color) -> Result<(), PlotError> {
        let points = thin(points, self.pixel.0);
        let dashes = DashedPathElement::new(points, length(6.0), length(4.0), stroke(colour, 1.4));
        Ok(self.context.plotting_area().draw(&dashes)?)
    }

    /// Fills what is between two lines.
    pub(super) fn band(&self, low: &[Point], high: &[Point], colour: impl Color) -> Result<(), PlotError> {
        let (low, high) = (thin(low, self.pixel.0), thin(high, self.pixel.0));
        self.polygon(low.into_iter().chain(high.into_iter().rev()).collect(), colour)
    }

    /// Draws a marker for the beginning of a path.
    pub(super) fn small_marker(&self, marker: Marker, point: Point, colour: impl Color) -> Result<(), PlotError> {
        self.polygon(self.outline(marker, point, 2.2), colour)
    }

    /// Draws a marker, with an edge of white that lifts it off the lines.
    pub(super) fn marker(&self, marker: Marker, point: Point, colour: impl Color) -> Result<(), PlotError> {
        self.polygon(self.outline(marker, point, 5.0), WHITE)?;
        self.polygon(self.outline(marker, point, 3.7), colour)
    }

    /// Fills a bar from zero up, over a stretch of the axis below; neighbours stand a little apart.
    pub(super) fn bar(&self, over: Range<f64>, height: f64, colour: impl Color) -> Result<(), PlotError> {
        let gap = (0.5 * self.pixel.0).min((over.end - over.start) / 8.0);
        let (left, right) = (over.start + gap, over.end - gap);
        self.polygon(vec![(left, 0.0), (left, height), (right, height), (right, 0.0)], colour)
    }

    fn outline(&self, marker: Marker, (steps, value): Point, radius: f64) -> Vec<Point> {
        let corner = |(right, down)| (steps + right * self.pixel.0, value - down * self.pixel.1);
        marker.outline(radius).map(corner).collect()
    }

    fn polygon(&self, corners: Vec<Point>, colour: impl Color) -> Result<(), PlotError> {
        Ok(self.context.plotting_area().draw(&Polygon::new(corners, colour.filled()))?)
    }
}
