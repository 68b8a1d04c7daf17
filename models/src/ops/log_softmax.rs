//! From logits to log-probabilities, a row at a time.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::{BoolTensor, FloatTensor};
use burn::backend::{Backend, Dispatch, Flex, Shape, TensorData, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use pulp::{Arch, Simd, WithSimd};

use super::flex::{all_f32, contiguous, owned};
use super::simd;

/// The log-probability of an illegal action: so low that its exponential is 0, and finite, so that 0 times it is 0 too.
pub const ILLEGAL: f32 = -1e9;

/// The log-probabilities that each row of logits defines over the legal actions.
///
/// An illegal action gets [`ILLEGAL`], and its logit a gradient of 0; a row without a legal action is all that. Values
/// are within 1e-6 of the truth, relatively where they are beyond 1 and absolutely below.
///
/// # Shapes
///
/// - `logits`: `[batch, actions]`
/// - `mask`: `batch * actions` values, row after row, true where an action is legal; `None` where all are
/// - output: `[batch, actions]`
///
/// # Panics
///
/// Panics if the lengths do not agree.
pub fn log_softmax(logits: Tensor<2>, mask: Option<&[bool]>) -> Tensor<2> {
    let [batch, actions] = logits.dims();
    if let Some(mask) = mask {
        assert_eq!(mask.len(), batch * actions, "mask values for {batch} rows of {actions} logits");
    }
    Tensor::from_dispatch(Dispatch::masked_log_softmax(logits.into_dispatch(), mask))
}

/// Replaces each row of logits by the log-probabilities that it defines over the legal actions: the host's side of
/// [`categorical`](super::categorical()), for sampling. An illegal action gets negative infinity.
///
/// # Shapes
///
/// - `logits`: rows of `actions` values
/// - `mask`: as many values as `logits`, true where an action is legal; `None` where all are
///
/// # Panics
///
/// Panics if the lengths do not agree. A row without a legal action becomes NaN.
pub fn log_softmax_rows(logits: &mut [f32], mask: Option<&[bool]>, actions: usize) {
    assert!(logits.len().is_multiple_of(actions), "{} logits are not rows of {actions}", logits.len());
    let mask = mask.inspect(|mask| assert_eq!(mask.len(), logits.len(), "mask values for as many logits"));
    Arch::new().dispatch(Rows { logits, mask, actions, illegal: f32::NEG_INFINITY });
}

/// A backend that can run [`log_softmax`].
#[backend_extension(Flex, Autodiff, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait LogSoftmaxBackend: Backend {
    /// The log-probabilities of the legal actions, and [`ILLEGAL`] for the others.
    fn masked_log_softmax(logits: FloatTensor<Self>, mask: Option<&[bool]>) -> FloatTensor<Self> {
        composed_log_softmax::<Self>(logits, mask)
    }

    /// The gradient of the logits, from the log-probabilities and theirs.
    fn masked_log_softmax_backward(
        log_p: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        mask: Option<&[bool]>,
    ) -> FloatTensor<Self> {
        composed_log_softmax_backward::<Self>(log_p, gradient, mask)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl LogSoftmaxBackend for burn::backend::Cube {}

impl LogSoftmaxBackend for Flex {
    fn masked_log_softmax(logits: FlexTensor, mask: Option<&[bool]>) -> FlexTensor {
        if !all_f32(&[&logits]) {
            return composed_log_softmax::<Self>(logits, mask);
        }
        let [_, actions] = logits.shape().dims();
        let mut rows = owned(logits);
        Arch::new().dispatch(Rows { logits: rows.storage_mut(), mask, actions, illegal: ILLEGAL });
        rows
    }

    fn masked_log_softmax_backward(log_p: FlexTensor, gradient: FlexTensor, mask: Option<&[bool]>) -> FlexTensor {
        if !all_f32(&[&log_p, &gradient]) {
            return composed_log_softmax_backward::<Self>(log_p, gradient, mask);
        }
        let [_, actions] = log_p.shape().dims();
        let mut gradient = owned(gradient);
        Arch::new().dispatch(PullBack {
            log_p: contiguous(log_p).storage(),
            gradient: gradient.storage_mut(),
            mask,
            actions,
        });
        gradient
    }
}

impl<B: LogSoftmaxBackend, C: CheckpointStrategy> LogSoftmaxBackend for Autodiff<B, C> {
    fn masked_log_softmax(logits: FloatTensor<Self>, mask: Option<&[bool]>) -> FloatTensor<Self> {
        let (logits, node) = logits.into_parts();
        let log_p = B::masked_log_softmax(logits, mask);
        match LogSoftmax.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(node) => node.finish((log_p.clone(), mask.map(<[bool]>::to_vec)), log_p),
            OpsKind::UnTracked(node) => node.finish(log_p),
        }
    }
}

/// The backward step of [`log_softmax`], from the log-probabilities and the mask.
#[derive(Debug)]
struct LogSoftmax;

impl<B: LogSoftmaxBackend> Backward<B, 1> for LogSoftmax {
    type State = (FloatTensor<B>, Option<Vec<bool>>);

    fn backward(self, node: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&node.node);
        let [Some(input)] = node.parents else { return };
        let (log_p, mask) = node.state;
        gradients.register::<B>(input.id, B::masked_log_softmax_backward(log_p, gradient, mask.as_deref()));
    }
}

