//! Swelling and fading: the contour of the dynamics.

use std::ops::RangeInclusive;

use gradus_music::Velocity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Aspect, Context, RewardTerm, TermConfig,
    contour::{Arch, closeness},
};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `dynamics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// Where in the piece it is loudest, 0 (its start) to 1 (its end).
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub climax: f32,
    /// The velocity at the start.
    pub start: Velocity,
    /// The velocity at the climax.
    pub peak: Velocity,
    /// The velocity at the end.
    pub end: Velocity,
    /// A velocity so far off the curve is worth nothing, one farther off costs.
    #[schemars(transform = Range::above(0).at_most(127))]
    pub tolerance: f32,
}

const PIANO: Velocity = Velocity::new(50).expect("50 is a velocity");
const FORTE: Velocity = Velocity::new(100).expect("100 is a velocity");

impl Default for Config {
    fn default() -> Self {
        Self { climax: 0.625, start: PIANO, peak: FORTE, end: PIANO, tolerance: 12.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "dynamics";
    const SUMMARY: &'static str = "up to +1 a piece as the velocity swells to a climax and fades again";
}

impl TermConfig for Config {
    const NEEDS: &'static [Aspect] = &[Aspect::Velocity];

    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Dynamics {
            climax: self.climax,
            arch: Arch::new(self.climax),
            start: number(self.start),
            peak: number(self.peak),
            end: number(self.end),
            tolerance: self.tolerance,
        }))
    }
}

/// **Measures** how near the velocity stays to a curve over the whole piece.
///
/// **Formula**: `max(-1, 1 - |v - c(t)| / tolerance)` at each moment t of the piece (0 to 1) at which a note sounds,
/// with its velocity v and c(t) running straight from `start` to `peak` at `climax` and straight on to `end`; the mean
/// over the piece's time, each step paying for the share that it spans.
/// **Range**: -1 to 1 a piece and so a step. **Edge cases**: rests earn nothing; a `climax` at 1 is a crescendo, at 0 a
/// decrescendo. Constant time a step. **Source**: the formula is ours; that performers swell and fade with the phrase
/// is Todd 1992, "The dynamics of dynamics".
#[derive(Clone, Debug)]
struct Dynamics {
    climax: f32,
    arch: Arch,
    start: f32,
    peak: f32,
    end: f32,
    tolerance: f32,
}

impl RewardTerm for Dynamics {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let Some(note) = context.sounding() else {
            return 0.0;
        };
        let velocity = number(note.velocity);
        let ideal = |place| {
            let from = if place < self.climax { self.start } else { self.end };
            from + (self.peak - from) * self.arch.at(place)
        };
        context.share() * context.mean(|place| closeness(velocity - ideal(place), self.tolerance))
    }

    fn range(&self) -> RangeInclusive<f32> {
        -1.0..=1.0
    }
}

fn number(velocity: Velocity) -> f32 {
    f32::from(velocity.number())
}
