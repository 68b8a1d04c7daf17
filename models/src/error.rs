//! What can be wrong with a model's configuration or with weights read from elsewhere.

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
