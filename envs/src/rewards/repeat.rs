//! Excessive repetition of one pitch.

use std::ops::RangeInclusive;

use gradus_music::Pitch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, Event, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `repeat`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// What each excessive repetition costs.
    #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
    pub penalty: f32,
    /// How often a pitch (or a hold) may be followed by itself.
    #[schemars(transform = Range::at_least(0).at_most(65_536))]
    pub most: u32,
    /// The same, where rests or holds lie between.
    #[schemars(transform = Range::at_least(0).at_most(65_536))]
    pub most_with_rests: u32,
    /// How many rests may begin between two notes before another is excessive.
    #[schemars(transform = Range::at_least(0).at_most(65_536))]
    pub most_offs: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { penalty: 100.0, most: 4, most_with_rests: 6, most_offs: 1 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "repeat";
    const SUMMARY: &'static str = "-100 for a pitch, a rest or a hold repeated excessively (RL Tuner rule 3)";
}

impl TermConfig for Config {
    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Repeat { config: self.clone(), run: None, rests: 0, holds: 0 }))
    }
}

/// **Measures** how often what the current step writes stands already in the run of equal pitches before it.
///
/// **Formula**: looking back over the piece, steps that write the same as the current one are counted up to the
/// first other pitch; rests and holds on the way are passed over but remembered. `-penalty` if a rest
/// was counted more than `most-offs` times, or nothing was passed over and the count exceeds `most`, or
/// something was and the count exceeds `most-with-rests`; else 0. **Range**: `-penalty` to 0.
/// **Edge cases**: on a grid a note held for 7 steps or more fires it, for the holds repeat; so does silence. Where
/// events have lengths of their own there are no holds.
/// Constant time a step: the counts since the last other pitch are kept, never recounted.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct Repeat {
    config: Config,
    /// The last pitch, with its run.
    run: Option<Run>,
    /// Rests since the last pitch.
    rests: u32,
    /// Holds since the last pitch.
    holds: u32,
}

/// A run of one pitch, rests and holds within it passed over.
#[derive(Clone, Copy, Debug)]
struct Run {
    pitch: Pitch,
    count: u32,
    /// Something was passed over between the pitch before the run and its last note.
    passed_over: bool,
}

impl RewardTerm for Repeat {
    fn reset(&mut self) {
        (self.run, self.rests, self.holds) = (None, 0, 0);
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let between = self.rests + self.holds > 0;
        let (count, passed_over) = match context.event {
            Event::Rest => (self.rests, self.holds > 0),
            Event::Hold => (self.holds, self.rests > 0),
            Event::Onset(pitch) => match self.run {
                Some(run) if run.pitch == pitch => (run.count, run.passed_over || between),
                _ => (0, between),
            },
        };
        match context.event {
            Event::Rest => self.rests += 1,
            Event::Hold => self.holds += 1,
            Event::Onset(pitch) => {
                self.run = Some(Run { pitch, count: count + 1, passed_over });
                (self.rests, self.holds) = (0, 0);
            }
        }
        let most = if passed_over { self.config.most_with_rests } else { self.config.most };
        let excessive = count > most || (context.event == Event::Rest && count > self.config.most_offs);
        if excessive { -self.config.penalty } else { 0.0 }
    }

    fn range(&self) -> RangeInclusive<f32> {
        (-self.config.penalty).min(0.0)..=(-self.config.penalty).max(0.0)
    }
}
