//! What is compared, wherever it was read from.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::scale::Scale;
use crate::statistics::{Curve, ScoreTable};

/// Scores of algorithms, with what they are scores of.
pub(super) struct Subject {
    /// What a score is: a column of the metrics, or simply scores.
    pub(super) metric: String,
    /// What a repetition is called.
    pub(super) repetition: Repetition,
    /// The scores, normalised if their tasks have scales.
    pub(super) table: ScoreTable,
    /// Whether a score of 1 is that of a reference.
    pub(super) normalised: bool,
    /// After how many steps of training the scores are taken, where that is known.
    pub(super) steps: Option<String>,
    /// The tasks, in the order of the scores' columns.
    pub(super) tasks: Vec<Task>,
    /// How fast each algorithm learned, where that is known.
    pub(super) curves: Option<Curves>,
    /// What a reader must know, in sentences.
    pub(super) notes: Vec<String>,
}

impl Subject {
    /// Whether scores were normalised here.
    pub(super) fn has_scales(&self) -> bool {
        self.tasks.iter().any(|task| task.scale.is_some())
    }
}

/// A task.
#[derive(Serialize)]
pub(super) struct Task {
    /// Its name, by which `--random` and `--reference` call it.
    pub(super) name: String,
    /// How its scores were normalised, if they were.
    pub(super) scale: Option<Scale>,
}

/// The curves of every algorithm, in the table's order.
pub(super) struct Curves {
    /// Against environment steps.
    pub(super) steps: Vec<Curve>,
    /// Against seconds of training, where all runs tell them.
    pub(super) seconds: Option<Vec<Curve>>,
}

/// What a repetition of an algorithm on a task is called.
#[derive(Clone, Copy)]
pub(super) enum Repetition {
    /// Of a training.
    Seed,
    /// Of whatever gave scores.
    Run,
}

impl Repetition {
    /// So many of them, in words.
    pub(super) fn count(self, count: usize) -> String {
        if count == 1 { format!("1 {self}") } else { format!("{count} {self}s") }
    }
}

impl Display for Repetition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seed => "seed",
            Self::Run => "run",
        })
    }
}
