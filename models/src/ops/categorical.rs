//! The masked categorical distribution: log-probability of what was chosen, and entropy.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, Shape, TensorData, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use pulp::{Arch, Simd, WithSimd};

use super::flex::{all_f32, contiguous, tensor};
use super::log_softmax::Row;
use super::simd;

/// What a policy update needs of a batch of categorical distributions.
#[derive(Debug, Clone)]
pub struct Categorical {
    /// log p of the action taken, `[batch]`.
    pub log_prob: Tensor<1>,
    /// -sum p log p over the legal actions, in nats, `[batch]`.
    pub entropy: Tensor<1>,
}

/// The distributions that `logits` define over the legal actions, seen from the actions taken.
///
/// An illegal action has probability exactly 0, takes no part in the entropy, and receives a gradient of exactly 0. The
/// log-probability of an illegal action is negative infinity.
///
/// # Shapes
///
/// - `logits`: `[batch, actions]`
/// - `mask`: `batch * actions` values, row after row, true where an action is legal; `None` where all are
/// - `taken`: `batch` actions
///
/// # Panics
///
/// Panics if the lengths do not agree or an action is beyond the last. A row without a legal action gives NaN.
pub fn categorical(logits: Tensor<2>, mask: Option<&[bool]>, taken: &[u32]) -> Categorical {
    let [batch, actions] = logits.dims();
    assert_eq!(taken.len(), batch, "actions taken for {batch} rows of logits");
    assert!(
        taken.iter().all(|&action| (action as usize) < actions),
        "an action taken is beyond the {actions} there are"
    );
    if let Some(mask) = mask {
        assert_eq!(mask.len(), batch * actions, "mask values for {batch} rows of {actions} logits");
    }
    let (log_prob, entropy) = Dispatch::categorical(logits.into_dispatch(), mask, taken);
    Categorical { log_prob: Tensor::from_dispatch(log_prob), entropy: Tensor::from_dispatch(entropy) }
}

/// A backend that can run [`categorical`].
#[backend_extension(Flex, Autodiff, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait CategoricalBackend: Backend {
    /// The log-probability of the action taken and the entropy, each `[batch]`.
    fn categorical(
        logits: FloatTensor<Self>,
        mask: Option<&[bool]>,
        taken: &[u32],
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (log_prob, entropy, _, _) = Self::categorical_with_slopes(logits, mask, taken);
        (log_prob, entropy)
    }

    /// The same, followed by the gradient of each by its row of logits, `[batch, actions]`.
    fn categorical_with_slopes(
        logits: FloatTensor<Self>,
        mask: Option<&[bool]>,
        taken: &[u32],
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed_categorical::<Self>(logits, mask, taken)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl CategoricalBackend for burn::backend::Cube {}

impl CategoricalBackend for Flex {
    fn categorical_with_slopes(
        logits: FlexTensor,
        mask: Option<&[bool]>,
        taken: &[u32],
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        if !all_f32(&[&logits]) {
            return composed_categorical::<Self>(logits, mask, taken);
        }
        let [batch, actions] = logits.shape().dims();
        let logits = contiguous(logits);
        let (mut log_prob, mut entropy) = (vec![0.0; batch], vec![0.0; batch]);
        let (mut log_prob_slope, mut entropy_slope) = (vec![0.0; batch * actions], vec![0.0; batch * actions]);
        Arch::new().dispatch(Kernel {
            logits: logits.storage(),
            mask,
            taken,
            log_prob: &mut log_prob,
            entropy: &mut entropy,
            log_prob_slope: &mut log_prob_slope,
            entropy_slope: &mut entropy_slope,
        });
        (
            tensor(log_prob, [batch]),
            tensor(entropy, [batch]),
            tensor(log_prob_slope, [batch, actions]),
            tensor(entropy_slope, [batch, actions]),
        )
    }
}

impl<B: CategoricalBackend, C: CheckpointStrategy> CategoricalBackend for Autodiff<B, C> {
    fn categorical(
        logits: FloatTensor<Self>,
        mask: Option<&[bool]>,
        taken: &[u32],
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (log_prob_node, entropy_node) = (logits.node(), logits.node());
        let (log_prob, entropy, log_prob_slope, entropy_slope) =
            B::categorical_with_slopes(logits.into_primitive(), mask, taken);
        (
            row_function::<B, C>(log_prob_node, log_prob, log_prob_slope),
            row_function::<B, C>(entropy_node, entropy, entropy_slope),
        )
    }
}

/// The graph node of one number a row, whose gradient by the row is known already.
fn row_function<B: Backend, C: CheckpointStrategy>(
    input: NodeGuard,
    value: FloatTensor<B>,
    slope: FloatTensor<B>,
) -> FloatTensor<Autodiff<B, C>> {
    match RowFunction.prepare::<C>([input]).compute_bound().stateful() {
        OpsKind::Tracked(node) => node.finish(slope, value),
        OpsKind::UnTracked(node) => node.finish(value),
    }
}

/// The backward step of [`row_function`]: each row of the slope times its row's gradient.
#[derive(Debug)]
struct RowFunction;

impl<B: Backend> Backward<B, 1> for RowFunction {
    type State = FloatTensor<B>;

    fn backward(self, node: Ops<FloatTensor<B>, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&node.node);
        let [Some(input)] = node.parents else { return };
        let batch = gradient.shape()[0];
        let gradient = B::float_reshape(gradient, Shape::new([batch, 1]));
        gradients.register::<B>(input.id, B::float_mul(node.state, gradient));
    }
}

