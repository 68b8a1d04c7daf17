//! Soft actor-critic, for continuous and for discrete actions.

pub(super) mod continuous;
pub(super) mod discrete;
mod squashed;

/// Under what names checkpoints keep the Q-networks.
const Q_NETWORKS: [&str; 2] = ["q-1", "q-2"];
