//! Acting with a trained policy.

use gradus_envs::{
    ActionBatch, VecEnv,
    seeding::{Generator, Role, stream},
};

use super::host::{Choose, HostPolicy};
use crate::{actor::Actor, error::AgentError, normalize::ObservationNormalizer};

/// Samples from a policy, or takes its most probable action.
pub(crate) struct PolicyActor {
    policy: HostPolicy,
    normalizer: Option<ObservationNormalizer>,
    /// None to take the most probable action.
    generator: Option<Generator>,
    observations: Vec<f32>,
}

impl PolicyActor {
    pub(crate) fn new(
        policy: HostPolicy,
        normalizer: Option<ObservationNormalizer>,
        seed: u64,
        deterministic: bool,
    ) -> Self {
        let generator = (!deterministic).then(|| stream(seed, Role::EvaluationPolicy, 0));
        Self { policy, normalizer, generator, observations: Vec::new() }
    }
}

impl Actor for PolicyActor {
    fn act(&mut self, envs: &VecEnv, actions: &mut ActionBatch) -> Result<(), AgentError> {
        self.observations.clear();
        self.observations.extend_from_slice(envs.observations());
        if let Some(normalizer) = &self.normalizer {
            normalizer.apply(&mut self.observations);
        }
        let choose = self.generator.as_mut().map_or(Choose::Best, Choose::Sample);
        self.policy.act(envs, &self.observations, choose, actions)?;
        self.policy.clip(actions);
        Ok(())
    }

    fn generator(&self) -> Option<&Generator> {
        self.generator.as_ref()
    }

    fn set_generator(&mut self, generator: Generator) {
        self.generator = self.generator.is_some().then_some(generator);
    }
}
