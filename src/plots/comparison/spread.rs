//! A line an algorithm with the band of its intervals.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, WHITE};

use super::super::PlotError;
use super::super::axis::Axis;
use super::super::canvas::{length, sheet, text, write};
use super::super::chart::{Chart, tick_counts};
use super::super::curve::Point;
use super::super::legend::Legend;
use super::super::palette::{INK, Look};
use super::super::panel::draw_markers;
use super::WIDTH;
use crate::statistics::Estimate;

/// The height without the legend.
const HEIGHT: f64 = 300.0;
/// Below the axis, for its name.
const FOOT: f64 = 20.0;
const MARGIN: f64 = 7.0;

/// A chart of lines with bands.
pub(super) struct Spread<'a> {
    /// What it is, in a word or two.
    pub(super) title: &'static str,
    /// What is told upwards.
    pub(super) value: String,
    /// What is told from left to right.
    pub(super) along: &'a str,
    /// The name and the estimates of each algorithm; may be empty.
    pub(super) lines: Vec<(&'a str, Vec<(f64, Estimate)>)>,
}

impl Spread<'_> {
    /// Draws it; the axes are made for as many ticks as they are told, the one from left to right and the one upwards.
    pub(super) fn draw(&self, axes: impl Fn(f64, f64) -> (Axis, Axis)) -> Result<String, PlotError> {
        let names = self.lines.iter().enumerate().map(|(index, (name, _))| (*name, Look::of(index)));
        let legend = Legend::of(names, WIDTH - 2.0 * MARGIN);
        let (top, height) = (legend.height() + 8.0, legend.height() + 8.0 + HEIGHT);
        sheet((WIDTH, height), self.title, |canvas| {
            legend.draw(canvas, (MARGIN, 4.0))?;
            let inner = canvas.margin(length(top), length(FOOT), 0, 0);
            let (across, up) = tick_counts(&inner);
            let (along, values) = axes(across, up);
            let chart = Chart::new(&inner, &self.value, &along, &values)?;
            for (index, (_, line)) in self.lines.iter().enumerate() {
                let ends = |end: usize| line.iter().map(|(at, estimate)| (*at, estimate.ci[end])).collect::<Vec<_>>();
                chart.band(&ends(0), &ends(1), Look::of(index).faint())?;
            }
            let points = |line: &[(f64, Estimate)]| line.iter().map(|(at, estimate)| (*at, estimate.point)).collect();
            let lines = self.lines.iter().enumerate().map(|(index, (_, line))| (Look::of(index), points(line)));
            let mut lines: Vec<(Look, Vec<Point>)> = lines.collect();
            lines.retain(|(_, points)| !points.is_empty());
            for (look, points) in &lines {
                chart.line(points, WHITE.mix(0.6), 3.4)?;
                chart.line(points, look.colour, 1.8)?;
            }
            draw_markers(&chart, &lines, across)?;
            let centred = text(INK, 12.0).pos(Pos::new(HPos::Center, VPos::Center));
            write(canvas, self.along, (WIDTH / 2.0, height - 11.0), centred)
        })
    }
}
