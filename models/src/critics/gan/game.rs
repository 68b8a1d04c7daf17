//! The rounds of the game: a step of the discriminator, a step of the generator, minibatch after minibatch.

use std::collections::HashSet;

use burn::module::Module;
use burn::tensor::Device;
use gradus_envs::range::{self, Range};
use gradus_music::Grid;
use gradus_music::corruption::{Corruption, Share};
use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::material::{Material, parts};
use super::trial::Trial;
use super::{Gan, discriminator, generator};
use crate::critics::data::Windows;
use crate::critics::fit::{ADAM, Cut, cuts, fit};
use crate::critics::progress::{Counts, EarlyStopping};
use crate::critics::{
    Discriminator, Epoch, FitConfig, FitState, Foresight, Moment, Network, Progress, TokenCorpus, Watch,
};
use crate::error::ModelError;
use crate::optim::Adam;
use crate::sequence::SequenceModel;
use crate::weights::{NamedArray, export, import};

/// How generator and discriminator play against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Game {
    /// Passes over the training pieces in which the generator learns by maximum likelihood, before the game.
    #[schemars(transform = Range::at_least(0).at_most(1_000_000))]
    pub pretraining_epochs: usize,
    /// Of what is not real, the share that is damaged real music; the rest are samples.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub corrupted_share: f64,
    /// The ways of damaging it; one that stands here twice is drawn twice as often.
    pub corruptions: Vec<Corruption>,
    /// By how much less than 1 the probability is with which real music should be taken for real.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub label_smoothing: f64,
    /// The share of all tokens, real or not, that is replaced at random for the discriminator at first; it falls to 0
    /// over the first half of the epochs.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub noise: f64,
    /// The highest step size of the generator in the game.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub generator_learning_rate: f64,
    /// The weight of the likelihood of real music in the generator's loss, beside the policy gradient's 1.
    #[schemars(transform = Range::at_least(0).at_most(1e6))]
    pub likelihood_weight: f64,
    /// By what factor a place's reward counts less for the token a place before.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub discount: f64,
}

impl Default for Game {
    fn default() -> Self {
        let (share, grid) = (Share::default(), Grid::default());
        let wrong = Corruption::WrongNotes { share };
        Self {
            pretraining_epochs: 5,
            corrupted_share: 0.5,
            corruptions: vec![
                wrong,
                wrong,
                wrong,
                Corruption::ShiftedRhythm { share, grid },
                Corruption::ShuffledBars,
                Corruption::Reversed,
                Corruption::RandomInKey,
                Corruption::RandomOutOfKey,
                Corruption::HeldNote,
                Corruption::RepeatedNote,
                Corruption::Trill,
            ],
            label_smoothing: 0.1,
            noise: 0.01,
            generator_learning_rate: 2e-4,
            likelihood_weight: 0.5,
            discount: 0.9,
        }
    }
}

/// One of the two while it learns.
struct Player {
    model: SequenceModel,
    adam: Adam,
    dropout: f64,
    loss: Mean,
}

