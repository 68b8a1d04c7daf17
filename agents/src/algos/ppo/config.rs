//! Settings of `ppo`.

use gradus_envs::{EnvSpec, Schedule, range::Range, registry::Registered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ppo, kept_policy};
use crate::{
    actor::Actor,
    algos::{Algorithm, AlgorithmConfig, Task, boxed, settings::Check},
    anchor::AnchorConfig,
    checkpoint::Checkpoint,
    error::AgentError,
    memory,
    policy::PolicyActor,
    rollout::Rollout,
};

/// Settings of `ppo`.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own, as users know them")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How many environments are stepped together.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub environments: usize,
    /// Steps of each environment between two updates.
    #[schemars(transform = Range::at_least(1).at_most(1_000_000))]
    pub rollout_steps: usize,
    /// How often an update goes through the rollout.
    #[schemars(transform = Range::at_least(1).at_most(1_000))]
    pub epochs: usize,
    /// Transitions in one gradient step; divides `environments × rollout-steps`.
    #[schemars(transform = Range::at_least(1).at_most(1e9))]
    pub minibatch: usize,
    /// Adam's step size.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub learning_rate: Schedule,
    /// How far the new policy's probability ratio may move from 1.
    #[schemars(transform = Range::above(0).at_most(1))]
    pub clip: Schedule,
    /// Whether the value's move is clipped as well, by the same amount.
    pub clip_value: bool,
    /// The discount of future rewards, gamma.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub discount: f64,
    /// How far advantages look ahead, from 0 (one step) to 1 (the whole episode).
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub gae_lambda: f64,
    /// The weight of the policy's entropy in the loss.
    #[schemars(transform = Range::at_least(0).at_most(100))]
    pub entropy_coefficient: Schedule,
    /// The weight of the value loss.
    #[schemars(transform = Range::at_least(0).at_most(100))]
    pub value_coefficient: f64,
    /// The gradient's norm over all parameters is cut to this.
    #[schemars(transform = Range::above(0).at_most(1e6))]
    pub max_gradient_norm: f64,
    /// An update ends early when the policy has moved further than 1.5 times this, in nats; never if not given.
    #[schemars(transform = Range::above(0).at_most(100))]
    pub target_kl: Option<f64>,
    /// Whether advantages are normalised within each minibatch.
    pub normalize_advantages: bool,
    /// Whether each dimension of the observations is brought to mean 0 and variance 1 as they come.
    pub normalize_observations: bool,
    /// Whether rewards are divided by the standard deviation of the discounted return.
    pub normalize_rewards: bool,
    /// The fitted model that the policy is held to, and what it costs to leave it; none if not given.
    pub prior: Option<AnchorConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environments: 64,
            rollout_steps: 128,
            epochs: 4,
            minibatch: 512,
            learning_rate: Schedule::annealed(1e-3),
            clip: Schedule::Constant(0.2),
            clip_value: false,
            discount: 0.99,
            gae_lambda: 0.95,
            entropy_coefficient: Schedule::Constant(0.01),
            value_coefficient: 0.5,
            max_gradient_norm: 0.5,
            target_kl: None,
            normalize_advantages: true,
            normalize_observations: false,
            normalize_rewards: true,
            prior: None,
        }
    }
}

impl Registered for Config {
    const NAME: &'static str = "ppo";
    const SUMMARY: &'static str = "proximal policy optimisation (Schulman et al. 2017)";
}

impl Config {
    fn check(&self, env: &EnvSpec) -> Result<(), AgentError> {
        let check = Check::of(self)?;
        let rollout = self.environments * self.rollout_steps;
        if !rollout.is_multiple_of(self.minibatch) {
            let problem = format!("{} does not divide the rollout's {rollout} transitions", self.minibatch);
            return check.refuse("minibatch", problem, "choose a divisor of environments × rollout-steps");
        }
        if self.normalize_advantages && self.minibatch < 8 {
            let problem = format!("advantages cannot be normalised over {} transitions", self.minibatch);
            return check.refuse("minibatch", problem, "give at least 8, or `normalize-advantages = false`");
        }
        let bytes = Rollout::bytes_of_one(env) * rollout as u64;
        memory::refuse_excess("agent.ppo.rollout-steps", rollout, bytes, "give fewer steps or fewer `environments`")
    }
}

impl AlgorithmConfig for Config {
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError> {
        self.check(task.env.spec())?;
        Ppo::new(self.clone(), task).map(boxed)
    }

    fn actor(
        &self,
        task: &Task<'_>,
        checkpoint: &Checkpoint,
        deterministic: bool,
    ) -> Result<Box<dyn Actor>, AgentError> {
        let policy = kept_policy(task, checkpoint)?;
        let normalizer = checkpoint.state("observation-normalizer")?;
        let policy = policy.to_host(&task.env.spec().action_space);
        Ok(Box::new(PolicyActor::new(policy, normalizer, task.seed, deterministic)))
    }
}
