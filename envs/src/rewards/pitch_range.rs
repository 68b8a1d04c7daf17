//! Notes outside a comfortable range.

use std::ops::RangeInclusive;

use gradus_music::Pitch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, registry::Registered, setting::Setting};

/// Settings of `pitch-range`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The lowest note that costs nothing.
    pub low: Pitch,
    /// The highest note that costs nothing.
    pub high: Pitch,
}

/// As high as most voices sing.
const A5: Pitch = Pitch::new(81).expect("81 is a MIDI number");

impl Default for Config {
    fn default() -> Self {
        Self { low: Pitch::MIDDLE_C, high: A5 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "pitch-range";
    const SUMMARY: &'static str = "-1 for each octave, begun, by which a note leaves a range";
}

impl TermConfig for Config {
    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        if self.low > self.high {
            return Err(EnvError::config(
                "reward.pitch-range",
                format!("`low` ({}) lies above `high` ({})", self.low, self.high),
                "swap them",
            ));
        }
        Ok(Box::new(PitchRange { low: self.low, high: self.high }))
    }
}

/// **Measures** whether a voice can sing what is written.
///
/// **Formula**: where a note begins d semitones below `low` or above `high`, `-ceil(d / 12)`; else 0.
/// **Range**: -11 to 0. **Edge cases**: holds and rests cost nothing. **Source**: ours, as an example of a rule
/// that a user would write.
#[derive(Clone, Debug)]
struct PitchRange {
    low: Pitch,
    high: Pitch,
}

impl RewardTerm for PitchRange {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let Some(pitch) = context.onset() else {
            return 0.0;
        };
        let below = self.low.number().saturating_sub(pitch.number());
        let above = pitch.number().saturating_sub(self.high.number());
        0.0 - f32::from((below + above).div_ceil(12))
    }

    fn range(&self) -> RangeInclusive<f32> {
        -11.0..=0.0
    }
}
