//! Spaces: the sets that actions and observations come from.

use std::fmt;

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::seeding::Generator;

/// The set of valid actions or observations, with Gymnasium's names.
#[derive(Clone, Debug, PartialEq)]
pub enum Space {
    /// One of `0..n`.
    Discrete {
        /// How many values there are.
        n: usize,
    },
    /// One of `0..nvec[i]` in every dimension `i`.
    MultiDiscrete {
        /// How many values each dimension has.
        nvec: Vec<usize>,
    },
    /// A vector of reals within bounds.
    Box {
        /// The smallest value of each dimension.
        low: Vec<f32>,
        /// The largest value of each dimension.
        high: Vec<f32>,
    },
}

impl Space {
    /// A box with the same bounds in each of its `size` dimensions.
    pub fn uniform_box(low: f32, high: f32, size: usize) -> Self {
        Self::Box { low: vec![low; size], high: vec![high; size] }
    }

    /// Entries in one flat sample: 1 for `Discrete`, the number of dimensions otherwise.
    pub fn size(&self) -> usize {
        match self {
            Self::Discrete { .. } => 1,
            Self::MultiDiscrete { nvec } => nvec.len(),
            Self::Box { low, .. } => low.len(),
        }
    }

    /// Entries of the action mask: one for each discrete choice, all dimensions in a row; 0 for a box.
    pub fn mask_size(&self) -> usize {
        match self {
            Self::Discrete { n } => *n,
            Self::MultiDiscrete { nvec } => nvec.iter().sum(),
            Self::Box { .. } => 0,
        }
    }

    /// Whether a vector of reals lies in this space (never, for a discrete one).
    pub fn contains_vector(&self, values: &[f32]) -> bool {
        match self {
            Self::Box { low, high } => {
                values.len() == low.len() && values.iter().zip(low.iter().zip(high)).all(|(v, (l, h))| l <= v && v <= h)
            }
            _ => false,
        }
    }

    /// Draws an action uniformly from the legal ones into `action`.
    ///
    /// `mask` has [`Space::mask_size`] entries; a dimension without a legal choice yields 0.
    ///
    /// # Panics
    /// If `action` is a buffer for another kind of space.
    pub fn sample(&self, mask: &[bool], generator: &mut Generator, action: &mut ActionBuffer) {
        match (self, action) {
            (Self::Discrete { .. }, ActionBuffer::Discrete(choice)) => {
                *choice = sample_legal(mask, generator);
            }
            (Self::MultiDiscrete { nvec }, ActionBuffer::MultiDiscrete(choices)) => {
                let mut offset = 0;
                for (choice, &n) in choices.iter_mut().zip(nvec) {
                    *choice = sample_legal(&mask[offset..offset + n], generator);
                    offset += n;
                }
            }
            (Self::Box { low, high }, ActionBuffer::Box(values)) => {
                for (value, (&low, &high)) in values.iter_mut().zip(low.iter().zip(high)) {
                    *value = generator.random_range(low..=high);
                }
            }
            (space, action) => {
                panic!("an action buffer for {action:?} cannot hold a sample of {space}")
            }
        }
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Discrete { n } => write!(f, "Discrete({n})"),
            Self::MultiDiscrete { nvec } => write!(f, "MultiDiscrete({nvec:?})"),
            Self::Box { low, high } => {
                let uniform = |bounds: &[f32]| bounds.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq());
                match (low.first(), high.first()) {
                    (Some(l), Some(h)) if uniform(low) && uniform(high) => {
                        write!(f, "Box({l}, {h}, [{}])", low.len())
                    }
                    _ => write!(f, "Box({low:?}, {high:?})"),
                }
            }
        }
    }
}

fn sample_legal(mask: &[bool], generator: &mut Generator) -> u32 {
    let legal = mask.iter().filter(|&&legal| legal).count();
    if legal == 0 {
        return 0;
    }
    let nth = generator.random_range(0..legal);
    mask.iter().enumerate().filter(|(_, legal)| **legal).nth(nth).map_or(0, |(index, _)| index as u32)
}

