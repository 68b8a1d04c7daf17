//! The agent that knows nothing: the floor of every comparison.
//!
//! **Actions**: all kinds. **Details**: uniform among the legal choices, and within the bounds of a box.

use gradus_envs::{
    ActionBatch, ActionBuffer, Space, VecEnv,
    range::Range,
    registry::Registered,
    seeding::{Generator, Role, stream},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Algorithm, AlgorithmConfig, Task, baseline::Baseline, settings::Check};
use crate::{actor::Actor, checkpoint::Checkpoint, error::AgentError};

/// Settings of `random`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How many environments are stepped together.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub environments: usize,
    /// Steps of each environment between two rows of the metrics.
    #[schemars(transform = Range::at_least(1).at_most(1_000_000))]
    pub rollout_steps: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { environments: 64, rollout_steps: 128 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "random";
    const SUMMARY: &'static str = "chooses uniformly among the legal actions; the floor of every comparison";
}

impl AlgorithmConfig for Config {
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError> {
        Check::of(self)?;
        let actor = Random::new(task, Role::Policy);
        Ok(super::boxed(Baseline::new(Box::new(actor), task, self.environments, self.rollout_steps)))
    }

    fn actor(&self, task: &Task<'_>, _: &Checkpoint, _: bool) -> Result<Box<dyn Actor>, AgentError> {
        Ok(Box::new(Random::new(task, Role::EvaluationPolicy)))
    }
}

/// Draws uniformly among the legal actions.
struct Random {
    generator: Generator,
    action: ActionBuffer,
}

impl Random {
    fn new(task: &Task<'_>, role: Role) -> Self {
        let action = ActionBuffer::for_space(&task.env.spec().action_space);
        Self { generator: stream(task.seed, role, 0), action }
    }
}

impl Actor for Random {
    fn act(&mut self, envs: &VecEnv, actions: &mut ActionBatch) -> Result<(), AgentError> {
        let space = &envs.spec().action_space;
        sample_uniformly(space, envs, &mut self.generator, &mut self.action, actions);
        Ok(())
    }
    fn generator(&self) -> Option<&Generator> {
        Some(&self.generator)
    }

    fn set_generator(&mut self, generator: Generator) {
        self.generator = generator;
    }
}

/// Draws an action from `space`, legal by the masks of `envs`, for each of them; `action` is room for one.
pub(super) fn sample_uniformly(
    space: &Space,
    envs: &VecEnv,
    generator: &mut Generator,
    action: &mut ActionBuffer,
    actions: &mut ActionBatch,
) {
    let size = space.mask_size();
    for index in 0..envs.len() {
        space.sample(&envs.masks()[index * size..(index + 1) * size], generator, action);
        actions.set(index, action.as_action());
    }
}
