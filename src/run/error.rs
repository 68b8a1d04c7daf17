//! What can go wrong with a run directory.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the run directory. The cause of an [`Io`](RunError::Io) error is its source.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A run is there already, and nobody said to replace it.
    #[error(
        "{} holds a run already: add --resume to go on with it, --force to replace it, or --out to choose another folder",
        .0.display()
    )]
    Exists(PathBuf),

    /// Another process works on it.
    #[error("{} is being written by another process: wait for it, or choose another folder with --out", .0.display())]
    Busy(PathBuf),

    /// There is no run at the path.
    #[error("no run at {}: {remedy}", path.display())]
    Missing {
        /// The path that was asked for.
        path: PathBuf,
        /// The nearest name and the runs that are there.
        remedy: String,
    },

    /// There is no run to go on with.
    #[error("no run to go on with at {}: {remedy}; without --resume one begins", path.display())]
    NothingToResume {
        /// The path of the run.
        path: PathBuf,
        /// The nearest name and the runs that are there.
        remedy: String,
    },

    /// One run was asked for, and the folder holds several.
    #[error("{} holds several runs: name one of {seeds}", path.display())]
    Ambiguous {
        /// The folder of the runs.
        path: PathBuf,
        /// The names of the runs in it.
        seeds: String,
    },

    /// A line of the metrics is not a row.
    #[error(
        "{}:{line}: {reason}; a row is a JSON object of numbers, so restore the line or delete it",
        path.display()
    )]
    Metrics {
        /// The metrics file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },

    /// The metrics end before the checkpoint that a run is to continue from.
    #[error(
        "{} has {found} whole rows and the checkpoint needs {needed}: continue from an earlier \
         checkpoint",
        path.display()
    )]
    MetricsTooShort {
        /// The metrics file.
        path: PathBuf,
        /// Rows that are there.
        found: usize,
        /// Rows that the checkpoint counts.
        needed: usize,
    },

    /// The file system said no.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was attempted: `read`, `write`, `create`, `rename`, `remove`, `lock`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl RunError {
    /// Turns an I/O error into one that says what was attempted, and on what.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
