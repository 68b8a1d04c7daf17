//! The smooth rectifier.

use pulp::Simd;

use super::{Function, decay_vector, polynomial, positive_part, sigmoid_vector};

/// ln(1 + e^x).
pub(in crate::ops) struct Softplus;

impl Function for Softplus {
    /// max(x, 0) + ln(1 + e^-|x|), which neither overflows nor cancels.
    #[inline(always)]
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        let e = decay_vector(simd, simd.neg_f32s(simd.abs_f32s(x)));
        simd.add_f32s(positive_part(simd, x), log_one_plus(simd, e))
    }

    #[inline(always)]
    fn slope<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        sigmoid_vector(simd, x)
    }
}

/// ln(1 + x) for 0 <= x <= 1: x + x^2 R(x), where R is a minimax polynomial that leaves an error of 3.3e-8.
#[inline(always)]
fn log_one_plus<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const R: [f32; 8] = [
        5.364_587_5e-3,
        -3.006_483_2e-2,
        7.920_296_5e-2,
        -0.137_536_7,
        0.191_535_96,
        -0.248_571_52,
        0.333_213_2,
        -0.499_996_48,
    ];
    simd.mul_add_f32s(polynomial(simd, x, R), simd.mul_f32s(x, x), x)
}

#[cfg(test)]
mod tests {
    use super::Softplus;
    use crate::ops::simd::softplus;
    use crate::ops::simd::tests::{applied, slopes, sweep, worst_error};

    #[test]
    fn it_is_within_a_few_roundings_of_the_truth() {
        let (error, at) = worst_error(softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), &sweep(87.3));
        assert!(error < 2e-7, "{error} at {at}");
    }

    #[test]
    fn its_slope_is_the_logistic_function() {
        let (error, at) = worst_error(slopes::<Softplus>, |x| 1.0 / (1.0 + (-x).exp()), &sweep(87.3));
        assert!(error < 2e-7, "{error} at {at}");
    }

    #[test]
    fn it_vanishes_on_the_left_and_is_the_identity_on_the_right() {
        let inputs = [f32::NEG_INFINITY, f32::MIN, -87.34, 20.0, f32::MAX, f32::INFINITY];
        assert_eq!(applied(softplus, &inputs), [0.0, 0.0, 0.0, 20.0, f32::MAX, f32::INFINITY]);
    }
}
