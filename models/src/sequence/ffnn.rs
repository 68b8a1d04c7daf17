//! A perceptron over a window of places.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gradus_envs::range::{self, Range};
use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::blocks::Dense;
use crate::error::ModelError;
use crate::ops::Activation;

/// The shape of the body that sees a window of places.
///
/// Source: Bengio et al. 2003, "A neural probabilistic language model".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct FfnnConfig {
    /// Places that it sees, the current one included.
    #[schemars(transform = Range::at_least(1).at_most(256))]
    pub window: usize,
    /// Numbers for each token.
    #[schemars(transform = Range::at_least(1).at_most(1_024))]
    pub embedding: usize,
    /// Units of each hidden layer, at least one layer.
    #[schemars(transform = Range::at_least(1).at_most(8_192))]
    pub hidden: Vec<usize>,
}

impl Default for FfnnConfig {
    fn default() -> Self {
        Self { window: 16, embedding: 32, hidden: vec![256, 128] }
    }
}

impl FfnnConfig {
    pub(super) fn validate(&self) -> Result<(), ModelError> {
        range::check("", self)?;
        if self.hidden.is_empty() {
            return Err(ModelError::config(
                "hidden",
                "it has no layer",
                "give the units of one at least, such as [256]",
            ));
        }
        Ok(())
    }

    /// Units of the last layer.
    pub(super) fn features(&self) -> usize {
        self.hidden.last().copied().unwrap_or(self.window * self.embedding)
    }
}

/// Dense layers over the places of a window side by side, the latest first.
#[derive(Debug, Module)]
pub(super) struct Ffnn {
    pub(super) layers: Vec<Dense>,
    #[module(skip)]
    pub(super) window: usize,
}

impl Ffnn {
    pub(super) fn init(config: &FfnnConfig, rng: &mut impl Rng, device: &Device) -> Self {
        let mut inputs = config.window * config.embedding;
        let layers = config
            .hidden
            .iter()
            .map(|&units| {
                Dense::init(std::mem::replace(&mut inputs, units), units, std::f64::consts::SQRT_2, rng, device)
            })
            .collect();
        Self { layers, window: config.window }
    }

    pub(super) fn forward(&self, x: Tensor<2>, length: usize) -> Tensor<2> {
        let [rows, width] = x.dims();
        let by_sequence = x.reshape([rows / length, length, width]);
        let views = (0..self.window).map(|back| {
            // Places before the first are zeros.
            let missing = back.min(length);
            let zeros = Tensor::<3>::zeros([rows / length, missing, width], &by_sequence.device());
            Tensor::cat(vec![zeros, by_sequence.clone().narrow(1, 0, length - missing)], 1)
        });
        let window = Tensor::cat(views.collect(), 2).reshape([rows, self.window * width]);
        self.layers.iter().fold(window, |x, layer| layer.forward(x, Activation::Relu))
    }
}
