//! What all algorithms ask of their settings.

use gradus_envs::Schedule;

use crate::error::AgentError;

/// Refuses impossible settings of one algorithm, by key and with a remedy.
pub(super) struct Check {
    agent: &'static str,
}

impl Check {
    /// For the algorithm `agent`.
    pub(super) fn of(agent: &'static str) -> Self {
        Self { agent }
    }

    pub(super) fn refuse(&self, key: &str, problem: impl Into<String>, remedy: &str) -> Result<(), AgentError> {
        Err(AgentError::config(&format!("agent.{}.{key}", self.agent), problem, remedy))
    }

    /// At least 1.
    pub(super) fn count(&self, key: &str, count: usize) -> Result<(), AgentError> {
        if count == 0 { self.refuse(key, "0 is too few", "give 1 or more") } else { Ok(()) }
    }

    /// From 0 to 1.
    pub(super) fn share(&self, key: &str, share: f64) -> Result<(), AgentError> {
        if (0.0..=1.0).contains(&share) {
            Ok(())
        } else {
            self.refuse(key, format!("{share} is not between 0 and 1"), "give a share")
        }
    }

    /// Neither NaN nor infinite.
    pub(super) fn finite(&self, key: &str, value: f64) -> Result<(), AgentError> {
        if value.is_finite() { Ok(()) } else { self.refuse(key, format!("{value} is not finite"), "give a number") }
    }

    /// Above 0, and finite.
    pub(super) fn positive(&self, key: &str, value: f64) -> Result<(), AgentError> {
        if value > 0.0 && value.is_finite() {
            Ok(())
        } else {
            self.refuse(key, format!("{value} is not above 0"), "give a number above 0")
        }
    }

    /// A schedule of finite values.
    pub(super) fn schedule(&self, key: &str, schedule: Schedule) -> Result<(), AgentError> {
        schedule.problem().map_or(Ok(()), |problem| self.refuse(key, problem, "give a number or { from, to, until }"))
    }

    /// A schedule of values that are not below 0.
    pub(super) fn learning_rate(&self, schedule: Schedule) -> Result<(), AgentError> {
        self.schedule("learning-rate", schedule)?;
        if schedule.ends().iter().any(|&rate| rate < 0.0) {
            return self.refuse("learning-rate", "it is below 0", "give 0 or more");
        }
        Ok(())
    }

    /// Above 0, if it is fixed at all.
    pub(super) fn temperature(&self, temperature: Option<f64>) -> Result<(), AgentError> {
        temperature.map_or(Ok(()), |value| self.positive("temperature", value))
    }
}
