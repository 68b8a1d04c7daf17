//! What moves the parameters of a module.

mod adam;
mod polyak;

pub use adam::{Adam, AdamConfig};
pub use polyak::polyak;
