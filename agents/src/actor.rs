//! Whoever chooses actions.

use gradus_envs::VecEnv;

use crate::error::AgentError;

/// Chooses an action for each of a batch of environments.
pub trait Actor: Send {
    /// Writes one legal action an environment into `actions`, `[envs]`.
    fn act(&mut self, envs: &VecEnv, actions: &mut [u32]) -> Result<(), AgentError>;
}
