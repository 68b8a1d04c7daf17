//! Motifs that return.

use std::ops::RangeInclusive;

use gradus_music::Token;
use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Aspect, Context, RewardTerm, TermConfig,
    motif::{WINDOW, Worth},
};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `repeated-motif`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The reward of a returning motif with just `pitches` distinct pitches.
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
        Self { amount: 4.0, bonus: 1.0, pitches: 3 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "repeated-motif";
    const SUMMARY: &'static str =
        "+4 and more when the last 8 tokens, a motif, stood in the piece before (RL Tuner rule 6)";
}

impl TermConfig for Config {
    const NEEDS: &'static [Aspect] = &[Aspect::Tokens];

    fn build(&self, setting: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        let Self { amount, bonus, pitches } = *self;
        let worth = Worth { amount, bonus, pitches };
        let seen = FxHashSet::with_capacity_and_hasher(setting.steps, rustc_hash::FxBuildHasher);
        Ok(Box::new(RepeatedMotif { worth, seen }))
    }
}

/// **Measures** whether a motif is a return of an earlier one.
///
/// **Formula**: if the last 8 tokens hold u >= `pitches` distinct pitches and the same 8 tokens stand
/// earlier in the piece without overlapping them, `amount + bonus (u - pitches)`, else 0.
/// **Range**: 0 to `amount + bonus (8 - pitches)`. **Edge cases**: the first return is at the sixteenth step.
/// Constant time a step: a window of 8 tokens is one word, and the words seen are kept in a set.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct RepeatedMotif {
    worth: Worth,
    seen: FxHashSet<u64>,
}

impl RewardTerm for RepeatedMotif {
    fn reset(&mut self) {
        self.seen.clear();
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let Some((before, window)) = context.tokens.split_last_chunk::<WINDOW>() else {
            return 0.0;
        };
        let Some(earlier) = before.last_chunk::<WINDOW>() else {
            return 0.0;
        };
        self.seen.insert(word(*earlier));
        if self.seen.contains(&word(*window)) { self.worth.of(*window) } else { 0.0 }
    }

    fn range(&self) -> RangeInclusive<f32> {
        self.worth.range()
    }
}

fn word(window: [Token; WINDOW]) -> u64 {
    u64::from_le_bytes(window.map(|token| token.0))
}
