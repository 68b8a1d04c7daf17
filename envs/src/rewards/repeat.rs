//! Excessive repetition of one token.

use std::ops::RangeInclusive;

use gradus_music::Token;
use serde::{Deserialize, Serialize};

use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, registry::Registered, setting::Setting};

/// Settings of `repeat`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// What each excessive repetition costs.
    pub penalty: f32,
    /// How often a pitch (or a hold) may be followed by itself.
    pub most: u32,
    /// The same, where rests or holds lie between.
    pub most_with_rests: u32,
    /// How many note-offs may lie between two notes before another is excessive.
    pub most_offs: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { penalty: 100.0, most: 4, most_with_rests: 6, most_offs: 1 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "repeat";
    const SUMMARY: &'static str = "-100 for a token repeated excessively (RL Tuner rule 3)";
}

impl TermConfig for Config {
    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Repeat { config: self.clone(), pitch: None, offs: 0, holds: 0 }))
    }
}

/// **Measures** how often the current token stands already in the run of equal pitches before it.
///
/// **Formula**: looking back over the piece, tokens equal to the current one are counted up to the first
/// other pitch; note-offs and holds on the way are passed over but remembered. `-penalty` if a note-off
/// was counted more than `most_offs` times, or nothing was passed over and the count exceeds `most`, or
/// something was and the count exceeds `most_with_rests`; else 0. **Range**: `-penalty` to 0.
/// **Edge cases**: a note held for 7 steps or more fires it, for the holds repeat; so does silence.
/// Constant time a step: the counts since the last other pitch are kept, never recounted.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct Repeat {
    config: Config,
    /// The last pitch, with its run.
    pitch: Option<Run>,
    /// Note-offs since the last pitch.
    offs: u32,
    /// Holds since the last pitch.
    holds: u32,
}

/// A run of one pitch, rests and holds within it passed over.
#[derive(Clone, Copy, Debug)]
struct Run {
    token: Token,
    count: u32,
    /// Something was passed over between the pitch before the run and its last note.
    passed_over: bool,
}

impl RewardTerm for Repeat {
    fn reset(&mut self) {
        (self.pitch, self.offs, self.holds) = (None, 0, 0);
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let token = context.token();
        let between = self.offs + self.holds > 0;
        let (count, passed_over) = match token {
            Token::NOTE_OFF => (self.offs, self.holds > 0),
            Token::HOLD => (self.holds, self.offs > 0),
            _ => match self.pitch {
                Some(run) if run.token == token => (run.count, run.passed_over || between),
                _ => (0, between),
            },
        };
        match token {
            Token::NOTE_OFF => self.offs += 1,
            Token::HOLD => self.holds += 1,
            _ => {
                self.pitch = Some(Run { token, count: count + 1, passed_over });
                (self.offs, self.holds) = (0, 0);
            }
        }
        let most = if passed_over { self.config.most_with_rests } else { self.config.most };
        let excessive = count > most || (token == Token::NOTE_OFF && count > self.config.most_offs);
        if excessive { -self.config.penalty } else { 0.0 }
    }

    fn range(&self) -> RangeInclusive<f32> {
        (-self.config.penalty).min(0.0)..=(-self.config.penalty).max(0.0)
    }
}
