//! A dense layer as one operation: matrix product, bias and activation, and their gradient.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, Shape, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use pulp::{Arch, Simd, WithSimd};

use super::activation::Activation;
use super::flex::{all_f32, contiguous, owned, product, tensor};
use super::matmul::{Finish, Plain};
use super::simd::map_with;

/// f(x W + b), as one node of the autodiff graph.
///
/// The backward pass works from the output that the forward pass kept, and computes only the gradients that are asked
/// for: none for `x` in a first layer.
///
/// # Shapes
///
/// - `x`: `[batch, inputs]`
/// - `weight`: `[inputs, outputs]`
/// - `bias`: `[outputs]`
/// - output: `[batch, outputs]`
///
/// # Panics
///
/// Panics if the shapes do not agree.
pub fn dense(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>, activation: Activation) -> Tensor<2> {
    assert_eq!(weight.dims()[1], bias.dims()[0], "a bias for each output of a layer");
    let output = Dispatch::dense(x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch(), activation);
    Tensor::from_dispatch(output)
}

/// A backend that can run [`dense`].
#[backend_extension(Flex, Autodiff, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait DenseBackend: Backend {
    /// f(x W + b).
    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        composed_dense::<Self>(x, weight, bias, activation)
    }

    /// The gradients of the layer's x W + b and of its bias, from its `output` and the gradient of that.
    fn dense_backward(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        composed_dense_backward::<Self>(output, gradient, activation)
    }

    /// The matrix product.
    fn product(lhs: FloatTensor<Self>, rhs: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(lhs, rhs)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl DenseBackend for burn::backend::Cube {}

impl DenseBackend for Flex {
    fn dense(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, activation: Activation) -> FlexTensor {
        if !all_f32(&[&x, &weight, &bias]) {
            return composed_dense::<Self>(x, weight, bias, activation);
        }
        let bias = contiguous(bias);
        product(&x, &weight, &BiasThen { bias: bias.storage(), activation })
    }

    fn dense_backward(output: FlexTensor, gradient: FlexTensor, activation: Activation) -> (FlexTensor, FlexTensor) {
        if !all_f32(&[&output, &gradient]) {
            return composed_dense_backward::<Self>(output, gradient, activation);
        }
        let output = contiguous(output);
        let mut gradient = owned(gradient);
        let mut column_sums = vec![0.0; gradient.shape()[1]];
        Arch::new().dispatch(PullBack {
            output: output.storage(),
            gradient: gradient.storage_mut(),
            column_sums: &mut column_sums,
            activation,
        });
        let width = column_sums.len();
        (gradient, tensor(column_sums, [width]))
    }

    fn product(lhs: FlexTensor, rhs: FlexTensor) -> FlexTensor {
        if all_f32(&[&lhs, &rhs]) { product(&lhs, &rhs, &Plain) } else { Self::float_matmul(lhs, rhs) }
    }
}

impl<B: DenseBackend, C: CheckpointStrategy> DenseBackend for Autodiff<B, C> {
    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        match Dense.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(node) => {
                let output = B::dense(x.clone(), weight.clone(), bias, activation);
                let kept = Kept { x, weight, output: output.clone(), activation };
                node.finish(kept, output)
            }
            OpsKind::UnTracked(node) => node.finish(B::dense(x, weight, bias, activation)),
        }
    }
}

/// The backward step of [`dense`].
#[derive(Debug)]
struct Dense;

/// What the backward step needs of the forward pass.
#[derive(Debug, Clone)]
struct Kept<B: Backend> {
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    output: FloatTensor<B>,
    activation: Activation,
}

impl<B: DenseBackend> Backward<B, 3> for Dense {
    type State = Kept<B>;

    fn backward(self, node: Ops<Kept<B>, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, weight_node, bias_node] = node.parents;
        let Kept { x, weight, output, activation } = node.state;
        let gradient = gradients.consume::<B>(&node.node);
        let (gradient, bias_gradient) = B::dense_backward(output, gradient, activation);
        if let Some(node) = bias_node {
            gradients.register::<B>(node.id, bias_gradient);
        }
        if let Some(node) = weight_node {
            gradients.register::<B>(node.id, B::product(B::float_transpose(x), gradient.clone()));
        }
        if let Some(node) = x_node {
            gradients.register::<B>(node.id, B::product(gradient, B::float_transpose(weight)));
        }
    }
}

