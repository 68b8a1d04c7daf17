//! Which actions an agent takes.

use gradus_envs::{Actions, Space};
use serde::{Deserialize, Serialize};

/// Bins that the values of a continuous dimension are counted in.
const BINS: usize = 32;

/// How often each action was taken, a dimension at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionHistogram {
    /// Of each dimension of the action space; one of a discrete space.
    pub dimensions: Vec<ActionCounts>,
}

/// How often the actions of one dimension were taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionCounts {
    /// The lowest value: 0 where there are choices.
    pub low: f64,
    /// The highest value; the number of choices where there are such.
    pub high: f64,
    /// Of each choice, or of equal parts of the range.
    pub counts: Vec<u64>,
}

impl ActionHistogram {
    /// Of actions from a space; none yet.
    pub fn of(space: &Space) -> Self {
        let choices = |n: usize| ActionCounts { low: 0.0, high: n as f64, counts: vec![0; n] };
        let range = |(low, high): (&f32, &f32)| ActionCounts {
            low: f64::from(*low),
            high: f64::from(*high),
            counts: vec![0; BINS],
        };
        let dimensions = match space {
            Space::Discrete { n } => vec![choices(*n)],
            Space::MultiDiscrete { nvec } => nvec.iter().map(|n| choices(*n)).collect(),
            Space::Box { low, high } => low.iter().zip(high).map(range).collect(),
        };
        Self { dimensions }
    }

    /// Counts a batch of actions, of which there are as many in a row as the space has dimensions.
    pub fn add(&mut self, actions: Actions<'_>) {
        let width = self.dimensions.len().max(1);
        match actions {
            Actions::Discrete(choices) | Actions::MultiDiscrete { choices, .. } => {
                for row in choices.chunks_exact(width) {
                    row.iter()
                        .zip(&mut self.dimensions)
                        .for_each(|(choice, counts)| counts.counts[*choice as usize] += 1);
                }
            }
            Actions::Box { values, .. } => {
                for row in values.chunks_exact(width) {
                    row.iter().zip(&mut self.dimensions).for_each(|(value, counts)| counts.add(f64::from(*value)));
                }
            }
        }
    }
}

impl ActionCounts {
    /// Counts a value; one beyond the range counts at its end.
    fn add(&mut self, value: f64) {
        let share = (value - self.low) / (self.high - self.low);
        let bin = (share * self.counts.len() as f64).clamp(0.0, self.counts.len() as f64 - 1.0);
        self.counts[bin as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_counted_in_each_dimension() {
        let mut actions = ActionHistogram::of(&Space::MultiDiscrete { nvec: vec![2, 3] });
        actions.add(Actions::MultiDiscrete { choices: &[0, 2, 1, 2], dimensions: 2 });
        let counts: Vec<_> = actions.dimensions.iter().map(|counts| counts.counts.clone()).collect();
        assert_eq!(counts, [vec![1, 1], vec![0, 0, 2]]);
        let mut actions = ActionHistogram::of(&Space::Discrete { n: 2 });
        actions.add(Actions::Discrete(&[1, 1]));
        assert_eq!(actions.dimensions[0], ActionCounts { low: 0.0, high: 2.0, counts: vec![0, 2] });
    }

    #[test]
    fn values_are_counted_in_bins_and_beyond_the_bounds_at_their_ends() {
        let mut actions = ActionHistogram::of(&Space::uniform_box(-1.0, 1.0, 1));
        actions.add(Actions::Box { values: &[-1.0, 1.0, 7.0, 0.0], dimensions: 1 });
        let counts = &actions.dimensions[0].counts;
        assert_eq!((counts[0], counts[BINS / 2], counts[BINS - 1], counts.len()), (1, 1, 2, BINS));
    }
}
