//! Leaps and their resolution.

use std::{cmp::Ordering, ops::RangeInclusive};

use gradus_music::Pitch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `leap`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The smallest interval that is a leap, in semitones.
    #[schemars(transform = Range::at_least(1).at_most(127))]
    pub semitones: u8,
    /// The reward of a resolution, and the cost of a second leap the same way.
    #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
    pub amount: f32,
    /// A leap back resolves only with more steps of the grid than these between.
    #[schemars(transform = Range::at_least(0).at_most(65_536))]
    pub patience: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { semitones: 7, amount: 5.0, patience: 6 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "leap";
    const SUMMARY: &'static str =
        "+5 when a leap is resolved, -5 when it is followed by another the same way (RL Tuner rule 8)";
}

impl TermConfig for Config {
    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Leap { config: self.clone(), last: None, open: None, leapt: 0 }))
    }
}

/// **Measures** whether a leap is answered by a return.
///
/// **Formula**: a leap is an interval of `semitones` or more from the last pitch. With none open, a leap opens
/// one. With one open, a leap the same way costs `amount` and leaves it open; a leap the other way closes
/// it, rewarded with `amount` if more than `patience` steps of the grid lie between the leaps; a smaller
/// interval that arrives at the pitch left, or beyond it, closes it with `amount`.
/// **Range**: `-amount` to `amount`. **Edge cases**: off the grid, a leap counts as on the nearest step.
/// Constant time a step. **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct Leap {
    config: Config,
    last: Option<Pitch>,
    open: Option<OpenLeap>,
    /// The step of the last leap.
    leapt: usize,
}

/// A leap that has not been resolved.
#[derive(Clone, Copy, Debug)]
struct OpenLeap {
    /// `Greater` if it went up.
    direction: Ordering,
    /// The pitch it left.
    left: Pitch,
}

impl RewardTerm for Leap {
    fn reset(&mut self) {
        (self.last, self.open, self.leapt) = (None, None, 0);
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let onset = context.onset();
        let reward = match (self.last, onset) {
            (Some(last), Some(pitch)) => self.judge(last, pitch, context.grid_steps().start),
            _ => 0.0,
        };
        self.last = onset.or(self.last);
        reward
    }

    fn range(&self) -> RangeInclusive<f32> {
        -self.config.amount.abs()..=self.config.amount.abs()
    }
}

impl Leap {
    fn judge(&mut self, last: Pitch, pitch: Pitch, step: usize) -> f32 {
        let amount = self.config.amount;
        if pitch.number().abs_diff(last.number()) < self.config.semitones {
            let resolved = self.open.is_some_and(|open| pitch.cmp(&open.left) != open.direction);
            if resolved {
                self.open = None;
            }
            return if resolved { amount } else { 0.0 };
        }
        let direction = pitch.cmp(&last);
        let between = step.saturating_sub(std::mem::replace(&mut self.leapt, step) + 1);
        match self.open {
            None => {
                self.open = Some(OpenLeap { direction, left: last });
                0.0
            }
            Some(open) if open.direction == direction => -amount,
            Some(_) => {
                self.open = None;
                if between > self.config.patience as usize { amount } else { 0.0 }
            }
        }
    }
}
