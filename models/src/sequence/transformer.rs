//! Layers of causal self-attention.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gradus_envs::range::{self, Range};
use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Dropout;
use crate::blocks::Dense;
use crate::error::ModelError;
use crate::ops::{Activation, attention, rms_norm, unary};

/// Units of a layer's inner perceptron for each number of its width.
const EXPANSION: usize = 4;

/// The shape of the body of self-attention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct TransformerConfig {
    /// Layers, one over the other.
    #[schemars(transform = Range::at_least(1).at_most(32))]
    pub layers: usize,
    /// Numbers for each place.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub width: usize,
    /// Heads of each layer; each gets an even part of the width.
    #[schemars(transform = Range::at_least(1).at_most(64))]
    pub heads: usize,
    /// Places that a place can look back over, itself included.
    #[schemars(transform = Range::at_least(1).at_most(65_536))]
    pub context: usize,
    /// The share of what each layer adds that is left out while learning.
    #[schemars(transform = Range::at_least(0).at_most(0.9))]
    pub dropout: f64,
}

impl Default for TransformerConfig {
    fn default() -> Self {
        Self { layers: 2, width: 128, heads: 4, context: 128, dropout: 0.1 }
    }
}

impl TransformerConfig {
    pub(super) fn validate(&self) -> Result<(), ModelError> {
        range::check("", self)?;
        let Self { heads, width, .. } = self;
        if !width.is_multiple_of(2 * heads) {
            let problem = format!("{heads} heads cannot each have an even part of a width of {width}");
            return Err(ModelError::config("heads", problem, format!("make `width` a multiple of {}", 2 * heads)));
        }
        Ok(())
    }
}

/// The body of self-attention, normalised before each part (Xiong et al. 2020, arXiv 2002.04745, figure 1 b).
#[derive(Debug, Module)]
pub(super) struct Transformer {
    pub(super) layers: Vec<Layer>,
    pub(super) norm: Param<Tensor<1>>,
}

/// One layer: each place gathers from those before it, then thinks for itself.
#[derive(Debug, Module)]
pub(super) struct Layer {
    pub(super) attention_norm: Param<Tensor<1>>,
    pub(super) qkv: Dense,
    /// What is added to the score of a pair so far apart, `[heads, context]`.
    pub(super) bias: Param<Tensor<2>>,
    pub(super) gather: Dense,
    pub(super) inner_norm: Param<Tensor<1>>,
    pub(super) up: Dense,
    pub(super) down: Dense,
}

impl Transformer {
    pub(super) fn init(config: &TransformerConfig, rng: &mut impl Rng, device: &Device) -> Self {
        let layers = (0..config.layers).map(|_| Layer::init(config, rng, device)).collect();
        Self { layers, norm: ones(config.width, device) }
    }

    pub(super) fn forward(&self, x: Tensor<2>, length: usize, dropout: &mut Dropout<'_>) -> Tensor<2> {
        let x = self.layers.iter().fold(x, |x, layer| layer.forward(x, length, dropout));
        rms_norm(x, self.norm.val())
    }
}

impl Layer {
    /// What adds to the stream starts small, so that its variance does not grow with the number of layers.
    fn init(config: &TransformerConfig, rng: &mut impl Rng, device: &Device) -> Self {
        let TransformerConfig { layers, width, heads, context, .. } = *config;
        let small = 1.0 / (2.0 * layers as f64).sqrt();
        Self {
            attention_norm: ones(width, device),
            qkv: Dense::init(width, 3 * width, 1.0, rng, device),
            bias: Param::from_tensor(Tensor::zeros([heads, context], device)),
            gather: Dense::init(width, width, small, rng, device),
            inner_norm: ones(width, device),
            up: Dense::init(width, EXPANSION * width, 1.0, rng, device),
            down: Dense::init(EXPANSION * width, width, small, rng, device),
        }
    }

    fn forward(&self, x: Tensor<2>, length: usize, dropout: &mut Dropout<'_>) -> Tensor<2> {
        let qkv = self.qkv.forward(rms_norm(x.clone(), self.attention_norm.val()), Activation::Identity);
        let gathered = attention(qkv, self.bias.val(), length);
        let x = x + dropout.of(self.gather.forward(gathered, Activation::Identity));
        let inner = self.up.forward(rms_norm(x.clone(), self.inner_norm.val()), Activation::Identity);
        x + dropout.of(self.down.forward(unary::gelu(inner), Activation::Identity))
    }
}

fn ones(width: usize, device: &Device) -> Param<Tensor<1>> {
    Param::from_tensor(Tensor::ones([width], device))
}
