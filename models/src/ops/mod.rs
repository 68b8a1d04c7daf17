//! Operations of our own on burn tensors, each with its gradient.
//!
//! On the CPU backend (`flex`) an operation is one fused, vectorised pass; on any other backend it is the same
//! mathematics put together from burn's operations. Both run with and without autodiff.

pub mod activation;
pub mod adam;
pub mod attention;
pub mod categorical;
pub mod dense;
mod flex;
pub mod log_softmax;
pub mod lstm;
pub(crate) mod matmul;
pub mod polyak;
pub mod rms_norm;
pub mod simd;
pub mod unary;

pub use activation::Activation;
pub use attention::attention;
pub use categorical::{Categorical, categorical};
pub use dense::dense;
pub use log_softmax::{log_softmax, log_softmax_rows};
pub use lstm::lstm;
pub use rms_norm::rms_norm;
pub use unary::Unary;
