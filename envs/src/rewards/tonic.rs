//! Beginning and ending on the tonic.

use std::ops::RangeInclusive;

use gradus_music::Token;
use serde::{Deserialize, Serialize};

use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, registry::Registered, setting::Setting};

/// Settings of `tonic`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The reward of each fulfilled expectation.
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
        let tonic = setting.tonic().ok_or_else(|| {
            EnvError::config(
                "reward.tonic",
                format!("no {} lies in the environment's range", setting.key.tonic),
                "widen `low` and `high` of the environment or leave the term out",
            )
        })?;
        Ok(Box::new(Tonic { tonic, amount: self.amount }))
    }
}

/// **Measures** whether the piece begins on the tonic and comes to rest on it.
///
/// **Formula**, for a piece of T steps: `amount` for the tonic nearest middle C at steps 0 and T-4, for a
/// hold at T-3, and for a hold or a note-off at T-2 and T-1; else 0. **Range**: 0 to `amount`.
/// **Edge cases**: a piece of fewer than 4 steps has its start only.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct Tonic {
    tonic: Token,
    amount: f32,
}

impl RewardTerm for Tonic {
    fn reset(&mut self) {}

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let (step, token) = (context.step(), context.token());
        let fulfilled = match context.setting.steps.checked_sub(step) {
            _ if step == 0 => token == self.tonic,
            Some(4) => token == self.tonic,
            Some(3) => token == Token::HOLD,
            Some(1 | 2) => token == Token::HOLD || token == Token::NOTE_OFF,
            _ => false,
        };
        if fulfilled { self.amount } else { 0.0 }
    }

    fn range(&self) -> RangeInclusive<f32> {
        self.amount.min(0.0)..=self.amount.max(0.0)
    }
}
