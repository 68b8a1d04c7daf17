//! The losses: what the optimiser minimised.

use super::figure::Figure;
use super::panel::Panel;
use super::{PlotError, RunSeries};

/// Draws every `loss/*` column in a panel of its own.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    Figure {
        title: "Losses",
        about: "mean of each loss over the updates of an iteration; every panel has its own scale",
        runs,
        panels: Panel::per_column(runs, "loss/*", |column| column.strip_prefix("loss/"))?,
    }
    .to_svg()
}
