//! Vectorised `f32` kernels: the transcendental functions and reductions behind the other operations.
//!
//! They are written against [`pulp::Simd`] and compiled once per instruction set; [`pulp::Arch`] picks one at run time,
//! so a plain build uses AVX2 and FMA where the machine has them. Every element goes through the same sequence of IEEE
//! operations wherever it stands in its slice and however wide the vectors are, and reductions add in one fixed order:
//! results depend on the values alone, never on how a batch was cut, on the number of threads, or on the machine.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use pulp::{Arch, Simd, WithSimd};

/// Strands of a reduction, whatever the width of the vectors.
pub(super) const STRANDS: usize = 16;

/// Replaces each value by its exponential.
///
/// Within 1.2e-7 of the true value relatively; 0 below -87.3, where it would be denormal, infinity above 88.7, NaN for
/// NaN.
pub fn exp(values: &mut [f32]) {
    struct Exp<'a>(&'a mut [f32]);
    impl WithSimd for Exp<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            map(
                simd,
                self.0,
                #[inline(always)]
                |x| exp_vector(simd, x),
            );
        }
    }
    Arch::new().dispatch(Exp(values));
}

/// Replaces each value by its hyperbolic tangent.
///
/// Within 3.5e-7 of the true value relatively, odd, exactly 1 from 9.02 on, never beyond 1 in magnitude, NaN for NaN.
pub fn tanh(values: &mut [f32]) {
    struct Tanh<'a>(&'a mut [f32]);
    impl WithSimd for Tanh<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            map(
                simd,
                self.0,
                #[inline(always)]
                |x| tanh_vector(simd, x),
            );
        }
    }
    Arch::new().dispatch(Tanh(values));
}

/// e^x = 2^n e^r, where n is the nearest integer to x / ln 2 and so |r| <= ln 2 / 2.
///
/// e^r is a minimax polynomial whose first two coefficients are exactly 1, so that e^0 is too.
#[inline(always)]
pub(super) fn exp_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // ln 2 in two parts; the first has so few bits that n times it is exact.
    const LN2_HIGH: f32 = 355.0 / 512.0;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const TAIL: [f32; 5] = [1.381_458_7e-3, 8.368_745e-3, 4.166_839e-2, 1.666_652_1e-1, 0.499_999_94];

    // Denormal results cost hundreds of cycles each and are what illegal actions would all come to.
    const LEAST: f32 = -87.336_54;

    let vanishing = simd.less_than_f32s(x, simd.splat_f32s(LEAST));
    let x = clamp(simd, x, LEAST, 89.0);
    let n = nearest(simd, simd.mul_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E)));
    let r = simd.mul_add_f32s(n, simd.splat_f32s(-LN2_HIGH), x);
    let r = simd.mul_add_f32s(n, simd.splat_f32s(-LN2_LOW), r);
    let tail = polynomial(simd, r, TAIL);
    let e_r = simd.add_f32s(simd.mul_add_f32s(tail, simd.mul_f32s(r, r), r), simd.splat_f32s(1.0));

    // 2^n in two factors, because n reaches to 128, further than an exponent does.
    let half = nearest(simd, simd.mul_f32s(n, simd.splat_f32s(0.5)));
    let rest = simd.sub_f32s(n, half);
    let value = simd.mul_f32s(simd.mul_f32s(e_r, power_of_two(simd, half)), power_of_two(simd, rest));
    simd.select_f32s(vanishing, simd.splat_f32s(0.0), value)
}

/// x P(x^2) / Q(x^2), a minimax fit of degrees 4 and 4 on |x| <= 9.02, where the true value rounds to 1. The last bits
/// of the coefficients were then searched for the smallest error of the whole computation in `f32`.
#[inline(always)]
pub(super) fn tanh_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const P: [f32; 5] = [1.224_848_8e-8, 1.987_118_6e-5, 3.453_752_7e-3, 0.133_468_64, 0.999_999_9];
    const Q: [f32; 5] = [7.340_891e-7, 3.215_041e-4, 2.572_112_5e-2, 0.466_801_9, 1.0];

    let x = clamp(simd, x, -9.02, 9.02);
    let square = simd.mul_f32s(x, x);
    let numerator = simd.mul_f32s(x, polynomial(simd, square, P));
    let quotient = simd.div_f32s(numerator, polynomial(simd, square, Q));
    clamp(simd, quotient, -1.0, 1.0)
}

