//! What can go wrong in an agent.

use gradus_envs::{EnvError, EnvSpec, Space, range::OutOfRange};
use gradus_models::ModelError;

/// An agent's error.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// A setting that cannot be.
    #[error("{key}: {problem}; {remedy}")]
    Config {
        /// The setting, as its path in a config.
        key: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// An algorithm that cannot act in a space.
    #[error("agent.{agent}: `{agent}` cannot choose actions from `{env}`'s {space}; {remedy}")]
    Space {
        /// The algorithm's name.
        agent: &'static str,
        /// The environment's name.
        env: &'static str,
        /// The space, printed.
        space: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A network that has lost its numbers.
    #[error("`{what}` became {value} in iteration {iteration}; {remedy}")]
    NonFinite {
        /// Which quantity.
        what: &'static str,
        /// What it became.
        value: f64,
        /// The iteration, from 1.
        iteration: u64,
        /// What to do.
        remedy: &'static str,
    },
    /// A checkpoint that does not fit.
    #[error("the checkpoint does not fit: {0}")]
    Checkpoint(String),
    /// An error of the environments.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// An error of the networks.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl AgentError {
    /// A [`AgentError::Config`] for the setting `key`.
    pub fn config(key: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Config { key: key.into(), problem: problem.into(), remedy: remedy.into() }
    }

    /// An [`AgentError::Space`]: `agent` does not serve this environment's actions.
    pub(crate) fn space(agent: &'static str, env: &EnvSpec, remedy: &'static str) -> Self {
        Self::Space { agent, env: env.name, space: env.action_space.to_string(), remedy }
    }

    /// The number of actions of a discrete space, or the error that `agent` needs one.
    pub(crate) fn need_discrete(agent: &'static str, env: &EnvSpec) -> Result<usize, Self> {
        match &env.action_space {
            Space::Discrete { n } => Ok(*n),
            _ => Err(Self::space(agent, env, "it needs a discrete space; `ppo` serves every space")),
        }
    }
}

impl From<OutOfRange> for AgentError {
    fn from(OutOfRange { key, problem, remedy }: OutOfRange) -> Self {
        Self::Config { key, problem, remedy }
    }
}
