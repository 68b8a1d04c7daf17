//! Vectorised `f32` kernels: the transcendental functions and reductions behind the other operations.
//!
//! They are written against [`pulp::Simd`] and compiled once per instruction set; [`pulp::Arch`] picks one at run time,
//! so a plain build uses AVX2 and FMA where the machine has them. Every element goes through the same sequence of IEEE
//! operations wherever it stands in its slice and however wide the vectors are, and reductions add in one fixed order:
//! results depend on the values alone, never on how a batch was cut, on the number of threads, or on the machine.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

mod exp;
mod gelu;
mod sigmoid;
mod softplus;
mod tanh;

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};

pub(super) use exp::{Exp, decay_vector};
pub(super) use gelu::Gelu;
pub(super) use sigmoid::{Sigmoid, sigmoid_vector};
pub(super) use softplus::Softplus;
pub(super) use tanh::{Tanh, tanh_vector};

/// Strands of a reduction, whatever the width of the vectors.
pub(super) const STRANDS: usize = 16;

/// A function of one number, a vector at a time.
pub(super) trait Function {
    /// f(x).
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s;

    /// f'(x), from x; of [`Exp`], from e^x.
    fn slope<S: Simd>(simd: S, x: S::f32s) -> S::f32s;
}

/// Replaces each value by its exponential.
///
/// Within 1e-7 of the true value relatively; 0 below -87.3, where it would be denormal, infinity above 88.7, NaN for
/// NaN.
pub fn exp(values: &mut [f32]) {
    apply::<Exp>(values);
}

/// Replaces each value by its hyperbolic tangent.
///
/// Within 3.5e-7 of the true value relatively, odd, exactly 1 from 9.02 on, never beyond 1 in magnitude, NaN for NaN.
pub fn tanh(values: &mut [f32]) {
    apply::<Tanh>(values);
}

/// Replaces each value x by 1 / (1 + e^-x).
///
/// Within 2e-7 of the true value relatively; 0 below -87.3, where it would be denormal, NaN for NaN.
pub fn sigmoid(values: &mut [f32]) {
    apply::<Sigmoid>(values);
}

/// Replaces each value x by ln(1 + e^x).
///
/// Within 2e-7 of the true value relatively; 0 below -87.3, where it would be denormal, NaN for NaN.
pub fn softplus(values: &mut [f32]) {
    apply::<Softplus>(values);
}

/// Replaces each value x by x C(x), where C is the distribution function of the standard normal.
///
/// Within 4e-7 of the true value relatively, down to -13.1, where that becomes denormal, and 0 below -13.22; 0 for
/// negative infinity, NaN for NaN.
pub fn gelu(values: &mut [f32]) {
    apply::<Gelu>(values);
}

/// Replaces each value by a function of it.
pub(super) fn apply<F: Function>(values: &mut [f32]) {
    Arch::new().dispatch(Apply(values, PhantomData::<F>));
}

/// The function's values, in a vector of their own.
pub(super) fn applied<F: Function>(values: &[f32]) -> Vec<f32> {
    Arch::new().dispatch(Applied(values, PhantomData::<F>))
}

/// Multiplies each value by the function's slope at its counterpart.
pub(super) fn pull_back<F: Function>(values: &mut [f32], at: &[f32]) {
    Arch::new().dispatch(PullBack(values, at, PhantomData::<F>));
}

struct Apply<'a, F>(&'a mut [f32], PhantomData<F>);

impl<F: Function> WithSimd for Apply<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        map(
            simd,
            self.0,
            #[inline(always)]
            |x| F::value(simd, x),
        );
    }
}

struct Applied<'a, F>(&'a [f32], PhantomData<F>);

impl<F: Function> WithSimd for Applied<'_, F> {
    type Output = Vec<f32>;

    /// Makes room for a piece and fills it while that is in the nearest cache.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        const PIECE: usize = 256;
        let mut values = Vec::with_capacity(self.0.len());
        for piece in self.0.chunks(PIECE) {
            let start = values.len();
            values.resize(start + piece.len(), 0.0);
            map_with(
                simd,
                &mut values[start..],
                piece,
                #[inline(always)]
                |_, x| F::value(simd, x),
            );
        }
        values
    }
}

struct PullBack<'a, F>(&'a mut [f32], &'a [f32], PhantomData<F>);

impl<F: Function> WithSimd for PullBack<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        map_with(
            simd,
            self.0,
            self.1,
            #[inline(always)]
            |value, at| simd.mul_f32s(value, F::slope(simd, at)),
        );
    }
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

/// `value` where `sign` is positive or NaN, 0 elsewhere.
#[inline(always)]
pub(super) fn zero_unless_positive<S: Simd>(simd: S, sign: S::f32s, value: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    simd.select_f32s(simd.less_than_or_equal_f32s(sign, zero), zero, value)
}

