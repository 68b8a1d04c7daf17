//! Networks for Gradus: operations on burn tensors with gradients of their own, the blocks built from them, the
//! optimizer, and the named weights of a module.

pub mod blocks;
pub mod critics;
pub mod error;
pub mod evaluation;
pub mod memory;
pub mod ops;
pub mod optim;
pub mod sequence;
pub mod weights;

pub use error::ModelError;
pub use optim::{Adam, AdamConfig};
pub use weights::NamedArray;