/// Adds the bias to a row of the product and applies the activation.
pub(crate) struct BiasThen<'a> {
    pub(crate) bias: &'a [f32],
    pub(crate) activation: Activation,
}

impl Finish for BiasThen<'_> {
    #[inline(always)]
    fn finish<S: Simd>(&self, simd: S, row: &mut [f32]) {
        map_with(
            simd,
            row,
            self.bias,
            #[inline(always)]
            |x, bias| self.activation.value(simd, simd.add_f32s(x, bias)),
        );
    }
}

/// Takes a gradient back through the activation, row by row, and adds it up by column.
struct PullBack<'a> {
    output: &'a [f32],
    gradient: &'a mut [f32],
    column_sums: &'a mut [f32],
    activation: Activation,
}

impl WithSimd for PullBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { output, gradient, column_sums, activation } = self;
        let width = column_sums.len();
        for (row, output) in gradient.chunks_exact_mut(width).zip(output.chunks_exact(width)) {
            map_with(
                simd,
                row,
                output,
                #[inline(always)]
                |value, y| activation.pulled_back(simd, y, value),
            );
            map_with(
                simd,
                column_sums,
                row,
                #[inline(always)]
                |sum, value| simd.add_f32s(sum, value),
            );
        }
    }
}

fn composed_dense<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    activation: Activation,
) -> FloatTensor<B> {
    let width = bias.shape()[0];
    let bias = B::float_reshape(bias, Shape::new([1, width]));
    activation.composed_value::<B>(B::float_add(B::float_matmul(x, weight), bias))
}

