//! The network that judges: what it says of each place, and how it learns.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::blocks::host::elements;
use crate::critics::data::Windows;
use crate::critics::fit::over_shards;
use crate::critics::{Excerpt, Network};
use crate::ops::unary::softplus;
use crate::sequence::{Dropout, SequenceModel};

/// Windows all of which are real or none.
#[derive(Debug, Clone)]
pub(crate) struct Labelled {
    pub(crate) windows: Windows,
    /// The probability with which they should be taken for real.
    pub(crate) real: f32,
    /// How much each place that counts weighs in the loss.
    pub(crate) weight: f32,
}

/// What each token adds to the mean of the log-odds of all places.
pub(crate) fn judge(network: &Network, pieces: &[Excerpt<'_>]) -> Vec<Vec<f32>> {
    let mut judged = network.each_place(pieces, place_logits);
    for logits in &mut judged {
        let places = logits.len() as f32;
        for logit in logits {
            *logit /= places;
        }
    }
    judged
}

/// The log-odds of each place, `[windows * length]`.
pub(crate) fn place_logits(model: &SequenceModel, windows: &Windows) -> Vec<f32> {
    if windows.targets.is_empty() {
        return Vec::new();
    }
    let outputs = model.forward(&windows.sequences, &mut Dropout::off());
    let tokens = outputs.dims()[1];
    let outputs: Vec<f32> = elements(outputs);
    outputs.chunks_exact(tokens).zip(&windows.targets).map(|(row, &target)| row[target as usize]).collect()
}

/// The gradients of the binary cross entropy of all places that count, weighted, and its sum.
pub(crate) fn gradients(
    model: &SequenceModel,
    shards: &[Labelled],
    dropout: f64,
    rng: &mut Xoshiro256PlusPlus,
    device: &Device,
) -> (GradientsParams, f64) {
    over_shards(model, shards, rng, device, |model, Labelled { windows, real, weight }, rng| {
        let outputs = model.forward(&windows.sequences, &mut Dropout::of_share(dropout, rng));
        let device = outputs.device();
        let places = windows.targets.len();
        let indices: Vec<i64> = windows.targets.iter().map(|&target| i64::from(target)).collect();
        let indices = Tensor::<2, Int>::from_data(TensorData::new(indices, [places, 1]), &device);
        let logits: Tensor<1> = outputs.gather(1, indices).reshape([places]);
        let weights: Vec<f32> = windows.counts.iter().map(|&counts| if counts { *weight } else { 0.0 }).collect();
        let weights = Tensor::<1>::from_data(TensorData::new(weights, [places]), &device);
        ((softplus(logits.clone()) - logits * *real) * weights).sum()
    })
}
