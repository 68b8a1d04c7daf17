//! One panel of a figure: a measurement against steps, with a curve for every run.

use plotters::style::{Color, WHITE};

use super::axis::Axis;
use super::canvas::Canvas;
use super::chart::{Chart, tick_counts};
use super::curve::{Curve, Point, interpolate, smooth};
use super::palette::{GREY, Look};
use super::series::columns;
use super::{PlotError, RunSeries};

/// How far the smoothing of a thick line reaches to either side, as a share of the steps shown.
pub(super) const SMOOTHING: f64 = 0.01;

/// A panel, with the curve of every run that has its column.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// What is measured, and its unit.
    pub(super) title: String,
    /// The curves, in the looks of their runs.
    pub(super) curves: Vec<(Look, Curve)>,
    /// Values to compare with, drawn dashed.
    pub(super) baselines: Vec<f64>,
    /// Whether the axis starts at zero, as it should where ratios matter.
    pub(super) from_zero: bool,
}

impl Panel {
    /// A panel for every column to which `title` gives one; an error if none of them holds a
    /// number.
    pub(super) fn per_column(
        runs: &[RunSeries],
        wanted: &'static str,
        title: impl Fn(&str) -> Option<&str>,
    ) -> Result<Vec<Self>, PlotError> {
        let panel = |column| {
            let title = title(column)?.to_owned();
            let curve = |(index, run)| Some((Look::of(index), Curve::of(run, column)?));
            let curves: Vec<_> = runs.iter().enumerate().filter_map(curve).collect();
            let panel = Self { title, curves, baselines: Vec::new(), from_zero: false };
            (!panel.curves.is_empty()).then_some(panel)
        };
        let panels: Vec<_> = columns(runs).into_iter().filter_map(panel).collect();
        if panels.is_empty() { Err(PlotError::nothing(wanted, runs)) } else { Ok(panels) }
    }

    /// The last step of any curve.
    pub(super) fn last_step(&self) -> f64 {
        self.points().map(|point| point.0).fold(0.0, f64::max)
    }

    /// Draws the panel over the whole of the canvas; `marked` curves carry the markers of their
    /// runs.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, last_step: f64, marked: bool) -> Result<(), PlotError> {
        let (across, up) = tick_counts(canvas);
        let steps = Axis::up_to(last_step, across);
        let chart = Chart::new(canvas, &self.title, &steps, &self.values(up))?;
        self.draw_seeds(&chart)?;
        for &baseline in &self.baselines {
            chart.dashes(&[(0.0, baseline), (steps.range.end, baseline)], GREY)?;
        }
        let mean = |(look, curve): &(Look, Curve)| (*look, smooth(&curve.mean, last_step * SMOOTHING));
        let means: Vec<_> = self.curves.iter().map(mean).collect();
        for (look, mean) in &means {
            // The white edge lifts the line off the seeds.
            chart.line(mean, WHITE.mix(0.6), 3.4)?;
            chart.line(mean, look.colour, 1.8)?;
        }
        if marked { draw_markers(&chart, &means, across) } else { Ok(()) }
    }

    /// Draws the bands behind the lines of every run.
    fn draw_seeds(&self, chart: &Chart<'_, '_>) -> Result<(), PlotError> {
        for (look, curve) in &self.curves {
            if curve.seeds.len() > 1 {
                chart.band(&curve.lowest, &curve.highest, look.faint())?;
            }
        }
        for (look, curve) in &self.curves {
            for seed in &curve.seeds {
                chart.line(seed, look.pale(), 0.7)?;
            }
        }
        Ok(())
    }

    fn values(&self, count: f64) -> Axis {
        let values = self.points().map(|point| point.1).chain(self.baselines.iter().copied());
        let axis = Axis::around(values, count);
        if self.from_zero { Axis::over(0.0..axis.range.end, count) } else { axis }
    }

    fn points(&self) -> impl Iterator<Item = &Point> + Clone {
        self.curves.iter().flat_map(|(_, curve)| curve.seeds.iter().flatten())
    }
}

/// Marks every line. The lines take turns, so that the markers of equal ones do not hide each
/// other, and the more lines there are, the fewer markers each of them has.
pub(super) fn draw_markers(chart: &Chart<'_, '_>, lines: &[(Look, Vec<Point>)], ticks: f64) -> Result<(), PlotError> {
    let count = lines.len() as f64;
    let markers = (ticks * 2.0 / count).clamp(1.0, ticks.max(1.0)) as usize;
    for (index, (look, line)) in lines.iter().enumerate() {
        for point in spaced(line, markers, (index as f64 + 0.5) / count) {
            chart.marker(look.marker, point, look.colour)?;
        }
    }
    Ok(())
}

/// The points in as many equal stretches of a line, each at the same share of its stretch; a line
/// that is but a point is marked there.
fn spaced(line: &[Point], stretches: usize, share: f64) -> Vec<Point> {
    let [first, .., last] = line else {
        return line.to_vec();
    };
    let length = (last.0 - first.0) / stretches as f64;
    let steps = |stretch| first.0 + length * (stretch as f64 + share);
    (0..stretches).map(steps).map(|steps| (steps, interpolate(line, steps))).collect()
}
