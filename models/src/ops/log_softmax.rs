//! From logits to log-probabilities, a row at a time.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use pulp::{Arch, Simd, WithSimd};

use super::simd;

/// Stub.
pub fn log_softmax(logits: burn::tensor::Tensor<2>, mask: Option<&[bool]>) -> burn::tensor::Tensor<2> {
    use burn::tensor::{Bool, Tensor, TensorData};
    let Some(mask) = mask else { return burn::tensor::activation::log_softmax(logits, 1) };
    let illegal: Vec<bool> = mask.iter().map(|legal| !legal).collect();
    let illegal = Tensor::<2, Bool>::from_data(TensorData::new(illegal, logits.dims()), &logits.device());
    burn::tensor::activation::log_softmax(logits.mask_fill(illegal.clone(), -1e9), 1).mask_fill(illegal, -1e9)
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
    Arch::new().dispatch(LogSoftmax { logits, mask, actions });
}

struct LogSoftmax<'a> {
    logits: &'a mut [f32],
    mask: Option<&'a [bool]>,
    actions: usize,
}

impl WithSimd for LogSoftmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut row = Row::new(self.actions);
        for (index, logits) in self.logits.chunks_exact_mut(self.actions).enumerate() {
            let mask = self.mask.map(|mask| &mask[index * self.actions..][..self.actions]);
            row.normalize(simd, logits, mask);
            logits.copy_from_slice(&row.log_p[..self.actions]);
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
        let (places, padding) = log_p.split_at_mut(logits.len());
        padding.fill(f32::NEG_INFINITY);
        match mask {
            Some(mask) => {
                for ((place, logit), legal) in places.iter_mut().zip(logits).zip(mask) {
                    *place = if *legal { *logit } else { f32::NEG_INFINITY };
                }
            }
            None => places.copy_from_slice(logits),
        }
        let greatest = simd::max(log_p);
        let offset = simd.splat_f32s(greatest);
        simd::map_with(
            simd,
            p,
            log_p,
            #[inline(always)]
            |_, x| simd::exp_vector(simd, simd.sub_f32s(x, offset)),
        );
        let total = simd::sum(p);
        let share = simd.splat_f32s(total.recip());
        simd::map(
            simd,
            p,
            #[inline(always)]
            |x| simd.mul_f32s(x, share),
        );
        let normalizer = simd.splat_f32s(greatest + total.ln());
        simd::map(
            simd,
            log_p,
            #[inline(always)]
            |x| simd.sub_f32s(x, normalizer),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
