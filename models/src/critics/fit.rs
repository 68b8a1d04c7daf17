//! Fitting a next-token network: minibatches of windows, validation after each epoch, early stopping.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use gradus_envs::range::{self, Range};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data::{TokenCorpus, TokenPiece, Windows};
use super::network::Network;
use super::next_token::Foresight;
use super::progress::{Counts, EarlyStopping, Epoch, FitState, Moment, Progress, Watch};
use crate::error::ModelError;
use crate::ops::categorical;
use crate::optim::{Adam, AdamConfig};
use crate::sequence::{Alphabet, Dropout, SequenceModel};
use crate::weights::{export, import};

/// Parts of a minibatch whose gradients are computed side by side, and added in order: a fixed number, so that the result
/// is the same on any number of threads.
pub(super) const SHARDS: usize = 2;

/// How a network is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct FitConfig {
    /// Passes over the training pieces, at most.
    #[schemars(transform = Range::at_least(1).at_most(1_000_000))]
    pub epochs: usize,
    /// It ends after so many epochs without a better validation loss.
    #[schemars(transform = Range::at_least(1).at_most(1_000_000))]
    pub patience: usize,
    /// Windows in a minibatch.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub batch: usize,
    /// Places of a window; the model's context if not given.
    #[schemars(transform = Range::at_least(1).at_most(65_536))]
    pub window: Option<usize>,
    /// Adam's step size at its highest.
    #[schemars(transform = Range::above(0).at_most(1))]
    pub learning_rate: f64,
    /// The share of all steps over which the step size rises; over the rest it falls to a tenth along a cosine.
    #[schemars(transform = Range::at_least(0).below(1))]
    pub warm_up: f64,
    /// The gradient's norm is cut to this.
    #[schemars(transform = Range::above(0).at_most(1e6))]
    pub max_gradient_norm: f64,
    /// Whether each window is moved by a random number of semitones, within the range of pitches.
    pub transpose: bool,
    /// How far at most, in semitones.
    #[schemars(transform = Range::at_least(0).at_most(127))]
    pub transpose_by: i32,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            epochs: 20,
            patience: 4,
            batch: 32,
            window: None,
            learning_rate: 2e-3,
            warm_up: 0.05,
            max_gradient_norm: 1.0,
            transpose: false,
            transpose_by: 6,
        }
    }
}

impl FitConfig {
    /// Says what is wrong with the config, if anything is.
    pub fn validate(&self) -> Result<(), ModelError> {
        Ok(range::check("fit", self)?)
    }

    /// The step size at a share of all steps.
    pub(super) fn learning_rate_at(&self, progress: f64) -> f64 {
        if progress < self.warm_up {
            return self.learning_rate * progress / self.warm_up;
        }
        let falling = (progress - self.warm_up) / (1.0 - self.warm_up);
        self.learning_rate * (0.55 + 0.45 * (std::f64::consts::PI * falling).cos())
    }
}

/// The optimizer's constants.
pub(super) const ADAM: AdamConfig = AdamConfig { epsilon: 1e-8, beta_1: 0.9, beta_2: 0.98 };

/// The names under which a state has the network as it is, the best so far, and what the optimizer remembers.
const MODEL: &str = "model";
const BEST: &str = "best";
const OPTIMIZER: &str = "adam";

