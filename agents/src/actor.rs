//! Whoever chooses actions.

use gradus_envs::{ActionBatch, VecEnv, seeding::Generator};

use crate::error::AgentError;

/// Chooses an action for each of a batch of environments.
pub trait Actor: Send {
    /// Writes one legal action an environment into `actions`, which has room for as many.
    fn act(&mut self, envs: &VecEnv, actions: &mut ActionBatch) -> Result<(), AgentError>;

    /// The generator that it draws from; none if it draws nothing.
    fn generator(&self) -> Option<&Generator>;

    /// Draws from this generator from now on, if it draws at all.
    fn set_generator(&mut self, generator: Generator);
}
