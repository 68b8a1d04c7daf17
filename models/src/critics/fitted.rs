//! Fitted critics, by what they say of music.

use std::sync::Arc;

use super::{Excerpt, Judged, Network, NextToken, Target};
use crate::sequence::Alphabet;
use crate::weights::NamedArray;

/// A fitted critic.
#[derive(Clone)]
pub enum Critic {
    /// Says how likely each token is after those before it.
    NextToken(Arc<dyn NextToken>),
    /// Says whether a piece is real music.
    Discriminator(Arc<dyn Discriminator>),
    /// Says to which collection a piece belongs.
    Classifier(Arc<dyn Classifier>),
    /// Says a number of a piece.
    Regressor(Arc<dyn Regressor>),
}

/// A model that tells real music from what is not.
pub trait Discriminator: Send + Sync {
    /// What it reads.
    fn alphabet(&self) -> Alphabet;

    /// What each token of each piece adds to the log-odds that the piece is real; all pieces in one pass.
    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f32>>;

    /// Numbers that were fitted.
    fn parameters(&self) -> usize;

    /// What has to be kept of it.
    fn keep(&self) -> Vec<NamedArray>;

    /// The network that judges, if it is one that has an output for each token that might stand at a place, of which that
    /// of the token that does is the place's log-odds. Only such a discriminator can go on learning.
    fn network(&self) -> Option<&Network> {
        None
    }
}

impl dyn Discriminator {
    /// The probability of being real, from the log-odds.
    pub fn probability(log_odds: f64) -> f64 {
        1.0 / (1.0 + (-log_odds).exp())
    }
}

/// A model that says to which collection a piece belongs.
pub trait Classifier: Send + Sync {
    /// What it reads.
    fn alphabet(&self) -> Alphabet;

    /// The names of the collections.
    fn classes(&self) -> &[String];

    /// The probability of each collection for each piece; all pieces in one pass.
    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f64>>;

    /// Numbers that were fitted.
    fn parameters(&self) -> usize;

    /// What has to be kept of it.
    fn keep(&self) -> Vec<NamedArray>;
}

/// A model that says a number of a piece.
pub trait Regressor: Send + Sync {
    /// What it reads.
    fn alphabet(&self) -> Alphabet;

    /// What the number means.
    fn target(&self) -> Target;

    /// How many features of a piece it goes by.
    fn features(&self) -> usize;

    /// The number for each piece; all pieces in one pass.
    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<f64>;

    /// Numbers that were fitted.
    fn parameters(&self) -> usize;

    /// What has to be kept of it.
    fn keep(&self) -> Vec<NamedArray>;
}

impl Critic {
    /// What it reads.
    pub fn alphabet(&self) -> Alphabet {
        match self {
            Self::NextToken(model) => model.alphabet(),
            Self::Discriminator(model) => model.alphabet(),
            Self::Classifier(model) => model.alphabet(),
            Self::Regressor(model) => model.alphabet(),
        }
    }

    /// Numbers that were fitted.
    pub fn parameters(&self) -> usize {
        match self {
            Self::NextToken(model) => model.parameters(),
            Self::Discriminator(model) => model.parameters(),
            Self::Classifier(model) => model.parameters(),
            Self::Regressor(model) => model.parameters(),
        }
    }

    /// What has to be kept of it.
    pub fn keep(&self) -> Vec<NamedArray> {
        match self {
            Self::NextToken(model) => model.keep(),
            Self::Discriminator(model) => model.keep(),
            Self::Classifier(model) => model.keep(),
            Self::Regressor(model) => model.keep(),
        }
    }

    /// As a model of what comes next, if it is one.
    pub fn next_token(&self) -> Option<&Arc<dyn NextToken>> {
        match self {
            Self::NextToken(model) => Some(model),
            Self::Discriminator(_) | Self::Classifier(_) | Self::Regressor(_) => None,
        }
    }

    /// How real it finds each piece, the higher the more: the log-odds, or the mean of ln p a token; none if that is not what
    /// it was fitted for.
    pub fn realness(&self, pieces: &[Excerpt<'_>]) -> Option<Vec<f64>> {
        match self {
            Self::NextToken(model) => {
                let mean = |judged: Vec<Judged>| {
                    let total: f64 = judged.iter().map(|judged| f64::from(judged.log_p)).sum();
                    total / judged.len().max(1) as f64
                };
                Some(model.judge(pieces).into_iter().map(mean).collect())
            }
            Self::Discriminator(model) => {
                let total = |judged: Vec<f32>| judged.into_iter().map(f64::from).sum();
                Some(model.judge(pieces).into_iter().map(total).collect())
            }
            Self::Classifier(_) | Self::Regressor(_) => None,
        }
    }
}
