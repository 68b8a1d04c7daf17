//! Fitted critics, by what they say of music.

use std::sync::Arc;

use super::{Excerpt, Network, NextToken};
use crate::sequence::Alphabet;
use crate::weights::NamedArray;

/// A fitted critic.
#[derive(Clone)]
pub enum Critic {
    /// Says how likely each token is after those before it.
    NextToken(Arc<dyn NextToken>),
    /// Says whether a piece is real music.
    Discriminator(Arc<dyn Discriminator>),
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

impl Critic {
    /// What it reads.
    pub fn alphabet(&self) -> Alphabet {
        match self {
            Self::NextToken(model) => model.alphabet(),
            Self::Discriminator(model) => model.alphabet(),
        }
    }

    /// Numbers that were fitted.
    pub fn parameters(&self) -> usize {
        match self {
            Self::NextToken(model) => model.parameters(),
            Self::Discriminator(model) => model.parameters(),
        }
    }

    /// What has to be kept of it.
    pub fn keep(&self) -> Vec<NamedArray> {
        match self {
            Self::NextToken(model) => model.keep(),
            Self::Discriminator(model) => model.keep(),
        }
    }

    /// As a model of what comes next, if it is one.
    pub fn next_token(&self) -> Option<&Arc<dyn NextToken>> {
        match self {
            Self::NextToken(model) => Some(model),
            Self::Discriminator(_) => None,
        }
    }
}
