//! The policy of on-policy algorithms, for every action space.

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor},
};
use gradus_envs::{ActionBatch, Space, seeding::Generator};
use gradus_models::{
    blocks::{Mlp, MlpConfig},
    ops::{Categorical, categorical},
};

use super::host::HostPolicy;
use crate::tensors::{matrix, vector};

/// ln sqrt(2 pi).
pub(super) const LN_SQRT_TAU: f32 = 0.918_938_5;

/// A network whose outputs are distributions of actions: for a discrete space the logits of a categorical one, for a
/// multi-discrete space those of an independent one a dimension, for a box the means of independent normal ones, whose
/// standard deviations are the same in every state.
#[derive(Debug, Module)]
pub(crate) struct Policy {
    network: Mlp,
    /// The logarithms of the standard deviations; none for choices.
    log_std: Option<Param<Tensor<1>>>,
    /// Choices of each categorical distribution; none for a box.
    #[module(skip)]
    sizes: Vec<usize>,
}

/// What a policy thinks of actions that were taken.
pub(crate) struct Opinion {
    /// Their log-probabilities, `[batch]`.
    pub(crate) log_probability: Tensor<1>,
    /// The mean entropy of the distributions, `[1]`.
    pub(crate) entropy: Tensor<1>,
}

impl Policy {
    /// A policy for `space`; standard deviations start at 1.
    pub(crate) fn init(
        config: &MlpConfig,
        inputs: usize,
        space: &Space,
        gain: f64,
        generator: &mut Generator,
        device: &Device,
    ) -> Self {
        let (outputs, sizes, log_std) = match space {
            Space::Discrete { n } => (*n, vec![*n], None),
            Space::MultiDiscrete { nvec } => (nvec.iter().sum(), nvec.clone(), None),
            Space::Box { low, .. } => (low.len(), Vec::new(), Some(Tensor::zeros([low.len()], device))),
        };
        Self {
            network: config.init(inputs, outputs, gain, generator, device),
            log_std: log_std.map(Param::from_tensor),
            sizes,
        }
    }

    /// What this policy thinks of `actions`, taken in states with these `observations`, `[batch × observation]`, and
    /// legal choices `masks`, `[batch × choices]`.
    pub(crate) fn judge(
        &self,
        observations: &[f32],
        masks: &[bool],
        actions: &ActionBatch,
        device: &Device,
    ) -> Opinion {
        let inputs = self.network.layers[0].weight.dims()[0];
        let output = self.network.forward(matrix(observations, inputs, device));
        match &self.log_std {
            None => judge_choices(output, masks, actions.choices(), &self.sizes),
            Some(log_std) => judge_vectors(output, log_std.val(), actions.reals(), device),
        }
    }

    /// A copy on the host, for acting.
    pub(crate) fn to_host(&self, space: &Space) -> HostPolicy {
        let log_std = self.log_std.as_ref().map(|log_std| log_std.val().into_data().try_into_vec());
        let log_std = log_std.transpose().expect("our tensors hold f32").unwrap_or_default();
        HostPolicy::new(self.network.to_host(), space, log_std)
    }
}

/// The dimensions of a multi-discrete action are independent: log-probabilities and entropies add up.
fn judge_choices(logits: Tensor<2>, masks: &[bool], choices: &[u32], sizes: &[usize]) -> Opinion {
    if sizes.len() == 1 {
        let Categorical { log_prob, entropy } = categorical(logits, Some(masks), choices);
        return Opinion { log_probability: log_prob, entropy: entropy.mean() };
    }
    let width: usize = sizes.iter().sum();
    let mut offset = 0;
    let opinions = sizes.iter().enumerate().map(|(dimension, &size)| {
        let part = offset..offset + size;
        offset += size;
        let mask: Vec<bool> = masks.chunks_exact(width).flat_map(|row| &row[part.clone()]).copied().collect();
        let choices: Vec<u32> = choices.iter().skip(dimension).step_by(sizes.len()).copied().collect();
        let Categorical { log_prob, entropy } =
            categorical(logits.clone().narrow(1, part.start, size), Some(&mask), &choices);
        Opinion { log_probability: log_prob, entropy: entropy.mean() }
    });
    opinions
        .reduce(|sum, next| Opinion {
            log_probability: sum.log_probability + next.log_probability,
            entropy: sum.entropy + next.entropy,
        })
        .expect("a multi-discrete space has dimensions")
}

/// ln N(x; m, s) = -((x - m) / s)^2 / 2 - ln s - ln sqrt(2 pi), of entropy ln s + ln sqrt(2 pi) + 1 / 2 a dimension.
fn judge_vectors(means: Tensor<2>, log_std: Tensor<1>, vectors: &[f32], device: &Device) -> Opinion {
    let dimensions = log_std.dims()[0];
    let log_std = log_std.unsqueeze::<2>();
    let distance = (matrix(vectors, dimensions, device) - means) * (-log_std.clone()).exp();
    let log_probability = (distance.square() * -0.5 - log_std.clone() - LN_SQRT_TAU).sum_dim(1).squeeze_dim::<1>(1);
    let constant = vector(&[dimensions as f32 * (LN_SQRT_TAU + 0.5)], device);
    Opinion { log_probability, entropy: log_std.sum() + constant }
}
