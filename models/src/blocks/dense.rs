//! A fully connected layer.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;

use super::init::{fan_in, orthogonal};
use crate::ops::{Activation, dense};

/// A matrix of weights and a bias for each output.
#[derive(Debug, Module)]
pub struct Dense {
    /// `[inputs, outputs]`
    pub weight: Param<Tensor<2>>,
    /// `[outputs]`
    pub bias: Param<Tensor<1>>,
}

impl Dense {
    /// A layer with orthogonal weights of a given gain, and biases of 0.
    pub fn init(inputs: usize, outputs: usize, gain: f64, rng: &mut impl Rng, device: &Device) -> Self {
        Self::of(orthogonal(inputs, outputs, gain, rng), vec![0.0; outputs], device)
    }

    /// A layer with weights and biases uniform between plus and minus 1 / sqrt(`inputs`), as PyTorch makes them.
    pub fn init_fan_in(inputs: usize, outputs: usize, rng: &mut impl Rng, device: &Device) -> Self {
        Self::of(fan_in(inputs, inputs * outputs, rng), fan_in(inputs, outputs, rng), device)
    }

    /// A layer of these weights, input after input, and these biases.
    pub(crate) fn of(weight: Vec<f32>, bias: Vec<f32>, device: &Device) -> Self {
        let (inputs, outputs) = (weight.len() / bias.len(), bias.len());
        Self {
            weight: Param::from_tensor(Tensor::from_data(TensorData::new(weight, [inputs, outputs]), device)),
            bias: Param::from_tensor(Tensor::from_data(TensorData::new(bias, [outputs]), device)),
        }
    }

    /// f(x W + b).
    ///
    /// # Shapes
    ///
    /// - `x`: `[batch, inputs]`
    /// - output: `[batch, outputs]`
    pub fn forward(&self, x: Tensor<2>, activation: Activation) -> Tensor<2> {
        dense(x, self.weight.val(), self.bias.val(), activation)
    }
}
