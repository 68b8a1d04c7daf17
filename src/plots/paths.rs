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

/// The way of one run.
struct Way {
    look: Look,
    /// That of each seed.
    seeds: Vec<Vec<Point>>,
    /// That of their mean; empty where no steps are common to all.
    mean: Vec<Point>,
}

impl Paths<'_> {
    /// The figure as an SVG document; an error if no run has both columns of any panel.
    pub(super) fn to_svg(&self, wanted: &'static str) -> Result<String, PlotError> {
        let panel = |(column, title): &(&str, String)| {
            let ways: Vec<_> =
                self.runs.iter().enumerate().filter_map(|(index, run)| self.way(index, run, column)).collect();
            (!ways.is_empty()).then(|| (title.clone(), ways))
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
            caption: "Thick: mean of all seeds, thin: each of them, smoothed. A training begins at its small marker and ends at its large one."
                .to_owned(),
        };
        layout.to_svg(panels.len(), |panel, canvas| draw(canvas, &panels[panel].0, &panels[panel].1))
    }

    fn way(&self, index: usize, run: &RunSeries, column: &str) -> Option<Way> {
        let (along, up) = (Curve::of(run, self.along.0)?, Curve::of(run, column)?);
        let seeds = along.seeds.iter().zip(&up.seeds).map(|(along, up)| against(along, up)).collect();
        Some(Way { look: Look::of(index), seeds, mean: against(&along.mean, &up.mean) })
    }
}

/// What is measured upwards where the other is along, both smoothed.
fn against(along: &[Point], up: &[Point]) -> Vec<Point> {
    let reach = along.last().map_or(0.0, |last| last.0) * SMOOTHING;
    let (along, up) = (smooth(along, reach), smooth(up, reach));
    if up.is_empty() {
        return Vec::new();
    }
    along.iter().map(|&(steps, at)| (at, interpolate(&up, steps))).collect()
}

fn draw(canvas: &Canvas<'_>, title: &str, ways: &[Way]) -> Result<(), PlotError> {
    let (across, up) = tick_counts(canvas);
    let points = || ways.iter().flat_map(|way| way.seeds.iter().flatten().chain(&way.mean));
    let along = Axis::around(points().map(|point| point.0), across);
    let chart = Chart::new(canvas, title, &along, &Axis::around(points().map(|point| point.1), up))?;
    for Way { look, seeds, .. } in ways.iter().filter(|way| way.seeds.len() > 1) {
        for seed in seeds {
            chart.path(seed, look.pale(), 0.7)?;
        }
    }
    let main =
        |way: &Way| if way.mean.is_empty() { way.seeds.first().cloned().unwrap_or_default() } else { way.mean.clone() };
    let mains: Vec<_> = ways.iter().map(|way| (way.look, main(way))).collect();
    for (look, points) in mains.iter().filter(|(_, points)| points.len() > 1) {
        chart.path(points, WHITE.mix(0.6), 3.0)?;
        chart.path(points, look.colour, 1.6)?;
    }
    for (look, points) in &mains {
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            chart.small_marker(look.marker, *first, look.colour)?;
            chart.marker(look.marker, *last, look.colour)?;
        }
    }
    Ok(())
}
