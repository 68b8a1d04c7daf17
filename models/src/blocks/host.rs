//! A multilayer perceptron on the host: for acting, where batches are small and calls are many.

use burn::tensor::Tensor;

use super::dense::Dense;
use super::mlp::Mlp;
use crate::ops::Activation;
use crate::ops::dense::BiasThen;
use crate::ops::matmul::{Matrix, Panels, multiply};

/// The weights of an [`Mlp`] as they were when [`Mlp::to_host`] copied them, laid out for the processor.
///
/// It computes what the network itself computes on the CPU, bit for bit, whatever the batch: a row's outputs depend on
/// that row alone.
#[derive(Debug, Clone)]
pub struct HostMlp {
    layers: Vec<HostDense>,
    inputs: usize,
    outputs: usize,
    /// What a layer reads and what it writes, in turn.
    activations: [Vec<f32>; 2],
}

/// The weights of a [`Dense`] layer, and what comes after it.
#[derive(Debug, Clone)]
pub(crate) struct HostDense {
    weight: Panels,
    bias: Vec<f32>,
    activation: Activation,
}

impl HostMlp {
    pub(super) fn new(mlp: &Mlp) -> Self {
        let layers: Vec<HostDense> = mlp
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| HostDense::new(layer, mlp.activation_after(index)))
            .collect();
        let inputs = layers.first().map_or(0, HostDense::inputs);
        let outputs = layers.last().map_or(0, HostDense::outputs);
        Self { layers, inputs, outputs, activations: [Vec::new(), Vec::new()] }
    }

    /// Numbers a row of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers a row of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Writes the network's outputs.
    ///
    /// # Shapes
    ///
    /// - `x`: `batch` rows of [`inputs`](Self::inputs)
    /// - `outputs`: `batch` rows of [`outputs`](Self::outputs)
    ///
    /// # Panics
    ///
    /// Panics if the lengths do not agree.
    pub fn forward(&mut self, x: &[f32], outputs: &mut [f32]) {
        let batch = x.len() / self.inputs;
        let [read, written] = &mut self.activations;
        read.clear();
        read.extend_from_slice(x);
        let (last, hidden) = self.layers.split_last().expect("a network has at least its output layer");
        for layer in hidden {
            written.resize(batch * layer.outputs(), 0.0);
            layer.forward(read, written);
            std::mem::swap(read, written);
        }
        last.forward(read, outputs);
    }
}

impl HostDense {
    pub(crate) fn new(layer: &Dense, activation: Activation) -> Self {
        Self { weight: panels(layer.weight.val()), bias: elements(layer.bias.val()), activation }
    }

    /// A layer of weights alone, `[inputs, outputs]`.
    pub(crate) fn without_bias(weight: Tensor<2>) -> Self {
        let bias = vec![0.0; weight.dims()[1]];
        Self { weight: panels(weight), bias, activation: Activation::Identity }
    }

    /// Numbers a row of inputs.
    pub(crate) fn inputs(&self) -> usize {
        self.weight.rows()
    }

    /// Numbers a row of outputs.
    pub(crate) fn outputs(&self) -> usize {
        self.weight.columns()
    }

    /// Writes the layer's outputs, a row for each row of inputs.
    pub(crate) fn forward(&self, x: &[f32], outputs: &mut [f32]) {
        let x = Matrix::new(x, x.len() / self.inputs(), self.inputs());
        multiply(x, &self.weight, outputs, &BiasThen { bias: &self.bias, activation: self.activation });
    }
}

fn panels(weight: Tensor<2>) -> Panels {
    let [rows, columns] = weight.dims();
    Panels::new(Matrix::new(&elements(weight), rows, columns))
}

pub(crate) fn elements<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_into_vec().expect("a float tensor converted to f32")
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::blocks::MlpConfig;

    fn mlp(device: &Device) -> Mlp {
        MlpConfig::default().init(66, 38, 1.0, &mut Xoshiro256PlusPlus::seed_from_u64(7), device)
    }

    fn inputs(batch: usize) -> Vec<f32> {
        (0..batch * 66).map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    #[test]
    fn the_host_computes_what_the_network_computes() {
        for device in [Device::flex(), Device::flex().autodiff()] {
            let mlp = mlp(&device);
            let x = Tensor::from_data(TensorData::new(inputs(64), [64, 66]), &device);
            let expected = elements(mlp.forward(x));
            let mut outputs = vec![0.0; 64 * 38];
            mlp.to_host().forward(&inputs(64), &mut outputs);
            assert_eq!(outputs, expected);
        }
    }

    #[test]
    fn a_batch_is_computed_alike_in_any_pieces() {
        let mut host = mlp(&Device::flex()).valid().to_host();
        let mut whole = vec![0.0; 64 * 38];
        host.forward(&inputs(64), &mut whole);
        for piece in [1, 5, 6, 32] {
            let mut pieces = vec![0.0; 64 * 38];
            for (x, outputs) in inputs(64).chunks(piece * 66).zip(pieces.chunks_mut(piece * 38)) {
                host.forward(x, outputs);
            }
            assert_eq!(pieces, whole);
        }
    }
}