/// One action, borrowed, in the shape of its space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action<'a> {
    /// A choice from [`Space::Discrete`].
    Discrete(u32),
    /// A choice a dimension from [`Space::MultiDiscrete`].
    MultiDiscrete(&'a [u32]),
    /// A vector from [`Space::Box`].
    Box(&'a [f32]),
}

impl Action<'_> {
    /// The choice in every dimension; none for a vector.
    pub(crate) fn choices(&self) -> &[u32] {
        match self {
            Self::Discrete(choice) => std::slice::from_ref(choice),
            Self::MultiDiscrete(choices) => choices,
            Self::Box(_) => &[],
        }
    }
}

/// One action, owned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ActionBuffer {
    /// A choice from [`Space::Discrete`].
    Discrete(u32),
    /// A choice a dimension from [`Space::MultiDiscrete`].
    MultiDiscrete(Vec<u32>),
    /// A vector from [`Space::Box`].
    Box(Vec<f32>),
}

impl ActionBuffer {
    /// A buffer for one action of `space`.
    pub fn for_space(space: &Space) -> Self {
        match space {
            Space::Discrete { .. } => Self::Discrete(0),
            Space::MultiDiscrete { nvec } => Self::MultiDiscrete(vec![0; nvec.len()]),
            Space::Box { low, .. } => Self::Box(vec![0.0; low.len()]),
        }
    }

    /// The action held.
    pub fn as_action(&self) -> Action<'_> {
        match self {
            Self::Discrete(choice) => Action::Discrete(*choice),
            Self::MultiDiscrete(choices) => Action::MultiDiscrete(choices),
            Self::Box(values) => Action::Box(values),
        }
    }

    /// The choice in every dimension; none for a vector.
    pub(crate) fn choices(&self) -> &[u32] {
        match self {
            Self::Discrete(choice) => std::slice::from_ref(choice),
            Self::MultiDiscrete(choices) => choices,
            Self::Box(_) => &[],
        }
    }
}

/// The actions of a batch of environments, one after the other.
#[derive(Clone, Copy, Debug)]
pub enum Actions<'a> {
    /// One choice an environment.
    Discrete(&'a [u32]),
    /// `dimensions` choices an environment.
    MultiDiscrete {
        /// All choices, environment by environment.
        choices: &'a [u32],
        /// Choices an environment.
        dimensions: usize,
    },
    /// `dimensions` reals an environment.
    Box {
        /// All values, environment by environment.
        values: &'a [f32],
        /// Values an environment.
        dimensions: usize,
    },
}

impl<'a> Actions<'a> {
    /// The action of environment `index`.
    pub fn get(&self, index: usize) -> Action<'a> {
        let range = |dimensions: usize| index * dimensions..(index + 1) * dimensions;
        match *self {
            Self::Discrete(choices) => Action::Discrete(choices[index]),
            Self::MultiDiscrete { choices, dimensions } => Action::MultiDiscrete(&choices[range(dimensions)]),
            Self::Box { values, dimensions } => Action::Box(&values[range(dimensions)]),
        }
    }
}

/// Actions of one space in a row, owned: a batch of environments, or a whole rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionBatch {
    kind: Kind,
    dimensions: usize,
    choices: Vec<u32>,
    reals: Vec<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Discrete,
    MultiDiscrete,
    Box,
}

impl ActionBatch {
    /// Room for `n` actions of `space`.
    pub fn for_space(space: &Space, n: usize) -> Self {
        let kind = match space {
            Space::Discrete { .. } => Kind::Discrete,
            Space::MultiDiscrete { .. } => Kind::MultiDiscrete,
            Space::Box { .. } => Kind::Box,
        };
        let dimensions = space.size();
        let (choices, reals) = if kind == Kind::Box { (0, n * dimensions) } else { (n * dimensions, 0) };
        Self { kind, dimensions, choices: vec![0; choices], reals: vec![0.0; reals] }
    }

