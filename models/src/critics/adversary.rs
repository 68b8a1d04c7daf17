//! A discriminator that goes on learning, against the pieces of an agent.

use std::collections::VecDeque;
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Device;
use gradus_envs::{range, rewards::Adversarial};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::data::{TokenPiece, Windows, cover};
use super::{Discriminator, Excerpt, Network, gan};
use crate::error::ModelError;
use crate::optim::{Adam, AdamConfig};
use crate::weights::{NamedArray, export, from_safetensors, import, to_safetensors};

/// The gradient's norm is cut to this.
const MAX_GRADIENT_NORM: f64 = 1.0;

/// A discriminator, the real music that it knows, and the pieces that it has not learned from yet.
#[derive(Clone)]
pub struct Adversary {
    settings: Adversarial,
    network: Network,
    adam: Adam,
    rng: Xoshiro256PlusPlus,
    real: Arc<[TokenPiece]>,
    /// Each with the number of tokens that were given.
    heard: VecDeque<(Vec<u32>, usize)>,
}

/// What of its state is neither weights nor moments.
#[derive(Serialize, Deserialize)]
struct Pending {
    rng: Xoshiro256PlusPlus,
    heard: VecDeque<(Vec<u32>, usize)>,
}

impl Adversary {
    /// A discriminator that will tell an agent's pieces from stretches of the `real` ones, from where it was fitted.
    pub fn new(model: &dyn Discriminator, settings: Adversarial, real: Vec<TokenPiece>) -> Result<Self, ModelError> {
        range::check("adversarial", &settings)?;
        if real.is_empty() {
            return Err(ModelError::Music { reason: "there is no real piece to learn from".to_owned() });
        }
        let network = model.network().ok_or_else(|| ModelError::Music {
            reason: "this discriminator cannot go on learning: only that of a `gan` can".to_owned(),
        })?;
        Ok(Self {
            settings,
            network: network.clone(),
            adam: AdamConfig { epsilon: 1e-8, ..AdamConfig::default() }.init(),
            rng: Xoshiro256PlusPlus::seed_from_u64(settings.seed),
            real: real.into(),
            heard: VecDeque::new(),
        })
    }

    /// What each token adds to the log-odds.
    pub(super) fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f32>> {
        gan::judge(&self.network, pieces)
    }

    /// Keeps a piece of the agent, the first `given` tokens of which are not its own, to learn from it.
    pub(super) fn hear(&mut self, tokens: Vec<u32>, given: usize) {
        self.heard.push_back((tokens, given));
    }

    /// Takes a step for each full batch of pieces, and reports the mean loss and the share of pieces, real and not, that
    /// it told right before.
    pub(super) fn learn(&mut self) -> Vec<(&'static str, f64)> {
        let (mut steps, mut loss, mut right) = (0.0, 0.0, 0.0);
        while self.heard.len() >= self.settings.batch {
            let made: Vec<(Vec<u32>, usize)> = self.heard.drain(..self.settings.batch).collect();
            let real: Vec<(Vec<u32>, usize)> =
                made.iter().map(|(tokens, given)| (self.stretch(tokens.len(), *given), *given)).collect();
            right += f64::midpoint(self.share_told(&real, true), self.share_told(&made, false));
            loss += self.step(&real, &made);
            steps += 1.0;
        }
        if steps == 0.0 {
            return Vec::new();
        }
        vec![("critic/discriminator-loss", loss / steps), ("critic/discriminator-accuracy", right / steps)]
    }

    /// Real music as long as a piece, or as the one drawn lasts, that begins a bar after the `given` tokens.
    fn stretch(&mut self, length: usize, given: usize) -> Vec<u32> {
        let Some(piece) = self.real.choose(&mut self.rng) else { return Vec::new() };
        let phases = self.network.alphabet.phases;
        let first = (phases - given % phases) % phases;
        let bars = piece.tokens.len().saturating_sub(first + length) / phases;
        let start = (first + phases * self.rng.random_range(0..=bars)).min(piece.tokens.len());
        piece.tokens[start..].iter().copied().take(length).collect()
    }

