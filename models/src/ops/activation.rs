//! The function between two layers.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;
use pulp::Simd;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::simd;

/// The function applied to each output of a layer.
///
/// Each one's derivative is known from its output alone, so a layer keeps that and forgets what came before it. That of
/// GELU and of softplus is not: put [`unary::gelu`](super::unary::gelu) after a layer without an activation instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// tanh x: smooth and bounded, the usual choice for small policies.
    #[default]
    Tanh,
    /// max(x, 0).
    Relu,
    /// 1 / (1 + e^-x), for outputs that are shares or gates.
    Sigmoid,
    /// x itself, for output layers.
    Identity,
}

impl Activation {
    /// f(x).
    #[inline(always)]
    pub(super) fn value<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        match self {
            Self::Tanh => simd::tanh_vector(simd, x),
            Self::Relu => simd::zero_unless_positive(simd, x, x),
            Self::Sigmoid => simd::sigmoid_vector(simd, x),
            Self::Identity => x,
        }
    }

    /// f'(x) times `gradient`, from `y = f(x)`.
    #[inline(always)]
    pub(super) fn pulled_back<S: Simd>(self, simd: S, y: S::f32s, gradient: S::f32s) -> S::f32s {
        match self {
            Self::Tanh => {
                let slope = simd.negate_mul_add_f32s(y, y, simd.splat_f32s(1.0));
                simd.mul_f32s(gradient, slope)
            }
            Self::Relu => simd::zero_unless_positive(simd, y, gradient),
            Self::Sigmoid => {
                let slope = simd.negate_mul_add_f32s(y, y, y);
                simd.mul_f32s(gradient, slope)
            }
            Self::Identity => gradient,
        }
    }

    /// f(x) of every element, on any backend.
    pub(super) fn composed_value<B: Backend>(self, x: FloatTensor<B>) -> FloatTensor<B> {
        match self {
            Self::Tanh => B::float_tanh(x),
            Self::Relu => B::relu(x),
            Self::Sigmoid => B::sigmoid(x),
            Self::Identity => x,
        }
    }

    /// f'(x) times `gradient` for every element, from `y = f(x)`, on any backend.
    pub(super) fn composed_pulled_back<B: Backend>(
        self,
        y: FloatTensor<B>,
        gradient: FloatTensor<B>,
    ) -> FloatTensor<B> {
        match self {
            Self::Tanh => {
                let square = B::float_mul(y.clone(), y);
                let slope = B::float_add_scalar(B::float_neg(square), 1_f32.into());
                B::float_mul(gradient, slope)
            }
            Self::Relu => B::relu_backward(y, gradient),
            Self::Sigmoid => B::sigmoid_backward(y, gradient),
            Self::Identity => gradient,
        }
    }
}
