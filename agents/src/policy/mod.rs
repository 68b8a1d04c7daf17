//! Policies: the networks that choose actions, and what their outputs mean.

mod actor;
pub(crate) mod categorical;
mod host;
mod stochastic;

use gradus_models::blocks::MlpConfig;
use serde::{Deserialize, Serialize};

use crate::error::AgentError;
pub(crate) use actor::PolicyActor;
pub(crate) use host::{Choose, HostPolicy};
pub(crate) use stochastic::{Opinion, Policy};

/// The shape of the networks, as in a config's `[policy]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyConfig {
    /// A multilayer perceptron over the flat observation.
    Mlp(MlpConfig),
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self::Mlp(MlpConfig::default())
    }
}

impl PolicyConfig {
    /// The perceptron's shape, checked.
    pub(crate) fn mlp(&self) -> Result<&MlpConfig, AgentError> {
        let Self::Mlp(config) = self;
        config.validate()?;
        Ok(config)
    }
}
