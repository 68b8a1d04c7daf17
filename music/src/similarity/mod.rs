//! Watching for collapse and theft: how much a set of pieces differs within itself, and how much of
//! a piece stands in a tune that it was learned from.
//!
//! An agent can be paid well for one piece learned by heart, or for a tune of its training data. The
//! first shows in [`distinct_share`], [`mean_pairwise_distance`] and the entropies, the second in
//! [`TuneIndex::longest_shared_run`].

mod distance;
mod entropy;
mod tune_index;

pub use distance::{distance, distinct_share, mean_pairwise_distance};
pub use entropy::{ngram_entropy, pitch_class_entropy};
pub use tune_index::{SharedRun, TuneIndex};
