//! The comparison within a report.

use crate::commands::compare;

/// What stands under the comparison.
pub(super) enum Compared {
    /// Figures and plots.
    Figures(compare::Figures),
    /// Why there are none.
    Not(String),
}

impl Compared {
    /// Compares the runs, each `RUN` or `LABEL=RUN`, by their mean return; what does not compare is told, for the rest of
    /// the report stands without it.
    pub(super) fn of(runs: &[String], seed: u64) -> Self {
        if runs.len() < 2 {
            return Self::Not("There is one run, so there is nothing to compare it with.".to_owned());
        }
        match compare::figures(runs, seed) {
            Ok(figures) => Self::Figures(figures),
            Err(error) => Self::Not(format!("The runs do not compare: {error:#}.")),
        }
    }
}
