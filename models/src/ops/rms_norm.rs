//! Normalisation of rows by their root mean square, as one operation with its gradient.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, Shape, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use pulp::{Arch, Simd, WithSimd};

use super::flex::{all_f32, contiguous, owned, tensor};
use super::simd;

/// Added to the mean square, for rows of zeros.
pub(crate) const EPSILON: f32 = 1e-5;

/// Each row divided by its root mean square, times a gain for each column.
///
/// Source: Zhang and Sennrich 2019, "Root mean square layer normalization", arXiv 1910.07467, equation 4.
///
/// # Shapes
///
/// - `x`: `[rows, width]`
/// - `gain`: `[width]`
/// - output: `[rows, width]`
///
/// # Panics
///
/// Panics if the shapes do not agree.
pub fn rms_norm(x: Tensor<2>, gain: Tensor<1>) -> Tensor<2> {
    assert_eq!(x.dims()[1], gain.dims()[0], "a gain for each column");
    Tensor::from_dispatch(Dispatch::rms_norm(x.into_dispatch(), gain.into_dispatch()))
}

/// A backend that can run [`rms_norm`].
#[backend_extension(Flex, Autodiff, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait RmsNormBackend: Backend {
    /// Rows divided by their root mean square, times the gains.
    fn rms_norm(x: FloatTensor<Self>, gain: FloatTensor<Self>) -> FloatTensor<Self> {
        composed_rms_norm::<Self>(x, gain)
    }

    /// The gradients of `x` and of the gains.
    fn rms_norm_backward(
        x: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        composed_rms_norm_backward::<Self>(x, gain, gradient)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl RmsNormBackend for burn::backend::Cube {}

impl RmsNormBackend for Flex {
    fn rms_norm(x: FlexTensor, gain: FlexTensor) -> FlexTensor {
        if !all_f32(&[&x, &gain]) {
            return composed_rms_norm::<Self>(x, gain);
        }
        let (mut x, gain) = (owned(x), contiguous(gain));
        rms_norm_rows(x.storage_mut(), gain.storage());
        x
    }

    fn rms_norm_backward(x: FlexTensor, gain: FlexTensor, gradient: FlexTensor) -> (FlexTensor, FlexTensor) {
        if !all_f32(&[&x, &gain, &gradient]) {
            return composed_rms_norm_backward::<Self>(x, gain, gradient);
        }
        let (x, gain, mut gradient) = (contiguous(x), contiguous(gain), owned(gradient));
        let width = gain.shape()[0];
        let mut gain_gradient = vec![0.0; width];
        Arch::new().dispatch(PullBack {
            x: x.storage(),
            gain: gain.storage(),
            gradient: gradient.storage_mut(),
            gain_gradient: &mut gain_gradient,
        });
        (gradient, tensor(gain_gradient, [width]))
    }
}

impl<B: RmsNormBackend, C: CheckpointStrategy> RmsNormBackend for Autodiff<B, C> {
    fn rms_norm(x: FloatTensor<Self>, gain: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((x, x_node), (gain, gain_node)) = (x.into_parts(), gain.into_parts());
        match RmsNorm.prepare::<C>([x_node, gain_node]).compute_bound().stateful() {
            OpsKind::Tracked(node) => node.finish((x.clone(), gain.clone()), B::rms_norm(x, gain)),
            OpsKind::UnTracked(node) => node.finish(B::rms_norm(x, gain)),
        }
    }
}

/// The backward step of [`rms_norm`], from its arguments.
#[derive(Debug)]
struct RmsNorm;

impl<B: RmsNormBackend> Backward<B, 2> for RmsNorm {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, node: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, gain_node] = node.parents;
        let (x, gain) = node.state;
        let gradient = gradients.consume::<B>(&node.node);
        let (of_x, of_gain) = B::rms_norm_backward(x, gain, gradient);
        if let Some(node) = x_node {
            gradients.register::<B>(node.id, of_x);
        }
        if let Some(node) = gain_node {
            gradients.register::<B>(node.id, of_gain);
        }
    }
}

/// Replaces rows by themselves divided by their root mean square, times the gains: the host's side of [`rms_norm`].
pub(crate) fn rms_norm_rows(rows: &mut [f32], gain: &[f32]) {
    Arch::new().dispatch(Rows { rows, gain });
}

struct Rows<'a> {
    rows: &'a mut [f32],
    gain: &'a [f32],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for row in self.rows.chunks_exact_mut(self.gain.len()) {
            let scale = simd.splat_f32s(inverse(row));
            simd::map_with(
                simd,
                row,
                self.gain,
                #[inline(always)]
                |x, gain| simd.mul_f32s(simd.mul_f32s(x, scale), gain),
            );
        }
    }
}

/// 1 over a row's root mean square.
#[inline(always)]
fn inverse(row: &[f32]) -> f32 {
    (simd::dot(row, row) / row.len() as f32 + EPSILON).sqrt().recip()
}

/// With r the inverse, y = x r and g the gradient times the gains: d = r (g - y mean(g y)).
struct PullBack<'a> {
    x: &'a [f32],
    gain: &'a [f32],
    gradient: &'a mut [f32],
    gain_gradient: &'a mut [f32],
}

