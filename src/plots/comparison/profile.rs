//! Performance profiles: which share of the scores is above a threshold.

use super::super::PlotError;
use super::super::axis::Axis;
use super::spread::Spread;
use crate::statistics::Comparison;

/// Draws a line an algorithm, and the band of the 95 % intervals: where one line is above another everywhere, that algorithm
/// is the better one whatever is asked for.
pub fn draw(comparison: &Comparison, normalised: bool) -> Result<String, PlotError> {
    let taus = &comparison.taus;
    let line = |shares: &[_]| taus.iter().copied().zip(shares.iter().copied()).collect();
    let lines = comparison.algorithms.iter().map(|compared| (compared.name.as_str(), line(&compared.profile.0)));
    let along = if normalised { "threshold of the normalised score" } else { "threshold of the score" };
    let spread = Spread {
        title: "Performance profiles",
        value: "share of the runs on all tasks that score higher".to_owned(),
        along,
        lines: lines.collect(),
    };
    let (first, last) = (taus.first().copied().unwrap_or(0.0), taus.last().copied().unwrap_or(1.0));
    spread.draw(|across, up| (Axis::over(first..last, across.min(5.0)), Axis::over(0.0..1.02, up)))
}