fn composed_dense_backward<B: Backend>(
    output: FloatTensor<B>,
    gradient: FloatTensor<B>,
    activation: Activation,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let gradient = activation.composed_pulled_back::<B>(output, gradient);
    let width = gradient.shape()[1];
    let column_sums = B::float_sum_dim(gradient.clone(), 0);
    (gradient, B::float_reshape(column_sums, Shape::new([width])))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    const BATCH: usize = 11;
    const INPUTS: usize = 5;
    const OUTPUTS: usize = 9;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    fn inputs() -> [Vec<f32>; 3] {
        [numbers(BATCH * INPUTS, 1), numbers(INPUTS * OUTPUTS, 2), numbers(OUTPUTS, 3)]
    }

    /// A weighted sum of the outputs, in f64 and by the book, so that every output has a gradient of its own.
    fn truth([x, weight, bias]: &[Vec<f64>; 3], activation: Activation) -> f64 {
        let mut total = 0.0;
        for row in 0..BATCH {
            for column in 0..OUTPUTS {
                let z =
                    bias[column] + (0..INPUTS).map(|k| x[row * INPUTS + k] * weight[k * OUTPUTS + column]).sum::<f64>();
                let y = match activation {
                    Activation::Tanh => z.tanh(),
                    Activation::Relu => z.max(0.0),
                    Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
                    Activation::Identity => z,
                };
                total += y * output_weight(row, column);
            }
        }
        total
    }

    fn output_weight(row: usize, column: usize) -> f64 {
        0.1 * (row as f64 + 1.0) - 0.07 * column as f64
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn matrix(elements: &[f32], shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::<1>::from_floats(elements, device).reshape(shape)
    }

    #[test]
    fn gradients_are_finite_differences_of_the_definition() {
        let device = Device::flex().autodiff();
        let [x, weight, bias] = inputs();
        for activation in [Activation::Tanh, Activation::Relu, Activation::Sigmoid, Activation::Identity] {
            let x = matrix(&x, [BATCH, INPUTS], &device).detach().require_grad();
            let weight = matrix(&weight, [INPUTS, OUTPUTS], &device).detach().require_grad();
            let bias = Tensor::<1>::from_floats(bias.as_slice(), &device).require_grad();
            let output = dense(x.clone(), weight.clone(), bias.clone(), activation);
            let weights: Vec<f32> =
                (0..BATCH * OUTPUTS).map(|i| output_weight(i / OUTPUTS, i % OUTPUTS) as f32).collect();
            let loss = (output * matrix(&weights, [BATCH, OUTPUTS], &device)).sum();
            let gradients = loss.backward();
            let gradients = [
                values(x.grad(&gradients).unwrap()),
                values(weight.grad(&gradients).unwrap()),
                values(bias.grad(&gradients).unwrap()),
            ];

            let arguments = inputs().map(|argument| argument.into_iter().map(f64::from).collect::<Vec<_>>());
            let step = 1e-6;
            for (index, gradient) in gradients.iter().enumerate() {
                for (place, gradient) in gradient.iter().enumerate() {
                    let (mut above, mut below) = (arguments.clone(), arguments.clone());
                    above[index][place] += step;
                    below[index][place] -= step;
                    let expected = (truth(&above, activation) - truth(&below, activation)) / (2.0 * step);
                    assert!(
                        (f64::from(*gradient) - expected).abs() < 1e-5,
                        "{activation:?}, argument {index}, place {place}: {gradient} against {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_kernels_agree_with_the_composed_operations() {
        let [x, weight, bias] = inputs();
        let (x, weight, bias) =
            (tensor(x, [BATCH, INPUTS]), tensor(weight, [INPUTS, OUTPUTS]), tensor(bias, [OUTPUTS]));
        let near = |ours: FlexTensor, composed: FlexTensor| {
            assert_eq!(ours.shape(), composed.shape());
            for (ours, composed) in ours.storage::<f32>().iter().zip(composed.storage::<f32>()) {
                assert!((ours - composed).abs() < 2e-6, "{ours} against {composed}");
            }
        };
        for activation in [Activation::Tanh, Activation::Relu, Activation::Sigmoid, Activation::Identity] {
            let output = Flex::dense(x.clone(), weight.clone(), bias.clone(), activation);
            near(output.clone(), composed_dense::<Flex>(x.clone(), weight.clone(), bias.clone(), activation));
            let gradient = tensor(numbers(BATCH * OUTPUTS, 4), [BATCH, OUTPUTS]);
            let ours = Flex::dense_backward(output.clone(), gradient.clone(), activation);
            let composed = composed_dense_backward::<Flex>(output, gradient, activation);
            near(ours.0, composed.0);
            near(ours.1, composed.1);
        }
    }

    #[test]
    fn views_are_read_as_they_lie() {
        let device = Device::flex();
        let wide = matrix(&numbers(BATCH * 3 * INPUTS, 5), [BATCH, 3 * INPUTS], &device);
        let [_, weight, bias] = inputs();
        let weight = matrix(&weight, [OUTPUTS, INPUTS], &device).transpose();
        let bias = Tensor::<1>::from_floats(bias.as_slice(), &device);
        for view in [wide.clone().narrow(1, 2, INPUTS), wide.narrow(1, 4, INPUTS).flip([1])] {
            let copy = matrix(&values(view.clone()), [BATCH, INPUTS], &device);
            let weight_copy = matrix(&values(weight.clone()), [INPUTS, OUTPUTS], &device);
            let of_view = dense(view, weight.clone(), bias.clone(), Activation::Tanh);
            let of_copy = dense(copy, weight_copy, bias.clone(), Activation::Tanh);
            assert_eq!(values(of_view), values(of_copy));
        }
    }

    #[test]
    fn a_gradient_that_is_one_number_for_all_outputs_is_spread_out() {
        let device = Device::flex().autodiff();
        let [x, weight, bias] = inputs();
        let bias = Tensor::<1>::from_floats(bias.as_slice(), &device).require_grad();
        let x = matrix(&x, [BATCH, INPUTS], &device);
        let output = dense(x, matrix(&weight, [INPUTS, OUTPUTS], &device), bias.clone(), Activation::Identity);
        let gradient = bias.grad(&output.sum().backward()).unwrap();
        assert_eq!(values(gradient), [BATCH as f32; OUTPUTS]);
    }
}
