//! Plots of a comparison: how good algorithms are, how sure that is, and how fast they became so.
//!
//! They draw a [`Comparison`](crate::statistics::Comparison) or curves, not a run, so they stand in no list of plots of runs.
//! They are narrow enough to be read on a telephone, and tell algorithms apart by shape as well as by colour.

mod efficiency;
mod improvement;
mod interval;
mod profile;
pub(super) mod rows;
mod spread;

pub use efficiency::draw as efficiency;
pub use improvement::draw as improvement;
pub use interval::draw as intervals;
pub use profile::draw as profiles;

/// The width of every plot of a comparison, in pixels.
const WIDTH: f64 = 440.0;

#[cfg(test)]
mod tests;
