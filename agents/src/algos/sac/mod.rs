//! Soft actor-critic, for continuous and for discrete actions.

pub(super) mod continuous;
pub(super) mod discrete;
mod squashed;
