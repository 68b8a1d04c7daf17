//! What a probe wants done: the right action, in an action space of any kind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    env::EnvSpec,
    error::EnvError,
    space::{Action, ActionBuffer, Space},
};

/// Which kind of action space a probe has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SpaceKind {
    /// One choice.
    #[default]
    Discrete,
    /// A choice in every dimension.
    MultiDiscrete,
    /// A real from -1 to 1 in every dimension.
    Box,
}

impl SpaceKind {
    /// The space with `choices` choices a dimension; `Discrete` has one dimension, whatever `dimensions` says.
    pub(super) fn space(self, choices: usize, dimensions: usize) -> Space {
        match self {
            Self::Discrete => Space::Discrete { n: choices },
            Self::MultiDiscrete => Space::MultiDiscrete { nvec: vec![choices; dimensions] },
            Self::Box => Space::uniform_box(-1.0, 1.0, dimensions),
        }
    }
}

/// The right action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Target(pub(super) ActionBuffer);

impl Target {
    /// A target in `space`: the first choice everywhere, the origin of a box.
    pub(super) fn for_space(space: &Space) -> Self {
        Self(ActionBuffer::for_space(space))
    }

    /// The right action for a sign: choice 1 for plus and 0 for minus, or half the sign in a box, everywhere.
    pub(super) fn point(&mut self, plus: bool) {
        match &mut self.0 {
            ActionBuffer::Discrete(choice) => *choice = u32::from(plus),
            ActionBuffer::MultiDiscrete(choices) => choices.fill(u32::from(plus)),
            ActionBuffer::Box(values) => values.fill(if plus { 0.5 } else { -0.5 }),
        }
    }

    /// How far `action` is off, 0 for the right one.
    ///
    /// With choices it is the share of dimensions with a wrong one, from 0 to 1. In a box it is the mean squared
    /// distance of the entries, clipped to the bounds: at most 4, and at most 2.25 from a target of [`Target::point`].
    pub(super) fn miss(&self, spec: &EnvSpec, action: Action<'_>) -> Result<f32, EnvError> {
        Ok(match &self.0 {
            ActionBuffer::Discrete(right) => f32::from(u8::from(spec.discrete(action)? != *right)),
            ActionBuffer::MultiDiscrete(right) => {
                let choices = spec.multi_discrete(action)?;
                choices.iter().zip(right).filter(|(choice, right)| choice != right).count() as f32 / right.len() as f32
            }
            ActionBuffer::Box(right) => {
                let values = spec.vector(action)?;
                let square = |(value, right): (&f32, &f32)| (value.clamp(-1.0, 1.0) - right).powi(2);
                values.iter().zip(right).map(square).sum::<f32>() / right.len() as f32
            }
        })
    }

    /// Whether it lies in `space`.
    pub(super) fn is_in(&self, space: &Space) -> bool {
        match (&self.0, space) {
            (ActionBuffer::Discrete(choice), Space::Discrete { n }) => (*choice as usize) < *n,
            (ActionBuffer::MultiDiscrete(choices), Space::MultiDiscrete { nvec }) => {
                choices.len() == nvec.len() && choices.iter().zip(nvec).all(|(&choice, &n)| (choice as usize) < n)
            }
            (ActionBuffer::Box(values), space) => space.contains_vector(values),
            _ => false,
        }
    }
}
