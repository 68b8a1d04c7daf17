//! Operations of our own on burn tensors, each with its gradient.
//!
//! On the CPU backend (`flex`) an operation is one fused, vectorised pass; on any other backend it is the same
//! mathematics put together from burn's operations. Both run with and without autodiff.

pub mod activation;
pub mod adam;
pub mod categorical;
pub mod dense;
mod flex;
pub mod log_softmax;
pub(crate) mod matmul;
pub mod polyak;
pub mod simd;
pub mod unary;

pub use activation::Activation;
pub use categorical::{Categorical, categorical};
pub use dense::dense;
pub use log_softmax::{log_softmax, log_softmax_rows};
pub use unary::Unary;
