//! A single highest and a single lowest note.

use std::ops::RangeInclusive;

use gradus_music::Token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `unique-extremes`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The reward of each extreme that is unique.
    #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
    pub amount: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self { amount: 3.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "unique-extremes";
    const SUMMARY: &'static str = "+3 for a highest and +3 for a lowest note that occurs once (RL Tuner rule 9)";
}

impl TermConfig for Config {
    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(UniqueExtremes { amount: self.amount }))
    }
}

/// **Measures** whether the piece has one climax and one lowest point.
///
/// **Formula**, at the end of the piece only: `amount` if the highest pitch occurs once, and `amount` if the
/// lowest does. **Range**: 0 to `2 amount`. **Edge cases**: a piece without a pitch has no lowest; its highest is, as
/// the RL Tuner has it, its highest token, a hold or a note-off. Linear in the piece, once an episode.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct UniqueExtremes {
    amount: f32,
}

impl RewardTerm for UniqueExtremes {
    fn reset(&mut self) {}

    fn on_step(&mut self, _: &Context<'_>) -> f32 {
        0.0
    }

    fn on_end(&mut self, context: &Context<'_>) -> f32 {
        let pitches = || context.notes.iter().map(|note| note.pitch);
        let highest = match pitches().max() {
            Some(highest) => occurs_once(pitches(), &highest),
            None => highest_is_unique(context.tokens),
        };
        let lowest = pitches().min().is_some_and(|lowest| occurs_once(pitches(), &lowest));
        self.amount * f32::from(u8::from(highest) + u8::from(lowest))
    }

    fn range(&self) -> RangeInclusive<f32> {
        (2.0 * self.amount).min(0.0)..=(2.0 * self.amount).max(0.0)
    }
}

/// Whether the highest token of a piece occurs once.
pub fn highest_is_unique(tokens: &[Token]) -> bool {
    tokens.iter().max().is_some_and(|highest| occurs_once(tokens, &highest))
}

/// Whether the lowest pitch of a piece occurs once.
pub fn lowest_is_unique(tokens: &[Token]) -> bool {
    let lowest = tokens.iter().filter(|&&token| token > Token::HOLD).min();
    lowest.is_some_and(|lowest| occurs_once(tokens, &lowest))
}

fn occurs_once<T: PartialEq>(all: impl IntoIterator<Item = T>, one: &T) -> bool {
    all.into_iter().filter(|other| other == one).count() == 1
}
