//! The agent that plays what a fitted model says, untouched by any reward: the RL Tuner's Note RNN.
//!
//! **Actions**: tokens. **Details**: each token is drawn from what the model says after all before it; legal ones only, where an
//! environment masks. **What it is for**: how well music does by a reward that it has never heard of.

use std::path::PathBuf;

use gradus_envs::{range::Range, registry::Registered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Algorithm, AlgorithmConfig, Task, baseline::Baseline, settings::Check};
use crate::{
    actor::Actor,
    checkpoint::Checkpoint,
    error::AgentError,
    policy::{HostPolicy, PolicyActor, Reader, reads_tokens},
};

/// Settings of `prior`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The folder of a fitted critic that says what comes next.
    pub model: PathBuf,
    /// How many environments are stepped together.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub environments: usize,
    /// Steps of each environment between two rows of the metrics.
    #[schemars(transform = Range::at_least(1).at_most(1_000_000))]
    pub rollout_steps: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { model: "results/critics/transformer".into(), environments: 64, rollout_steps: 32 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "prior";
    const SUMMARY: &'static str = "plays what a fitted model says comes next, whatever the rewards";
}

impl Config {
    fn open(&self, task: &Task<'_>, deterministic: bool) -> Result<PolicyActor, AgentError> {
        let key = "agent.prior.model";
        let alphabet = reads_tokens(key, task.env)?;
        let setting = task.env.setting().expect("what speaks in tokens has a setting");
        let opened = task.models.next_token(&self.model, setting);
        let model = opened.map_err(|why| AgentError::config(key, why.problem, why.remedy))?;
        let context = model.network().and_then(|network| network.config().context());
        let open = move |envs| Reader::new(model.stream(envs), alphabet, context, envs);
        let policy = HostPolicy::of_tokens(alphabet.tokens, &task.env.spec().action_space, Box::new(open));
        Ok(PolicyActor::new(policy, None, task.seed, deterministic))
    }
}

impl AlgorithmConfig for Config {
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError> {
        Check::of(self)?;
        let actor = Box::new(self.open(task, false)?);
        Ok(super::boxed(Baseline::new(actor, task, self.environments, self.rollout_steps)))
    }

    fn actor(&self, task: &Task<'_>, _: &Checkpoint, deterministic: bool) -> Result<Box<dyn Actor>, AgentError> {
        Ok(Box::new(self.open(task, deterministic)?))
    }
}
