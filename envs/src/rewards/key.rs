//! Notes outside the key.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, registry::Registered, setting::Setting};

/// Settings of `key`: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {}

impl Registered for Config {
    const NAME: &'static str = "key";
    const SUMMARY: &'static str = "-1 for a note outside the key (RL Tuner rule 1)";
}

impl TermConfig for Config {
    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(InKey))
    }
}

/// **Measures** whether each note belongs to the key's scale.
///
/// **Formula**: -1 where a note begins outside the scale of the setting's key, else 0.
/// **Range**: -1 to 0. **Edge cases**: rests and holds are never outside; minor is natural minor.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct InKey;

impl RewardTerm for InKey {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        match context.onset() {
            Some(pitch) if !context.setting.key.contains(pitch.class()) => -1.0,
            _ => 0.0,
        }
    }

    fn range(&self) -> RangeInclusive<f32> {
        -1.0..=0.0
    }
}
