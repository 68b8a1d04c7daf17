//! The hyperbolic tangent.

use pulp::Simd;

use super::{Function, clamp, polynomial, sigmoid::bell_vector};

/// tanh x.
pub(in crate::ops) struct Tanh;

impl Function for Tanh {
    #[inline(always)]
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        tanh_vector(simd, x)
    }

    /// 1 - tanh^2 x loses all its digits where tanh x comes near 1; 4 s(2x) s(-2x), s the logistic function, none.
    #[inline(always)]
    fn slope<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        let bell = bell_vector(simd, simd.add_f32s(x, x));
        simd.mul_f32s(bell, simd.splat_f32s(4.0))
    }
}

/// x P(x^2) / Q(x^2), a minimax fit of degrees 4 and 4 on |x| <= 9.02, where the true value rounds to 1. The last bits
/// of the coefficients were then searched for the smallest error of the whole computation in `f32`.
#[inline(always)]
pub(in crate::ops) fn tanh_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const P: [f32; 5] = [1.224_848_8e-8, 1.987_118_6e-5, 3.453_752_7e-3, 0.133_468_64, 0.999_999_9];
    const Q: [f32; 5] = [7.340_891e-7, 3.215_041e-4, 2.572_112_5e-2, 0.466_801_9, 1.0];

    let x = clamp(simd, x, -9.02, 9.02);
    let square = simd.mul_f32s(x, x);
    let numerator = simd.mul_f32s(x, polynomial(simd, square, P));
    let quotient = simd.div_f32s(numerator, polynomial(simd, square, Q));
    clamp(simd, quotient, -1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::Tanh;
    use crate::ops::simd::tanh;
    use crate::ops::simd::tests::{applied, slopes, sweep, worst_error};

    #[test]
    fn it_is_within_a_few_roundings_of_the_truth() {
        let (error, at) = worst_error(tanh, f64::tanh, &sweep(12.0));
        assert!(error < 3.5e-7, "{error} at {at}");
    }

    #[test]
    fn its_slope_is_within_a_few_roundings_of_the_truth() {
        let (error, at) = worst_error(slopes::<Tanh>, |x| x.cosh().powi(-2), &sweep(43.0));
        assert!(error < 3e-7, "{error} at {at}");
    }

    #[test]
    fn it_saturates_and_keeps_the_sign_of_zero_and_of_denormals() {
        let inputs = [f32::INFINITY, f32::MAX, 9.02, 0.0, 1e-40];
        let expected = [1.0, 1.0, 1.0, 0.0, 1e-40];
        for ((x, y), expected) in inputs.iter().zip(applied(tanh, &inputs)).zip(expected) {
            assert!((y - expected).abs() <= 3.5e-7 * expected, "tanh({x}) = {y}");
            assert_eq!(applied(tanh, &[-x])[0].to_bits(), (-y).to_bits(), "tanh(-{x})");
        }
    }
}