    /// Entries of one action.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The actions held.
    pub fn as_actions(&self) -> Actions<'_> {
        let dimensions = self.dimensions;
        match self.kind {
            Kind::Discrete => Actions::Discrete(&self.choices),
            Kind::MultiDiscrete => Actions::MultiDiscrete { choices: &self.choices, dimensions },
            Kind::Box => Actions::Box { values: &self.reals, dimensions },
        }
    }

    /// All choices, `[actions × dimensions]`; none for a box.
    pub fn choices(&self) -> &[u32] {
        &self.choices
    }

    /// The same, to be changed.
    pub fn choices_mut(&mut self) -> &mut [u32] {
        &mut self.choices
    }

    /// All vectors, `[actions × dimensions]`; none for discrete spaces.
    pub fn reals(&self) -> &[f32] {
        &self.reals
    }

    /// The same, to be changed.
    pub fn reals_mut(&mut self) -> &mut [f32] {
        &mut self.reals
    }

    /// Writes one action.
    ///
    /// # Panics
    /// If it has another shape.
    pub fn set(&mut self, index: usize, action: Action<'_>) {
        let range = index * self.dimensions..(index + 1) * self.dimensions;
        match action {
            Action::Discrete(choice) => self.choices[index] = choice,
            Action::MultiDiscrete(choices) => self.choices[range].copy_from_slice(choices),
            Action::Box(values) => self.reals[range].copy_from_slice(values),
        }
    }

    /// Writes all of `other` from action `start` on.
    ///
    /// # Panics
    /// If there is not so much room.
    pub fn write(&mut self, start: usize, other: &Self) {
        fn at<T: Copy>(target: &mut [T], start: usize, source: &[T]) {
            if !source.is_empty() {
                target[start..start + source.len()].copy_from_slice(source);
            }
        }
        at(&mut self.choices, start * self.dimensions, &other.choices);
        at(&mut self.reals, start * self.dimensions, &other.reals);
    }

    /// Forgets its actions and copies those of `other` at `indices`.
    pub fn gather(&mut self, other: &Self, indices: &[u32]) {
        fn rows<T: Copy>(target: &mut Vec<T>, source: &[T], width: usize, indices: &[u32]) {
            target.clear();
            if !source.is_empty() {
                for &index in indices {
                    target.extend_from_slice(&source[index as usize * width..(index as usize + 1) * width]);
                }
            }
        }
        rows(&mut self.choices, &other.choices, self.dimensions, indices);
        rows(&mut self.reals, &other.reals, self.dimensions, indices);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeding::{Role, stream};

    #[test]
    fn sampling_draws_legal_choices_only_and_all_of_them() {
        let space = Space::Discrete { n: 5 };
        let mask = [false, true, false, true, true];
        let mut generator = stream(1, Role::Policy, 0);
        let mut action = ActionBuffer::for_space(&space);
        let mut seen = [0; 5];
        for _ in 0..300 {
            space.sample(&mask, &mut generator, &mut action);
            let ActionBuffer::Discrete(choice) = action else { unreachable!() };
            seen[choice as usize] += 1;
        }
        assert_eq!((seen[0], seen[2]), (0, 0));
        assert!([1, 3, 4].iter().all(|&choice| seen[choice] > 60), "{seen:?}");
    }

    #[test]
    fn a_box_contains_its_bounds_and_nothing_beyond() {
        let space = Space::uniform_box(-1.0, 1.0, 2);
        assert!(space.contains_vector(&[-1.0, 1.0]));
        assert!(!space.contains_vector(&[0.0, 1.1]));
        assert!(!space.contains_vector(&[0.0]));
        assert!(!space.contains_vector(&[f32::NAN, 0.0]));
    }
}
