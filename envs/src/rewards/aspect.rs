//! What reward terms may need of a piece that not every environment writes.

use crate::{error::EnvError, setting::Setting};

/// A side of a piece beyond its notes: some environments write it, some terms cannot judge without it.
///
/// An environment says in [`Setting::aspects`] what it writes, a term in
/// [`TermConfig::NEEDS`](super::TermConfig::NEEDS) what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// Tokens, one a step of a fixed grid.
    Tokens,
    /// A velocity of its own for each note.
    Velocity,
    /// Times between the steps of the grid.
    FreeTime,
}

impl Aspect {
    /// The error that the term `name` needs this aspect of pieces within `setting`, which have it not.
    pub(super) fn missing(self, name: &str, setting: &Setting) -> EnvError {
        let env = setting.env;
        let (problem, remedy) = match self {
            Self::Tokens => (
                format!("it is computed on tokens of a fixed grid, and `{env}` writes events of many lengths"),
                "leave it out or compose with `melody`",
            ),
            Self::Velocity => (
                format!("it follows the velocity from note to note, and `{env}` strikes all notes alike"),
                "leave it out or compose with `phrase`",
            ),
            Self::FreeTime => (
                format!("it measures how far notes lie from the grid, and here `{env}` writes none beside it"),
                "leave it out or compose with `phrase` and `duration = \"free\"`",
            ),
        };
        EnvError::config(&format!("reward.{name}"), problem, remedy)
    }
}
