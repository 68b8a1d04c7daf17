//! The reward terms: what each of them gave, and so which of them the agent learned from.

use super::figure::Figure;
use super::panel::Panel;
use super::{PlotError, RunSeries};

/// Draws every `reward/*` column in a panel of its own.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    Figure {
        title: "Reward terms",
        about: "mean share of each term in the return of an episode; every panel has its own scale",
        runs,
        panels: Panel::per_column(runs, "reward/*", |column| column.strip_prefix("reward/"))?,
    }
    .to_svg()
}
