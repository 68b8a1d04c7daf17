//! The exponential.

use pulp::Simd;

use super::{Function, clamp, polynomial};

/// e^x, whose derivative is known from its value.
pub(in crate::ops) struct Exp;

impl Function for Exp {
    #[inline(always)]
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        exp_vector(simd, x)
    }

    #[inline(always)]
    fn slope<S: Simd>(_: S, value: S::f32s) -> S::f32s {
        value
    }
}

/// e^x for any x.
#[inline(always)]
fn exp_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let vanishing = simd.less_than_f32s(x, simd.splat_f32s(LEAST));
    let x = clamp(simd, x, LEAST, 89.0);
    let (n, r) = reduced(simd, x);
    // 2^n in two factors, because n reaches to 128, further than an exponent does.
    let n = simd.sub_f32s(n, simd.splat_f32s(SHIFT));
    let half = simd.mul_add_f32s(n, simd.splat_f32s(0.5), simd.splat_f32s(SHIFT));
    let rest = simd.add_f32s(simd.sub_f32s(n, simd.sub_f32s(half, simd.splat_f32s(SHIFT))), simd.splat_f32s(SHIFT));
    let value = simd.mul_f32s(near_zero(simd, r), power_of_two(simd, half));
    let value = simd.mul_f32s(value, power_of_two(simd, rest));
    simd.select_f32s(vanishing, simd.splat_f32s(0.0), value)
}

/// e^x for x <= 0, which takes two thirds of the work.
#[inline(always)]
pub(in crate::ops) fn decay_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    corrected_decay_vector(
        simd,
        x,
        #[inline(always)]
        |r| r,
    )
}

/// e^(-x^2 / 2).
///
/// The square is cut to 24 bits, which alone would be an error of 5e-6 in the tail; what was cut off is put back after
/// the reduction, where there is room for it.
#[inline(always)]
pub(super) fn gaussian_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let minus_half = simd.splat_f32s(-0.5);
    let square = simd.mul_f32s(x, x);
    let cut_off = simd.negate_mul_add_f32s(x, x, square);
    corrected_decay_vector(
        simd,
        simd.mul_f32s(square, minus_half),
        #[inline(always)]
        |r| simd.negate_mul_add_f32s(cut_off, minus_half, r),
    )
}

/// e^x for x <= 0, with the last word on what is left after the reduction. Here n is between -126 and 0.
#[inline(always)]
fn corrected_decay_vector<S: Simd>(simd: S, x: S::f32s, corrected: impl Fn(S::f32s) -> S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    let vanishing = simd.less_than_f32s(x, simd.splat_f32s(LEAST));
    let (n, r) = reduced(simd, simd.select_f32s(vanishing, zero, x));
    let value = simd.mul_f32s(near_zero(simd, corrected(r)), power_of_two(simd, n));
    simd.select_f32s(vanishing, zero, value)
}

/// The least x whose exponential is not denormal. Denormal results cost hundreds of cycles each and are what illegal
/// actions would all come to.
const LEAST: f32 = -87.336_54;

/// 1.5 * 2^23 + 127. Adding it rounds to an integer and leaves that integer, as an exponent, in the lowest bits.
const SHIFT: f32 = 12_583_039.0;

/// The nearest integer n to x / ln 2, with [`SHIFT`] added, and r = x - n ln 2: so e^x = 2^n e^r and |r| <= ln 2 / 2.
#[inline(always)]
fn reduced<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
    // ln 2 in two parts; the first has so few bits that n times it is exact.
    const LN2_HIGH: f32 = 355.0 / 512.0;
    const LN2_LOW: f32 = -2.121_944_4e-4;

    let shift = simd.splat_f32s(SHIFT);
    let shifted = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), shift);
    let n = simd.sub_f32s(shifted, shift);
    let r = simd.negate_mul_add_f32s(n, simd.splat_f32s(LN2_HIGH), x);
    (shifted, simd.negate_mul_add_f32s(n, simd.splat_f32s(LN2_LOW), r))
}

/// e^r: a minimax polynomial whose first two coefficients are exactly 1, so that e^0 is too.
#[inline(always)]
fn near_zero<S: Simd>(simd: S, r: S::f32s) -> S::f32s {
    const TAIL: [f32; 5] = [1.381_458_7e-3, 8.368_745e-3, 4.166_839e-2, 1.666_652_1e-1, 0.499_999_94];
    let tail = polynomial(simd, r, TAIL);
    simd.add_f32s(simd.mul_add_f32s(tail, simd.mul_f32s(r, r), r), simd.splat_f32s(1.0))
}

/// 2^n from an n between -126 and 127 with [`SHIFT`] added.
#[inline(always)]
fn power_of_two<S: Simd>(simd: S, shifted: S::f32s) -> S::f32s {
    let bits = simd.transmute_u32s_f32s(shifted);
    simd.transmute_f32s_u32s(simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(23)))
}

#[cfg(test)]
mod tests {
    use pulp::Simd;

    use crate::ops::simd::tests::{applied, slopes, sweep, worst_error};
    use crate::ops::simd::{Function, exp};

    /// e^-|x|, and e^(-x^2 / 2) in the place of its slope.
    struct Decay;

    impl Function for Decay {
        #[inline(always)]
        fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
            super::decay_vector(simd, simd.neg_f32s(simd.abs_f32s(x)))
        }

        #[inline(always)]
        fn slope<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
            super::gaussian_vector(simd, x)
        }
    }

    #[test]
    fn it_is_within_a_rounding_of_the_truth() {
        let (error, at) = worst_error(exp, f64::exp, &sweep(90.0));
        assert!(error < 1e-7, "{error} at {at}");
    }

    #[test]
    fn it_vanishes_where_it_would_be_denormal_and_overflows_to_infinity() {
        let inputs = [f32::NEG_INFINITY, f32::MIN, -87.34, -1e-40, 0.0, 1e-40, 88.73, f32::MAX, f32::INFINITY];
        let expected = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, f32::INFINITY, f32::INFINITY, f32::INFINITY];
        assert_eq!(applied(exp, &inputs), expected);
    }

    #[test]
    fn decay_is_as_good_and_so_is_that_by_the_square() {
        let decay = super::super::apply::<Decay>;
        let (error, at) = worst_error(decay, |x| (-x.abs()).exp(), &sweep(88.0));
        assert!(error < 1.2e-7, "{error} at {at}");
        let (error, at) = worst_error(slopes::<Decay>, |x| (-x * x / 2.0).exp(), &sweep(13.21));
        assert!(error < 1.5e-7, "{error} at {at}");

        let inputs = [0.0, 1e-40, 87.34, 88.0, 128.0, 1e9, f32::MAX, f32::INFINITY];
        assert_eq!(applied(decay, &inputs), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!(applied(decay, &[f32::NAN])[0].is_nan());
    }
}
