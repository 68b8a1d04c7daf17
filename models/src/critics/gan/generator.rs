//! The network that writes: sampling on the host, and the policy gradient.

use burn::optim::GradientsParams;
use burn::tensor::Device;
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::critics::data::Windows;
use crate::critics::fit::{SHARDS, over_shards, weighted_log_likelihood};
use crate::sequence::{Dropout, SequenceModel};

/// Windows of the network's own, in parts: each begins as one of `like` does and counts where that does.
pub(super) fn sample(model: &SequenceModel, like: &Windows, rng: &mut Xoshiro256PlusPlus) -> Vec<Windows> {
    let shard = like.len().div_ceil(SHARDS).max(1);
    let parts: Vec<(usize, u64)> = (0..like.len()).step_by(shard).map(|first| (first, rng.next_u64())).collect();
    let part = |(first, seed): (usize, u64)| {
        let rows = first..(first + shard).min(like.len());
        sample_rows(model, like.rows(rows), &mut Xoshiro256PlusPlus::seed_from_u64(seed))
    };
    parts.into_par_iter().map(part).collect()
}

fn sample_rows(model: &SequenceModel, mut windows: Windows, rng: &mut impl Rng) -> Windows {
    let (rows, length) = (windows.len(), windows.sequences.length);
    let mut host = model.to_host(rows);
    let tokens = host.outputs();
    let mut logits = vec![0.0; rows * tokens];
    let at = |values: &[u32], place: usize| -> Vec<u32> { values.chunks(length).map(|row| row[place]).collect() };
    for place in 0..length {
        let before = at(&windows.sequences.tokens, place);
        host.step(&before, &at(&windows.sequences.phases, place), &mut logits);
        for (row, logits) in logits.chunks_exact_mut(tokens).enumerate() {
            let token = draw(logits, rng);
            windows.write(row, place, token);
        }
    }
    windows
}

/// A token, as likely as its logit says; the logits become probabilities up to a factor.
fn draw(logits: &mut [f32], rng: &mut impl Rng) -> u32 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for logit in &mut *logits {
        *logit = (*logit - highest).exp();
        total += *logit;
    }
    let mut left = rng.random::<f32>() * total;
    let drawn = logits.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    drawn.unwrap_or(logits.len() - 1) as u32
}

/// How much better than others each place of samples fared with a discriminator that finds them real with `logits`.
///
/// A place earns `2 D - 1`, from -1 to 1, and so do those after it, less by a factor of `discount` a place. What all
/// samples earn from a place on, on average, is its baseline; the rest is brought to a standard deviation of 1.
pub(super) fn advantages(samples: &Windows, logits: &[f32], discount: f32) -> Vec<f32> {
    let length = samples.sequences.length;
    let reward = |place: usize| if samples.counts[place] { (0.5 * logits[place]).tanh() } else { 0.0 };
    let mut returns: Vec<f32> = (0..logits.len()).map(reward).collect();
    for row in returns.chunks_mut(length) {
        for place in (0..length.saturating_sub(1)).rev() {
            row[place] += discount * row[place + 1];
        }
    }
    for place in 0..length {
        let column = || (place..samples.counts.len()).step_by(length).filter(|place| samples.counts[*place]);
        let mean = column().map(|place| returns[place]).sum::<f32>() / column().count().max(1) as f32;
        column().for_each(|place| returns[place] -= mean);
    }
    let counted = samples.counts.iter().filter(|counts| **counts).count().max(1) as f32;
    let squares: f32 = returns.iter().zip(&samples.counts).map(|(x, counts)| if *counts { x * x } else { 0.0 }).sum();
    let scale = 1.0 / ((squares / counted).sqrt() + 1e-6);
    returns.iter().zip(&samples.counts).map(|(x, counts)| if *counts { x * scale } else { 0.0 }).collect()
}

/// The gradients of the generator's loss and the loss, over parts that are windows with a weight for each place's ln p.
pub(super) fn gradients(
    model: &SequenceModel,
    shards: &[(Windows, Vec<f32>)],
    dropout: f64,
    rng: &mut Xoshiro256PlusPlus,
    device: &Device,
) -> (GradientsParams, f64) {
    over_shards(model, shards, rng, device, |model, (windows, weights), rng| {
        weighted_log_likelihood(model, windows, weights, &mut Dropout::of_share(dropout, rng))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critics::Excerpt;
    use crate::sequence::Alphabet;

    #[test]
    fn tokens_are_drawn_as_often_as_they_are_likely() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut counts = [0; 3];
        for _ in 0..10_000 {
            counts[draw(&mut [0.0, 2.0_f32.ln(), f32::NEG_INFINITY], &mut rng) as usize] += 1;
        }
        assert!(counts[2] == 0 && (3200..3470).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn the_better_sample_has_the_advantage_and_what_does_not_count_has_none() {
        let alphabet = Alphabet { tokens: 4, phases: 2 };
        let mut samples = Windows::new(3);
        for tokens in [[1, 2].as_slice(), &[1, 3, 2]] {
            samples.push(Excerpt::from(tokens), 0, 0, alphabet);
        }
        let advantages = advantages(&samples, &[0.0, 1.0, 9.0, 0.0, -1.0, 2.0], 0.5);
        assert!(advantages[0] > 0.0 && advantages[1] > advantages[0], "{advantages:?}");
        assert_eq!((advantages[0], advantages[2]), (-advantages[3], 0.0));
        // Alone at its place, a sample is as good as all of them.
        assert_eq!(advantages[5], 0.0);
    }
}
