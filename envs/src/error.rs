//! What can go wrong in an environment.

use gradus_music::MusicError;

use crate::{range::OutOfRange, rewards::Fault};

/// An environment's error.
#[derive(Debug, thiserror::Error)]
pub enum EnvError {
    /// An action that is not in the action space.
    #[error("action {action} is not in the action space {space} of `{env}`")]
    InvalidAction {
        /// The environment's name.
        env: &'static str,
        /// The action, printed.
        action: String,
        /// The space, printed.
        space: String,
    },
    /// An action that the mask rules out in this state.
    #[error("action {action} is masked at step {step} of `{env}`: choose among the legal ones of the action mask")]
    MaskedAction {
        /// The environment's name.
        env: &'static str,
        /// The action.
        action: u32,
        /// The step of the episode, from 0.
        step: usize,
    },
    /// A step after the episode's end.
    #[error("the episode of `{env}` is over: call reset before the next step")]
    EpisodeOver {
        /// The environment's name.
        env: &'static str,
    },
    /// A reward term that gave NaN or an infinity.
    #[error("reward term `{term}` gave {value} at step {step} of the piece {piece}")]
    NonFiniteReward {
        /// The term's name.
        term: String,
        /// What it gave.
        value: f32,
        /// The step, from 0.
        step: usize,
        /// The piece that caused it: its tokens, or its notes where it has none.
        piece: String,
    },
    /// A script that cannot be used as a reward term.
    #[error("reward script {0}")]
    Script(Fault),
    /// A script that failed as it judged.
    #[error("reward script {fault}; at step {step} of the piece {piece}")]
    ScriptStep {
        /// What is wrong, and where.
        fault: Fault,
        /// The step, from 0.
        step: usize,
        /// The piece: its tokens, or its notes where it has none.
        piece: String,
    },
    /// A setting that cannot be.
    #[error("{key}: {problem}; {remedy}")]
    Config {
        /// The setting, as its path in a config.
        key: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A snapshot that does not fit this environment.
    #[error("the snapshot does not belong to `{env}`: {reason}")]
    Snapshot {
        /// The environment's name.
        env: &'static str,
        /// Why.
        reason: String,
    },
    /// A critic that cannot go on from what was kept of it.
    #[error("critic {index} cannot go on learning: {reason}")]
    Critic {
        /// Its number among the environment's critics, from 0.
        index: usize,
        /// Why.
        reason: String,
    },
    /// An error of the music layer.
    #[error(transparent)]
    Music(#[from] MusicError),
}

impl EnvError {
    /// A [`EnvError::Config`] for the setting `key`.
    pub fn config(key: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Config { key: key.into(), problem: problem.into(), remedy: remedy.into() }
    }
}

impl From<OutOfRange> for EnvError {
    fn from(OutOfRange { key, problem, remedy }: OutOfRange) -> Self {
        Self::Config { key, problem, remedy }
    }
}
