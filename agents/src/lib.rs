//! Reinforcement-learning algorithms over [`gradus_envs`], their rollouts and their evaluation.
//!
//! An [`AgentConfig`] makes an [`Algorithm`], whose [`Algorithm::iterate`] collects experience and learns from it.
//! What it leaves in a [`Checkpoint`] makes an [`Actor`], which [`evaluate`] lets play whole episodes.
//!
//! Nothing here prints, parses arguments or reads a config file.

mod actions;
mod actor;
mod algos;
mod anchor;
mod checkpoint;
mod error;
mod evaluation;
pub mod gae;
mod memory;
pub mod normalize;
mod policy;
mod prior;
pub mod replay;
pub mod rollout;
mod segments;
mod tensors;

pub use actions::{ActionCounts, ActionHistogram};
pub use actor::Actor;
pub use algos::{AgentConfig, Algorithm, AlgorithmConfig, Iteration, RandomConfig, Task};
pub use checkpoint::Checkpoint;
pub use error::AgentError;
pub use evaluation::{Evaluation, compose, evaluate};
pub use policy::PolicyConfig;
