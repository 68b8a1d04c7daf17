//! Whoever chooses actions.

use gradus_envs::{ActionBatch, VecEnv};

use crate::error::AgentError;

/// Chooses an action for each of a batch of environments.
pub trait Actor: Send {
    /// Writes one legal action an environment into `actions`, which has room for as many.
    fn act(&mut self, envs: &VecEnv, actions: &mut ActionBatch) -> Result<(), AgentError>;
}
