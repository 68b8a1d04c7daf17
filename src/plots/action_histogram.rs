//! Action histogram: what a trained agent does, and what it never does.

use super::axis::Axis;
use super::canvas::Canvas;
use super::chart::{Chart, tick_counts};
use super::figure::Layout;
use super::legend::Legend;
use super::palette::Look;
use super::{PlotError, RunSeries};
use gradus_agents::ActionCounts;

/// Draws a panel for every dimension of the actions of every run: the share of the steps in which each was taken.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    let mut panels = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let dimensions = run.actions.iter().flat_map(|actions| &actions.dimensions);
        let several = run.actions.as_ref().is_some_and(|actions| actions.dimensions.len() > 1);
        panels.extend(dimensions.enumerate().map(|(dimension, counts)| {
            let title = if several { format!("{}: dimension {dimension}", run.name) } else { run.name.clone() };
            (title, Look::of(index), counts)
        }));
    }
    if panels.is_empty() {
        return Err(PlotError::nothing("actions.json", runs));
    }
    let layout = Layout {
        title: "Action histogram",
        about: "share of the steps in which the trained agent takes each action, sampled from its policy",
        runs,
        legend: Legend::new(runs, false, Layout::LEGEND_WIDTH),
        along: "action",
        caption: "Of a melody: 0 is a note-off, 1 a hold, and from 2 on the pitches rise by semitones.".to_owned(),
    };
    layout.to_svg(panels.len(), |panel, canvas| {
        let (title, look, counts) = &panels[panel];
        histogram(canvas, title, *look, counts)
    })
}

fn histogram(canvas: &Canvas<'_>, title: &str, look: Look, counts: &ActionCounts) -> Result<(), PlotError> {
    let ActionCounts { low, high, counts } = counts;
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let shares: Vec<f64> = counts.iter().map(|&count| count as f64 / all).collect();
    let (across, up) = tick_counts(canvas);
    let most = shares.iter().copied().fold(0.0, f64::max).max(1e-3);
    let width = (high - low) / counts.len().max(1) as f64;
    // A choice stands above its number, a part of a range where it is.
    let shift = if *low == 0.0 && *high == counts.len() as f64 { -0.5 } else { 0.0 };
    let along = Axis::over(low + shift..high + shift, across);
    let chart = Chart::new(canvas, title, &along, &Axis::over(0.0..most * 1.05, up))?;
    for (bin, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let left = low + shift + width * bin as f64;
        chart.bar(left..left + width, *share, look.colour)?;
    }
    Ok(())
}
