//! Beginning and ending on the tonic.

use std::ops::RangeInclusive;

use gradus_music::Pitch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Aspect, Context, Event, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `tonic`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The reward of each fulfilled expectation.
    #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
    pub amount: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self { amount: 3.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "tonic";
    const SUMMARY: &'static str =
        "+3 for the tonic at the start and four steps before the end, then held (RL Tuner rule 2)";
}

impl TermConfig for Config {
    fn build(&self, setting: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        let pitch = setting.tonic_pitch().ok_or_else(|| {
            EnvError::config(
                "reward.tonic",
                format!("no {} lies in the environment's range", setting.key.tonic),
                "widen `low` and `high` of the environment or leave the term out",
            )
        })?;
        // A single note may span the whole close.
        let most = if setting.aspects.contains(&Aspect::Tokens) { 1.0 } else { 4.0 };
        Ok(Box::new(Tonic { pitch, amount: self.amount, most: most * self.amount }))
    }
}

/// **Measures** whether the piece begins on the tonic and comes to rest on it.
///
/// **Formula**, for a piece of T steps of the grid: `amount` for the tonic nearest middle C at steps 0 and T-4,
/// for a hold at T-3, and for a hold or the beginning of a rest at T-2 and T-1; else 0. A note or rest of many steps
/// earns what its onset and its holds earn. **Range**: 0 to `amount`; to `4 amount` where events are longer than a step.
/// **Edge cases**: off the grid, an onset counts as on the nearest step.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct Tonic {
    pitch: Pitch,
    amount: f32,
    /// The most that a step can bring.
    most: f32,
}

impl RewardTerm for Tonic {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let steps = context.grid_steps();
        let close = context.setting.steps.saturating_sub(CLOSE).max(1);
        let opening = steps.start == 0 && self.fulfils(context, 0, context.event);
        let closing = (steps.start.max(close)..steps.end)
            .filter(|&step| self.fulfils(context, step, if step == steps.start { context.event } else { Event::Hold }));
        (usize::from(opening) + closing.count()) as f32 * self.amount
    }

    fn range(&self) -> RangeInclusive<f32> {
        self.most.min(0.0)..=self.most.max(0.0)
    }
}

/// How many steps at the end are judged.
const CLOSE: usize = 4;

impl Tonic {
    /// Whether `event` is what is expected at a step.
    fn fulfils(&self, context: &Context<'_>, step: usize, event: Event) -> bool {
        match context.setting.steps.checked_sub(step) {
            _ if step == 0 => event == Event::Onset(self.pitch),
            Some(4) => event == Event::Onset(self.pitch),
            Some(3) => event == Event::Hold,
            Some(1 | 2) => event == Event::Hold || event == Event::Rest,
            _ => false,
        }
    }
}
