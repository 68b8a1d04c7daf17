//! A policy on the host: for acting, where batches are small and calls are many.

use gradus_envs::{ActionBatch, Space, seeding::Generator};
use gradus_models::{
    blocks::{HostMlp, Mlp},
    ops::simd,
};
use rand_distr::{Distribution, StandardNormal};

use super::{categorical, stochastic::LN_SQRT_TAU};

/// How an action is chosen from its distribution.
pub(crate) enum Choose<'a> {
    /// Drawn at random.
    Sample(&'a mut Generator),
    /// The most probable.
    Best,
}

/// The weights of a [`Policy`](super::Policy) as they were when they were copied.
#[derive(Debug, Clone)]
pub(crate) struct HostPolicy {
    network: HostMlp,
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
        Self::new(network.to_host(), space, Vec::new())
    }

    pub(super) fn new(network: HostMlp, space: &Space, log_std: Vec<f32>) -> Self {
        let sizes = match space {
            Space::Discrete { n } => vec![*n],
            Space::MultiDiscrete { nvec } => nvec.clone(),
            Space::Box { .. } => Vec::new(),
        };
        Self { network, space: space.clone(), sizes, log_std, outputs: Vec::new(), probabilities: Vec::new() }
    }

    /// Chooses an action for each state; a vector may lie outside the space's bounds, see [`HostPolicy::clip`].
    ///
    /// # Shapes
    ///
    /// - `observations`: `[batch × observation]`
    /// - `masks`: `[batch × choices]`
    /// - `actions`: `batch` actions
    pub(crate) fn act(&mut self, observations: &[f32], masks: &[bool], choose: Choose<'_>, actions: &mut ActionBatch) {
        let batch = observations.len() / self.network.inputs();
        self.outputs.resize(batch * self.network.outputs(), 0.0);
        self.network.forward(observations, &mut self.outputs);
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
            return;
        }
        categorical::log_softmax(&mut self.outputs, masks, &self.sizes);
        match choose {
            Choose::Best => categorical::best(&self.outputs, &self.sizes, actions.choices_mut()),
            Choose::Sample(generator) => {
                self.probabilities.clone_from(&self.outputs);
                simd::exp(&mut self.probabilities);
                categorical::sample(&self.probabilities, &self.sizes, actions.choices_mut(), generator);
            }
        }
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