/// Fits a network to the training pieces, from the beginning or from where an earlier fit was left, and leaves it as it
/// foresaw the validation pieces best.
pub(super) fn fit(
    network: &mut Network,
    corpus: &TokenCorpus,
    config: &FitConfig,
    rng: &mut Xoshiro256PlusPlus,
    from: Option<&FitState>,
    watch: &mut Watch<'_>,
) -> Result<(), ModelError> {
    config.validate()?;
    if corpus.train.is_empty() || corpus.validation.is_empty() {
        return Err(ModelError::TooFewPieces { train: corpus.train.len(), validation: corpus.validation.len() });
    }
    let device = Device::flex().autodiff();
    let length = config.window.unwrap_or_else(|| network.window()).min(network.window());
    let mut model = network.model.clone().train();
    let mut adam = ADAM.init();
    let (mut first, mut stopping) = (1, EarlyStopping::default());
    if let Some(FitState { counts, arrays }) = from {
        model = import(model, MODEL, arrays)?;
        adam = Adam::import(ADAM, &model, OPTIMIZER, arrays)?;
        network.model = import(network.model.clone(), BEST, arrays)?;
        (first, stopping, *rng) = (counts.epoch + 1, counts.stopping, counts.rng.clone());
    }
    for epoch in first..=config.epochs {
        if stopping.is_due(config.patience) {
            break;
        }
        let batches = minibatches(corpus, config, length, network.alphabet, rng);
        let (mut loss, mut tokens) = (0.0, 0.0);
        let count = batches.len();
        let mut learning_rate = 0.0;
        for (index, batch) in batches.into_iter().enumerate() {
            let progress = ((epoch - 1) as f64 + index as f64 / count as f64) / config.epochs as f64;
            learning_rate = config.learning_rate_at(progress);
            let dropout = network.dropout();
            let step = gradients(&model, &batch, dropout, rng, &device);
            if !step.loss.is_finite() {
                return Err(ModelError::Diverged { epoch, value: step.loss });
            }
            loss += step.loss * step.tokens;
            tokens += step.tokens;
            model = adam.step(model, step.gradients, learning_rate, Some(config.max_gradient_norm)).0;
            if watch(Moment::within(progress)) == Progress::Stop {
                return Ok(());
            }
        }
        let candidate = Network { model: model.valid(), ..network.clone() };
        let Some(validation) = Foresight::of(&candidate, &corpus.validation) else { break };
        let improved = stopping.improves(validation.log_loss);
        let mut arrays = export(&candidate.model, MODEL);
        arrays.extend(adam.export(&model, OPTIMIZER));
        if improved {
            *network = candidate;
        }
        arrays.extend(export(&network.model, BEST));
        let counts = Counts { epoch, reported: epoch, stopping, rng: rng.clone(), trial: None };
        let mut figures = vec![
            ("train/log-loss", loss / tokens),
            ("validation/log-loss", validation.log_loss),
            ("validation/accuracy", validation.accuracy),
            ("fit/learning-rate", learning_rate),
        ];
        figures.extend(validation.onset_accuracy.map(|share| ("validation/onset-accuracy", share)));
        let report = Epoch { epoch, figures, validation_loss: validation.log_loss, best: improved };
        let state = FitState { counts, arrays };
        let done = epoch as f64 / config.epochs as f64;
        if watch(Moment { done, epoch: Some(&report), state: Some(&state) }) == Progress::Stop {
            break;
        }
    }
    Ok(())
}

/// A stretch of a piece to learn from, and by how many semitones it is moved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<'a> {
    pub(super) piece: &'a TokenPiece,
    pub(super) start: usize,
    pub(super) semitones: i32,
}

impl Cut<'_> {
    /// The whole piece, moved.
    pub(super) fn tokens(&self, corpus: &TokenCorpus) -> Vec<u32> {
        self.piece.tokens.iter().map(|&token| corpus.moved(token, self.semitones)).collect()
    }
}

/// The stretches of an epoch: every piece once, cut at random places, in random order.
pub(super) fn cuts<'a>(
    corpus: &'a TokenCorpus,
    config: &FitConfig,
    length: usize,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<Cut<'a>> {
    let mut cuts = Vec::new();
    for piece in &corpus.train {
        // The first cut lies within the first window, so that places see all amounts of what was before; and one window
        // in each epoch begins the piece.
        let first = rng.random_range(0..length);
        let starts = std::iter::once(0)
            .chain((first..piece.tokens.len()).step_by(length))
            .filter(|start| *start != 0 || first != 0);
        let room = corpus.room(piece);
        for start in starts.take_while(|start| *start < piece.tokens.len()) {
            let semitones = if config.transpose {
                let by = config.transpose_by;
                rng.random_range((*room.start()).clamp(-by, 0)..=(*room.end()).clamp(0, by))
            } else {
                0
            };
            cuts.push(Cut { piece, start, semitones });
        }
    }
    cuts.shuffle(rng);
    cuts
}

