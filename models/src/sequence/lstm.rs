//! Layers of long short-term memory.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use gradus_envs::range::{self, Range};
use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Dropout;
use crate::blocks::Dense;
use crate::blocks::init::orthogonal;
use crate::error::ModelError;
use crate::ops::{Activation, lstm};

/// The shape of the recurrent body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct LstmConfig {
    /// Layers, one over the other.
    #[schemars(transform = Range::at_least(1).at_most(16))]
    pub layers: usize,
    /// Units of each layer, and numbers for each token.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub units: usize,
    /// The share of each layer's outputs that is left out while learning.
    #[schemars(transform = Range::at_least(0).at_most(0.9))]
    pub dropout: f64,
}

impl Default for LstmConfig {
    fn default() -> Self {
        Self { layers: 1, units: 128, dropout: 0.1 }
    }
}

impl LstmConfig {
    pub(super) fn validate(&self) -> Result<(), ModelError> {
        Ok(range::check("", self)?)
    }
}

/// The recurrent body.
#[derive(Debug, Module)]
pub(super) struct Lstm {
    pub(super) layers: Vec<Layer>,
}

/// One layer: from what it reads to its gates, and from its own outputs of the place before.
#[derive(Debug, Module)]
pub(super) struct Layer {
    pub(super) input: Dense,
    /// `[units, 4 * units]`
    pub(super) recurrent: Param<Tensor<2>>,
}

impl Lstm {
    pub(super) fn init(config: &LstmConfig, rng: &mut impl Rng, device: &Device) -> Self {
        Self { layers: (0..config.layers).map(|_| Layer::init(config.units, rng, device)).collect() }
    }

    pub(super) fn forward(&self, x: Tensor<2>, length: usize, dropout: &mut Dropout<'_>) -> Tensor<2> {
        self.layers.iter().fold(x, |x, layer| {
            let gates = layer.input.forward(x, Activation::Identity);
            dropout.of(lstm(gates, layer.recurrent.val(), length))
        })
    }
}

impl Layer {
    /// Orthogonal weights, gate by gate, and a bias of 1 for the forget gate, so that a layer remembers at first.
    ///
    /// Source: Jozefowicz et al. 2015, "An empirical exploration of recurrent network architectures", section 2.2.
    fn init(units: usize, rng: &mut impl Rng, device: &Device) -> Self {
        let mut gates = || -> Vec<f32> {
            let gates: Vec<Vec<f32>> = (0..4).map(|_| orthogonal(units, units, 1.0, rng)).collect();
            (0..units)
                .flat_map(|row| gates.iter().flat_map(move |gate| gate[row * units..][..units].to_vec()))
                .collect()
        };
        let (input, recurrent) = (gates(), gates());
        let bias: Vec<f32> = (0..4 * units).map(|place| if place / units == 1 { 1.0 } else { 0.0 }).collect();
        let recurrent = Tensor::from_data(TensorData::new(recurrent, [units, 4 * units]), device);
        Self { input: Dense::of(input, bias, device), recurrent: Param::from_tensor(recurrent) }
    }
}
