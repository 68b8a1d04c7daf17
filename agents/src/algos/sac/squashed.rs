//! The policy of continuous soft actor-critic: a normal distribution, squashed into a box.

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor},
};
use gradus_envs::{range::Range, seeding::Generator};
use gradus_models::{
    blocks::{Mlp, MlpConfig},
    ops::unary::{softplus, tanh},
};
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tensors::matrix;

/// ln sqrt(2 pi).
const LN_SQRT_TAU: f32 = 0.918_938_5;

/// State-dependent exploration (Raffin, Kober and Stulp 2021, "Smooth exploration for robotic reinforcement
/// learning", arXiv 2005.05719): the noise is a random linear function of the policy's last features, the same
/// throughout a stretch of collecting, so that exploring is smooth in time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct StateDependent {
    /// The logarithm of the standard deviations at first.
    #[schemars(transform = Range::at_least(-20).at_most(2))]
    pub initial_log_std: f64,
}

impl Default for StateDependent {
    fn default() -> Self {
        Self { initial_log_std: -3.0 }
    }
}

/// a = tanh(u), where u is normal: its mean comes from a network, its standard deviation from the same network or, with
/// state-dependent exploration, from the features and a matrix of deviations.
#[derive(Debug, Module)]
pub(super) struct SquashedGaussian {
    network: Mlp,
    /// The logarithms of the deviations, `[features × actions]`, of state-dependent exploration.
    log_std: Option<Param<Tensor<2>>>,
    #[module(skip)]
    dimensions: usize,
}

/// Actions and how likely they were.
pub(super) struct Sample {
    /// `[batch × actions]`, between -1 and 1.
    pub(super) actions: Tensor<2>,
    /// `[batch]`
    pub(super) log_probabilities: Tensor<1>,
}

impl SquashedGaussian {
    pub(super) fn init(
        config: &MlpConfig,
        inputs: usize,
        dimensions: usize,
        exploration: Option<StateDependent>,
        generator: &mut Generator,
        device: &Device,
    ) -> Self {
        let outputs = if exploration.is_some() { dimensions } else { 2 * dimensions };
        let network = config.init_fan_in(inputs, outputs, generator, device);
        let log_std = exploration.map(|StateDependent { initial_log_std }| {
            Param::from_tensor(Tensor::full([config.features(inputs), dimensions], initial_log_std, device))
        });
        Self { network, log_std, dimensions }
    }

    /// Takes the policy out for a change, leaving one without layers.
    pub(super) fn take(&mut self) -> Self {
        Self { network: self.network.take(), log_std: self.log_std.take(), dimensions: self.dimensions }
    }

    /// Whether the noise is one matrix for all states.
    pub(super) fn is_state_dependent(&self) -> bool {
        self.log_std.is_some()
    }

    /// Standard normal values for so many actions: one a dimension of each, or with state-dependent exploration one
    /// matrix for all.
    pub(super) fn noise(&self, batch: usize, generator: &mut Generator, device: &Device) -> Tensor<2> {
        let rows = self.log_std.as_ref().map_or(batch, |log_std| log_std.dims()[0]);
        let values: Vec<f32> = (0..rows * self.dimensions).map(|_| StandardNormal.sample(generator)).collect();
        matrix(&values, self.dimensions, device)
    }

    /// The most probable actions before squashing.
    pub(super) fn best(&self, observations: Tensor<2>) -> Tensor<2> {
        tanh(match &self.log_std {
            None => self.network.forward(observations).narrow(1, 0, self.dimensions),
            Some(_) => self.network.forward(observations).clamp(-MEAN_LIMIT, MEAN_LIMIT),
        })
    }

    /// Actions made of `noise`, so that gradients reach the network through them.
    ///
    /// # Shapes
    ///
    /// - `observations`: `[batch × observation]`
    /// - `noise`: from [`SquashedGaussian::noise`]
    pub(super) fn sample(&self, observations: Tensor<2>, noise: Tensor<2>) -> Sample {
        let (unsquashed, log_density) = match &self.log_std {
            None => self.independent(observations, noise),
            Some(log_std) => self.state_dependent(observations, noise, log_std.val()),
        };
        // ln(1 - tanh^2 u) = 2 (ln 2 - u - softplus(-2 u)), exact where 1 - tanh^2 u would round to 0.
        let squashing = (-unsquashed.clone() - softplus(unsquashed.clone() * -2.0) + std::f32::consts::LN_2) * 2.0;
        Sample {
            actions: tanh(unsquashed),
            log_probabilities: (log_density - squashing).sum_dim(1).squeeze_dim::<1>(1),
        }
    }

    /// u and its log-density in each dimension.
    fn independent(&self, observations: Tensor<2>, noise: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let output = self.network.forward(observations);
        let mean = output.clone().narrow(1, 0, self.dimensions);
        let log_std = output.narrow(1, self.dimensions, self.dimensions).clamp(-20.0, 2.0);
        let unsquashed = mean + log_std.clone().exp() * noise.clone();
        (unsquashed, noise.square() * -0.5 - log_std - LN_SQRT_TAU)
    }

    /// The same where the noise is (features × deviations) and so of variance features^2 × deviations^2.
    fn state_dependent(&self, observations: Tensor<2>, noise: Tensor<2>, log_std: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let (features, output) = self.network.forward_with_features(observations);
        let mean = output.clamp(-MEAN_LIMIT, MEAN_LIMIT);
        let std = log_std.exp();
        let deviation = features.clone().matmul(std.clone() * noise);
        let variance = features.square().matmul(std.square()) + 1e-6;
        let log_density = deviation.clone().square() / variance.clone() * -0.5 - variance.log() * 0.5 - LN_SQRT_TAU;
        (mean + deviation, log_density)
    }
}

/// Means beyond it would leave exploration nothing to move, for tanh is flat there.
const MEAN_LIMIT: f32 = 2.0;

#[cfg(test)]
mod tests {
    use gradus_envs::seeding::{Role, stream};

    use super::*;
    use crate::tensors::elements;

    /// The density of a = tanh(u) integrates to 1 over the box, whatever the network says.
    #[test]
    fn densities_of_squashed_actions_are_exact() {
        let device = Device::flex();
        let config = MlpConfig::default();
        for exploration in [None, Some(StateDependent { initial_log_std: -1.0 })] {
            let policy =
                SquashedGaussian::init(&config, 2, 1, exploration, &mut stream(1, Role::Initialization, 0), &device);
            let observation = matrix(&[0.3, -0.8].repeat(20_000), 2, &device);
            let noise = match exploration {
                None => policy.noise(20_000, &mut stream(2, Role::UpdateNoise, 0), &device),
                // One matrix gives one action; a shared matrix is drawn again for each estimate below.
                Some(_) => policy.noise(1, &mut stream(2, Role::UpdateNoise, 0), &device),
            };
            let Sample { actions, log_probabilities } = policy.sample(observation, noise);
            let (actions, log_probabilities) = (elements(actions), elements(log_probabilities));
            assert!(actions.iter().all(|action| action.abs() <= 1.0));
            if exploration.is_none() {
                // The mean of 1 / density over samples is the length of the box, 2, up to the tails not drawn.
                let length = log_probabilities.iter().map(|log| f64::from(-log).exp()).sum::<f64>() / 20_000.0;
                assert!((length - 2.0).abs() < 0.1, "{length}");
            } else {
                assert!(log_probabilities.iter().all(|&log| log == log_probabilities[0] && log.is_finite()));
            }
        }
    }
}
