//! One step of the Adam optimizer on one tensor.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, Shape, backend_extension};
use pulp::{Arch, Simd, WithSimd};

use super::flex::{all_f32, contiguous, tensor};
use super::simd::dot;

/// The constants of one step.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// Decay of the first moment.
    pub beta_1: f32,
    /// Decay of the second moment.
    pub beta_2: f32,
    /// Added to the root of the second moment, with the bias that this has.
    pub epsilon: f32,
    /// The learning rate, corrected for the biases of both moments.
    pub step_size: f32,
    /// What the gradient is multiplied by first.
    pub gradient_scale: f32,
}

/// A backend on which Adam can run.
#[backend_extension(Flex, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait AdamBackend: Backend {
    /// The parameter and its two moments after a step.
    fn adam_step(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed_adam_step::<Self>(parameter, gradient, first, second, step)
    }

    /// The sum of the squares of all elements, `[1]`.
    fn squared_norm(elements: FloatTensor<Self>) -> FloatTensor<Self> {
        composed_squared_norm::<Self>(elements)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl AdamBackend for burn::backend::Cube {}

impl AdamBackend for Flex {
    fn adam_step(
        parameter: FlexTensor,
        gradient: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        if !all_f32(&[&parameter, &gradient, &first, &second]) {
            return composed_adam_step::<Self>(parameter, gradient, first, second, step);
        }
        let [mut parameter, gradient, mut first, mut second] = [parameter, gradient, first, second].map(contiguous);
        Arch::new().dispatch(Kernel {
            parameter: parameter.storage_mut(),
            gradient: gradient.storage(),
            first: first.storage_mut(),
            second: second.storage_mut(),
            step,
        });
        (parameter, first, second)
    }

    fn squared_norm(elements: FlexTensor) -> FlexTensor {
        struct SquaredNorm<'a>(&'a [f32]);
        impl WithSimd for SquaredNorm<'_> {
            type Output = f32;

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> f32 {
                dot(self.0, self.0)
            }
        }
        if !all_f32(&[&elements]) {
            return composed_squared_norm::<Self>(elements);
        }
        let elements = contiguous(elements);
        tensor(vec![Arch::new().dispatch(SquaredNorm(elements.storage()))], [1])
    }
}

struct Kernel<'a> {
    parameter: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    step: AdamStep,
}

impl WithSimd for Kernel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { parameter, gradient, first, second, step } = self;
        let (parameters, parameter_rest) = S::as_mut_simd_f32s(parameter);
        let (gradients, gradient_rest) = S::as_simd_f32s(gradient);
        let (firsts, first_rest) = S::as_mut_simd_f32s(first);
        let (seconds, second_rest) = S::as_mut_simd_f32s(second);
        for (((parameter, gradient), first), second) in parameters.iter_mut().zip(gradients).zip(firsts).zip(seconds) {
            [*parameter, *first, *second] = step.apply(simd, *parameter, *gradient, *first, *second);
        }
        if !parameter_rest.is_empty() {
            let [parameter, gradient, first, second] =
                [&*parameter_rest, gradient_rest, &*first_rest, &*second_rest].map(|rest| simd.partial_load_f32s(rest));
            let [parameter, first, second] = step.apply(simd, parameter, gradient, first, second);
            simd.partial_store_f32s(parameter_rest, parameter);
            simd.partial_store_f32s(first_rest, first);
            simd.partial_store_f32s(second_rest, second);
        }
    }
}

impl AdamStep {
    /// The parameter, the first and the second moment after the step.
    #[inline(always)]
    fn apply<S: Simd>(
        self,
        simd: S,
        parameter: S::f32s,
        gradient: S::f32s,
        first: S::f32s,
        second: S::f32s,
    ) -> [S::f32s; 3] {
        let splat = |value| simd.splat_f32s(value);
        let gradient = simd.mul_f32s(gradient, splat(self.gradient_scale));
        let first = simd.mul_add_f32s(simd.sub_f32s(gradient, first), splat(1.0 - self.beta_1), first);
        let square = simd.mul_f32s(simd.mul_f32s(gradient, gradient), splat(1.0 - self.beta_2));
        let second = simd.mul_add_f32s(second, splat(self.beta_2), square);
        let direction = simd.div_f32s(first, simd.add_f32s(simd.sqrt_f32s(second), splat(self.epsilon)));
        let parameter = simd.mul_add_f32s(direction, splat(-self.step_size), parameter);
        [parameter, first, second]
    }
}

fn composed_adam_step<B: Backend>(
    parameter: FloatTensor<B>,
    gradient: FloatTensor<B>,
    first: FloatTensor<B>,
    second: FloatTensor<B>,
    step: AdamStep,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let times = |tensor: FloatTensor<B>, factor: f32| B::float_mul_scalar(tensor, factor.into());
    let gradient = times(gradient, step.gradient_scale);
    let first = B::float_add(times(first, step.beta_1), times(gradient.clone(), 1.0 - step.beta_1));
    let square = B::float_mul(gradient.clone(), gradient);
    let second = B::float_add(times(second, step.beta_2), times(square, 1.0 - step.beta_2));
    let root = B::float_sqrt(second.clone());
    let direction = B::float_div(first.clone(), B::float_add_scalar(root, step.epsilon.into()));
    let parameter = B::float_sub(parameter, times(direction, step.step_size));
    (parameter, first, second)
}

fn composed_squared_norm<B: Backend>(elements: FloatTensor<B>) -> FloatTensor<B> {
    let sum = B::float_sum(B::float_mul(elements.clone(), elements));
    B::float_reshape(sum, Shape::new([1]))
}

#[cfg(test)]
mod tests {
    use burn::backend::TensorMetadata;

    use super::*;

    fn numbers(seed: usize) -> FlexTensor {
        let count = 45;
        tensor((0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 1009.0).collect(), [5, count / 5])
    }

    #[test]
    fn the_kernels_agree_with_the_composed_operations() {
        let step = AdamStep { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-5, step_size: 0.01, gradient_scale: 0.5 };
        let arguments = || (numbers(1), numbers(2), numbers(3), numbers(4));
        let (parameter, gradient, first, second) = arguments();
        let ours = Flex::adam_step(parameter, gradient, first, second, step);
        let (parameter, gradient, first, second) = arguments();
        let composed = composed_adam_step::<Flex>(parameter, gradient, first, second, step);
        for (ours, composed) in [(ours.0, composed.0), (ours.1, composed.1), (ours.2, composed.2)] {
            assert_eq!(ours.shape(), composed.shape());
            for (ours, composed) in ours.storage::<f32>().iter().zip(composed.storage::<f32>()) {
                assert!((ours - composed).abs() < 1e-6, "{ours} against {composed}");
            }
        }
        let (ours, composed) = (Flex::squared_norm(numbers(5)), composed_squared_norm::<Flex>(numbers(5)));
        assert!((ours.storage::<f32>()[0] - composed.storage::<f32>()[0]).abs() < 1e-5);
    }
}