/// Replaces each value by a function of it.
#[inline(always)]
pub(super) fn map<S: Simd>(simd: S, values: &mut [f32], function: impl Fn(S::f32s) -> S::f32s) {
    let (vectors, rest) = S::as_mut_simd_f32s(values);
    for x in vectors {
        *x = function(*x);
    }
    if !rest.is_empty() {
        let x = simd.partial_load_f32s(rest);
        simd.partial_store_f32s(rest, function(x));
    }
}

/// Replaces each value by a function of it and of its counterpart in a slice of the same length.
#[inline(always)]
pub(super) fn map_with<S: Simd>(
    simd: S,
    values: &mut [f32],
    others: &[f32],
    function: impl Fn(S::f32s, S::f32s) -> S::f32s,
) {
    let (vectors, rest) = S::as_mut_simd_f32s(values);
    let (other_vectors, other_rest) = S::as_simd_f32s(others);
    for (x, y) in vectors.iter_mut().zip(other_vectors) {
        *x = function(*x, *y);
    }
    if !rest.is_empty() {
        let (x, y) = (simd.partial_load_f32s(rest), simd.partial_load_f32s(other_rest));
        simd.partial_store_f32s(rest, function(x, y));
    }
}

/// The sum, added in [`STRANDS`] interleaved strands and these in pairs.
#[inline(always)]
pub(super) fn sum(values: &[f32]) -> f32 {
    fold(
        values,
        0.0,
        #[inline(always)]
        |total, value| total + value,
    )
}

/// The greatest value; negative infinity of nothing. NaN is passed over.
#[inline(always)]
pub(super) fn max(values: &[f32]) -> f32 {
    fold(
        values,
        f32::NEG_INFINITY,
        #[inline(always)]
        |greatest, value| if value > greatest { value } else { greatest },
    )
}

/// The sum of the products of counterparts, added like [`sum`].
#[inline(always)]
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut strands = [0.0_f32; STRANDS];
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<STRANDS>(), right.as_chunks::<STRANDS>());
    for (left, right) in left.iter().zip(right) {
        for ((strand, &x), &y) in strands.iter_mut().zip(left).zip(right) {
            *strand = x.mul_add(y, *strand);
        }
    }
    for ((strand, &x), &y) in strands.iter_mut().zip(left_rest).zip(right_rest) {
        *strand = x.mul_add(y, *strand);
    }
    halve(
        strands,
        #[inline(always)]
        |total, value| total + value,
    )
}

#[inline(always)]
fn fold(values: &[f32], start: f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut strands = [start; STRANDS];
    let (blocks, rest) = values.as_chunks::<STRANDS>();
    for block in blocks {
        for (strand, &value) in strands.iter_mut().zip(block) {
            *strand = join(*strand, value);
        }
    }
    for (strand, &value) in strands.iter_mut().zip(rest) {
        *strand = join(*strand, value);
    }
    halve(strands, join)
}

/// Joins the upper half of the strands to the lower until one is left.
#[inline(always)]
fn halve(mut strands: [f32; STRANDS], join: impl Fn(f32, f32) -> f32) -> f32 {
    for width in [8, 4, 2, 1] {
        for strand in 0..width {
            strands[strand] = join(strands[strand], strands[strand + width]);
        }
    }
    strands[0]
}

/// 1.5 * 2^23. Adding it rounds to an integer and leaves that integer in the low bits of the mantissa.
const ROUND: f32 = 12_582_912.0;

#[inline(always)]
fn nearest<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let round = simd.splat_f32s(ROUND);
    simd.sub_f32s(simd.add_f32s(x, round), round)
}

/// 2^n for a whole number n between -127 and 128.
#[inline(always)]
fn power_of_two<S: Simd>(simd: S, n: S::f32s) -> S::f32s {
    let exponent = simd.transmute_u32s_f32s(simd.add_f32s(n, simd.splat_f32s(ROUND + 127.0)));
    simd.transmute_f32s_u32s(simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23)))
}

/// Horner's scheme, the highest coefficient first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, coefficients: [f32; N]) -> S::f32s {
    let mut value = simd.splat_f32s(coefficients[0]);
    for coefficient in &coefficients[1..] {
        value = simd.mul_add_f32s(value, x, simd.splat_f32s(*coefficient));
    }
    value
}

