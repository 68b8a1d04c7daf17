//! Critics that say how likely each token is after those before it.

use serde::Serialize;

use super::Network;
use super::data::TokenPiece;
use crate::sequence::{Alphabet, Stream};
use crate::weights::NamedArray;

/// A model of what comes next.
pub trait NextToken: Send + Sync {
    /// What it reads and predicts.
    fn alphabet(&self) -> Alphabet;

    /// What it thinks of each token of each piece, given those before it; all pieces in one pass.
    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<Judged>>;

    /// It goes through `batch` pieces side by side, from place to place.
    fn stream(&self, batch: usize) -> Box<dyn Stream>;

    /// The network that it is, if it is one.
    fn network(&self) -> Option<&Network> {
        None
    }

    /// Numbers that were fitted.
    fn parameters(&self) -> usize;

    /// What has to be kept of it.
    fn keep(&self) -> Vec<NamedArray>;
}

/// Tokens of a piece, and perhaps some that were given before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// The tokens.
    pub tokens: &'a [u32],
    /// How many of them stand before the piece, which begins a bar.
    pub before: usize,
}

impl<'a> From<&'a [u32]> for Excerpt<'a> {
    fn from(tokens: &'a [u32]) -> Self {
        Self { tokens, before: 0 }
    }
}

/// What a model thinks of a token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// ln p(token | those before it), in nats.
    pub log_p: f32,
    /// Whether no other was more likely.
    pub likeliest: bool,
}

/// How well a model foresees pieces.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Foresight {
    /// The tokens judged.
    pub tokens: usize,
    /// The mean of -ln p, in nats a token.
    pub log_loss: f64,
    /// e to the log loss: among how many equally likely tokens it would be as lost.
    pub perplexity: f64,
    /// The share of the tokens that were the likeliest.
    pub accuracy: f64,
    /// The same among the tokens with which a note begins; none if there are none.
    pub onset_accuracy: Option<f64>,
}

impl Foresight {
    /// Of a model, over all tokens of some pieces; none without a token.
    pub fn of(model: &dyn NextToken, pieces: &[TokenPiece]) -> Option<Self> {
        let tokens: Vec<Excerpt<'_>> = pieces.iter().map(|piece| piece.tokens.as_slice().into()).collect();
        let judged = model.judge(&tokens);
        let onsets = pieces.iter().flat_map(|piece| &piece.onsets);
        let all = || judged.iter().flatten();
        let count = all().count();
        if count == 0 {
            return None;
        }
        let share = |hits: usize, of: usize| hits as f64 / of as f64;
        let log_loss = -all().map(|judged| f64::from(judged.log_p)).sum::<f64>() / count as f64;
        let at_onsets: Vec<bool> =
            all().zip(onsets).filter(|(_, onset)| **onset).map(|(judged, _)| judged.likeliest).collect();
        let hits = at_onsets.iter().filter(|likeliest| **likeliest).count();
        Some(Self {
            tokens: count,
            log_loss,
            perplexity: log_loss.exp(),
            accuracy: share(all().filter(|judged| judged.likeliest).count(), count),
            onset_accuracy: (!at_onsets.is_empty()).then(|| share(hits, at_onsets.len())),
        })
    }
}