/// max(x, 0), NaN for NaN.
#[inline(always)]
fn positive_part<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    zero_unless_positive(simd, x, x)
}

#[cfg(test)]
pub(super) use tests::normal_distribution;

#[cfg(test)]
mod tests {
    use super::*;

    /// A dense sweep over the whole range where a function does something, and both signs of every scale of magnitude
    /// within it.
    pub(super) fn sweep(limit: f32) -> Vec<f32> {
        let steps = 400_001;
        let dense = (0..steps).map(|i| limit * (2.0 * i as f32 / (steps - 1) as f32 - 1.0));
        let scales = (-126..10).flat_map(|e| [1.0, 1.37, 1.93].map(|m| m * 2.0_f32.powi(e)));
        dense.chain(scales.filter(|x| *x < limit).flat_map(|x| [x, -x])).collect()
    }

    pub(super) fn applied(function: fn(&mut [f32]), inputs: &[f32]) -> Vec<f32> {
        let mut values = inputs.to_vec();
        function(&mut values);
        values
    }

    /// Replaces each value by the function's slope there.
    pub(super) fn slopes<F: Function>(values: &mut [f32]) {
        let at = values.to_vec();
        values.fill(1.0);
        pull_back::<F>(values, &at);
    }

    /// The largest relative error against f64, counting only true values that `f32` represents normally.
    pub(super) fn worst_error(function: fn(&mut [f32]), truth: fn(f64) -> f64, inputs: &[f32]) -> (f64, f32) {
        let outputs = applied(function, inputs);
        let errors = inputs.iter().zip(&outputs).filter_map(|(&x, &y)| {
            let expected = truth(f64::from(x));
            let normal = expected.abs() >= f64::from(f32::MIN_POSITIVE) && expected.abs() <= f64::from(f32::MAX);
            normal.then(|| ((f64::from(y) - expected).abs() / expected.abs(), x))
        });
        errors.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
    }

    /// The distribution function of the standard normal: Taylor's series in the middle, Laplace's continued fraction in
    /// the tails.
    pub(in crate::ops) fn normal_distribution(x: f64) -> f64 {
        let density = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if x.abs() < 3.0 {
            let terms = (1..200).scan(x, |term, k| {
                let this = *term;
                *term *= x * x / f64::from(2 * k + 1);
                Some(this)
            });
            0.5 + density * terms.sum::<f64>()
        } else {
            let fraction = (1..200).rev().fold(x.abs(), |rest, k| x.abs() + f64::from(k) / rest);
            if x < 0.0 { density / fraction } else { 1.0 - density / fraction }
        }
    }

    type Map = fn(&mut [f32]);

    /// Every function and every slope.
    const MAPS: [(&str, Map); 10] = [
        ("exp", exp),
        ("tanh", tanh),
        ("sigmoid", sigmoid),
        ("softplus", softplus),
        ("gelu", gelu),
        ("slope of exp", slopes::<Exp>),
        ("slope of tanh", slopes::<Tanh>),
        ("slope of sigmoid", slopes::<Sigmoid>),
        ("slope of softplus", slopes::<Softplus>),
        ("slope of gelu", slopes::<Gelu>),
    ];

    #[test]
    fn nan_stays_nan() {
        for (name, map) in MAPS {
            for nan in [f32::NAN, -f32::NAN] {
                assert!(applied(map, &[nan])[0].is_nan(), "{name}");
            }
        }
    }

    #[test]
    fn a_value_is_mapped_alike_wherever_it_stands() {
        let inputs: Vec<f32> = (0..67).map(|i| (i as f32 - 33.0) * 0.217).collect();
        for (name, map) in MAPS {
            let whole = applied(map, &inputs);
            for cut in 1..inputs.len() {
                let (head, tail) = inputs.split_at(cut);
                let parts = [applied(map, head), applied(map, tail)].concat();
                assert_eq!(parts, whole, "{name}, cut at {cut}");
            }
        }
    }

    #[test]
    fn a_value_is_mapped_alike_by_vectors_of_any_width() {
        fn check<F: Function>() {
            let inputs = sweep(20.0);
            let slopes = applied(slopes::<F>, &inputs);
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            let (mut alone, mut alone_slopes) = (inputs.clone(), vec![1.0; inputs.len()]);
            Apply(&mut alone, PhantomData::<F>).with_simd(pulp::Scalar::new());
            PullBack(&mut alone_slopes, &inputs, PhantomData::<F>).with_simd(pulp::Scalar::new());
            assert_eq!(bits(&super::applied::<F>(&inputs)), bits(&alone));
            assert_eq!(bits(&slopes), bits(&alone_slopes));
        }
        check::<Exp>();
        check::<Tanh>();
        check::<Sigmoid>();
        check::<Softplus>();
        check::<Gelu>();
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