struct Rows<'a> {
    logits: &'a mut [f32],
    mask: Option<&'a [bool]>,
    actions: usize,
    /// What an illegal action gets.
    illegal: f32,
}

impl WithSimd for Rows<'_> {
    type Output = ();

    /// A few rows at a time, step by step: within a row each step waits for the one before.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const ROWS: usize = 16;
        let Self { logits, mask, actions, illegal } = self;
        let mut p = vec![0.0; ROWS * actions];
        for (index, rows) in logits.chunks_mut(ROWS * actions).enumerate() {
            let p = &mut p[..rows.len()];
            let mask = mask.map(|mask| &mask[index * ROWS * actions..][..rows.len()]);
            fill_illegal(rows, mask, f32::NEG_INFINITY);
            for row in rows.chunks_exact_mut(actions) {
                let greatest = simd::max(row);
                for x in row {
                    *x -= greatest;
                }
            }
            exponentials(simd, rows, p);
            for (row, p) in rows.chunks_exact_mut(actions).zip(p.chunks_exact(actions)) {
                let log_total = simd::sum(p).ln();
                for x in row {
                    *x -= log_total;
                }
            }
            fill_illegal(rows, mask, illegal);
        }
    }
}

/// Writes `value` where the mask is false, by bits: the compiler would make a branch of a choice.
#[inline(always)]
fn fill_illegal(values: &mut [f32], mask: Option<&[bool]>, value: f32) {
    if let Some(mask) = mask {
        for (place, legal) in values.iter_mut().zip(mask) {
            let keep = u32::from(*legal).wrapping_neg();
            *place = f32::from_bits((place.to_bits() & keep) | (value.to_bits() & !keep));
        }
    }
}

/// One row of the gradient after another: d = g - p sum(g) over the legal actions, 0 for the others.
struct PullBack<'a> {
    log_p: &'a [f32],
    gradient: &'a mut [f32],
    mask: Option<&'a [bool]>,
    actions: usize,
}

impl WithSimd for PullBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { log_p, gradient, mask, actions } = self;
        fill_illegal(gradient, mask, 0.0);
        for (row, log_p) in gradient.chunks_exact_mut(actions).zip(log_p.chunks_exact(actions)) {
            let total = simd.splat_f32s(simd::sum(row));
            simd::map_with(
                simd,
                row,
                log_p,
                #[inline(always)]
                |value, log_p| simd.negate_mul_add_f32s(simd::decay_vector(simd, log_p), total, value),
            );
        }
    }
}

/// A distribution being worked on, filled up with impossible actions to a whole number of vectors.
pub(super) struct Row {
    pub(super) log_p: Vec<f32>,
    pub(super) p: Vec<f32>,
}

impl Row {
    pub(super) fn new(actions: usize) -> Self {
        let padded = vec![0.0; actions.next_multiple_of(simd::STRANDS)];
        Self { log_p: padded.clone(), p: padded }
    }

    /// Makes it the distribution of these logits.
    #[inline(always)]
    pub(super) fn normalize<S: Simd>(&mut self, simd: S, logits: &[f32], mask: Option<&[bool]>) {
        let Self { log_p, p } = self;
        distances(simd, logits, mask, log_p);
        exponentials(simd, log_p, p);
        let total = simd::sum(p);
        // To subtract the greatest and this in one would round off the digits that this adds to a large logit.
        let log_total = simd.splat_f32s(total.ln());
        simd::map(
            simd,
            log_p,
            #[inline(always)]
            |x| simd.sub_f32s(x, log_total),
        );
        let share = simd.splat_f32s(total.recip());
        simd::map(
            simd,
            p,
            #[inline(always)]
            |x| simd.mul_f32s(x, share),
        );
    }
}

