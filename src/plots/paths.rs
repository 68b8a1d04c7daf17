//! One measurement against another, along the way that a training took.

use plotters::style::{Color, WHITE};

use super::axis::Axis;
use super::canvas::Canvas;
use super::chart::{Chart, tick_counts};
use super::curve::{Curve, Point, interpolate, smooth};
use super::figure::Layout;
use super::legend::Legend;
use super::palette::Look;
use super::panel::SMOOTHING;
use super::{PlotError, RunSeries};

/// What is drawn.
pub(super) struct Paths<'a> {
    /// What it shows, in a word or two.
    pub(super) title: &'static str,
    /// What that is, in a sentence.
    pub(super) about: &'static str,
    pub(super) runs: &'a [RunSeries],
    /// The column along the axis below, and what it tells.
    pub(super) along: (&'a str, &'a str),
    /// The column of each panel, and its title.
    pub(super) panels: Vec<(&'a str, String)>,
}

/// The way of one run: mean over its seeds, smoothed.
type Path = (Look, Vec<Point>);

impl Paths<'_> {
    /// The figure as an SVG document; an error if no run has both columns of any panel.
    pub(super) fn to_svg(&self, wanted: &'static str) -> Result<String, PlotError> {
        let panel = |(column, title): &(&str, String)| {
            let paths: Vec<_> =
                self.runs.iter().enumerate().filter_map(|(index, run)| self.path(index, run, column)).collect();
            (!paths.is_empty()).then(|| (title.clone(), paths))
        };
        let panels: Vec<_> = self.panels.iter().filter_map(panel).collect();
        if panels.is_empty() {
            return Err(PlotError::nothing(wanted, self.runs));
        }
        let layout = Layout {
            title: self.title,
            about: self.about,
            runs: self.runs,
            legend: Legend::new(self.runs, false, Layout::LEGEND_WIDTH),
            along: self.along.1,
            caption: "Mean of all seeds, smoothed. A training begins at its small marker and ends at its large one."
                .to_owned(),
        };
        layout.to_svg(panels.len(), |panel, canvas| draw(canvas, &panels[panel].0, &panels[panel].1))
    }

    fn path(&self, index: usize, run: &RunSeries, column: &str) -> Option<Path> {
        let smoothed = |column| {
            let mean = Curve::of(run, column)?.mean;
            let reach = mean.last()?.0 * SMOOTHING;
            Some(smooth(&mean, reach))
        };
        let (along, up) = (smoothed(self.along.0)?, smoothed(column)?);
        let points: Vec<_> = along.iter().map(|&(steps, at)| (at, interpolate(&up, steps))).collect();
        Some((Look::of(index), points))
    }
}

fn draw(canvas: &Canvas<'_>, title: &str, paths: &[Path]) -> Result<(), PlotError> {
    let (across, up) = tick_counts(canvas);
    let points = || paths.iter().flat_map(|(_, points)| points);
    let along = Axis::around(points().map(|point| point.0), across);
    let chart = Chart::new(canvas, title, &along, &Axis::around(points().map(|point| point.1), up))?;
    for (look, points) in paths {
        if points.len() > 1 {
            chart.path(points, WHITE.mix(0.6), 3.0)?;
            chart.path(points, look.colour, 1.6)?;
        }
    }
    for (look, points) in paths {
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            chart.small_marker(look.marker, *first, look.colour)?;
            chart.marker(look.marker, *last, look.colour)?;
        }
    }
    Ok(())
}
