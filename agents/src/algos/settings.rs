//! What all algorithms ask of their settings.

use gradus_envs::{range, registry::Registered};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::AgentError;

/// Refuses impossible settings of one algorithm, by key and with a remedy.
pub(super) struct Check {
    agent: &'static str,
}

impl Check {
    /// For an algorithm whose numbers lie within their ranges.
    pub(super) fn of<C: Registered + Serialize + JsonSchema>(config: &C) -> Result<Self, AgentError> {
        range::check(&format!("agent.{}", C::NAME), config)?;
        Ok(Self { agent: C::NAME })
    }

    pub(super) fn refuse(&self, key: &str, problem: impl Into<String>, remedy: &str) -> Result<(), AgentError> {
        Err(AgentError::config(&format!("agent.{}.{key}", self.agent), problem, remedy))
    }
}