/// A running mean.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Game {
    pub(super) fn validate(&self) -> Result<(), ModelError> {
        range::check("game", self)?;
        if self.corrupted_share > 0.0 && self.corruptions.is_empty() {
            let problem = "there is no way of damaging music";
            return Err(ModelError::config("game.corruptions", problem, "name one, or give `corrupted-share = 0`"));
        }
        Ok(())
    }

    /// Pre-trains the generator, plays, and leaves both networks as the discriminator judged the validation pieces best;
    /// all this from the beginning, or from where an earlier game was left.
    pub(super) fn play(
        &self,
        gan: &mut Gan,
        config: &FitConfig,
        corpus: &TokenCorpus,
        rng: &mut Xoshiro256PlusPlus,
        from: Option<&FitState>,
        watch: &mut Watch<'_>,
    ) -> Result<(), ModelError> {
        self.validate()?;
        config.validate()?;
        if corpus.train.is_empty() || corpus.validation.is_empty() {
            return Err(ModelError::TooFewPieces { train: corpus.train.len(), validation: corpus.validation.len() });
        }
        let rounds = (self.pretraining_epochs + config.epochs) as f64;
        let (pretraining, game) = match from {
            Some(state) if state.counts.trial.is_some() => (None, Some(state)),
            state => (state, None),
        };
        if game.is_none() && self.pretrain(gan, config, corpus, rng, pretraining, watch)? == Progress::Stop {
            return Ok(());
        }
        if gan.discriminator.config == gan.generator.config {
            gan.discriminator.model = gan.generator.model.clone();
        }
        let length = gan.generator.window().min(gan.discriminator.window());
        let length = config.window.unwrap_or(length).min(length);
        let seed = game.and_then(|state| state.counts.trial).unwrap_or_else(|| rng.next_u64());
        let trial = Trial::new(corpus, seed);
        let mut players = [Player::new(&gan.generator), Player::new(&gan.discriminator)];
        let (mut first, mut stopping) = (1, EarlyStopping::default());
        if let Some(FitState { counts, arrays }) = game {
            for (player, name) in players.iter_mut().zip(PLAYERS) {
                player.restore(name, arrays)?;
            }
            gan.restore(arrays)?;
            (first, stopping, *rng) = (counts.epoch + 1, counts.stopping, counts.rng.clone());
        }
        for epoch in first..=config.epochs {
            if stopping.is_due(config.patience) {
                break;
            }
            for player in &mut players {
                player.loss = Mean::default();
            }
            let mut samples = HashSet::new();
            let (mut drawn, mut learning_rate) = (0, 0.0);
            let cuts = cuts(corpus, config, length, rng);
            for (index, batch) in cuts.chunks(config.batch).enumerate() {
                let done = (index * config.batch) as f64 / cuts.len() as f64;
                let progress = ((epoch - 1) as f64 + done) / config.epochs as f64;
                learning_rate = config.learning_rate_at(progress);
                let made = self.round(&mut players, batch, corpus, (config, length, progress), rng);
                if let Some(value) = players.iter().map(|player| player.loss.mean()).find(|mean| !mean.is_finite()) {
                    return Err(ModelError::Diverged { epoch, value });
                }
                for sample in made.iter().flat_map(|samples| samples.targets.chunks(length)) {
                    drawn += 1;
                    samples.insert(sample.to_vec());
                }
                let epochs = (self.pretraining_epochs + epoch - 1) as f64;
                if watch(Moment::within((epochs + done) / rounds)) == Progress::Stop {
                    return Ok(());
                }
            }
            let [generator, discriminator] = &players;
            let candidate = Gan {
                generator: Network { model: generator.model.valid(), ..gan.generator.clone() },
                discriminator: Network { model: discriminator.model.valid(), ..gan.discriminator.clone() },
            };
            let outcome = trial.of(&candidate);
            let mut figures = vec![
                ("train/generator-loss", generator.loss.mean()),
                ("train/discriminator-loss", discriminator.loss.mean()),
                ("train/distinct", samples.len() as f64 / f64::from(drawn.max(1))),
                ("validation/discriminator-loss", outcome.loss),
                ("validation/discriminator-accuracy", outcome.accuracy),
                ("validation/auc", outcome.auc),
                ("validation/auc-of-samples", outcome.auc_of_samples),
            ];
            if let Some(foresight) = Foresight::of(&candidate.generator, &corpus.validation) {
                figures.push(("validation/log-loss", foresight.log_loss));
            }
            figures.push(("learning-rate", learning_rate));
            let improved = stopping.improves(outcome.loss);
            if improved {
                *gan = candidate;
            }
            let mut arrays = gan.keep();
            for (player, name) in players.iter().zip(PLAYERS) {
                player.keep(name, &mut arrays);
            }
            let counts = Counts { epoch, reported: epoch, stopping, rng: rng.clone(), trial: Some(seed) };
            let state = FitState { counts, arrays };
            let report = Epoch { epoch, figures, validation_loss: outcome.loss, best: improved };
            let done = (self.pretraining_epochs + epoch) as f64 / rounds;
            if watch(Moment { done, epoch: Some(&report), state: Some(&state) }) == Progress::Stop {
                break;
            }
        }
        Ok(())
    }

    /// The generator's learning by maximum likelihood; whether to go on. Its epochs are kept and not reported.
    fn pretrain(
        &self,
        gan: &mut Gan,
        config: &FitConfig,
        corpus: &TokenCorpus,
        rng: &mut Xoshiro256PlusPlus,
        from: Option<&FitState>,
        watch: &mut Watch<'_>,
    ) -> Result<Progress, ModelError> {
        let epochs = self.pretraining_epochs;
        if epochs == 0 {
            return Ok(Progress::Continue);
        }
        let share = epochs as f64 / (epochs + config.epochs) as f64;
        let config = FitConfig { epochs, patience: epochs, ..config.clone() };
        let mut progress = Progress::Continue;
        fit(&mut gan.generator, corpus, &config, rng, from, &mut |Moment { done, state, .. }| {
            let state =
                state.cloned().map(|state| FitState { counts: Counts { reported: 0, ..state.counts }, ..state });
            progress = watch(Moment { done: share * done, epoch: None, state: state.as_ref() });
            progress
        })?;
        Ok(progress)
    }

    /// A step of the discriminator, and one of the generator with what it wrote before; that is returned.
    fn round(
        &self,
        [generator, discriminator]: &mut [Player; 2],
        batch: &[Cut<'_>],
        corpus: &TokenCorpus,
        (config, length, progress): (&FitConfig, usize, f64),
        rng: &mut Xoshiro256PlusPlus,
    ) -> Vec<Windows> {
        let device = Device::flex().autodiff();
        let clip = Some(config.max_gradient_norm);
        let material = Material::new(batch, corpus, length, (self.corrupted_share, &self.corruptions), rng);
        let samples = generator::sample(&generator.model.valid(), &material.unpaired, rng);

        let noise = self.noise * (1.0 - 2.0 * progress).max(0.0);
        let real = 1.0 - self.label_smoothing as f32;
        let labelled = material.labelled(&samples, (real, noise), corpus.alphabet.tokens, rng);
        let judge = discriminator.model.valid();
        let (gradients, loss) =
            discriminator::gradients(&discriminator.model, &labelled, discriminator.dropout, rng, &device);
        discriminator.step(gradients, loss, config.learning_rate_at(progress), clip);

        let mut shards: Vec<(Windows, Vec<f32>)> = parts(&material.real)
            .into_iter()
            .map(|windows| {
                let counted = material.real.counted() as f32;
                let weight = -self.likelihood_weight as f32 / counted;
                let weights = windows.counts.iter().map(|&counts| if counts { weight } else { 0.0 }).collect();
                (windows, weights)
            })
            .collect();
        let mut all = Windows::new(length);
        for samples in &samples {
            all.extend(samples);
        }
        if !all.targets.is_empty() {
            let counted = all.counted().max(1) as f32;
            let logits: Vec<f32> =
                samples.iter().flat_map(|samples| discriminator::place_logits(&judge, samples)).collect();
            let mut weights = generator::advantages(&all, &logits, self.discount as f32);
            for weight in &mut weights {
                *weight /= -counted;
            }
            let mut first = 0;
            for part in &samples {
                shards.push((part.clone(), weights[first..first + part.targets.len()].to_vec()));
                first += part.targets.len();
            }
        }
        let (gradients, loss) = generator::gradients(&generator.model, &shards, generator.dropout, rng, &device);
        let rate = self.generator_learning_rate * config.learning_rate_at(progress) / config.learning_rate;
        generator.step(gradients, loss, rate, clip);
        samples
    }
}

/// Under which names a state has what the players are, beside the best so far.
const PLAYERS: [&str; 2] = ["players.generator", "players.discriminator"];

impl Player {
    fn new(network: &Network) -> Self {
        Self {
            model: network.model.clone().train(),
            adam: ADAM.init(),
            dropout: network.dropout(),
            loss: Mean::default(),
        }
    }

    fn keep(&self, name: &str, arrays: &mut Vec<NamedArray>) {
        arrays.extend(export(&self.model, name));
        arrays.extend(self.adam.export(&self.model, &format!("{name}.adam")));
    }

    fn restore(&mut self, name: &str, arrays: &[NamedArray]) -> Result<(), ModelError> {
        self.model = import(self.model.clone(), name, arrays)?;
        self.adam = Adam::import(ADAM, &self.model, &format!("{name}.adam"), arrays)?;
        Ok(())
    }

    fn step(&mut self, gradients: burn::optim::GradientsParams, loss: f64, learning_rate: f64, clip: Option<f64>) {
        self.loss.sum += loss;
        self.loss.count += 1.0;
        self.model = self.adam.step(self.model.clone(), gradients, learning_rate, clip).0;
    }
}

impl Mean {
    fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }
}