/// Writes the distance of each legal logit to the greatest, and negative infinity for all others and beyond the last.
#[inline(always)]
fn distances<S: Simd>(simd: S, logits: &[f32], mask: Option<&[bool]>, to: &mut [f32]) {
    let (places, padding) = to.split_at_mut(logits.len());
    padding.fill(f32::NEG_INFINITY);
    match mask {
        Some(mask) => {
            for ((place, logit), legal) in places.iter_mut().zip(logits).zip(mask) {
                *place = if *legal { *logit } else { f32::NEG_INFINITY };
            }
        }
        None => places.copy_from_slice(logits),
    }
    let greatest = simd.splat_f32s(simd::max(to));
    simd::map(
        simd,
        to,
        #[inline(always)]
        |x| simd.sub_f32s(x, greatest),
    );
}

/// Writes the exponentials of distances to the greatest.
#[inline(always)]
fn exponentials<S: Simd>(simd: S, distances: &[f32], to: &mut [f32]) {
    simd::map_with(
        simd,
        to,
        distances,
        #[inline(always)]
        |_, x| simd::decay_vector(simd, x),
    );
}

fn composed_log_softmax<B: Backend>(logits: FloatTensor<B>, mask: Option<&[bool]>) -> FloatTensor<B> {
    let illegal = illegal::<B>(&logits, mask);
    let logits = filled::<B>(logits, illegal.as_ref(), f32::NEG_INFINITY);
    let shifted = B::float_sub(logits.clone(), B::float_max_dim(logits, 1));
    let log_total = B::float_log(B::float_sum_dim(B::float_exp(shifted.clone()), 1));
    filled::<B>(B::float_sub(shifted, log_total), illegal.as_ref(), ILLEGAL)
}

fn composed_log_softmax_backward<B: Backend>(
    log_p: FloatTensor<B>,
    gradient: FloatTensor<B>,
    mask: Option<&[bool]>,
) -> FloatTensor<B> {
    let illegal = illegal::<B>(&log_p, mask);
    let gradient = filled::<B>(gradient, illegal.as_ref(), 0.0);
    let total = B::float_sum_dim(gradient.clone(), 1);
    B::float_sub(gradient, B::float_mul(B::float_exp(log_p), total))
}

/// True where an action is illegal.
fn illegal<B: Backend>(rows: &FloatTensor<B>, mask: Option<&[bool]>) -> Option<BoolTensor<B>> {
    let [batch, actions] = rows.shape().dims();
    mask.map(|mask| {
        let illegal: Vec<bool> = mask.iter().map(|legal| !legal).collect();
        B::bool_from_data(TensorData::new(illegal, Shape::new([batch, actions])), &rows.device())
    })
}

