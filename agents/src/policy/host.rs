//! A policy on the host: for acting, where batches are small and calls are many.

use gradus_envs::{ActionBatch, Space, VecEnv, seeding::Generator};
use gradus_models::{
    blocks::{HostMlp, Mlp},
    ops::simd,
};
use rand_distr::{Distribution, StandardNormal};

use super::{categorical, reader::Reader, stochastic::LN_SQRT_TAU};
use crate::error::AgentError;

/// How an action is chosen from its distribution.
pub(crate) enum Choose<'a> {
    /// Drawn at random.
    Sample(&'a mut Generator),
    /// The most probable.
    Best,
}

/// What a policy's numbers come from.
enum Network {
    /// The flat observation.
    Mlp(HostMlp),
    /// The piece so far. How many pieces there are is not known before they are seen.
    Tokens { open: Box<dyn Fn(usize) -> Reader + Send + Sync>, reader: Option<Reader>, outputs: usize },
}

/// The weights of a [`Policy`](super::Policy) as they were when they were copied.
pub(crate) struct HostPolicy {
    network: Network,
    space: Space,
    /// Choices of each categorical distribution; none for a box.
    sizes: Vec<usize>,
    /// The logarithms of the standard deviations; none for choices.
    log_std: Vec<f32>,
    /// Log-probabilities or means, `[batch × outputs]`.
    outputs: Vec<f32>,
    probabilities: Vec<f32>,
}

impl HostPolicy {
    /// The policy whose logits `network` gives, for a space of choices.
    pub(crate) fn of_choices(network: &Mlp, space: &Space) -> Self {
        Self::of_observations(network, space, Vec::new())
    }

    /// The policy whose logits or means `network` gives.
    pub(super) fn of_observations(network: &Mlp, space: &Space, log_std: Vec<f32>) -> Self {
        Self::new(Network::Mlp(network.to_host()), space, log_std)
    }

    /// The policy that draws what a model of tokens says; `open` makes a reader of so many pieces.
    pub(crate) fn of_tokens(tokens: usize, space: &Space, open: Box<dyn Fn(usize) -> Reader + Send + Sync>) -> Self {
        Self::new(Network::Tokens { open, reader: None, outputs: tokens }, space, Vec::new())
    }

    fn new(network: Network, space: &Space, log_std: Vec<f32>) -> Self {
        let sizes = match space {
            Space::Discrete { n } => vec![*n],
            Space::MultiDiscrete { nvec } => nvec.clone(),
            Space::Box { .. } => Vec::new(),
        };
        Self { network, space: space.clone(), sizes, log_std, outputs: Vec::new(), probabilities: Vec::new() }
    }

    /// Chooses an action for each of `envs`, whose `observations` may have been normalised; a vector may lie outside the
    /// space's bounds, see [`HostPolicy::clip`].
    ///
    /// # Shapes
    ///
    /// - `observations`: `[batch × observation]`
    /// - `actions`: `batch` actions
    pub(crate) fn act(
        &mut self,
        envs: &VecEnv,
        observations: &[f32],
        choose: Choose<'_>,
        actions: &mut ActionBatch,
    ) -> Result<(), AgentError> {
        match &mut self.network {
            Network::Mlp(network) => {
                self.outputs.resize(envs.len() * network.outputs(), 0.0);
                network.forward(observations, &mut self.outputs);
            }
            Network::Tokens { open, reader, outputs } => {
                self.outputs.resize(envs.len() * *outputs, 0.0);
                reader.get_or_insert_with(|| open(envs.len())).catch_up(envs, &mut self.outputs)?;
            }
        }
        if self.sizes.is_empty() {
            actions.reals_mut().copy_from_slice(&self.outputs);
            if let Choose::Sample(generator) = choose {
                for vector in actions.reals_mut().chunks_exact_mut(self.log_std.len()) {
                    for (value, log_std) in vector.iter_mut().zip(&self.log_std) {
                        let noise: f32 = StandardNormal.sample(generator);
                        *value += log_std.exp() * noise;
                    }
                }
            }
            return Ok(());
        }
        categorical::log_softmax(&mut self.outputs, envs.masks(), &self.sizes);
        match choose {
            Choose::Best => categorical::best(&self.outputs, &self.sizes, actions.choices_mut()),
            Choose::Sample(generator) => {
                self.probabilities.clone_from(&self.outputs);
                simd::exp(&mut self.probabilities);
                categorical::sample(&self.probabilities, &self.sizes, actions.choices_mut(), generator);
            }
        }
        Ok(())
    }

    /// The log-probabilities of the actions just chosen, `[batch]`.
    pub(crate) fn log_probabilities(&self, actions: &ActionBatch, log_probabilities: &mut [f32]) {
        if !self.sizes.is_empty() {
            categorical::log_probabilities(&self.outputs, &self.sizes, actions.choices(), log_probabilities);
            return;
        }
        let dimensions = self.log_std.len();
        let rows = actions.reals().chunks_exact(dimensions).zip(self.outputs.chunks_exact(dimensions));
        for (slot, (vector, means)) in log_probabilities.iter_mut().zip(rows) {
            let each = vector.iter().zip(means).zip(&self.log_std).map(|((value, mean), log_std)| {
                let distance = (value - mean) * (-log_std).exp();
                -0.5 * distance * distance - log_std - LN_SQRT_TAU
            });
            *slot = each.sum();
        }
    }

    /// Brings vectors within the space's bounds, for the environment.
    pub(crate) fn clip(&self, actions: &mut ActionBatch) {
        if let Space::Box { low, high } = &self.space {
            for vector in actions.reals_mut().chunks_exact_mut(low.len()) {
                for (value, (low, high)) in vector.iter_mut().zip(low.iter().zip(high)) {
                    *value = value.clamp(*low, *high);
                }
            }
        }
    }
}
