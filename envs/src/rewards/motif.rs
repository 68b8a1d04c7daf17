//! Motifs: varied short windows.

use std::ops::RangeInclusive;

use gradus_music::Token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Aspect, Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// The length of a motif in steps; also how many tokens fit in one machine word.
pub(super) const WINDOW: usize = 8;

/// Settings of `motif`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The reward of a motif with just `pitches` distinct pitches.
    #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
    pub amount: f32,
    /// What each further distinct pitch adds.
    #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
    pub bonus: f32,
    /// How many distinct pitches make a motif.
    #[schemars(transform = Range::at_least(1).at_most(WINDOW as f64))]
    pub pitches: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { amount: 3.0, bonus: 0.3, pitches: 3 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "motif";
    const SUMMARY: &'static str =
        "+3 and more when the last 8 tokens hold 3 or more distinct pitches (RL Tuner rule 5)";
}

impl TermConfig for Config {
    const NEEDS: &'static [Aspect] = &[Aspect::Tokens];

    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        let Self { amount, bonus, pitches } = *self;
        Ok(Box::new(Motif(Worth { amount, bonus, pitches })))
    }
}

/// **Measures** whether the last eight tokens hold a motif.
///
/// **Formula**: with u distinct pitches among the last 8 tokens, the current one included,
/// `amount + bonus (u - pitches)` if u >= `pitches`, else 0. **Range**: 0 to `amount + bonus (8 - pitches)`.
/// **Edge cases**: nothing before the eighth step. Constant time a step.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct Motif(Worth);

impl RewardTerm for Motif {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        context.tokens.last_chunk().map_or(0.0, |window| self.0.of(*window))
    }

    fn range(&self) -> RangeInclusive<f32> {
        self.0.range()
    }
}

/// What a window is worth as a motif: `amount + bonus (u - pitches)` with u >= `pitches` distinct pitches, else 0.
#[derive(Clone, Debug)]
pub(super) struct Worth {
    pub(super) amount: f32,
    pub(super) bonus: f32,
    pub(super) pitches: usize,
}

impl Worth {
    pub(super) fn of(&self, window: [Token; WINDOW]) -> f32 {
        match distinct_pitches(window).checked_sub(self.pitches) {
            Some(further) => self.amount + self.bonus * further as f32,
            None => 0.0,
        }
    }

    pub(super) fn range(&self) -> RangeInclusive<f32> {
        let most = self.amount + self.bonus * (WINDOW - self.pitches) as f32;
        0.0_f32.min(self.amount).min(most)..=0.0_f32.max(self.amount).max(most)
    }
}

/// How many different pitches stand in a window; note-offs and holds are none.
fn distinct_pitches(window: [Token; WINDOW]) -> usize {
    // One bit for each of the 128 pitches there can be; they begin with token 2.
    let seen = window.iter().fold(0_u128, |seen, token| match token.0.checked_sub(2) {
        Some(pitch) => seen | 1 << (pitch & 127),
        None => seen,
    });
    seen.count_ones() as usize
}