fn filled<B: Backend>(rows: FloatTensor<B>, places: Option<&BoolTensor<B>>, value: f32) -> FloatTensor<B> {
    match places {
        Some(places) => B::float_mask_fill(rows, places.clone(), value.into()),
        None => rows,
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::ops::flex::tensor;

    const BATCH: usize = 5;
    const ACTIONS: usize = 19;

    fn logits() -> Vec<f32> {
        (0..BATCH * ACTIONS).map(|i| ((i * 37) % 41) as f32 * 0.21 - 4.0).collect()
    }

    /// A third illegal, and in the last row all.
    fn mask() -> Vec<bool> {
        (0..BATCH * ACTIONS).map(|i| i % 3 != 1 && i < (BATCH - 1) * ACTIONS).collect()
    }

    fn weight(place: usize) -> f32 {
        0.3 - 0.05 * (place % 13) as f32
    }

    fn matrix(elements: Vec<f32>, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(elements, [BATCH, ACTIONS]), device)
    }

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// By the book, in f64.
    fn truth(row: &[f64], mask: &[bool]) -> Vec<f64> {
        let legal = row.iter().zip(mask).filter(|(_, legal)| **legal).map(|(logit, _)| *logit);
        let greatest = legal.clone().fold(f64::NEG_INFINITY, f64::max);
        let log_total = greatest + legal.map(|logit| (logit - greatest).exp()).sum::<f64>().ln();
        row.iter().zip(mask).map(|(logit, legal)| if *legal { logit - log_total } else { f64::from(ILLEGAL) }).collect()
    }

    fn assert_near(actual: &[f32], expected: &[f64], tolerance: f64) {
        assert_eq!(actual.len(), expected.len());
        for (place, (actual, expected)) in actual.iter().zip(expected).enumerate() {
            let error = (f64::from(*actual) - expected).abs() / expected.abs().max(1.0);
            assert!(error < tolerance, "{place}: {actual} against {expected}");
        }
    }

    #[test]
    fn values_are_those_of_the_definition_also_far_from_zero() {
        for offset in [0.0, 3e3, -3e3] {
            for mask in [mask(), vec![true; BATCH * ACTIONS]] {
                let logits: Vec<f32> = logits().into_iter().map(|logit| logit + offset).collect();
                let rows: Vec<f64> = logits.iter().copied().map(f64::from).collect();
                let expected: Vec<f64> =
                    rows.chunks(ACTIONS).zip(mask.chunks(ACTIONS)).flat_map(|(row, mask)| truth(row, mask)).collect();
                let mask = mask.contains(&false).then_some(mask);
                for device in [Device::flex(), Device::flex().autodiff()] {
                    let log_p = values(log_softmax(matrix(logits.clone(), &device), mask.as_deref()));
                    assert_near(&log_p, &expected, 1e-6);
                }
            }
        }
    }

    #[test]
    fn gradients_are_finite_differences_of_the_definition() {
        let device = Device::flex().autodiff();
        let weights: Vec<f32> = (0..BATCH * ACTIONS).map(weight).collect();
        for mask in [mask(), vec![true; BATCH * ACTIONS]] {
            let x = matrix(logits(), &device).require_grad();
            let loss = (log_softmax(x.clone(), Some(&mask)) * matrix(weights.clone(), &device)).sum();
            let gradient = values(x.grad(&loss.backward()).unwrap());
            for (row, logits) in logits().chunks(ACTIONS).enumerate() {
                let logits: Vec<f64> = logits.iter().copied().map(f64::from).collect();
                let places = row * ACTIONS..(row + 1) * ACTIONS;
                let (mask, weights) = (&mask[places.clone()], &weights[places.clone()]);
                // Over legal actions: the others' share is constant, and too large for differences.
                let value = |logits: &[f64]| {
                    let terms = truth(logits, mask).into_iter().zip(weights).zip(mask);
                    terms
                        .filter(|(_, legal)| **legal)
                        .map(|((log_p, weight), _)| log_p * f64::from(*weight))
                        .sum::<f64>()
                };
                let step = 1e-5;
                let expected: Vec<f64> = (0..ACTIONS)
                    .map(|action| {
                        let (mut above, mut below) = (logits.clone(), logits.clone());
                        above[action] += step;
                        below[action] -= step;
                        (value(&above) - value(&below)) / (2.0 * step)
                    })
                    .collect();
                assert_near(&gradient[places.clone()], &expected, 1e-6);
                for (gradient, legal) in gradient[places].iter().zip(mask) {
                    assert!(*legal || *gradient == 0.0);
                }
            }
        }
    }

    #[test]
    fn the_kernels_agree_with_the_composed_operations() {
        for mask in [None, Some(mask())] {
            let mask = mask.as_deref();
            let near = |ours: &FlexTensor, composed: &FlexTensor| {
                let composed: Vec<f64> = composed.storage::<f32>().iter().copied().map(f64::from).collect();
                assert_near(ours.storage(), &composed, 1e-6);
            };
            let log_p = composed_log_softmax::<Flex>(tensor(logits(), [BATCH, ACTIONS]), mask);
            near(&Flex::masked_log_softmax(tensor(logits(), [BATCH, ACTIONS]), mask), &log_p);
            let gradient = tensor((0..BATCH * ACTIONS).map(weight).collect(), [BATCH, ACTIONS]);
            near(
                &Flex::masked_log_softmax_backward(log_p.clone(), gradient.clone(), mask),
                &composed_log_softmax_backward::<Flex>(log_p, gradient, mask),
            );
        }
    }

    #[test]
    fn an_illegal_action_adds_nothing_to_the_entropy() {
        let log_p = values(log_softmax(matrix(logits(), &Device::flex()), Some(&mask())));
        for (log_p, legal) in log_p.into_iter().zip(mask()) {
            assert!(legal || log_p == ILLEGAL && log_p.exp() * log_p == 0.0);
        }
    }

    #[test]
    fn legal_actions_share_all_probability_and_illegal_ones_have_none() {
        let actions = 19;
        let logits: Vec<f32> = (0..5 * actions).map(|i| ((i * 37) % 41) as f32 * 0.21 - 4.0).collect();
        let mask: Vec<bool> = (0..logits.len()).map(|i| i % 3 != 1).collect();
        let mut rows = logits.clone();
        log_softmax_rows(&mut rows, Some(&mask), actions);
        for ((row, logits), mask) in rows.chunks(actions).zip(logits.chunks(actions)).zip(mask.chunks(actions)) {
            let legal = || logits.iter().zip(mask).filter(|(_, legal)| **legal).map(|(logit, _)| f64::from(*logit));
            let total: f64 = legal().map(f64::exp).sum();
            let log_probs = row.iter().zip(mask).filter(|(_, legal)| **legal).map(|(log_prob, _)| f64::from(*log_prob));
            for (log_prob, logit) in log_probs.zip(legal()) {
                assert!((log_prob - (logit - total.ln())).abs() < 2e-6, "{log_prob} for {logit}");
            }
            assert!(row.iter().zip(mask).all(|(log_prob, legal)| *legal || *log_prob == f32::NEG_INFINITY));
        }
    }
}
