//! The diagnostics: whether an algorithm is well.

use super::figure::Figure;
use super::panel::Panel;
use super::{PlotError, RunSeries};

/// The groups that other plots show.
const SHOWN_ELSEWHERE: [&str; 5] = ["return", "reward", "loss", "time", "baseline"];

/// Draws every grouped column that no other plot shows: `ppo/*`, `sac/*`, or what another algorithm measures
/// of itself, and the length of the episodes.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    Figure {
        title: "Diagnostics",
        about: "what the algorithm measured of itself; every panel has its own scale",
        runs,
        panels: Panel::per_column(runs, "ppo/*, sac/* or dqn/*", full_name)?,
    }
    .to_svg()
}

fn full_name(column: &str) -> Option<&str> {
    let (group, _name) = column.split_once('/')?;
    (!SHOWN_ELSEWHERE.contains(&group)).then_some(column)
}