impl WithSimd for PullBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, gain, gradient, gain_gradient } = self;
        let width = gain.len();
        let mut scratch = vec![0.0; width];
        for (row, x) in gradient.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
            let inverse = inverse(x);
            let scale = simd.splat_f32s(inverse);
            scratch.copy_from_slice(x);
            simd::map_with(
                simd,
                &mut scratch,
                row,
                #[inline(always)]
                |x, gradient| simd.mul_f32s(simd.mul_f32s(x, scale), gradient),
            );
            simd::map_with(
                simd,
                gain_gradient,
                &scratch,
                #[inline(always)]
                |sum, value| simd.add_f32s(sum, value),
            );
            // The mean of g y, where y is x times the inverse.
            let mean = simd.splat_f32s(simd::dot(&scratch, gain) / width as f32 * inverse * inverse);
            simd::map_with(
                simd,
                row,
                gain,
                #[inline(always)]
                |gradient, gain| simd.mul_f32s(simd.mul_f32s(gradient, gain), scale),
            );
            simd::map_with(
                simd,
                row,
                x,
                #[inline(always)]
                |value, x| simd.negate_mul_add_f32s(x, mean, value),
            );
        }
    }
}

fn composed_inverse<B: Backend>(x: &FloatTensor<B>) -> FloatTensor<B> {
    let width = x.shape()[1] as f32;
    let squares = B::float_sum_dim(B::float_mul(x.clone(), x.clone()), 1);
    let mean = B::float_add_scalar(B::float_div_scalar(squares, width.into()), EPSILON.into());
    B::float_recip(B::float_sqrt(mean))
}

fn row<B: Backend>(gain: FloatTensor<B>) -> FloatTensor<B> {
    let width = gain.shape()[0];
    B::float_reshape(gain, Shape::new([1, width]))
}

fn composed_rms_norm<B: Backend>(x: FloatTensor<B>, gain: FloatTensor<B>) -> FloatTensor<B> {
    let inverse = composed_inverse::<B>(&x);
    B::float_mul(B::float_mul(x, inverse), row::<B>(gain))
}

fn composed_rms_norm_backward<B: Backend>(
    x: FloatTensor<B>,
    gain: FloatTensor<B>,
    gradient: FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let width = x.shape()[1];
    let inverse = composed_inverse::<B>(&x);
    let y = B::float_mul(x, inverse.clone());
    let of_gain = B::float_sum_dim(B::float_mul(gradient.clone(), y.clone()), 0);
    let g = B::float_mul(gradient, row::<B>(gain));
    let mean = B::float_div_scalar(B::float_sum_dim(B::float_mul(g.clone(), y.clone()), 1), (width as f32).into());
    let of_x = B::float_mul(B::float_sub(g, B::float_mul(y, mean)), inverse);
    (of_x, B::float_reshape(of_gain, Shape::new([width])))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    const ROWS: usize = 4;
    const WIDTH: usize = 19;

    fn numbers(count: usize, seed: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 504.5 - 1.0).collect()
    }

    fn floats(values: &[f64]) -> Vec<f32> {
        values.iter().map(|x| *x as f32).collect()
    }

    fn inputs() -> [Vec<f64>; 2] {
        [numbers(ROWS * WIDTH, 1), numbers(WIDTH, 2)]
    }

    fn truth([x, gain]: &[Vec<f64>; 2]) -> Vec<f64> {
        x.chunks(WIDTH)
            .flat_map(|row| {
                let mean = row.iter().map(|x| x * x).sum::<f64>() / WIDTH as f64;
                row.iter().zip(gain).map(move |(x, gain)| x * gain / (mean + f64::from(EPSILON)).sqrt())
            })
            .collect()
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn matrix(elements: &[f64], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(floats(elements), [elements.len() / WIDTH, WIDTH]), device)
    }

    #[test]
    fn gradients_are_finite_differences_of_the_definition() {
        let device = Device::flex().autodiff();
        let [x, gain] = inputs();
        let x = matrix(&x, &device).require_grad();
        let gain = Tensor::<1>::from_floats(floats(&gain).as_slice(), &device).require_grad();
        let weights = numbers(ROWS * WIDTH, 3);
        let out = rms_norm(x.clone(), gain.clone());
        for (ours, expected) in values(out.clone()).into_iter().zip(truth(&inputs())) {
            assert!((f64::from(ours) - expected).abs() < 1e-6, "{ours} against {expected}");
        }
        let gradients = (out * matrix(&weights, &device)).sum().backward();
        let gradients = [values(x.grad(&gradients).unwrap()), values(gain.grad(&gradients).unwrap())];
        let value = |arguments: &[Vec<f64>; 2]| {
            truth(arguments).iter().zip(&weights).map(|(y, weight)| y * weight).sum::<f64>()
        };
        let step = 1e-6;
        for (index, gradient) in gradients.iter().enumerate() {
            for (place, gradient) in gradient.iter().enumerate() {
                let (mut above, mut below) = (inputs(), inputs());
                above[index][place] += step;
                below[index][place] -= step;
                let expected = (value(&above) - value(&below)) / (2.0 * step);
                assert!((f64::from(*gradient) - expected).abs() < 1e-5, "{index}, {place}: {gradient} {expected}");
            }
        }
    }

    #[test]
    fn the_kernels_agree_with_the_composed_operations() {
        let [x, gain] = inputs();
        let (x, gain) = (tensor(floats(&x), [ROWS, WIDTH]), tensor(floats(&gain), [WIDTH]));
        let gradient = tensor(floats(&numbers(ROWS * WIDTH, 3)), [ROWS, WIDTH]);
        let near = |ours: FlexTensor, composed: FlexTensor| {
            assert_eq!(ours.shape(), composed.shape());
            for (ours, composed) in ours.storage::<f32>().iter().zip(composed.storage::<f32>()) {
                assert!((ours - composed).abs() < 2e-6, "{ours} against {composed}");
            }
        };
        near(Flex::rms_norm(x.clone(), gain.clone()), composed_rms_norm::<Flex>(x.clone(), gain.clone()));
        let ours = Flex::rms_norm_backward(x.clone(), gain.clone(), gradient.clone());
        let composed = composed_rms_norm_backward::<Flex>(x, gain, gradient);
        near(ours.0, composed.0);
        near(ours.1, composed.1);
    }
}
