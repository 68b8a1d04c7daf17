//! Networks for Gradus: operations on burn tensors with gradients of their own, the blocks built from them, the
//! optimizer, and the named weights of a module.

pub mod blocks;
pub mod error;
pub mod ops;

pub use error::ModelError;
