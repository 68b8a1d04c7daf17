//! A multilayer perceptron.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gradus_envs::range::{self, Range};
use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dense::Dense;
use super::host::HostMlp;
use crate::error::ModelError;
use crate::ops::Activation;

/// The shape of an [`Mlp`] between its inputs and its outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct MlpConfig {
    /// Units of each hidden layer, from the inputs on; empty for a linear model.
    #[schemars(transform = Range::at_least(1).at_most(8_192))]
    pub hidden: Vec<usize>,
    /// The function after each hidden layer.
    pub activation: Activation,
}

impl Default for MlpConfig {
    fn default() -> Self {
        Self { hidden: vec![64, 64], activation: Activation::Tanh }
    }
}

impl MlpConfig {
    /// Says what is wrong with the config, if anything is.
    pub fn validate(&self) -> Result<(), ModelError> {
        Ok(range::check("", self)?)
    }

    /// A network with orthogonal weights: gain sqrt 2 in hidden layers, `output_gain` in the last; biases of 0.
    ///
    /// The usual output gain is 0.01 for a policy (nearly uniform at first) and 1 for a value.
    pub fn init(&self, inputs: usize, outputs: usize, output_gain: f64, rng: &mut impl Rng, device: &Device) -> Mlp {
        let mut layers: Vec<Dense> = self
            .hidden_sizes(inputs)
            .map(|[inputs, outputs]| Dense::init(inputs, outputs, std::f64::consts::SQRT_2, rng, device))
            .collect();
        layers.push(Dense::init(self.features(inputs), outputs, output_gain, rng, device));
        Mlp { layers, activation: self.activation }
    }

    /// A network with the weights and biases of PyTorch's default, as off-policy algorithms use it.
    pub fn init_fan_in(&self, inputs: usize, outputs: usize, rng: &mut impl Rng, device: &Device) -> Mlp {
        let mut layers: Vec<Dense> = self
            .hidden_sizes(inputs)
            .map(|[inputs, outputs]| Dense::init_fan_in(inputs, outputs, rng, device))
            .collect();
        layers.push(Dense::init_fan_in(self.features(inputs), outputs, rng, device));
        Mlp { layers, activation: self.activation }
    }

    /// What the output layer reads: the units of the last hidden layer, or the inputs if there is none.
    pub fn features(&self, inputs: usize) -> usize {
        self.hidden.last().copied().unwrap_or(inputs)
    }

    /// Inputs and outputs of each hidden layer.
    fn hidden_sizes(&self, inputs: usize) -> impl Iterator<Item = [usize; 2]> {
        let before = std::iter::once(inputs).chain(self.hidden.iter().copied());
        before.zip(&self.hidden).map(|(inputs, &outputs)| [inputs, outputs])
    }
}

/// Fully connected layers with an activation after each but the last.
#[derive(Debug, Module)]
pub struct Mlp {
    /// The layers, from the inputs on.
    pub layers: Vec<Dense>,
    /// The function after each layer but the last.
    #[module(skip)]
    pub activation: Activation,
}

impl Mlp {
    /// The network's outputs.
    ///
    /// # Shapes
    ///
    /// - `x`: `[batch, inputs]`
    /// - output: `[batch, outputs]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.layers.iter().enumerate().fold(x, |x, (index, layer)| layer.forward(x, self.activation_after(index)))
    }

    /// What the output layer reads, and what it makes of it.
    ///
    /// # Shapes
    ///
    /// - `x`: `[batch, inputs]`
    /// - features: `[batch, units of the last hidden layer]`
    /// - output: `[batch, outputs]`
    ///
    /// # Panics
    ///
    /// Panics if the layers were taken out.
    pub fn forward_with_features(&self, x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let (last, hidden) = self.layers.split_last().expect("a network has at least its output layer");
        let features = hidden.iter().fold(x, |x, layer| layer.forward(x, self.activation));
        let output = last.forward(features.clone(), Activation::Identity);
        (features, output)
    }

    /// Takes the layers out for a change, leaving none: a second handle on weights would have them copied.
    #[must_use]
    pub fn take(&mut self) -> Self {
        Self { layers: std::mem::take(&mut self.layers), activation: self.activation }
    }

    /// A copy of the weights on the host, for acting.
    pub fn to_host(&self) -> HostMlp {
        HostMlp::new(self)
    }

    pub(super) fn activation_after(&self, layer: usize) -> Activation {
        if layer + 1 == self.layers.len() { Activation::Identity } else { self.activation }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn rng() -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(7)
    }

    #[test]
    fn configs_are_kebab_case_strict_and_complete_by_default() {
        let read = |text: &str| serde_json::from_str::<MlpConfig>(text);
        assert_eq!(read("{}").unwrap(), MlpConfig { hidden: vec![64, 64], activation: Activation::Tanh });
        let custom = MlpConfig { hidden: vec![32], activation: Activation::Relu };
        assert_eq!(read(r#"{"hidden": [32], "activation": "relu"}"#).unwrap(), custom);
        assert!(read(r#"{"hiden": [32]}"#).is_err());
    }

    #[test]
    fn a_hidden_layer_of_no_units_is_refused_by_its_number() {
        let config = MlpConfig { hidden: vec![64, 0], ..MlpConfig::default() };
        let error = config.validate().unwrap_err();
        assert_eq!(error.to_string(), "hidden.1: 0 is below 1; give a whole number from 1 to 8192");
    }

    #[test]
    fn layers_run_from_inputs_to_outputs() {
        let device = Device::flex();
        let mlp = MlpConfig::default().init(66, 38, 0.01, &mut rng(), &device);
        let shapes: Vec<[usize; 2]> = mlp.layers.iter().map(|layer| layer.weight.val().dims()).collect();
        assert_eq!(shapes, [[66, 64], [64, 64], [64, 38]]);
        assert_eq!(mlp.forward(Tensor::ones([5, 66], &device)).dims(), [5, 38]);
        assert_eq!(mlp.num_params(), 66 * 64 + 64 + 64 * 64 + 64 + 64 * 38 + 38);
    }

    #[test]
    fn a_small_output_gain_gives_small_outputs() {
        let device = Device::flex();
        let mlp = MlpConfig::default().init(66, 38, 0.01, &mut rng(), &device);
        let largest: f32 = mlp.forward(Tensor::ones([1, 66], &device)).abs().max().into_scalar();
        assert!(largest > 0.0 && largest < 0.1, "{largest}");
    }

    #[test]
    fn a_network_without_hidden_layers_is_linear() {
        let device = Device::flex();
        let config = MlpConfig { hidden: Vec::new(), ..MlpConfig::default() };
        let mlp = config.init(3, 2, 1.0, &mut rng(), &device);
        let x = Tensor::<2>::from_floats([[0.3, -0.2, 0.9]], &device);
        let (once, twice) = (mlp.forward(x.clone()), mlp.forward(x * 2.0));
        let difference: f32 = (once * 2.0 - twice).abs().max().into_scalar();
        assert!(difference < 1e-6);
    }
}