/// By comparison rather than by minimum and maximum, which differ between machines on NaN.
#[inline(always)]
fn clamp<S: Simd>(simd: S, x: S::f32s, low: f32, high: f32) -> S::f32s {
    let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
    let x = simd.select_f32s(simd.less_than_f32s(x, low), low, x);
    simd.select_f32s(simd.less_than_f32s(high, x), high, x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dense sweep over the whole range where a function does something, and both signs of every scale of magnitude.
    fn sweep(limit: f32) -> Vec<f32> {
        let steps = 400_001;
        let dense = (0..steps).map(|i| limit * (2.0 * i as f32 / (steps - 1) as f32 - 1.0));
        let scales = (-126..10).flat_map(|e| [1.0, 1.37, 1.93].map(|m| m * 2.0_f32.powi(e)));
        dense.chain(scales.flat_map(|x| [x, -x])).collect()
    }

    fn applied(function: fn(&mut [f32]), inputs: &[f32]) -> Vec<f32> {
        let mut values = inputs.to_vec();
        function(&mut values);
        values
    }

    /// The largest relative error against f64, counting only true values that `f32` represents normally.
    fn worst_error(function: fn(&mut [f32]), truth: fn(f64) -> f64, inputs: &[f32]) -> (f64, f32) {
        let outputs = applied(function, inputs);
        let errors = inputs.iter().zip(&outputs).filter_map(|(&x, &y)| {
            let expected = truth(f64::from(x));
            let normal = expected.abs() >= f64::from(f32::MIN_POSITIVE) && expected.abs() <= f64::from(f32::MAX);
            normal.then(|| ((f64::from(y) - expected).abs() / expected.abs(), x))
        });
        errors.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
    }

    #[test]
    fn exp_is_within_a_rounding_of_the_truth() {
        let (error, at) = worst_error(exp, f64::exp, &sweep(90.0));
        assert!(error < 1.2e-7, "{error} at {at}");
    }

    #[test]
    fn tanh_is_within_a_few_roundings_of_the_truth() {
        let (error, at) = worst_error(tanh, f64::tanh, &sweep(12.0));
        assert!(error < 3.5e-7, "{error} at {at}");
    }

    #[test]
    fn exp_vanishes_where_it_would_be_denormal_and_overflows_to_infinity() {
        let inputs = [f32::NEG_INFINITY, f32::MIN, -87.34, -1e-40, 0.0, 1e-40, 88.73, f32::MAX, f32::INFINITY];
        let expected = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, f32::INFINITY, f32::INFINITY, f32::INFINITY];
        assert_eq!(applied(exp, &inputs), expected);
    }

    #[test]
    fn tanh_saturates_and_keeps_the_sign_of_zero_and_of_denormals() {
        let inputs = [f32::INFINITY, f32::MAX, 9.02, 0.0, 1e-40];
        let expected = [1.0, 1.0, 1.0, 0.0, 1e-40];
        for ((x, y), expected) in inputs.iter().zip(applied(tanh, &inputs)).zip(expected) {
            assert!((y - expected).abs() <= 3.5e-7 * expected, "tanh({x}) = {y}");
            assert_eq!(applied(tanh, &[-x])[0].to_bits(), (-y).to_bits(), "tanh(-{x})");
        }
    }

    #[test]
    fn nan_stays_nan() {
        assert!(applied(exp, &[f32::NAN])[0].is_nan());
        assert!(applied(tanh, &[f32::NAN])[0].is_nan());
    }

    #[test]
    fn a_value_is_mapped_alike_wherever_it_stands() {
        let inputs: Vec<f32> = (0..67).map(|i| (i as f32 - 33.0) * 0.217).collect();
        for function in [exp, tanh] {
            let whole = applied(function, &inputs);
            for cut in 1..inputs.len() {
                let (head, tail) = inputs.split_at(cut);
                let parts = [applied(function, head), applied(function, tail)].concat();
                assert_eq!(parts, whole, "cut at {cut}");
            }
        }
    }

    #[test]
    fn reductions_cover_blocks_and_remainders() {
        let values: Vec<f32> = (1..=70).map(|i| i as f32).collect();
        for length in 0..values.len() {
            let expected = (length * (length + 1) / 2) as f32;
            assert_eq!(sum(&values[..length]), expected);
            assert_eq!(max(&values[..length]), if length == 0 { f32::NEG_INFINITY } else { length as f32 });
        }
    }
}
