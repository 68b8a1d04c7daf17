//! The logistic function.

use pulp::Simd;

use super::{Function, decay_vector};

/// 1 / (1 + e^-x).
pub(in crate::ops) struct Sigmoid;

impl Function for Sigmoid {
    #[inline(always)]
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        sigmoid_vector(simd, x)
    }

    #[inline(always)]
    fn slope<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        bell_vector(simd, x)
    }
}

/// 1 / (1 + e) for x >= 0 and e / (1 + e) below, with e = e^-|x|, which neither overflows nor cancels.
#[inline(always)]
pub(in crate::ops) fn sigmoid_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let e = decay_vector(simd, simd.neg_f32s(simd.abs_f32s(x)));
    let numerator = simd.select_f32s(simd.less_than_f32s(x, simd.splat_f32s(0.0)), e, one);
    simd.div_f32s(numerator, simd.add_f32s(one, e))
}

/// The slope, e / (1 + e)^2 with e = e^-|x|.
#[inline(always)]
pub(super) fn bell_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let e = decay_vector(simd, simd.neg_f32s(simd.abs_f32s(x)));
    let root = simd.add_f32s(simd.splat_f32s(1.0), e);
    simd.div_f32s(e, simd.mul_f32s(root, root))
}

#[cfg(test)]
mod tests {
    use super::Sigmoid;
    use crate::ops::simd::sigmoid;
    use crate::ops::simd::tests::{applied, slopes, sweep, worst_error};

    #[test]
    fn it_is_within_a_few_roundings_of_the_truth() {
        let (error, at) = worst_error(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), &sweep(87.3));
        assert!(error < 2e-7, "{error} at {at}");
    }

    #[test]
    fn its_slope_is_within_a_few_roundings_of_the_truth() {
        let truth = |x: f64| (-x.abs()).exp() / (1.0 + (-x.abs()).exp()).powi(2);
        let (error, at) = worst_error(slopes::<Sigmoid>, truth, &sweep(87.3));
        assert!(error < 3e-7, "{error} at {at}");
    }

    #[test]
    fn it_runs_from_0_to_1_through_a_half() {
        let inputs = [f32::NEG_INFINITY, f32::MIN, -0.0, 0.0, f32::MAX, f32::INFINITY];
        assert_eq!(applied(sigmoid, &inputs), [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]);
        assert_eq!(applied(slopes::<Sigmoid>, &inputs), [0.0, 0.0, 0.25, 0.25, 0.0, 0.0]);
    }
}
