//! The algorithms, one file each.
//!
//! To add one, write a file with a `Config` (its settings, [`Registered`], [`AlgorithmConfig`]) and a type that
//! implements [`Algorithm`]; then add its `mod` line and its row in the table below.

mod baseline;
mod dqn;
mod greedy;
mod off_policy;
mod ppo;
mod prior;
mod q_network;
mod random;
mod sac;
mod settings;
mod temperature;

use gradus_envs::{Env, LateRewards, Library, VecEnv};
use gradus_models::critics::ModelShelf;
pub use random::Config as RandomConfig;

use crate::{actor::Actor, checkpoint::Checkpoint, error::AgentError, policy::PolicyConfig};

gradus_envs::registry! {
    /// An algorithm with its settings, as in a config's `[agent]`.
    pub enum AgentConfig: dyn AlgorithmConfig {
        Ppo(ppo::Config),
        Sac(sac::continuous::Config),
        DiscreteSac(sac::discrete::Config),
        Dqn(dqn::Config),
        Random(random::Config),
        GreedyReward(greedy::Config),
        Prior(prior::Config),
    }
}

impl AgentConfig {
    /// The setting that has the agent try more different things; none for one that does not learn.
    pub fn exploration_key(&self) -> Option<&'static str> {
        match self {
            Self::Ppo(_) => Some("agent.ppo.entropy-coefficient"),
            Self::Sac(_) => Some("agent.sac.target-entropy"),
            Self::DiscreteSac(_) => Some("agent.discrete-sac.target-entropy"),
            Self::Dqn(_) => Some("agent.dqn.exploration"),
            Self::Random(_) | Self::GreedyReward(_) | Self::Prior(_) => None,
        }
    }
}

impl Default for AgentConfig {
    fn default() -> Self {
        Self::Ppo(ppo::Config::default())
    }
}

/// What an algorithm is to do.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The environment, copied as often as needed.
    pub env: &'a (dyn Env + 'static),
    /// The corpus, for algorithms that learn from it as well.
    pub library: &'a Library,
    /// Fitted models, for what builds on them.
    pub models: &'a dyn ModelShelf,
    /// The shape of the networks, for algorithms that have any.
    pub policy: &'a PolicyConfig,
    /// The seed of every stream of random numbers.
    pub seed: u64,
}

/// The settings of an algorithm, which make it.
pub trait AlgorithmConfig {
    /// Makes the algorithm, ready for its first iteration.
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError>;

    /// Makes the actor that a training has left in `checkpoint`; `deterministic`, it takes the most probable action.
    fn actor(
        &self,
        task: &Task<'_>,
        checkpoint: &Checkpoint,
        deterministic: bool,
    ) -> Result<Box<dyn Actor>, AgentError>;
}

/// A training in progress.
pub trait Algorithm: Send {
    /// Collects experience and learns from it once; `progress` is the share of the training done before, 0 to 1.
    fn iterate(&mut self, progress: f64) -> Result<Iteration, AgentError>;

    /// What must be kept for acting later.
    fn checkpoint(&self) -> Result<Checkpoint, AgentError>;

    /// The same with all that is needed to go on after the last iteration as if it had never stopped.
    fn suspend(&self) -> Result<Checkpoint, AgentError>;

    /// Goes on from where a training with the same settings and task was suspended.
    fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError>;
}

/// What one iteration brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Iteration {
    /// Environment steps since the training's start.
    pub steps: u64,
    /// Named quantities in a fixed order: returns, every reward term, losses; those under `time/` depend on the clock.
    pub metrics: Vec<(String, f64)>,
}

impl Iteration {
    /// Adds a named quantity.
    pub fn report(&mut self, name: impl Into<String>, value: f64) {
        self.metrics.push((name.into(), value));
    }

    /// The quantity `name`, if it was reported.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
    }

    /// Adds what the episodes that ended were like; nothing but their number if none did.
    fn report_episodes(&mut self, envs: &VecEnv, late: Option<&LateRewards>) {
        let statistics = late.map_or(envs.statistics(), LateRewards::statistics);
        late.into_iter().flat_map(LateRewards::reports).for_each(|(name, value)| self.report(name, value));
        self.report("episodes", statistics.episodes() as f64);
        if statistics.episodes() == 0 {
            return;
        }
        self.report("return/mean", statistics.returns.mean);
        self.report("return/std", statistics.returns.std());
        self.report("return/min", statistics.returns.min);
        self.report("return/max", statistics.returns.max);
        self.report("length/mean", statistics.lengths.mean);
        for (term, share) in envs.spec().terms.iter().zip(statistics.mean_shares()) {
            self.report(format!("reward/{term}"), share);
        }
    }
}

fn boxed<A: Algorithm + 'static>(algorithm: A) -> Box<dyn Algorithm> {
    Box::new(algorithm)
}
