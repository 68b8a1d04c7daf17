//! Preferred melodic intervals.

use std::ops::RangeInclusive;

use gradus_music::{Pitch, PitchClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, Event, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `interval`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// What every value of the rule is multiplied by.
    #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
    pub scale: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self { scale: 5.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "interval";
    const SUMMARY: &'static str =
        "rewards thirds, fifths and rests after stable notes, punishes wide jumps (RL Tuner rule 7)";
}

impl TermConfig for Config {
    fn build(&self, setting: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Interval {
            scale: self.scale,
            chord: [0, 4, 7].map(|above| setting.key.tonic.transpose(above)),
            last: None,
        }))
    }
}

/// **Measures** how the current step relates to the pitch that sounded last.
///
/// **Formula**, in units of `scale`: after the tonic or the fifth a rest .15 and a hold .3, after any
/// other pitch .05 and .075; a pitch a perfect fifth from tonic or fifth .1; a major third from tonic or
/// third .15; a major seventh -.3; more than an octave -1; otherwise a major third .09, a major second
/// .08, a fourth .07, a major sixth .05, a fifth .02; everything else 0.
/// **Range**: `-scale` to `.3 scale`. **Edge cases**: 0 before the first pitch. Where
/// events have lengths of their own there are no holds. Constant time a step.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct Interval {
    scale: f32,
    /// Tonic, third and fifth of the key's major triad.
    chord: [PitchClass; 3],
    last: Option<Pitch>,
}

impl RewardTerm for Interval {
    fn reset(&mut self) {
        self.last = None;
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let value = self.last.map_or(0.0, |last| self.value(last, context.event));
        self.last = context.onset().or(self.last);
        value * self.scale
    }

    fn range(&self) -> RangeInclusive<f32> {
        let (a, b) = (-self.scale, 0.3 * self.scale);
        a.min(b)..=a.max(b)
    }
}

impl Interval {
    fn value(&self, last: Pitch, event: Event) -> f32 {
        let [tonic, third, fifth] = self.chord;
        let stable = last.class() == tonic || last.class() == fifth;
        let pitch = match event {
            Event::Onset(pitch) => pitch,
            Event::Rest => return if stable { 0.15 } else { 0.05 },
            Event::Hold => return if stable { 0.3 } else { 0.075 },
        };
        match pitch.number().abs_diff(last.number()) {
            7 if stable => 0.1,
            4 if last.class() == tonic || last.class() == third => 0.15,
            11 => -0.3,
            4 => 0.09,
            2 => 0.08,
            5 => 0.07,
            9 => 0.05,
            7 => 0.02,
            13.. => -1.0,
            _ => 0.0,
        }
    }
}
