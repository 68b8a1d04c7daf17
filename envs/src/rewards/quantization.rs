//! Notes between the steps of the grid.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Aspect, Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, registry::Registered, setting::Setting};

/// Settings of `quantization`: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {}

impl Registered for Config {
    const NAME: &'static str = "quantization";
    const SUMMARY: &'static str = "up to -1 for a note that begins between two steps of the grid";
}

impl TermConfig for Config {
    const NEEDS: &'static [Aspect] = &[Aspect::FreeTime];

    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Quantization))
    }
}

/// **Measures** how far notes begin from the grid.
///
/// **Formula**: where a note begins d steps from the nearest step of the environment's grid (0 to 1/2), `-2 d`; else 0.
/// **Range**: -1 to 0. **Edge cases**: rests cost nothing, but move what comes after them. Constant time a step.
/// **Source**: ours; the distance is that of `gradus_music`'s quantisation error.
#[derive(Clone, Debug)]
struct Quantization;

impl RewardTerm for Quantization {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        if context.onset().is_none() {
            return 0.0;
        }
        let step = f32::from(context.setting.ticks_per_step);
        let nearest = context.setting.tick(context.grid_steps().start);
        0.0 - 2.0 * nearest.0.abs_diff(context.start.0) as f32 / step
    }

    fn range(&self) -> RangeInclusive<f32> {
        -1.0..=0.0
    }
}
