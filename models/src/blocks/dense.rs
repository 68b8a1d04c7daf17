//! A fully connected layer.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;

use super::init::orthogonal;
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
        let weight = TensorData::new(orthogonal(inputs, outputs, gain, rng), [inputs, outputs]);
        Self {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Param::from_tensor(Tensor::zeros([outputs], device)),
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
