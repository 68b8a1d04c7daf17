//! The agent that looks one step ahead: what the rewards alone suggest, without learning.
//!
//! **Actions**: discrete. **Details**: each legal action is tried on a copy of the environment, and the one with the highest
//! immediate reward is taken, a random one among equals. So a step costs as many as there are actions.
//! **What it is for**: a reward by which this agent does as well as a trained one asks for nothing that must be learned.

use gradus_envs::{
    Action, ActionBatch, VecEnv,
    range::Range,
    registry::Registered,
    seeding::{Generator, Role, stream},
};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Algorithm, AlgorithmConfig, Task, baseline::Baseline, settings::Check};
use crate::{actor::Actor, checkpoint::Checkpoint, error::AgentError};

/// Settings of `greedy-reward`.
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
        Self { environments: 16, rollout_steps: 32 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "greedy-reward";
    const SUMMARY: &'static str = "tries every legal action and takes the one with the highest reward at once";
}

impl AlgorithmConfig for Config {
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError> {
        Check::of(self)?;
        let actor = Greedy::new(task, Role::Policy)?;
        Ok(super::boxed(Baseline::new(Box::new(actor), task, self.environments, self.rollout_steps)))
    }

    fn actor(&self, task: &Task<'_>, _: &Checkpoint, _: bool) -> Result<Box<dyn Actor>, AgentError> {
        Ok(Box::new(Greedy::new(task, Role::EvaluationPolicy)?))
    }
}

/// Takes the action with the highest immediate reward, a random one among equals.
struct Greedy {
    generator: Generator,
}

impl Greedy {
    fn new(task: &Task<'_>, role: Role) -> Result<Self, AgentError> {
        AgentError::need_discrete(Config::NAME, task.env.spec())?;
        Ok(Self { generator: stream(task.seed, role, 0) })
    }
}

impl Actor for Greedy {
    fn act(&mut self, envs: &VecEnv, actions: &mut ActionBatch) -> Result<(), AgentError> {
        let width = envs.spec().action_space.mask_size();
        for (index, (mask, action)) in envs.masks().chunks_exact(width).zip(actions.choices_mut()).enumerate() {
            let mut best = f32::NEG_INFINITY;
            let mut equals = 0;
            for choice in (0..width).filter(|&choice| mask[choice]) {
                let mut trial = dyn_clone::clone_box(envs.env(index));
                let reward = trial.step(Action::Discrete(choice as u32))?.reward;
                if reward > best {
                    (best, equals) = (reward, 0);
                }
                if reward >= best {
                    equals += 1;
                    if self.generator.random_range(0..equals) == 0 {
                        *action = choice as u32;
                    }
                }
            }
        }
        Ok(())
    }
    fn generator(&self) -> Option<&Generator> {
        Some(&self.generator)
    }

    fn set_generator(&mut self, generator: Generator) {
        self.generator = generator;
    }
}
