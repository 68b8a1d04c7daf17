//! Functions of one number, applied to every element of a tensor, each with its gradient.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Bytes, DType, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

use super::flex::{all_f32, contiguous, owned};
use super::simd::{self, Exp, Function, Gelu, Sigmoid, Softplus, Tanh};

/// tanh x.
///
/// Value and gradient are within 3.5e-7 of the truth relatively; see [`simd::tanh`].
pub fn tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Unary::Tanh.of(x)
}

/// The logistic function, 1 / (1 + e^-x).
///
/// Value and gradient are within 3e-7 of the truth relatively; see [`simd::sigmoid`].
pub fn sigmoid<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Unary::Sigmoid.of(x)
}

/// ln(1 + e^x).
///
/// Value and gradient are within 2e-7 of the truth relatively; see [`simd::softplus`].
pub fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Unary::Softplus.of(x)
}

/// x C(x), where C is the distribution function of the standard normal: PyTorch's default, not the approximation by tanh.
///
/// Value and gradient are within 5e-7 of the truth relatively, down to -13.1, where the value becomes denormal; next to
/// its zero at -0.75 the gradient is within 7e-8 absolutely. See [`simd::gelu`].
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Unary::Gelu.of(x)
}

/// e^x.
///
/// Value and gradient are within 1e-7 of the truth relatively; see [`simd::exp`].
pub fn exp<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Unary::Exp.of(x)
}

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    /// tanh x.
    Tanh,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// ln(1 + e^x).
    Softplus,
    /// x C(x), where C is the distribution function of the standard normal.
    Gelu,
    /// e^x.
    Exp,
}

impl Unary {
    /// The function of every element.
    pub fn of<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        Tensor::from_dispatch(Dispatch::unary(x.into_dispatch(), self))
    }

    /// Whether the derivative is computed from the value. From the input it keeps its digits where tanh and the logistic
    /// function level off, and where softplus and GELU do, it cannot be had otherwise.
    fn keeps_value(self) -> bool {
        self == Self::Exp
    }
}

/// A backend that can run [`Unary`] functions.
#[backend_extension(Flex, Autodiff, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait UnaryBackend: Backend {
    /// f(x) of every element.
    fn unary(x: FloatTensor<Self>, function: Unary) -> FloatTensor<Self> {
        composed_unary::<Self>(x, function)
    }

    /// f'(x) times `gradient` for every element, from x, or for the exponential from f(x).
    fn unary_backward(kept: FloatTensor<Self>, gradient: FloatTensor<Self>, function: Unary) -> FloatTensor<Self> {
        composed_unary_backward::<Self>(kept, gradient, function)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl UnaryBackend for burn::backend::Cube {}

impl UnaryBackend for Flex {
    fn unary(x: FlexTensor, function: Unary) -> FlexTensor {
        if !all_f32(&[&x]) {
            return composed_unary::<Self>(x, function);
        }
        match function {
            Unary::Tanh => mapped::<Tanh>(x),
            Unary::Sigmoid => mapped::<Sigmoid>(x),
            Unary::Softplus => mapped::<Softplus>(x),
            Unary::Gelu => mapped::<Gelu>(x),
            Unary::Exp => mapped::<Exp>(x),
        }
    }

    fn unary_backward(kept: FlexTensor, gradient: FlexTensor, function: Unary) -> FlexTensor {
        if !all_f32(&[&kept, &gradient]) {
            return composed_unary_backward::<Self>(kept, gradient, function);
        }
        match function {
            Unary::Tanh => pulled_back::<Tanh>(kept, gradient),
            Unary::Sigmoid => pulled_back::<Sigmoid>(kept, gradient),
            Unary::Softplus => pulled_back::<Softplus>(kept, gradient),
            Unary::Gelu => pulled_back::<Gelu>(kept, gradient),
            Unary::Exp => pulled_back::<Exp>(kept, gradient),
        }
    }
}

/// In place, if nobody else has a hold on the elements.
fn mapped<F: Function>(x: FlexTensor) -> FlexTensor {
    let mut x = contiguous(x);
    if let Some(values) = x.try_storage_mut() {
        simd::apply::<F>(values);
        return x;
    }
    let values = simd::applied::<F>(x.storage());
    FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(x.shape()), DType::F32)
}

fn pulled_back<F: Function>(kept: FlexTensor, gradient: FlexTensor) -> FlexTensor {
    let mut gradient = owned(gradient);
    simd::pull_back::<F>(gradient.storage_mut(), contiguous(kept).storage());
    gradient
}

impl<B: UnaryBackend, C: CheckpointStrategy> UnaryBackend for Autodiff<B, C> {
    fn unary(x: FloatTensor<Self>, function: Unary) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        match function.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(node) if function.keeps_value() => {
                let value = B::unary(x, function);
                node.finish(value.clone(), value)
            }
            OpsKind::Tracked(node) => node.finish(x.clone(), B::unary(x, function)),
            OpsKind::UnTracked(node) => node.finish(B::unary(x, function)),
        }
    }
}

impl<B: UnaryBackend> Backward<B, 1> for Unary {
    type State = FloatTensor<B>;

    fn backward(self, node: Ops<FloatTensor<B>, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&node.node);
        let [Some(input)] = node.parents else { return };
        gradients.register::<B>(input.id, B::unary_backward(node.state, gradient, self));
    }
}

