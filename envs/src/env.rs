//! The environment: the contract between whoever writes pieces and whatever judges them.

use dyn_clone::DynClone;
use gradus_music::{Score, Token};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    critic::WeightedCritic,
    error::EnvError,
    setting::Setting,
    space::{Action, Space},
};

/// What an environment is, known before its first step.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvSpec {
    /// The name in the registry.
    pub name: &'static str,
    /// Where actions come from.
    pub action_space: Space,
    /// Where observations lie; always a [`Space::Box`].
    pub observation_space: Space,
    /// The names of the reward terms, in the order of [`Env::shares`].
    pub terms: Vec<String>,
    /// The number of steps after which an episode ends at the latest.
    pub max_episode_steps: usize,
}

impl EnvSpec {
    /// The choice that `action` makes in a discrete space, or the error that it makes none.
    pub fn discrete(&self, action: Action<'_>) -> Result<u32, EnvError> {
        match (action, &self.action_space) {
            (Action::Discrete(choice), Space::Discrete { n }) if (choice as usize) < *n => Ok(choice),
            _ => Err(self.invalid(action)),
        }
    }

    /// The choices that `action` makes in a multi-discrete space, or the error that it makes none.
    pub fn multi_discrete<'a>(&self, action: Action<'a>) -> Result<&'a [u32], EnvError> {
        match (action, &self.action_space) {
            (Action::MultiDiscrete(choices), Space::MultiDiscrete { nvec })
                if choices.len() == nvec.len()
                    && choices.iter().zip(nvec).all(|(&choice, &n)| (choice as usize) < n) =>
            {
                Ok(choices)
            }
            _ => Err(self.invalid(action)),
        }
    }

    /// The vector that `action` is in a box, or the error that it is none. It may lie outside the bounds: what
    /// happens then is up to the environment.
    pub fn vector<'a>(&self, action: Action<'a>) -> Result<&'a [f32], EnvError> {
        match (action, &self.action_space) {
            (Action::Box(values), Space::Box { low, .. })
                if values.len() == low.len() && values.iter().all(|value| value.is_finite()) =>
            {
                Ok(values)
            }
            _ => Err(self.invalid(action)),
        }
    }

    fn invalid(&self, action: Action<'_>) -> EnvError {
        EnvError::InvalidAction { env: self.name, action: format!("{action:?}"), space: self.action_space.to_string() }
    }
}

/// What one step brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The sum of the terms' shares.
    pub reward: f32,
    /// The episode came to its end: a finished piece, a fallen pole.
    pub terminated: bool,
    /// The episode was cut off by a limit of time; what would have come is still worth something.
    pub truncated: bool,
}

/// An environment in which an agent composes, step by step.
///
/// Object-safe. After construction, [`Env::reset`], [`Env::step`], [`Env::observe`] and
/// [`Env::action_mask`] allocate nothing, unless [`Env::allocates`] says so; the buffers belong to the caller.
pub trait Env: DynClone + Send {
    /// Its spaces and terms.
    fn spec(&self) -> &EnvSpec;

    /// Begins an episode. With a seed the environment's own stream starts anew from it; without, it goes on.
    fn reset(&mut self, seed: Option<u64>);

    /// Takes an action.
    fn step(&mut self, action: Action<'_>) -> Result<Step, EnvError>;

    /// Writes the observation: as many entries as `observation_space` has.
    fn observe(&self, observation: &mut [f32]);

    /// Writes which choices are legal now: [`Space::mask_size`] entries. All are, unless an environment says otherwise.
    fn action_mask(&self, mask: &mut [bool]) {
        mask.fill(true);
    }

    /// Each reward term's weighted share of the last step's reward, in the order of the spec's `terms`.
    fn shares(&self) -> &[f32] {
        &[]
    }

    /// The episode's actions so far as tokens, where the environment speaks in tokens.
    fn tokens(&self) -> &[Token] {
        &[]
    }

    /// What was given before the piece, as tokens.
    fn primer(&self) -> &[Token] {
        &[]
    }

    /// Whether a step may allocate, as a reward term that is a script does.
    fn allocates(&self) -> bool {
        false
    }

    /// The critics that judge a piece once it is there.
    fn critics(&self) -> &[WeightedCritic] {
        &[]
    }

    /// The frame in which the piece is composed, where the environment speaks in tokens.
    fn setting(&self) -> Option<&Setting> {
        None
    }

    /// The piece so far, where the environment composes one.
    fn score(&self) -> Option<Score> {
        None
    }

    /// Tells how much of the training is done, from 0 to 1, for whatever is scheduled over it.
    fn set_progress(&mut self, _progress: f32) {}

    /// The whole state, so that [`Env::restore`] continues exactly here.
    fn snapshot(&self) -> Snapshot;

    /// Returns to a state that this environment, or a twin with the same config, was in.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), EnvError>;
}

dyn_clone::clone_trait_object!(Env);

/// An environment's state, opaque and serialisable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot(Vec<u8>);

impl Snapshot {
    /// Keeps `state`.
    ///
    /// # Panics
    /// If the state holds what [postcard](https://docs.rs/postcard) cannot write; plain data it can.
    pub fn of<S: Serialize>(state: &S) -> Self {
        Self(postcard::to_allocvec(state).expect("a state of plain data serialises"))
    }

    /// As bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// From its bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The state kept, for the environment `env`.
    pub fn state<S: DeserializeOwned>(&self, env: &'static str) -> Result<S, EnvError> {
        postcard::from_bytes(&self.0).map_err(|error| EnvError::Snapshot { env, reason: error.to_string() })
    }
}
