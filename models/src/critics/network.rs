//! Next-token critics that are networks.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::data::{Windows, cover};
use super::fit::fit;
use super::{Critic, Excerpt, FitConfig, FitState, Judged, NextToken, TokenCorpus, Watch};
use crate::blocks::host::elements;
use crate::error::ModelError;
use crate::ops::log_softmax;
use crate::sequence::{Alphabet, Dropout, SequenceConfig, SequenceModel, Stream};
use crate::weights::{NamedArray, export, import};

/// Windows that go through the network together when pieces are judged.
const BATCH: usize = 16;

/// Places of a window where the network sets no limit.
const UNLIMITED_WINDOW: usize = 256;

/// Fits a new network, or goes on with one.
pub(super) fn fit_new(
    config: &SequenceConfig,
    corpus: &TokenCorpus,
    settings: &FitConfig,
    seed: u64,
    from: Option<&FitState>,
    watch: &mut Watch<'_>,
) -> Result<Critic, ModelError> {
    config.validate().map_err(|error| error.within("network"))?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut network = Network::init(config, corpus.alphabet, &mut rng, &Device::flex());
    fit(&mut network, corpus, settings, &mut rng, from, watch)?;
    Ok(Critic::NextToken(Arc::new(network)))
}

/// The network of which `arrays` were kept.
pub(super) fn restore(
    config: &SequenceConfig,
    alphabet: Alphabet,
    arrays: &[NamedArray],
) -> Result<Critic, ModelError> {
    config.validate()?;
    let mut any = Xoshiro256PlusPlus::seed_from_u64(0);
    let mut network = Network::init(config, alphabet, &mut any, &Device::flex());
    network.model = import(network.model, "", arrays)?;
    Ok(Critic::NextToken(Arc::new(network)))
}

/// A network that says what comes next.
#[derive(Debug, Clone)]
pub struct Network {
    pub(super) config: SequenceConfig,
    pub(super) alphabet: Alphabet,
    pub(super) model: SequenceModel,
}

impl Network {
    /// The gain of the output layer: at first all tokens are about as likely.
    const HEAD_GAIN: f64 = 0.1;

    /// A network that has learned nothing.
    pub fn init(config: &SequenceConfig, alphabet: Alphabet, rng: &mut impl Rng, device: &Device) -> Self {
        let model = SequenceModel::init(config, alphabet, alphabet.tokens, Self::HEAD_GAIN, rng, device);
        Self { config: config.clone(), alphabet, model }
    }

    /// The network itself.
    pub fn model(&self) -> &SequenceModel {
        &self.model
    }

    /// Its shape.
    pub fn config(&self) -> &SequenceConfig {
        &self.config
    }

    /// The share that is left out while learning.
    pub(super) fn dropout(&self) -> f64 {
        match &self.config {
            SequenceConfig::Ffnn(_) => 0.0,
            SequenceConfig::Lstm(config) => config.dropout,
            SequenceConfig::Transformer(config) => config.dropout,
        }
    }

    /// How many places it is shown at once.
    pub(super) fn window(&self) -> usize {
        self.config.context().unwrap_or(UNLIMITED_WINDOW)
    }

    /// What `say` says of each place of each piece; it is shown windows and says something of each of their places.
    pub(super) fn each_place<T: Copy + Send>(
        &self,
        pieces: &[Excerpt<'_>],
        say: impl Fn(&SequenceModel, &Windows) -> Vec<T> + Sync,
    ) -> Vec<Vec<T>> {
        let longest = pieces.iter().map(|piece| piece.tokens.len()).max().unwrap_or(0);
        let length = self.window().min(longest).max(1);
        let mut batches = vec![Windows::new(length)];
        // The piece that each window belongs to, window after window.
        let mut owners = vec![Vec::new()];
        for (index, piece) in pieces.iter().enumerate() {
            for (start, looked_back) in cover(piece.tokens.len(), length) {
                if batches.last().is_some_and(|batch| batch.len() == BATCH) {
                    batches.push(Windows::new(length));
                    owners.push(Vec::new());
                }
                if let (Some(batch), Some(owners)) = (batches.last_mut(), owners.last_mut()) {
                    batch.push(*piece, start, looked_back, self.alphabet);
                    owners.push(index);
                }
            }
        }
        let judged: Vec<Vec<T>> = batches.par_iter().map(|windows| say(&self.model, windows)).collect();
        let mut by_piece: Vec<Vec<T>> = pieces.iter().map(|piece| Vec::with_capacity(piece.tokens.len())).collect();
        for ((windows, owners), judged) in batches.iter().zip(owners).zip(judged) {
            for ((owner, judged), counts) in owners.iter().zip(judged.chunks(length)).zip(windows.counts.chunks(length))
            {
                let counted = judged.iter().zip(counts).filter(|(_, counts)| **counts).map(|(judged, _)| *judged);
                by_piece[*owner].extend(counted);
            }
        }
        by_piece
    }
}

impl NextToken for Network {
    fn alphabet(&self) -> Alphabet {
        self.alphabet
    }

    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<Judged>> {
        self.each_place(pieces, judge_windows)
    }

    fn stream(&self, batch: usize) -> Box<dyn Stream> {
        Box::new(self.model.to_host(batch))
    }

    fn network(&self) -> Option<&Network> {
        Some(self)
    }

    fn parameters(&self) -> usize {
        self.model.num_params()
    }

    fn keep(&self) -> Vec<NamedArray> {
        export(&self.model, "")
    }
}

fn judge_windows(model: &SequenceModel, windows: &Windows) -> Vec<Judged> {
    if windows.targets.is_empty() {
        return Vec::new();
    }
    let log_p = log_softmax(model.forward(&windows.sequences, &mut Dropout::off()), None);
    let tokens = log_p.dims()[1];
    let log_p: Vec<f32> = elements(log_p);
    log_p
        .chunks_exact(tokens)
        .zip(&windows.targets)
        .map(|(row, &target)| {
            let log_p = row[target as usize];
            Judged { log_p, likeliest: row.iter().all(|other| *other <= log_p) }
        })
        .collect()
}