/// All windows of an epoch, each minibatch in parts that are worked on side by side.
fn minibatches(
    corpus: &TokenCorpus,
    config: &FitConfig,
    length: usize,
    alphabet: Alphabet,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<Vec<Windows>> {
    let cuts = cuts(corpus, config, length, rng);
    cuts.chunks(config.batch)
        .map(|batch| {
            let shard = batch.len().div_ceil(SHARDS);
            batch
                .chunks(shard)
                .map(|shard| {
                    let mut windows = Windows::new(length);
                    for cut in shard {
                        windows.push(cut.tokens(corpus).as_slice().into(), cut.start, 0, alphabet);
                    }
                    windows
                })
                .collect()
        })
        .collect()
}

/// One minibatch's gradients.
struct Step {
    gradients: GradientsParams,
    /// The mean of -ln p.
    loss: f64,
    /// How many tokens counted.
    tokens: f64,
}

fn gradients(
    model: &SequenceModel,
    batch: &[Windows],
    dropout: f64,
    rng: &mut Xoshiro256PlusPlus,
    device: &Device,
) -> Step {
    let tokens = batch.iter().flat_map(|windows| &windows.counts).filter(|counts| **counts).count() as f64;
    let weigh = |windows: &Windows| -> Vec<f32> {
        windows.counts.iter().map(|&counts| if counts { -1.0 / tokens as f32 } else { 0.0 }).collect()
    };
    let batch: Vec<(&Windows, Vec<f32>)> = batch.iter().map(|windows| (windows, weigh(windows))).collect();
    let (gradients, loss) = over_shards(model, &batch, rng, device, |model, (windows, weights), rng| {
        weighted_log_likelihood(model, windows, weights, &mut Dropout::of_share(dropout, rng))
    });
    Step { gradients, loss, tokens }
}

/// The sum of ln p of what stands at each place, weighted, `[1]`.
pub(super) fn weighted_log_likelihood(
    model: &SequenceModel,
    windows: &Windows,
    weights: &[f32],
    dropout: &mut Dropout<'_>,
) -> Tensor<1> {
    let logits = model.forward(&windows.sequences, dropout);
    let device = logits.device();
    let log_p = categorical(logits, None, &windows.targets).log_prob;
    (log_p * Tensor::<1>::from_data(TensorData::new(weights.to_vec(), [weights.len()]), &device)).sum()
}

/// The gradients of a loss that is the sum over the parts of a minibatch, and the loss. The parts are worked on side by
/// side, each with a generator of its own, and added in order.
pub(super) fn over_shards<T: Sync>(
    model: &SequenceModel,
    shards: &[T],
    rng: &mut Xoshiro256PlusPlus,
    device: &Device,
    loss: impl Fn(&SequenceModel, &T, &mut Xoshiro256PlusPlus) -> Tensor<1> + Sync,
) -> (GradientsParams, f64) {
    let seeds: Vec<u64> = shards.iter().map(|_| rng.next_u64()).collect();
    let shards: Vec<(GradientsParams, f64)> = shards
        .par_iter()
        .zip(seeds)
        .map(|(shard, seed)| {
            let model = model.clone().fork(device);
            let loss = loss(&model, shard, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            (gradients, f64::from(loss.into_scalar::<f32>()))
        })
        .collect();
    let loss = shards.iter().map(|(_, loss)| loss).sum();
    let gradients = shards.into_iter().map(|(gradients, _)| gradients).reduce(|sum, next| added(sum, next, model));
    (gradients.unwrap_or_default(), loss)
}

/// The sum of two sets of gradients of one module.
fn added(left: GradientsParams, right: GradientsParams, model: &SequenceModel) -> GradientsParams {
    struct Adder {
        left: GradientsParams,
        right: GradientsParams,
        sum: GradientsParams,
    }

    impl ModuleVisitor for Adder {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let sum = match (self.left.remove::<D>(parameter.id), self.right.remove::<D>(parameter.id)) {
                (Some(left), Some(right)) => left + right,
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return,
            };
            self.sum.register(parameter.id, sum);
        }
    }

    let mut adder = Adder { left, right, sum: GradientsParams::default() };
    model.visit(&mut adder);
    adder.sum
}
