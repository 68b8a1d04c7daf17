//! The speed of training.

use super::figure::Figure;
use super::panel::Panel;
use super::{PlotError, RunSeries};

const SPEED: &str = "time/steps-per-second";

/// Draws `time/steps-per-second`, from zero up, so that heights compare as speeds do.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    let mut panels =
        Panel::per_column(runs, SPEED, |column| (column == SPEED).then_some("environment steps per second"))?;
    panels[0].from_zero = true;
    Figure {
        title: "Speed",
        about: "environment steps per second of an iteration, its rollout and its updates together",
        runs,
        panels,
    }
    .to_svg()
}
