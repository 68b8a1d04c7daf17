//! Sample efficiency: the interquartile mean against steps or seconds.

use super::super::PlotError;
use super::super::axis::Axis;
use super::spread::Spread;
use crate::statistics::{Comparison, Curve, Estimate};

/// Draws a line an algorithm, as far as all its runs go, and the band of the 95 % intervals. `along` says what the curves are
/// against, `value` what they tell.
pub fn draw(comparison: &Comparison, curves: &[Curve], value: &str, along: &str) -> Result<String, PlotError> {
    let line = |curve: &Curve| curve.0.iter().map(|point| (point.at, point.estimate)).collect();
    let lines = comparison.algorithms.iter().zip(curves).map(|(compared, curve)| (compared.name.as_str(), line(curve)));
    let spread = Spread {
        title: "Sample efficiency",
        value: format!("interquartile mean of {value}"),
        along,
        lines: lines.collect(),
    };
    let all: Vec<(f64, Estimate)> = spread.lines.iter().flat_map(|(_, line)| line).copied().collect();
    let last = all.iter().map(|(at, _)| *at).fold(f64::MIN_POSITIVE, f64::max);
    let ends = all.iter().flat_map(|(_, estimate)| [estimate.ci[0], estimate.ci[1], estimate.point]);
    // Where no curve has a point the axes are drawn all the same.
    let empty = all.is_empty().then_some(0.0);
    spread.draw(|across, up| {
        (
            Axis::up_to(if all.is_empty() { 1.0 } else { last }, across.min(5.0)),
            Axis::around(ends.clone().chain(empty), up),
        )
    })
}
