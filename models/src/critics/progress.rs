//! How far a fit is, and what it needs to go on after it was stopped.

use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::weights::{NamedArray, from_safetensors, to_safetensors};

/// What an epoch brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: usize,
    /// Its figures by name, as they stand in the metrics.
    pub figures: Vec<(&'static str, f64)>,
    /// By what the best epoch is chosen: the lower the better.
    pub validation_loss: f64,
    /// Whether no epoch before was better.
    pub best: bool,
}

/// Whether to go on after an epoch, or within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Go on.
    Continue,
    /// Stop; the best weights so far stand.
    Stop,
}

/// A moment of a fit: the end of a minibatch, or of an epoch.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The share of the epochs done, 0 to 1.
    pub done: f64,
    /// The epoch that ended, if one did and has something to report.
    pub epoch: Option<&'a Epoch>,
    /// From where the fit can go on later, if an epoch ended.
    pub state: Option<&'a FitState>,
}

impl Moment<'_> {
    /// Within an epoch.
    pub(super) fn within(done: f64) -> Self {
        Self { done, epoch: None, state: None }
    }
}

/// Hears of each minibatch and of each epoch.
pub type Watch<'a> = dyn FnMut(Moment<'_>) -> Progress + 'a;

/// All that a fit needs to go on after an epoch as if it had never stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct FitState {
    pub(super) counts: Counts,
    pub(super) arrays: Vec<NamedArray>,
}

/// What of a fit's state is not an array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Epochs done.
    pub(super) epoch: usize,
    /// Of these, those that were reported.
    pub(super) reported: usize,
    pub(super) stopping: EarlyStopping,
    pub(super) rng: Xoshiro256PlusPlus,
    /// The seed of a game's trial; none while there is no game.
    pub(super) trial: Option<u64>,
}

impl FitState {
    /// Epochs that were reported.
    pub fn reported(&self) -> usize {
        self.counts.reported
    }

    /// The bytes of a file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let counts = serde_json::to_string(&self.counts).map_err(|error| unreadable(&error))?;
        to_safetensors(&self.arrays, &counts)
    }

    /// Reads a file's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let (arrays, counts) = from_safetensors(bytes)?;
        Ok(Self { counts: serde_json::from_str(&counts).map_err(|error| unreadable(&error))?, arrays })
    }
}

fn unreadable(error: &serde_json::Error) -> ModelError {
    ModelError::Format { reason: error.to_string() }
}

/// Ends a fit whose validation loss has not fallen for some epochs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct EarlyStopping {
    /// The least validation loss so far.
    best: Option<f64>,
    /// Epochs since then.
    worse: usize,
}

impl EarlyStopping {
    /// Notes the loss of an epoch; whether no epoch before was better.
    pub(super) fn improves(&mut self, loss: f64) -> bool {
        let improved = self.best.is_none_or(|best| loss < best);
        (self.best, self.worse) = if improved { (Some(loss), 0) } else { (self.best, self.worse + 1) };
        improved
    }

    /// Whether so many epochs have brought nothing.
    pub(super) fn is_due(self, patience: usize) -> bool {
        self.worse >= patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_stops_after_as_many_worse_epochs_as_it_has_patience() {
        let mut stopping = EarlyStopping::default();
        assert!(stopping.improves(2.0) && stopping.improves(1.0));
        assert!(!stopping.improves(1.0) && !stopping.is_due(2));
        assert!(!stopping.improves(1.5) && stopping.is_due(2));
        assert!(stopping.improves(0.5) && !stopping.is_due(1));
    }
}
