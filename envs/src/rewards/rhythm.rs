//! Variety of note lengths.

use std::ops::RangeInclusive;

use gradus_music::{Note, Tick};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `rhythm`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How many notes are looked at.
    #[schemars(transform = Range::at_least(2).at_most(MAX_WINDOW as f64))]
    pub window: usize,
    /// The entropy that is rewarded most, in bits.
    #[schemars(transform = Range::at_least(0).at_most(6))]
    pub target: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self { window: 8, target: 1.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "rhythm";
    const SUMMARY: &'static str = "up to +1 a note as the entropy of the last note lengths nears a target";
}

const MAX_WINDOW: usize = 64;

impl TermConfig for Config {
    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        let most = (self.window as f32).log2();
        if !(0.0..=most).contains(&self.target) {
            return Err(EnvError::config(
                "reward.rhythm.target",
                format!("{} bits cannot be reached with {} notes", self.target, self.window),
                format!("give 0 to {most:.2}"),
            ));
        }
        Ok(Box::new(Rhythm { window: self.window, target: self.target }))
    }
}

/// **Measures** whether note lengths vary, but not wildly.
///
/// **Formula**: where a note begins and at least `window` notes are complete, with the entropy H in bits of
/// the last `window` lengths, `1 - |H - target| / max(target, log2(window) - target)`; else 0.
/// **Range**: 0 to 1. **Edge cases**: rests between notes do not count. **Source**: ours, as an example of a
/// rule that a user would write; the entropy is Shannon's.
#[derive(Clone, Debug)]
struct Rhythm {
    window: usize,
    target: f32,
}

impl RewardTerm for Rhythm {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let Some((_, complete)) = context.notes.split_last() else {
            return 0.0;
        };
        if context.onset().is_none() || complete.len() < self.window {
            return 0.0;
        }
        let distance = (length_entropy(&complete[complete.len() - self.window..]) - self.target).abs();
        1.0 - distance / self.target.max((self.window as f32).log2() - self.target)
    }

    fn range(&self) -> RangeInclusive<f32> {
        // Rounding may carry the entropy past its bounds by an ulp or two.
        -1e-6..=1.0
    }
}

/// The entropy in bits of the notes' lengths.
fn length_entropy(notes: &[Note]) -> f32 {
    let mut lengths = [Tick::ZERO; MAX_WINDOW];
    let lengths = &mut lengths[..notes.len()];
    for (length, note) in lengths.iter_mut().zip(notes) {
        *length = note.duration;
    }
    lengths.sort_unstable();
    let n = notes.len() as f32;
    lengths
        .chunk_by(|a, b| a == b)
        .map(|equal| {
            let share = equal.len() as f32 / n;
            -share * share.log2()
        })
        .sum()
}
