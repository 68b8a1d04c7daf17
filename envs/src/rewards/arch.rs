//! The arch of a phrase: a line that rises to a climax and falls.

use std::ops::RangeInclusive;

use gradus_music::Pitch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, RewardTerm, TermConfig,
    contour::{Arch, closeness},
};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `arch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// Where in the piece the climax lies, 0 (its start) to 1 (its end).
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub climax: f32,
    /// How far the climax lies above the first note, in semitones; below it, if negative.
    #[schemars(transform = Range::at_least(-127).at_most(127))]
    pub height: f32,
    /// A pitch so many semitones off the arch is worth nothing, a pitch farther off costs.
    #[schemars(transform = Range::above(0).at_most(127))]
    pub tolerance: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self { climax: 0.625, height: 12.0, tolerance: 4.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "arch";
    const SUMMARY: &'static str = "up to +1 a piece as its line rises from the first note to a climax and falls again";
}

impl TermConfig for Config {
    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(PhraseArch { arch: Arch::new(self.climax), height: self.height, tolerance: self.tolerance }))
    }
}

/// **Measures** how near the line stays to an arch over the whole piece.
///
/// **Formula**: `max(-1, 1 - |p - p0 - height a(t)| / tolerance)` at each moment t of the piece (0 to 1) at which a
/// note sounds, with its pitch p and the first note's p0 in semitones, and a(t) rising straight from 0 at the start to
/// 1 at `climax` and falling straight to 0 at the end; the mean over the piece's time, each step paying for the share
/// that it spans.
/// **Range**: -1 to 1 a piece and so a step. **Edge cases**: rests earn nothing; the first note sets the height of the
/// rest, whatever it is. Constant time a step.
/// **Source**: the formula is ours; that phrases tend to be arches is Huron 1996, "The melodic arch in Western
/// folksongs".
#[derive(Clone, Debug)]
struct PhraseArch {
    arch: Arch,
    height: f32,
    tolerance: f32,
}

impl RewardTerm for PhraseArch {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let (Some(first), Some(note)) = (context.notes.first(), context.sounding()) else {
            return 0.0;
        };
        let number = |pitch: Pitch| f32::from(pitch.number());
        let above = number(note.pitch) - number(first.pitch);
        context.share() * context.mean(|place| closeness(above - self.height * self.arch.at(place), self.tolerance))
    }

    fn range(&self) -> RangeInclusive<f32> {
        -1.0..=1.0
    }
}