    fn share_told(&self, pieces: &[(Vec<u32>, usize)], real: bool) -> f64 {
        let excerpts: Vec<Excerpt<'_>> =
            pieces.iter().map(|(tokens, given)| Excerpt { tokens, before: *given }).collect();
        let judged = self.judge(&excerpts);
        let right = judged.iter().filter(|shares| (shares.iter().sum::<f32>() > 0.0) == real).count();
        right as f64 / pieces.len() as f64
    }

    /// A step; its loss.
    fn step(&mut self, real: &[(Vec<u32>, usize)], made: &[(Vec<u32>, usize)]) -> f64 {
        let longest = real.iter().chain(made).map(|(tokens, _)| tokens.len()).max().unwrap_or(0);
        let length = self.network.window().min(longest).max(1);
        let windows = |pieces: &[(Vec<u32>, usize)]| -> Windows {
            let mut windows = Windows::new(length);
            for (tokens, given) in pieces {
                for (start, looked_back) in cover(tokens.len(), length) {
                    let looked_back = looked_back.max(given.saturating_sub(start)).min(length);
                    let excerpt = Excerpt { tokens, before: *given };
                    windows.push(excerpt, start, looked_back, self.network.alphabet);
                }
            }
            windows
        };
        let labelled = |pieces: &[(Vec<u32>, usize)], real: f32| {
            let windows = windows(pieces);
            gan::Labelled { real, weight: 0.5 / windows.counted().max(1) as f32, windows }
        };
        let shards = [labelled(real, 1.0 - self.settings.label_smoothing), labelled(made, 0.0)];
        let model = self.network.model.clone().train();
        let device = Device::flex().autodiff();
        let (gradients, loss) = gan::gradients(&model, &shards, self.network.dropout(), &mut self.rng, &device);
        if loss.is_finite() {
            let stepped = self.adam.step(model, gradients, self.settings.learning_rate, Some(MAX_GRADIENT_NORM)).0;
            self.network.model = stepped.valid();
        }
        loss
    }

    /// The weights as they are now, one after the other.
    pub(super) fn learned(&self) -> Vec<f32> {
        export(&self.network.model, "").into_iter().flat_map(|array| array.values).collect()
    }

    /// What it needs to go on learning besides its weights: what the optimizer remembers, its generator, and the pieces
    /// that it has not learned from yet.
    pub(super) fn suspend(&self) -> Vec<u8> {
        let note = Pending { rng: self.rng.clone(), heard: self.heard.clone() };
        let note = serde_json::to_string(&note).expect("plain data are written as JSON");
        to_safetensors(&self.adam.export(&self.network.model, ""), &note).expect("arrays of f32 have a format")
    }

    /// Goes on from there.
    pub(super) fn resume(&mut self, state: &[u8]) -> Result<(), ModelError> {
        let (arrays, note) = from_safetensors(state)?;
        let unreadable = |error: serde_json::Error| ModelError::Format { reason: error.to_string() };
        let Pending { rng, heard } = serde_json::from_str(&note).map_err(unreadable)?;
        self.adam = Adam::import(self.adam.config(), &self.network.model, "", &arrays)?;
        (self.rng, self.heard) = (rng, heard);
        Ok(())
    }

