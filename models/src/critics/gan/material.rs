//! What the two learn from: real stretches of music, damaged ones, and samples.

use gradus_music::corruption::Corruption;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::discriminator::Labelled;
use crate::critics::TokenCorpus;
use crate::critics::data::Windows;
use crate::critics::fit::{Cut, SHARDS};

/// A minibatch of real stretches and those of them that were damaged.
pub(super) struct Material {
    /// The real ones.
    pub(super) real: Windows,
    /// Damaged ones, each where a real one stands; of their places count those that the damage altered.
    pub(super) damaged: Windows,
    /// The other real ones: samples that begin like them bring the unreal ones up to as many as the real ones.
    pub(super) unpaired: Windows,
}

impl Material {
    /// Of a minibatch, a `share` of which is damaged, in one of `ways` each. A damage that leaves a stretch as it was is
    /// none.
    pub(super) fn new(
        cuts: &[Cut<'_>],
        corpus: &TokenCorpus,
        length: usize,
        (share, ways): (f64, &[Corruption]),
        rng: &mut Xoshiro256PlusPlus,
    ) -> Self {
        let plans: Vec<(Option<Corruption>, u64)> = cuts
            .iter()
            .map(|_| (ways.choose(rng).copied().filter(|_| rng.random_bool(share)), rng.next_u64()))
            .collect();
        let window = |tokens: &[u32], start: usize| {
            let mut window = Windows::new(length);
            window.push(tokens.into(), start, 0, corpus.alphabet);
            window
        };
        let pairs: Vec<(Windows, Option<Windows>)> = cuts
            .par_iter()
            .zip(plans)
            .map(|(cut, (way, seed))| {
                let tokens = cut.tokens(corpus);
                let real = window(&tokens, cut.start);
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
                let damaged = way.and_then(|way| corpus.writing.corrupted(&tokens, way, &mut rng));
                let damaged = damaged.map(|tokens| {
                    let mut damaged = window(&tokens, cut.start);
                    let places = damaged.counts.iter_mut().zip(damaged.targets.iter().zip(&real.targets));
                    places.for_each(|(counts, (damaged, real))| *counts &= damaged != real);
                    damaged
                });
                (real, damaged.filter(|damaged| damaged.counted() > 0))
            })
            .collect();
        let mut material =
            Self { real: Windows::new(length), damaged: Windows::new(length), unpaired: Windows::new(length) };
        for (real, damaged) in pairs {
            material.real.extend(&real);
            match damaged {
                Some(damaged) => material.damaged.extend(&damaged),
                None => material.unpaired.extend(&real),
            }
        }
        material
    }

    /// What the discriminator learns from, in parts: the real ones, which it should take for real with the probability
    /// `real`, the damaged ones and `samples`, a share `noise` of the tokens of all of them replaced at random.
    pub(super) fn labelled(
        &self,
        samples: &[Windows],
        (real, noise): (f32, f64),
        tokens: usize,
        rng: &mut impl Rng,
    ) -> Vec<Labelled> {
        let mut made = Windows::new(self.real.sequences.length);
        for samples in samples {
            made.extend(samples);
        }
        // Real and unreal weigh alike, and so do damaged windows and samples, one for one.
        let damaged = 0.5 * self.damaged.len() as f32 / self.real.len().max(1) as f32;
        [(&self.real, real, 0.5), (&self.damaged, 0.0, damaged), (&made, 0.0, 0.5 - damaged)]
            .into_iter()
            .flat_map(|(windows, real, weight)| {
                let weight = weight / windows.counted().max(1) as f32;
                parts(windows).into_iter().map(move |windows| Labelled { windows, real, weight })
            })
            .map(|mut part| {
                disturb(&mut part.windows, noise, tokens, rng);
                part
            })
            .collect()
    }
}

/// The parts of some windows that are worked on side by side.
pub(super) fn parts(windows: &Windows) -> Vec<Windows> {
    let shard = windows.len().div_ceil(SHARDS).max(1);
    (0..windows.len()).step_by(shard).map(|first| windows.rows(first..(first + shard).min(windows.len()))).collect()
}

/// Replaces a `share` of the tokens by any of the alphabet.
fn disturb(windows: &mut Windows, share: f64, tokens: usize, rng: &mut impl Rng) {
    if share <= 0.0 {
        return;
    }
    for row in 0..windows.len() {
        for place in 0..windows.sequences.length {
            if rng.random_bool(share) {
                windows.write(row, place, rng.random_range(0..tokens as u32));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::Alphabet;

    #[test]
    fn disturbed_tokens_stand_before_the_next_place_too() {
        let mut windows = Windows::new(50);
        let tokens = vec![3; 90];
        for start in [0, 40] {
            windows.push(tokens.as_slice().into(), start, 0, Alphabet { tokens: 9, phases: 4 });
        }
        disturb(&mut windows, 0.3, 9, &mut Xoshiro256PlusPlus::seed_from_u64(2));
        let changed = windows.targets.iter().filter(|token| **token != 3).count();
        assert!((15..40).contains(&changed), "{changed} of 100");
        for (before, stands) in windows.sequences.tokens.chunks(50).zip(windows.targets.chunks(50)) {
            assert_eq!(before[1..], stands[..49]);
        }
    }
}
