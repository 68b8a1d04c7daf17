//! What can be said of algorithms whose scores vary from seed to seed.
//!
//! The figures are those of Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice"
//! (arXiv 2108.13264), as its authors' library rliable reckons them, to which the tests hold them. Everything here is a
//! function of scores and a seed.

mod aggregate;
mod bootstrap;
mod comparison;
mod curve;
mod improvement;
mod interquartile;
mod profile;
mod resample;
mod scores;
mod verdict;

pub use aggregate::Aggregates;
pub use bootstrap::Estimate;
pub use comparison::{Compared, Comparison, Settings};
pub use curve::{Curve, CurvePoint, Measured};
pub use improvement::{Improvement, probability_of_improvement};
pub use interquartile::interquartile_mean;
pub use profile::{Profile, thresholds};
pub use resample::interval_over_pieces;
pub use scores::{ScoreError, ScoreTable, Scores};
pub use verdict::Verdict;

#[cfg(test)]
mod tests;
