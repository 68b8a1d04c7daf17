//! The n-gram model as a critic: the yardstick of all that say what comes next.
//!
//! **Says** how likely each token is after the `order - 1` before it. Interpolated: p(t | c) = direct(t | c) + left(c) p(t | c'),
//! where c' is the context c without its oldest token, and below the empty context lies the uniform distribution.
//! **Fitted** by counting, once; nothing is random, and there are no epochs.
//! **Blind to** all that lies further back: a repeat of four bars is a surprise to it.
//! **Source**: Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling"; `smoothing` names its own.

use std::sync::Arc;

use gradus_envs::{range::Range, registry::Registered};
use gradus_music::{NGram, NGramConfig, Smoothing, Token};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Critic, Excerpt, FitCritic, FitState, Judged, NextToken, TokenCorpus, Watch};
use crate::error::ModelError;
use crate::sequence::{Alphabet, Stream};
use crate::weights::NamedArray;

/// Settings of `markov`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How many tokens an n-gram has, the predicted one included: 1 to 8.
    #[schemars(transform = Range::at_least(1).at_most(8))]
    pub order: usize,
    /// How the shorter contexts have their say.
    pub smoothing: Smoothing,
}

impl Default for Config {
    fn default() -> Self {
        let NGramConfig { order, smoothing } = NGramConfig::default();
        Self { order, smoothing }
    }
}

impl Registered for Config {
    const NAME: &'static str = "markov";
    const SUMMARY: &'static str = "an n-gram model: what followed the last few tokens in the corpus";
}

impl FitCritic for Config {
    /// It has no epochs, so it always begins at the beginning.
    fn fit_from(
        &self,
        corpus: &TokenCorpus,
        _: u64,
        _: Option<&FitState>,
        _: &mut Watch<'_>,
    ) -> Result<Critic, ModelError> {
        let pieces: Vec<Vec<Token>> = corpus.train.iter().map(|piece| melody(&piece.tokens)).collect();
        let config = NGramConfig { order: self.order, smoothing: self.smoothing };
        let model = NGram::fit(pieces.iter().map(Vec::as_slice), corpus.alphabet.tokens, &config)?;
        Ok(Critic::NextToken(Arc::new(Markov { model: Arc::new(model), alphabet: corpus.alphabet })))
    }

    fn restore(&self, alphabet: Alphabet, arrays: &[NamedArray]) -> Result<Critic, ModelError> {
        let entries = (0..self.order).map(|level| {
            Ok([unpacked(arrays, &format!("level-{level}.seen"))?, unpacked(arrays, &format!("level-{level}.left"))?])
        });
        let model = NGram::from_entries(alphabet.tokens, entries.collect::<Result<_, ModelError>>()?)?;
        Ok(Critic::NextToken(Arc::new(Markov { model: Arc::new(model), alphabet })))
    }
}

/// An n-gram model of tokens.
struct Markov {
    model: Arc<NGram>,
    alphabet: Alphabet,
}

/// Pieces that an n-gram model follows.
struct MarkovStream {
    model: Arc<NGram>,
    alphabet: Alphabet,
    pieces: Vec<Vec<Token>>,
}

impl Stream for MarkovStream {
    fn outputs(&self) -> usize {
        self.alphabet.tokens
    }

    fn reset(&mut self, row: usize) {
        self.pieces[row].clear();
    }

    fn step(&mut self, tokens: &[u32], _: &[u32], active: &[bool], outputs: &mut [f32]) {
        let rows = self.pieces.iter_mut().zip(tokens).zip(outputs.chunks_exact_mut(self.alphabet.tokens)).zip(active);
        for (((piece, &token), outputs), _) in rows.filter(|(_, active)| **active) {
            if token != self.alphabet.start() {
                piece.push(Token(token as u8));
            }
            for (token, output) in outputs.iter_mut().enumerate() {
                *output = self.model.log_probability(piece, Token(token as u8));
            }
        }
    }
}

impl NextToken for Markov {
    fn alphabet(&self) -> Alphabet {
        self.alphabet
    }

    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<Judged>> {
        pieces.par_iter().map(|piece| self.judge_piece(&melody(piece.tokens))).collect()
    }

    fn stream(&self, batch: usize) -> Box<dyn Stream> {
        Box::new(MarkovStream { model: self.model.clone(), alphabet: self.alphabet, pieces: vec![Vec::new(); batch] })
    }

    fn parameters(&self) -> usize {
        self.model.entries().iter().flatten().map(Vec::len).sum()
    }

    fn keep(&self) -> Vec<NamedArray> {
        let levels = self.model.entries().into_iter().enumerate();
        levels
            .flat_map(|(level, [seen, left])| {
                [packed(format!("level-{level}.seen"), &seen), packed(format!("level-{level}.left"), &left)]
            })
            .collect()
    }
}

impl Markov {
    fn judge_piece(&self, piece: &[Token]) -> Vec<Judged> {
        let at = |place: usize| {
            let log_p = |token: usize| self.model.log_probability(&piece[..place], Token(token as u8));
            let own = log_p(piece[place].index());
            Judged { log_p: own, likeliest: (0..self.alphabet.tokens).all(|token| log_p(token) <= own) }
        };
        (0..piece.len()).map(at).collect()
    }
}

fn melody(tokens: &[u32]) -> Vec<Token> {
    tokens.iter().map(|&token| Token(token as u8)).collect()
}

/// Entries as rows of five numbers: an entry's key in four parts of 16 bits, the highest first, and its value.
fn packed(name: String, entries: &[(u64, f32)]) -> NamedArray {
    let row = |&(key, value): &(u64, f32)| {
        let part = |shift: u32| f32::from((key >> shift) as u16);
        [part(48), part(32), part(16), part(0), value]
    };
    NamedArray { name, shape: vec![entries.len(), 5], values: entries.iter().flat_map(row).collect() }
}

fn unpacked(arrays: &[NamedArray], name: &str) -> Result<Vec<(u64, f32)>, ModelError> {
    let missing = || ModelError::MissingTensor { name: name.to_owned(), count: arrays.len() };
    let array = arrays.iter().find(|array| array.name == name).ok_or_else(missing)?;
    let (rows, _) = array.values.as_chunks::<5>();
    let entry = |[a, b, c, d, value]: &[f32; 5]| {
        ([a, b, c, d].into_iter().fold(0, |key, part| key << 16 | *part as u64), *value)
    };
    Ok(rows.iter().map(entry).collect())
}
