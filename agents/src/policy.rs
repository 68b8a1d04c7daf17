//! Policies: the networks that choose actions.

use burn::{module::Module, tensor::Device};
use gradus_envs::{
    VecEnv,
    seeding::{Generator, Role, stream},
};
use gradus_models::{
    blocks::{HostMlp, Mlp, MlpConfig},
    ops::{log_softmax_rows, simd},
};
use serde::{Deserialize, Serialize};

use crate::{
    actor::Actor,
    algos::Task,
    distribution::{best_rows, sample_rows},
    error::AgentError,
    normalize::ObservationNormalizer,
};

/// A policy's network, as in a config's `[policy]`.
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
    /// The network from observations to `outputs` numbers, its weights drawn from the stream of the policy.
    pub(crate) fn init(&self, task: &Task<'_>, outputs: usize, gain: f64, device: &Device) -> Result<Mlp, AgentError> {
        self.network(task, 0, outputs, gain, device)
    }

    /// The network from observations to their value, its weights drawn from a stream of their own.
    pub(crate) fn init_value(&self, task: &Task<'_>, gain: f64, device: &Device) -> Result<Mlp, AgentError> {
        self.network(task, 1, 1, gain, device)
    }

    fn network(
        &self,
        task: &Task<'_>,
        index: u64,
        outputs: usize,
        gain: f64,
        device: &Device,
    ) -> Result<Mlp, AgentError> {
        let Self::Mlp(config) = self;
        config.validate()?;
        let inputs = task.env.spec().observation_space.size();
        let mut generator = stream(task.seed, Role::Initialization, index);
        Ok(config.init(inputs, outputs, gain, &mut generator, device))
    }
}

/// A policy and a value network that share nothing, trained as one.
#[derive(Debug, Module)]
pub(crate) struct ActorCritic {
    /// From observations to the logits of actions.
    pub(crate) policy: Mlp,
    /// From observations to their value.
    pub(crate) value: Mlp,
}

/// Acts with a trained policy.
pub(crate) struct PolicyActor {
    policy: HostMlp,
    normalizer: Option<ObservationNormalizer>,
    generator: Generator,
    deterministic: bool,
    observations: Vec<f32>,
    outputs: Vec<f32>,
}

impl PolicyActor {
    /// Samples from `policy`, or takes its most probable action if `deterministic`.
    pub(crate) fn new(
        policy: &Mlp,
        normalizer: Option<ObservationNormalizer>,
        generator: Generator,
        deterministic: bool,
    ) -> Self {
        let policy = policy.to_host();
        Self { policy, normalizer, generator, deterministic, observations: Vec::new(), outputs: Vec::new() }
    }
}

impl Actor for PolicyActor {
    fn act(&mut self, envs: &VecEnv, actions: &mut [u32]) -> Result<(), AgentError> {
        self.observations.clear();
        self.observations.extend_from_slice(envs.observations());
        if let Some(normalizer) = &self.normalizer {
            normalizer.apply(&mut self.observations);
        }
        self.outputs.resize(envs.len() * self.policy.outputs(), 0.0);
        self.policy.forward(&self.observations, &mut self.outputs);
        log_softmax_rows(&mut self.outputs, Some(envs.masks()), self.policy.outputs());
        if self.deterministic {
            best_rows(&self.outputs, actions);
        } else {
            simd::exp(&mut self.outputs);
            sample_rows(&self.outputs, actions, &mut self.generator);
        }
        Ok(())
    }
}
