//! What can be wrong with a model's configuration or with weights read from elsewhere.

use gradus_envs::range::OutOfRange;
use gradus_music::MusicError;

/// An error of this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A setting that cannot be.
    #[error("{key}: {problem}; {remedy}")]
    Config {
        /// The setting, as its path in a config.
        key: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A corpus with nothing to learn from, or nothing to check it by.
    #[error("{train} training and {validation} validation pieces; fitting needs at least one of each")]
    TooFewPieces {
        /// Training pieces.
        train: usize,
        /// Validation pieces.
        validation: usize,
    },
    /// A loss that is no number any more.
    #[error("the loss became {value} in epoch {epoch}; try a lower learning-rate")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The loss.
        value: f64,
    },
    /// Pieces that do not say what a critic should learn of them.
    #[error("problem `{problem}`: {reason}")]
    Labels {
        /// The problem, as written in a config.
        problem: &'static str,
        /// What is missing, and the remedy.
        reason: String,
    },
    /// Music that a model cannot be fitted to.
    #[error("{reason}")]
    Music {
        /// What the music's own code says.
        reason: String,
    },
    /// A benchmark and a config that cut a beat otherwise.
    #[error(
        "a beat of this benchmark has {steps} steps, and the config says {configured}: set data.voices.steps-per-beat to {steps}"
    )]
    OtherGrid {
        /// Steps in a beat of the benchmark.
        steps: u8,
        /// Those of the config.
        configured: u8,
    },
    /// A tensor that a module needs and the weights lack.
    #[error("no tensor `{name}` among the {count} read; check that the weights belong to this architecture")]
    MissingTensor {
        /// The full name.
        name: String,
        /// How many tensors there were.
        count: usize,
    },
    /// A tensor of another shape than the module's.
    #[error(
        "tensor `{name}` has shape {found:?} where the module has {expected:?}; build the module with the config that the weights were saved with"
    )]
    WrongShape {
        /// The full name.
        name: String,
        /// The module's shape.
        expected: Vec<usize>,
        /// The shape read.
        found: Vec<usize>,
    },
    /// A tensor of another element type than `f32`.
    #[error("tensor `{name}` holds {found}, not f32; convert it before reading it")]
    WrongType {
        /// The full name.
        name: String,
        /// The element type read.
        found: String,
    },
    /// Bytes that are not in the format of safetensors.
    #[error("not a safetensors file: {reason}")]
    Format {
        /// What the format's own reader says.
        reason: String,
    },
}

impl ModelError {
    /// A [`ModelError::Config`] for the setting `key`.
    pub(crate) fn config(key: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Config { key: key.into(), problem: problem.into(), remedy: remedy.into() }
    }

    /// The same with the place in a config of what knows its settings only.
    #[must_use]
    pub fn within(self, at: &str) -> Self {
        match self {
            Self::Config { key, problem, remedy } => Self::Config { key: format!("{at}.{key}"), problem, remedy },
            other => other,
        }
    }
}

impl From<OutOfRange> for ModelError {
    fn from(OutOfRange { key, problem, remedy }: OutOfRange) -> Self {
        Self::Config { key, problem, remedy }
    }
}

impl From<MusicError> for ModelError {
    fn from(error: MusicError) -> Self {
        Self::Music { reason: error.to_string() }
    }
}
