//! One step of a moving average towards other values.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, backend_extension};
use pulp::{Arch, Simd, WithSimd};

use super::flex::{all_f32, contiguous};
use super::simd::map_with;

/// A backend on which averages can be moved.
#[backend_extension(Flex, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait PolyakBackend: Backend {
    /// `target` moved by a share `tau` of the way to `source`.
    fn polyak(target: FloatTensor<Self>, source: FloatTensor<Self>, tau: f64) -> FloatTensor<Self> {
        composed_polyak::<Self>(target, source, tau)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl PolyakBackend for burn::backend::Cube {}

impl PolyakBackend for Flex {
    fn polyak(target: FlexTensor, source: FlexTensor, tau: f64) -> FlexTensor {
        if !all_f32(&[&target, &source]) {
            return composed_polyak::<Self>(target, source, tau);
        }
        let [mut target, source] = [target, source].map(contiguous);
        Arch::new().dispatch(Kernel { target: target.storage_mut(), source: source.storage(), tau });
        target
    }
}

/// From the nearer end, so that equal values stay what they are and a whole way arrives exactly.
struct Kernel<'a> {
    target: &'a mut [f32],
    source: &'a [f32],
    tau: f64,
}

impl WithSimd for Kernel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if self.tau < 0.5 {
            let tau = simd.splat_f32s(self.tau as f32);
            map_with(
                simd,
                self.target,
                self.source,
                #[inline(always)]
                |target, source| simd.mul_add_f32s(simd.sub_f32s(source, target), tau, target),
            );
        } else {
            let rest = simd.splat_f32s((1.0 - self.tau) as f32);
            map_with(
                simd,
                self.target,
                self.source,
                #[inline(always)]
                |target, source| simd.mul_add_f32s(simd.sub_f32s(target, source), rest, source),
            );
        }
    }
}

fn composed_polyak<B: Backend>(target: FloatTensor<B>, source: FloatTensor<B>, tau: f64) -> FloatTensor<B> {
    let (from, to, share) = if tau < 0.5 { (target, source, tau) } else { (source, target, 1.0 - tau) };
    let way = B::float_mul_scalar(B::float_sub(to, from.clone()), (share as f32).into());
    B::float_add(from, way)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::flex::tensor;

    fn numbers(seed: usize) -> FlexTensor {
        tensor((0..45).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0).collect(), [5, 9])
    }

    #[test]
    fn the_kernel_agrees_with_the_definition_and_the_composed_operation() {
        for tau in [0.0, 0.005, 0.3, 0.5, 0.9, 1.0] {
            let (target, source) = (numbers(1), numbers(2));
            let ours = Flex::polyak(target.clone(), source.clone(), tau);
            let composed = composed_polyak::<Flex>(target.clone(), source.clone(), tau);
            let ends = target.storage::<f32>().iter().zip(source.storage::<f32>());
            let both = ours.storage::<f32>().iter().zip(composed.storage::<f32>());
            for ((ours, composed), (target, source)) in both.zip(ends) {
                let expected = tau * f64::from(*source) + (1.0 - tau) * f64::from(*target);
                assert!((f64::from(*ours) - expected).abs() < 1e-7, "{ours} against {expected}");
                assert!((ours - composed).abs() < 2e-7, "{ours} against {composed}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_way_are_exact_and_equal_values_stay() {
        let elements = |tensor: FlexTensor| tensor.storage::<f32>().to_vec();
        assert_eq!(elements(Flex::polyak(numbers(1), numbers(2), 0.0)), elements(numbers(1)));
        assert_eq!(elements(Flex::polyak(numbers(1), numbers(2), 1.0)), elements(numbers(2)));
        for tau in [0.005, 0.7] {
            assert_eq!(elements(Flex::polyak(numbers(1), numbers(1), tau)), elements(numbers(1)));
        }
    }
}