/// One row after another: the distribution, its two values, and their gradients by the logits,
/// `d log p[a] / dl[j] = [j = a] - p[j]` and `dH / dl[j] = -p[j] (log p[j] + H)`.
struct Kernel<'a> {
    logits: &'a [f32],
    mask: Option<&'a [bool]>,
    taken: &'a [u32],
    log_prob: &'a mut [f32],
    entropy: &'a mut [f32],
    log_prob_slope: &'a mut [f32],
    entropy_slope: &'a mut [f32],
}

impl WithSimd for Kernel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let actions = self.logits.len() / self.taken.len().max(1);
        let mut row = Row::new(actions);
        let slopes = self.log_prob_slope.chunks_exact_mut(actions).zip(self.entropy_slope.chunks_exact_mut(actions));
        for (index, (log_prob_slope, entropy_slope)) in slopes.enumerate() {
            let places = index * actions..(index + 1) * actions;
            row.normalize(simd, &self.logits[places.clone()], self.mask.map(|mask| &mask[places]));
            let Row { log_p, p } = &mut row;
            let taken = self.taken[index] as usize;
            self.log_prob[index] = log_p[taken];

            // An illegal action has p = 0 and log p = -inf; a finite log p gives the product that 0 log 0 stands for.
            simd::map(
                simd,
                log_p,
                #[inline(always)]
                |x| simd.max_f32s(x, simd.splat_f32s(f32::MIN)),
            );
            let entropy = -simd::dot(p, log_p);
            self.entropy[index] = entropy;

            let entropy = simd.splat_f32s(entropy);
            simd::map_with(
                simd,
                log_p,
                p,
                #[inline(always)]
                |log_p, p| simd.neg_f32s(simd.mul_f32s(p, simd.add_f32s(log_p, entropy))),
            );
            simd::map(
                simd,
                p,
                #[inline(always)]
                |p| simd.neg_f32s(p),
            );
            entropy_slope.copy_from_slice(&log_p[..actions]);
            log_prob_slope.copy_from_slice(&p[..actions]);
            log_prob_slope[taken] += 1.0;
        }
    }
}

