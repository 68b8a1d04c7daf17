//! Long notes and onsets on strong beats.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, registry::Registered, setting::Setting};

/// Settings of `placement`: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {}

impl Registered for Config {
    const NAME: &'static str = "placement";
    const SUMMARY: &'static str = "up to +1 a piece for long notes on strong beats, less for syncopated ones";
}

impl TermConfig for Config {
    fn build(&self, setting: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        let strengths = (0..setting.steps_per_bar()).map(|step| strength(setting, step)).collect();
        Ok(Box::new(Placement { strengths, onset: 0.0, value: 0.0 }))
    }
}

/// **Measures** whether notes begin on strong beats, the long ones on the strongest, and strong beats have onsets.
///
/// **Formula**: a step of the bar has the strength `max(-1, 1 - level / 2)`. Level 0 is the bar's first step; each
/// further level divides the metre by two, by three where two does not divide it, down to the pulse, and halves the
/// pulse from there on (4/4: bar, half, beat, eighth, sixteenth at 1, 1/2, 0, -1/2, -1). At each moment at which a note
/// sounds it is worth the strength s of its onset, but once it is held over a step at least as strong, of strength r,
/// the least of s and -r; the mean over the piece's time, each step paying for the share that it spans.
/// **Range**: -1 to 1 a piece and so a step. **Edge cases**: rests earn nothing; off the grid a note counts as on the
/// nearest steps. Constant time for each step of the grid.
/// **Source**: the formula is ours; the levels are those of Lerdahl and Jackendoff 1983, "A generative theory of tonal
/// music", syncopation is as in Longuet-Higgins and Lee 1984, "The rhythmic interpretation of monophonic music".
#[derive(Clone, Debug)]
struct Placement {
    /// The strength of each step of the bar.
    strengths: Vec<f32>,
    /// The strength of the last note's onset.
    onset: f32,
    /// What a moment of that note is worth by now.
    value: f32,
}

impl RewardTerm for Placement {
    fn reset(&mut self) {
        (self.onset, self.value) = (0.0, 0.0);
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        if context.sounding().is_none() {
            return 0.0;
        }
        let steps = context.grid_steps();
        let mut sum = 0.0;
        for step in steps.clone() {
            let strength = self.strengths[step % self.strengths.len()];
            if step == steps.start && context.onset().is_some() {
                (self.onset, self.value) = (strength, strength);
            } else if strength >= self.onset {
                self.value = self.value.min(-strength);
            }
            sum += self.value;
        }
        sum / context.setting.steps as f32
    }

    fn range(&self) -> RangeInclusive<f32> {
        -1.0..=1.0
    }
}

/// How strong a step of the bar is, -1 to 1.
pub(super) fn strength(setting: &Setting, step: usize) -> f32 {
    let (mut period, unit) = (usize::from(setting.meter.beats()), usize::from(setting.meter.unit()));
    // `place / pulse` is where the step lies, in pulses of the metre.
    let (mut place, pulse) = (step * unit, 4 * setting.steps_per_beat());
    let mut level = 0_u8;
    while level < WEAKEST && place % (period * pulse) != 0 {
        level += 1;
        match period {
            1 => place *= 2,
            _ if period % 2 == 0 => period /= 2,
            _ if period % 3 == 0 => period /= 3,
            _ => period = 1,
        }
    }
    1.0 - f32::from(level) / 2.0
}

/// The level from which on all steps are equally weak.
const WEAKEST: u8 = 4;
