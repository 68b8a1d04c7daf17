//! Reward against KL: what the reward costs in distance from the prior.

use super::paths::Paths;
use super::{PlotError, RunSeries};

/// Draws the way of every run that is held to a prior: as far right as it went from it, as high as it came.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    Paths {
        title: "Reward against KL",
        about: "how far the policy went from its prior, and what return it had there; up and to the left is better",
        runs,
        along: ("prior/kl", "KL divergence from the prior, nats a step"),
        panels: vec![("return/mean", "mean episode return".to_owned())],
    }
    .to_svg("prior/kl and return/mean")
}
