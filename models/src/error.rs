//! What can be wrong with a model's configuration or with weights read from elsewhere.

use gradus_music::MusicError;

/// An error of this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A hidden layer without units.
    #[error("hidden layer {index} has 0 units; give every hidden layer at least 1, or leave the layer out")]
    EmptyLayer {
        /// Which hidden layer, from 0.
        index: usize,
    },
    /// An optimizer constant outside its range.
    #[error("{name} is {value}, outside {range}; the usual value is {usual}")]
    OutOfRange {
        /// The constant, as written in a config.
        name: &'static str,
        /// What it was set to.
        value: f64,
        /// What it may be.
        range: &'static str,
        /// What it mostly is.
        usual: f64,
    },
    /// A number of things that must be there.
    #[error("{name} is 0; give 1 or more")]
    NoneOf {
        /// The setting, as written in a config.
        name: &'static str,
    },
    /// A width that does not divide among the heads.
    #[error("heads: {heads} heads cannot each have an even part of a width of {width}; make it a multiple of {}", 2 * heads)]
    Heads {
        /// Numbers for each place.
        width: usize,
        /// Heads of a layer.
        heads: usize,
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
    /// Refuses a count of 0.
    pub(crate) fn check_count(name: &'static str, count: usize) -> Result<(), Self> {
        if count == 0 { Err(Self::NoneOf { name }) } else { Ok(()) }
    }

    /// Refuses a share of dropped numbers that leaves none.
    pub(crate) fn check_dropout(share: f64) -> Result<(), Self> {
        if (0.0..=0.9).contains(&share) {
            return Ok(());
        }
        Err(Self::OutOfRange { name: "dropout", value: share, range: "[0, 0.9]", usual: 0.1 })
    }
}

impl From<MusicError> for ModelError {
    fn from(error: MusicError) -> Self {
        Self::Music { reason: error.to_string() }
    }
}