fn composed_categorical<B: Backend>(
    logits: FloatTensor<B>,
    mask: Option<&[bool]>,
    taken: &[u32],
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let (device, shape) = (logits.device(), logits.shape());
    let [batch, actions] = shape.dims();
    let illegal = mask.map(|mask| {
        let illegal: Vec<bool> = mask.iter().map(|legal| !legal).collect();
        B::bool_from_data(TensorData::new(illegal, [batch, actions]), &device)
    });
    let fill = |values: FloatTensor<B>, value: f32| match &illegal {
        Some(illegal) => B::float_mask_fill(values, illegal.clone(), value.into()),
        None => values,
    };
    let vector = |column: FloatTensor<B>| B::float_reshape(column, Shape::new([batch]));

    let logits = fill(logits, f32::NEG_INFINITY);
    let shifted = B::float_sub(logits.clone(), B::float_max_dim(logits, 1));
    let log_total = B::float_log(B::float_sum_dim(B::float_exp(shifted.clone()), 1));
    let log_p = B::float_sub(shifted, log_total);
    let p = B::float_exp(log_p.clone());

    let mut chosen = vec![0.0_f32; batch * actions];
    for (row, action) in chosen.chunks_exact_mut(actions.max(1)).zip(taken) {
        row[*action as usize] = 1.0;
    }
    let chosen = B::float_from_data(TensorData::new(chosen, [batch, actions]), &device);
    let indices: Vec<i64> = taken.iter().map(|&action| action.into()).collect();
    let indices = B::int_from_data(TensorData::new(indices, [batch, 1]), &device);
    let log_prob = B::float_gather(1, log_p.clone(), indices);

    let log_p = fill(log_p, 0.0);
    let negative_entropy = B::float_sum_dim(B::float_mul(p.clone(), log_p.clone()), 1);
    let log_prob_slope = B::float_sub(chosen, p.clone());
    let entropy_slope = B::float_mul(p, B::float_sub(negative_entropy.clone(), log_p));
    (vector(log_prob), vector(B::float_neg(negative_entropy)), log_prob_slope, entropy_slope)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::log_softmax_rows;
    use super::*;

    const ACTIONS: usize = 19;
    const BATCH: usize = 7;

    fn logits() -> Vec<f32> {
        (0..BATCH * ACTIONS).map(|i| ((i * 37) % 41) as f32 * 0.21 - 4.0).collect()
    }

    /// Every row has legal actions; row 0 all of them, row 1 a single one.
    fn mask() -> Vec<bool> {
        (0..BATCH * ACTIONS)
            .map(|i| match (i / ACTIONS, i % ACTIONS) {
                (0, _) => true,
                (1, action) => action == 4,
                (row, action) => action == 4 || (action * 5 + row) % 3 != 0,
            })
            .collect()
    }

    fn taken() -> Vec<u32> {
        vec![4; BATCH]
    }

    /// log p of `taken` and entropy of one row, in f64 and by the book.
    fn truth(logits: &[f64], mask: &[bool], taken: u32) -> (f64, f64) {
        let legal = |(x, legal): (&f64, &bool)| if *legal { x.exp() } else { 0.0 };
        let total: f64 = logits.iter().zip(mask).map(legal).sum();
        let p: Vec<f64> = logits.iter().zip(mask).map(|row| legal(row) / total).collect();
        let entropy = -p.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>();
        (p[taken as usize].ln(), entropy)
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn assert_near(actual: &[f32], expected: &[f64], tolerance: f64) {
        assert_eq!(actual.len(), expected.len());
        for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
            assert!((f64::from(*actual) - expected).abs() < tolerance, "{index}: {actual} against {expected}");
        }
    }

    #[test]
    fn values_are_those_of_the_definition() {
        let logits = Tensor::<1>::from_floats(logits().as_slice(), &Device::flex()).reshape([BATCH, ACTIONS]);
        let result = categorical(logits, Some(&mask()), &taken());
        let rows: Vec<f64> = self::logits().into_iter().map(f64::from).collect();
        let (mask, taken) = (mask(), taken());
        let expected = rows.chunks(ACTIONS).zip(mask.chunks(ACTIONS)).zip(&taken);
        let (log_prob, entropy): (Vec<f64>, Vec<f64>) = expected.map(|((row, mask), &a)| truth(row, mask, a)).unzip();
        assert_near(&values(result.log_prob), &log_prob, 2e-6);
        assert_near(&values(result.entropy), &entropy, 2e-6);
    }

    #[test]
    fn gradients_are_finite_differences_of_the_definition() {
        let device = Device::flex().autodiff();
        let (mask, taken) = (mask(), taken());
        let weight = |row: usize| 0.3 + 0.4 * row as f64;
        let weights: Vec<f32> = (0..BATCH).map(|row| weight(row) as f32).collect();
        let weights = Tensor::<1>::from_floats(weights.as_slice(), &device);

        let logits =
            Tensor::<1>::from_floats(logits().as_slice(), &device).reshape([BATCH, ACTIONS]).detach().require_grad();
        let result = categorical(logits.clone(), Some(&mask), &taken);
        let loss = (result.log_prob * weights.clone() + result.entropy * weights * 0.7).sum();
        let gradient = values(logits.grad(&loss.backward()).unwrap());

        let step = 1e-5;
        let mut expected = Vec::new();
        for (row, logits) in self::logits().chunks(ACTIONS).enumerate() {
            let logits: Vec<f64> = logits.iter().copied().map(f64::from).collect();
            let mask = &mask[row * ACTIONS..][..ACTIONS];
            let value = |logits: &[f64]| {
                let (log_prob, entropy) = truth(logits, mask, taken[row]);
                weight(row) * (log_prob + 0.7 * entropy)
            };
            for action in 0..ACTIONS {
                let (mut above, mut below) = (logits.clone(), logits.clone());
                above[action] += step;
                below[action] -= step;
                expected.push((value(&above) - value(&below)) / (2.0 * step));
            }
        }
        assert_near(&gradient, &expected, 3e-6);
        for (gradient, legal) in gradient.iter().zip(mask) {
            assert!(legal || *gradient == 0.0);
        }
    }

    #[test]
    fn the_kernel_agrees_with_the_composed_operation() {
        let logits = tensor(logits(), [BATCH, ACTIONS]);
        for mask in [None, Some(mask())] {
            let ours = Flex::categorical_with_slopes(logits.clone(), mask.as_deref(), &taken());
            let composed = composed_categorical::<Flex>(logits.clone(), mask.as_deref(), &taken());
            for (ours, composed) in
                [(ours.0, composed.0), (ours.1, composed.1), (ours.2, composed.2), (ours.3, composed.3)]
            {
                let composed: Vec<f64> = composed.storage::<f32>().iter().copied().map(f64::from).collect();
                assert_near(ours.storage(), &composed, 2e-6);
            }
        }
    }

    #[test]
    fn a_single_legal_action_is_certain() {
        let logits = Tensor::<1>::from_floats(logits().as_slice(), &Device::flex()).reshape([BATCH, ACTIONS]);
        let result = categorical(logits, Some(&mask()), &taken());
        assert_eq!(values(result.log_prob)[1], 0.0);
        assert_eq!(values(result.entropy)[1], 0.0);
    }

    #[test]
    fn extreme_logits_neither_overflow_nor_lose_the_certain_action() {
        let logits = Tensor::<2>::from_floats([[1e30, -1e30, 0.0], [-3e4, -3e4, -3e4]], &Device::flex());
        let result = categorical(logits, None, &[0, 2]);
        assert_near(&values(result.log_prob), &[0.0, -3.0_f64.ln()], 1e-2);
        assert_near(&values(result.entropy), &[0.0, 3.0_f64.ln()], 1e-2);
    }

    #[test]
    fn rows_on_the_host_are_the_same_log_probabilities() {
        let (mask, taken) = (mask(), taken());
        let mut rows = logits();
        log_softmax_rows(&mut rows, Some(&mask), ACTIONS);
        let logits = Tensor::<1>::from_floats(logits().as_slice(), &Device::flex()).reshape([BATCH, ACTIONS]);
        let log_prob = values(categorical(logits, Some(&mask), &taken).log_prob);
        for (row, expected) in rows.chunks(ACTIONS).zip(log_prob) {
            assert_eq!(row[4], expected);
        }
        for (log_prob, legal) in rows.iter().zip(mask) {
            assert_eq!(*log_prob == f32::NEG_INFINITY, !legal);
        }
    }
}
