//! Reward critics: models that judge whole pieces, many at once, after they were composed.
//!
//! A reward changes no transition, so it may come late: an environment steps with the terms that it can compute itself,
//! and names its critics in [`Env::critics`](crate::Env::critics). Whoever collects experience lets [`LateRewards`] note
//! the pieces that end, and asks it once for all of them what each step earned besides.

mod late;

use std::{fmt::Debug, sync::Arc};

use dyn_clone::DynClone;
use gradus_music::Token;

use crate::{error::EnvError, rewards::CriticSettings, schedule::Schedule, setting::Setting};
pub use late::{CriticScales, LateRewards, LateShare};

/// A piece, or as much of it as there is, for a critic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage<'a> {
    /// What was given before the piece, which gets no scores.
    pub primer: &'a [Token],
    /// The piece.
    pub tokens: &'a [Token],
    /// Whether it is whole.
    pub finished: bool,
}

/// A model that judges pieces.
pub trait RewardCritic: DynClone + Send + Sync {
    /// A score for each token of each piece, all pieces in one pass.
    fn score(&self, pieces: &[Passage<'_>]) -> Vec<Vec<f32>>;

    /// Whether the score of a token depends on nothing that comes after it. Only then are unfinished pieces scored.
    fn is_causal(&self) -> bool;

    /// Learns from pieces that the agent has finished, after they were scored, and reports figures by name; most critics
    /// stay as they are.
    fn learn(&mut self, _: &[Passage<'_>]) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// The numbers that have changed since it was opened, because it learned; none if it never does.
    fn learned(&self) -> Vec<f32> {
        Vec::new()
    }

    /// Takes such numbers over; those of another critic are not.
    fn restore(&mut self, _: &[f32]) {}

    /// What it needs besides to go on learning as if it had never stopped; nothing if it never learns.
    fn suspend(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Goes on from there, or says what does not fit.
    fn resume(&mut self, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
}

dyn_clone::clone_trait_object!(RewardCritic);

/// A critic as a reward term.
#[derive(Clone)]
pub struct WeightedCritic {
    /// The term's place among the environment's.
    pub term: usize,
    /// How much it counts.
    pub weight: Schedule,
    /// Whether its judgement is only measured.
    pub eval_only: bool,
    /// Whether scores are brought to mean 0 and standard deviation 1 as they come.
    pub normalise: bool,
    /// The critic.
    pub critic: Box<dyn RewardCritic>,
}

/// Where critics are kept: environments know them by name only.
pub trait CriticShelf: Debug + Send + Sync {
    /// The critic that a reward term asks for, if it can judge pieces within `setting`.
    fn open(&self, settings: &CriticSettings, setting: &Setting) -> Result<Box<dyn RewardCritic>, EnvError>;
}

/// The shelf of those who have none.
#[derive(Debug, Default)]
pub(crate) struct EmptyShelf;

impl CriticShelf for EmptyShelf {
    fn open(&self, settings: &CriticSettings, _: &Setting) -> Result<Box<dyn RewardCritic>, EnvError> {
        let problem = format!("there are no critics here, and {} is asked for", settings.model.display());
        Err(EnvError::config("reward.critic.model", problem, "give the library a shelf of critics"))
    }
}

/// A shelf shared by all who hold it.
pub(crate) type SharedShelf = Arc<dyn CriticShelf>;
