//! The reward terms, stacked: what the return is made of.

use plotters::style::Color;

use super::axis::Axis;
use super::canvas::Canvas;
use super::chart::{Chart, tick_counts};
use super::curve::{Curve, Point, interpolate, smooth};
use super::figure::{Layout, STEPS};
use super::legend::Legend;
use super::palette::{INK, Look};
use super::panel::{SMOOTHING, draw_markers};
use super::series::columns;
use super::{PlotError, RunSeries};

/// What one run is made of.
struct Stack {
    name: String,
    /// A band a term that was paid for: its look, its lower and its upper edge.
    bands: Vec<(Look, Vec<Point>, Vec<Point>)>,
    /// The sum of all terms.
    sum: Vec<Point>,
}

/// Draws a panel a run: what terms give stands above zero, what they take below, and their sum is the line.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    let is_paid = |column: &&str| runs.iter().any(|run| !run.held_out.iter().any(|held_out| held_out == column));
    let terms: Vec<&str> =
        columns(runs).into_iter().filter(|column| column.starts_with("reward/")).filter(is_paid).collect();
    let stacks: Vec<_> = runs.iter().filter_map(|run| Stack::of(run, &terms)).collect();
    if stacks.is_empty() {
        return Err(PlotError::nothing("reward/*", runs));
    }
    let entries = terms.iter().enumerate().map(|(index, term)| (&term["reward/".len()..], Look::of(index)));
    let layout = Layout {
        title: "Stacked reward terms",
        about: "mean share of each term in the return of an episode, one upon the other",
        runs,
        legend: Legend::of(entries, Layout::LEGEND_WIDTH),
        along: STEPS,
        caption: "Mean of all seeds, smoothed. Above zero what terms give, below what they take; the black line is their sum."
            .to_owned(),
    };
    layout.to_svg(stacks.len(), |panel, canvas| stacks[panel].draw(canvas, runs.len() > 1))
}

impl Stack {
    fn of(run: &RunSeries, terms: &[&str]) -> Option<Self> {
        let curve = |(index, term): (usize, &&str)| {
            let mean = Curve::of(run, term).filter(|_| !run.held_out.iter().any(|held_out| held_out == *term))?.mean;
            let reach = mean.last()?.0 * SMOOTHING;
            Some((Look::of(index), smooth(&mean, reach)))
        };
        let curves: Vec<_> = terms.iter().enumerate().filter_map(curve).collect();
        let (_, first) = curves.first()?;
        let steps: Vec<f64> = first.iter().map(|point| point.0).collect();
        let (mut above, mut below) = (vec![0.0; steps.len()], vec![0.0; steps.len()]);
        let mut bands = Vec::with_capacity(curves.len());
        for (look, curve) in &curves {
            let (mut inner, mut outer) = (Vec::new(), Vec::new());
            for (place, &at) in steps.iter().enumerate() {
                let value = interpolate(curve, at);
                let edge = if value < 0.0 { &mut below[place] } else { &mut above[place] };
                inner.push((at, *edge));
                *edge += value;
                outer.push((at, *edge));
            }
            bands.push((*look, inner, outer));
        }
        let sum = steps.iter().enumerate().map(|(place, &at)| (at, above[place] + below[place])).collect();
        Some(Self { name: run.name.clone(), bands, sum })
    }

    fn draw(&self, canvas: &Canvas<'_>, named: bool) -> Result<(), PlotError> {
        let (across, up) = tick_counts(canvas);
        let last = self.sum.last().map_or(1.0, |point| point.0.max(1.0));
        let edges = self.bands.iter().flat_map(|(_, inner, outer)| inner.iter().chain(outer)).map(|point| point.1);
        let title = if named { &self.name } else { "share of the mean episode return" };
        let chart = Chart::new(canvas, title, &Axis::up_to(last, across), &Axis::around(edges, up))?;
        for (look, inner, outer) in &self.bands {
            chart.band(inner, outer, look.colour.mix(0.55))?;
        }
        // Markers in the middle of each band tell terms apart without colour.
        let middle = |(look, inner, outer): &(Look, Vec<Point>, Vec<Point>)| {
            let middle = inner.iter().zip(outer).map(|(inner, outer)| (inner.0, f64::midpoint(inner.1, outer.1)));
            (*look, middle.collect())
        };
        draw_markers(&chart, &self.bands.iter().map(middle).collect::<Vec<_>>(), across)?;
        chart.line(&self.sum, INK, 1.8)
    }
}