    /// Takes over such weights; as many as another network's are not taken.
    pub(super) fn restore(&mut self, learned: &[f32]) {
        if learned.len() != self.network.model.num_params() {
            return;
        }
        let mut left = learned;
        let arrays: Vec<NamedArray> = export(&self.network.model, "")
            .into_iter()
            .map(|array| {
                let (values, rest) = left.split_at(array.values.len());
                left = rest;
                NamedArray { values: values.to_vec(), ..array }
            })
            .collect();
        if let Ok(model) = import(self.network.model.clone(), "", &arrays) {
            self.network.model = model;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critics::Labels;
    use crate::sequence::{Alphabet, LstmConfig, SequenceConfig};

    const ALPHABET: Alphabet = Alphabet { tokens: 8, phases: 4 };

    /// Has an LSTM that has learned nothing.
    struct Fresh(Network);

    impl Fresh {
        fn new() -> Self {
            let config = SequenceConfig::Lstm(LstmConfig { layers: 1, units: 12, dropout: 0.0 });
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
            Self(Network::init(&config, ALPHABET, &mut rng, &Device::flex()))
        }
    }

    impl Discriminator for Fresh {
        fn alphabet(&self) -> Alphabet {
            ALPHABET
        }

        fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f32>> {
            gan::judge(&self.0, pieces)
        }

        fn parameters(&self) -> usize {
            0
        }

        fn keep(&self) -> Vec<NamedArray> {
            Vec::new()
        }

        fn network(&self) -> Option<&Network> {
            Some(&self.0)
        }
    }

    fn adversary() -> Adversary {
        let tokens: Vec<u32> = (0..64).map(|place| 2 + place % 4).collect();
        let piece =
            TokenPiece { name: "tune".to_owned(), onsets: vec![true; tokens.len()], labels: Labels::default(), tokens };
        let settings = Adversarial { learning_rate: 1e-2, batch: 4, ..Adversarial::default() };
        Adversary::new(&Fresh::new(), settings, vec![piece]).unwrap()
    }

    /// Lets it hear pieces of sixes, two given tokens each.
    fn play(adversary: &mut Adversary, pieces: usize) -> Vec<(&'static str, f64)> {
        (0..pieces).for_each(|_| adversary.hear(vec![6; 18], 2));
        adversary.learn()
    }

    #[test]
    fn it_learns_to_tell_an_agents_pieces_and_reports_it() {
        let mut adversary = adversary();
        assert!(play(&mut adversary, 3).is_empty(), "three pieces are no batch of four");
        let first = play(&mut adversary, 1)[0].1;
        let last = play(&mut adversary, 120);
        let [(_, loss), (name, accuracy)] = last[..] else { panic!("{last:?}") };
        assert!(loss < first && name == "critic/discriminator-accuracy" && accuracy > 0.8, "{first} {last:?}");
        let real: Vec<u32> = (0..16).map(|place| 2 + place % 4).collect();
        let judged = adversary.judge(&[real.as_slice().into(), [6; 16].as_slice().into()]);
        assert!(judged[0].iter().sum::<f32>() > 0.5 && judged[1].iter().sum::<f32>() < -0.5, "{judged:?}");
    }

    #[test]
    fn what_it_has_learned_can_be_taken_over_and_one_seed_learns_one_thing() {
        let (mut one, mut two, mut fresh) = (adversary(), adversary(), adversary());
        assert_eq!(play(&mut one, 9), play(&mut two, 9));
        assert!(one.learned() == two.learned() && one.learned() != fresh.learned());
        fresh.restore(&one.learned()[1..]);
        assert_ne!(one.learned(), fresh.learned());
        fresh.restore(&one.learned());
        assert_eq!(one.learned(), fresh.learned());
    }

    #[test]
    fn it_goes_on_learning_as_if_it_had_never_stopped() {
        let (mut whole, mut first, mut second) = (adversary(), adversary(), adversary());
        play(&mut whole, 6);
        play(&mut first, 6);
        second.restore(&first.learned());
        second.resume(&first.suspend()).unwrap();
        assert_eq!(play(&mut whole, 7), play(&mut second, 7));
        assert_eq!(whole.learned(), second.learned());
        assert!(second.resume(b"nothing").is_err());
    }

    #[test]
    fn real_stretches_begin_a_bar_after_what_is_given() {
        let mut adversary = adversary();
        for given in 0..4 {
            let stretch = adversary.stretch(10, given);
            assert_eq!((stretch.len(), stretch[given]), (10, 2), "{given}: {stretch:?}");
        }
    }

    #[test]
    fn settings_that_make_no_step_are_refused_by_name() {
        let wrong = [
            (Adversarial { batch: 0, ..Adversarial::default() }, "batch"),
            (Adversarial { learning_rate: f64::NAN, ..Adversarial::default() }, "learning-rate"),
            (Adversarial { label_smoothing: 1.0, ..Adversarial::default() }, "label-smoothing"),
        ];
        let piece = TokenPiece { name: String::new(), tokens: vec![2], onsets: vec![true], labels: Labels::default() };
        for (settings, name) in wrong {
            let error = Adversary::new(&Fresh::new(), settings, vec![piece.clone()]).err().unwrap().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
