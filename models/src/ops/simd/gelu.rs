//! The Gaussian error linear unit.

use pulp::Simd;

use super::exp::gaussian_vector;
use super::{Function, polynomial, positive_part};

/// x C(x), where C is the distribution function of the standard normal: the exact one, by the error function.
///
/// Source: Hendrycks and Gimpel, *Gaussian error linear units* (2016).
///
/// With t = |x|, g = e^(-t^2 / 2) and M(t) = C(-t) / g, the function is max(x, 0) - t g M(t). M is smooth and falls slowly
/// (it is half the scaled complementary error function of t / sqrt 2), so the tail keeps its digits as long as g does.
pub(in crate::ops) struct Gelu;

/// 1 / sqrt(2 pi).
const DENSITY: f32 = 0.398_942_3;

impl Function for Gelu {
    #[inline(always)]
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        let t = magnitude(simd, x);
        let tail = simd.mul_f32s(gaussian_vector(simd, t), simd.mul_f32s(t, scaled_tail(simd, t)));
        simd.sub_f32s(positive_part(simd, x), tail)
    }

    /// C(x) + x C'(x), that is g (M(t) - t / sqrt(2 pi)) for x < 0, and 1 less that for x >= 0.
    #[inline(always)]
    fn slope<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        let t = magnitude(simd, x);
        let bracket = simd.negate_mul_add_f32s(t, simd.splat_f32s(DENSITY), scaled_tail(simd, t));
        let left = simd.mul_f32s(gaussian_vector(simd, t), bracket);
        let right = simd.sub_f32s(simd.splat_f32s(1.0), left);
        simd.select_f32s(simd.less_than_f32s(x, simd.splat_f32s(0.0)), left, right)
    }
}

/// |x|, but no more than 14, where g is 0 and an infinity would spoil the product.
#[inline(always)]
fn magnitude<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let (t, most) = (simd.abs_f32s(x), simd.splat_f32s(14.0));
    simd.select_f32s(simd.less_than_f32s(most, t), most, t)
}

/// M(t) = P(t) / Q(t), a minimax fit of degrees 4 and 5 on 0 <= t <= 13.3 with an error of 5e-9. All coefficients are
/// positive, so nothing cancels.
#[inline(always)]
fn scaled_tail<S: Simd>(simd: S, t: S::f32s) -> S::f32s {
    const P: [f32; 5] = [4.020_191e-3, 3.998_417e-2, 0.181_306_75, 0.435_686_3, 0.5];
    const Q: [f32; 6] = [1.007_698_1e-2, 0.100_232_83, 0.464_380_32, 1.194_484_1, 1.669_257_5, 1.0];
    simd.div_f32s(polynomial(simd, t, P), polynomial(simd, t, Q))
}

#[cfg(test)]
mod tests {
    use super::Gelu;
    use crate::ops::simd::gelu;
    use crate::ops::simd::tests::{applied, normal_distribution, slopes, sweep, worst_error};

    /// Where g ends.
    const LIMIT: f32 = 13.21;

    fn slope(x: f64) -> f64 {
        normal_distribution(x) + x * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
    }

    #[test]
    fn it_is_within_a_few_roundings_of_the_truth_far_into_the_tail() {
        let (error, at) = worst_error(gelu, |x| x * normal_distribution(x), &sweep(LIMIT));
        assert!(error < 4e-7, "{error} at {at}");
    }

    #[test]
    fn its_slope_is_within_a_few_roundings_of_the_truth_but_next_to_its_zero() {
        let zero = -0.751_791_5;
        let (near, far): (Vec<f32>, Vec<f32>) = sweep(LIMIT).into_iter().partition(|x| (x - zero).abs() < 0.3);
        let (error, at) = worst_error(slopes::<Gelu>, slope, &far);
        assert!(error < 5e-7, "{error} at {at}");
        for (x, y) in near.iter().zip(applied(slopes::<Gelu>, &near)) {
            let error = (f64::from(y) - slope(f64::from(*x))).abs();
            assert!(error < 7e-8, "{error} at {x}");
        }
    }

    #[test]
    fn it_vanishes_on_the_left_and_is_the_identity_on_the_right() {
        let inputs = [f32::NEG_INFINITY, f32::MIN, -13.3, 0.0, 6.0, f32::MAX, f32::INFINITY];
        assert_eq!(applied(gelu, &inputs), [0.0, 0.0, 0.0, 0.0, 6.0, f32::MAX, f32::INFINITY]);
        assert_eq!(applied(slopes::<Gelu>, &inputs), [0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0]);
    }
}
