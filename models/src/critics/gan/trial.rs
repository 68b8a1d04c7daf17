//! How well a discriminator tells validation pieces from what is none.

use gradus_music::corruption::{Corruption, Share};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::Gan;
use super::discriminator::place_logits;
use super::generator::sample;
use crate::critics::data::Windows;
use crate::critics::{Excerpt, TokenCorpus};
use crate::evaluation::auc;

/// The pieces of a trial: real ones, and the same with wrong notes.
pub(super) struct Trial {
    real: Vec<Vec<u32>>,
    wrong: Vec<Vec<u32>>,
    /// Where these differ.
    altered: Vec<Vec<bool>>,
    seed: u64,
}

/// What a trial brought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// The mean binary cross entropy of a place: half real pieces, a quarter what wrong notes
    /// altered, a quarter samples.
    pub(super) loss: f64,
    /// The share of pieces on whose right side the mean log-odds lie, weighted likewise.
    pub(super) accuracy: f64,
    /// The probability that a real piece is found more real than one with wrong notes.
    pub(super) auc: f64,
    /// The same for a sample.
    pub(super) auc_of_samples: f64,
}

impl Trial {
    /// Of the validation pieces, a quarter of whose notes goes wrong.
    pub(super) fn new(corpus: &TokenCorpus, seed: u64) -> Self {
        let real: Vec<Vec<u32>> = corpus.validation.iter().map(|piece| piece.tokens.clone()).collect();
        let way = Corruption::WrongNotes { share: Share::default() };
        let damaged = |(index, tokens): (usize, &Vec<u32>)| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_add(index as u64));
            corpus.writing.corrupted(tokens, way, &mut rng).filter(|damaged| damaged != tokens)
        };
        let differences = |(index, tokens): (usize, &Vec<u32>)| {
            let damaged = damaged((index, tokens))?;
            let altered = damaged.iter().zip(tokens).map(|(damaged, real)| damaged != real).collect();
            Some((damaged, altered))
        };
        let (wrong, altered) = real.par_iter().enumerate().filter_map(differences).unzip();
        Self { real, wrong, altered, seed }
    }

    /// Of both networks; samples are as long as the generator can see.
    pub(super) fn of(&self, gan: &Gan) -> Outcome {
        let samples = self.samples(gan);
        let [real, wrong, samples] = [&self.real, &self.wrong, &samples].map(|pieces| {
            let pieces: Vec<Excerpt<'_>> =
                pieces.iter().filter(|tokens| !tokens.is_empty()).map(|tokens| tokens.as_slice().into()).collect();
            gan.discriminator.each_place(&pieces, place_logits)
        });
        let altered: Vec<Vec<f32>> = wrong
            .iter()
            .zip(&self.altered)
            .map(|(logits, altered)| logits.iter().zip(altered).filter(|x| *x.1).map(|x| *x.0).collect())
            .collect();
        let (loss, accuracy) = (
            [cross_entropy(&real, true), cross_entropy(&altered, false), cross_entropy(&samples, false)],
            [right_share(&real, true), right_share(&wrong, false), right_share(&samples, false)],
        );
        let weighted = |[real, wrong, samples]: [f64; 3]| 0.5 * real + 0.25 * (wrong + samples);
        let [real, wrong, samples] =
            [real, wrong, samples].map(|pieces| pieces.iter().map(|logits| mean(logits)).collect::<Vec<f64>>());
        Outcome {
            loss: weighted(loss),
            accuracy: weighted(accuracy),
            auc: area_under_curve(&real, &wrong),
            auc_of_samples: area_under_curve(&real, &samples),
        }
    }

    /// As many as real pieces, as long as these as far as the generator can see.
    fn samples(&self, gan: &Gan) -> Vec<Vec<u32>> {
        let longest = self.real.iter().map(Vec::len).max().unwrap_or(0);
        let mut like = Windows::new(gan.generator.window().min(longest).max(1));
        for tokens in &self.real {
            like.push(tokens.as_slice().into(), 0, 0, gan.generator.alphabet);
        }
        let samples = sample(&gan.generator.model, &like, &mut Xoshiro256PlusPlus::seed_from_u64(self.seed));
        let counted = |windows: &Windows| -> Vec<Vec<u32>> {
            let rows = windows.targets.chunks(windows.sequences.length);
            let rows = rows.zip(windows.counts.chunks(windows.sequences.length));
            rows.map(|(tokens, counts)| tokens.iter().zip(counts).filter(|x| *x.1).map(|x| *x.0).collect()).collect()
        };
        samples.iter().flat_map(counted).collect()
    }
}

fn cross_entropy(pieces: &[Vec<f32>], real: bool) -> f64 {
    let sign = if real { -1.0 } else { 1.0 };
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let places = pieces.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    pieces.iter().flatten().map(|logit| softplus(sign * f64::from(*logit))).sum::<f64>() / places
}

fn right_share(pieces: &[Vec<f32>], real: bool) -> f64 {
    pieces.iter().filter(|logits| (mean(logits) > 0.0) == real).count() as f64 / pieces.len().max(1) as f64
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len().max(1) as f64
}

/// How likely a real piece is found more real than another, half where they are equal; a half if there are none.
fn area_under_curve(real: &[f64], others: &[f64]) -> f64 {
    let real = real.iter().map(|score| (true, *score));
    let examples: Vec<_> = real.chain(others.iter().map(|score| (false, *score))).collect();
    auc(&examples).unwrap_or(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_knows_nothing_loses_ln_2() {
        let loss = cross_entropy(&[vec![0.0, 0.0], vec![0.0]], true);
        assert!((loss - std::f64::consts::LN_2).abs() < 1e-12, "{loss}");
        assert!(cross_entropy(&[vec![3.0]], true) < cross_entropy(&[vec![3.0]], false));
    }
}
