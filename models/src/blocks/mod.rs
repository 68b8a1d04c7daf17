//! The parts that networks are built from.

pub mod dense;
pub mod host;
pub mod init;
pub mod mlp;

pub use dense::Dense;
pub use host::HostMlp;
pub use mlp::{Mlp, MlpConfig};