fn composed_unary<B: Backend>(x: FloatTensor<B>, function: Unary) -> FloatTensor<B> {
    match function {
        Unary::Tanh => B::float_tanh(x),
        Unary::Sigmoid => B::sigmoid(x),
        // max(x, 0) + ln(1 + e^-|x|)
        Unary::Softplus => {
            let decay = B::float_exp(B::float_neg(B::float_abs(x.clone())));
            B::float_add(B::relu(x), B::float_log1p(decay))
        }
        Unary::Gelu => B::gelu(x),
        Unary::Exp => B::float_exp(x),
    }
}

fn composed_unary_backward<B: Backend>(
    kept: FloatTensor<B>,
    gradient: FloatTensor<B>,
    function: Unary,
) -> FloatTensor<B> {
    match function {
        Unary::Tanh => {
            let y = B::float_tanh(kept);
            let slope = B::float_add_scalar(B::float_neg(B::float_mul(y.clone(), y)), 1_f32.into());
            B::float_mul(gradient, slope)
        }
        Unary::Sigmoid => B::sigmoid_backward(B::sigmoid(kept), gradient),
        Unary::Softplus => B::float_mul(gradient, B::sigmoid(kept)),
        Unary::Gelu => B::gelu_backward(kept, gradient),
        Unary::Exp => B::float_mul(gradient, kept),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::ops::flex::tensor;
    use crate::ops::simd::normal_distribution;

    const ALL: [Unary; 5] = [Unary::Tanh, Unary::Sigmoid, Unary::Softplus, Unary::Gelu, Unary::Exp];
    const SHAPE: [usize; 3] = [3, 5, 7];

    fn truth(function: Unary, x: f64) -> f64 {
        match function {
            Unary::Tanh => x.tanh(),
            Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Unary::Softplus => x.exp().ln_1p(),
            Unary::Gelu => x * normal_distribution(x),
            Unary::Exp => x.exp(),
        }
    }

    fn numbers() -> Vec<f32> {
        (0..105).map(|i| ((i * 7919) % 1009) as f32 / 100.9 - 5.0).collect()
    }

    fn weights() -> Vec<f32> {
        (0..105).map(|i| 0.1 * (i % 11) as f32 - 0.37).collect()
    }

    fn cube(elements: Vec<f32>, device: &Device) -> Tensor<3> {
        Tensor::from_data(TensorData::new(elements, SHAPE), device)
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn values_are_those_of_the_definition_with_and_without_autodiff() {
        for device in [Device::flex(), Device::flex().autodiff()] {
            for function in ALL {
                let y = function.of(cube(numbers(), &device));
                assert_eq!(y.dims(), SHAPE);
                for (x, y) in numbers().into_iter().zip(values(y)) {
                    let expected = truth(function, f64::from(x));
                    let error = (f64::from(y) - expected).abs() / expected.abs();
                    assert!(error < 1e-6, "{function:?} of {x}: {y} against {expected}");
                }
            }
        }
    }

    #[test]
    fn gradients_are_finite_differences_of_the_definition() {
        let device = Device::flex().autodiff();
        for function in ALL {
            let x = cube(numbers(), &device).require_grad();
            let loss = (function.of(x.clone()) * cube(weights(), &device)).sum();
            let gradient = values(x.grad(&loss.backward()).unwrap());
            let step = 1e-5;
            for ((x, weight), gradient) in numbers().into_iter().map(f64::from).zip(weights()).zip(gradient) {
                let rise = truth(function, x + step) - truth(function, x - step);
                let expected = f64::from(weight) * rise / (2.0 * step);
                let error = (f64::from(gradient) - expected).abs();
                assert!(error < 1e-6 * expected.abs() + 1e-8, "{function:?} at {x}: {gradient} against {expected}");
            }
        }
    }

    #[test]
    fn the_kernels_agree_with_the_composed_operations() {
        for function in ALL {
            let x = tensor(numbers(), SHAPE);
            let near = |ours: &FlexTensor, composed: &FlexTensor| {
                assert_eq!(ours.shape(), composed.shape());
                for (ours, composed) in ours.storage::<f32>().iter().zip(composed.storage::<f32>()) {
                    assert!(
                        (ours - composed).abs() < 2e-6 * (1.0 + composed.abs()),
                        "{function:?}: {ours}, {composed}"
                    );
                }
            };
            let value = composed_unary::<Flex>(x.clone(), function);
            near(&Flex::unary(x.clone(), function), &value);
            let kept = if function.keeps_value() { value } else { x };
            let gradient = tensor(weights(), SHAPE);
            near(
                &Flex::unary_backward(kept.clone(), gradient.clone(), function),
                &composed_unary_backward::<Flex>(kept, gradient, function),
            );
        }
    }

    #[test]
    fn an_input_that_is_used_again_is_left_alone() {
        for function in ALL {
            let x = cube(numbers(), &Device::flex());
            let shared = values(function.of(x.clone()));
            assert_eq!(values(x.clone()), numbers());
            assert_eq!(values(function.of(x)), shared, "in place or not, {function:?} is the same");
        }
    }

    #[test]
    fn views_are_read_as_they_lie() {
        let x = cube(numbers(), &Device::flex());
        for view in [x.clone().swap_dims(0, 2), x.clone().narrow(2, 1, 3), x.flip([1])] {
            let copy = Tensor::<3>::from_data(TensorData::new(values(view.clone()), view.dims()), &Device::flex());
            assert_eq!(values(gelu(view)), values(gelu(copy)));
        }
    }

    #[test]
    fn one_gradient_for_all_elements_is_spread_out() {
        let device = Device::flex().autodiff();
        let x = cube(numbers(), &device).require_grad();
        let gradient = values(x.grad(&exp(x.clone()).sum().backward()).unwrap());
        assert_eq!(gradient, values(exp(x)));
    }
}
