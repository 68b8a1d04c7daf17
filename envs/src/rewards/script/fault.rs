//! What is wrong with a script, and where.

use std::fmt::{self, Display, Formatter};

use rhai::{EvalAltResult, ParseError, Position};

/// What is wrong with a script, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The script's file or name.
    pub script: String,
    /// Line and column, from 1; none where the whole script is meant.
    pub position: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.script)?;
        if let Some((line, column)) = self.position {
            write!(f, ", line {line}, column {column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl Fault {
    /// That a script cannot be read.
    pub(super) fn of_parsing(script: &str, error: &ParseError) -> Self {
        let ParseError(kind, position) = error;
        Self { script: script.to_owned(), position: line_and_column(*position), message: kind.to_string() }
    }

    /// That it failed while it ran: where in the innermost function of which that is known.
    pub(super) fn of_running(script: &str, error: &EvalAltResult) -> Self {
        let inner = error.unwrap_inner();
        let message = match inner {
            EvalAltResult::ErrorTerminated(..) => super::sandbox::too_long(),
            EvalAltResult::ErrorStackOverflow(..) => {
                format!("functions call each other more than {} deep", super::sandbox::MAX_CALLS)
            }
            EvalAltResult::ErrorDataTooLarge(what, _) => {
                format!("{} passes what a script may keep", lowercase(what))
            }
            // Each kind prints its position at its end.
            other => {
                let text = other.to_string();
                let place = format!(" ({})", other.position());
                lowercase(text.strip_suffix(&place).unwrap_or(&text))
            }
        };
        Self { script: script.to_owned(), position: innermost(error), message }
    }
}

fn innermost(error: &EvalAltResult) -> Option<(usize, usize)> {
    let deeper = match error {
        EvalAltResult::ErrorInFunctionCall(.., cause, _) => innermost(cause),
        _ => None,
    };
    deeper.or_else(|| line_and_column(error.position()))
}

fn line_and_column(position: Position) -> Option<(usize, usize)> {
    Some((position.line()?, position.position().unwrap_or(1)))
}

fn lowercase(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
