//! Whether a piece is like those of the corpus in what can be counted.

mod bands;
mod measures;

use std::{ops::RangeInclusive, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::{
    bands::Bands,
    measures::{Measure, Measurer},
};
use super::{Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `typicality`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// What is measured; everything if not given.
    pub measures: Vec<Measure>,
    /// The share of the corpus's tunes that lies below what is usual, and the share above.
    #[schemars(transform = Range::at_least(0).at_most(0.4))]
    pub tail: f64,
    /// What one measure costs at most, however far it lies outside.
    #[schemars(transform = Range::above(0).at_most(1e6))]
    pub most: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self { measures: Measure::ALL.to_vec(), tail: 0.1, most: 2.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "typicality";
    const SUMMARY: &'static str =
        "below 0 as the piece leaves what is usual in the corpus: range, leaps, turns, rhythm and more";
}

impl TermConfig for Config {
    fn build(&self, setting: &Setting, library: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        let refuse = |key: &str, problem: String, remedy: String| {
            Err(EnvError::config(&format!("reward.typicality.{key}"), problem, remedy))
        };
        if self.measures.is_empty() {
            return refuse("measures", "nothing is measured".into(), "name one, or leave the key out for all".into());
        }
        let twice = (1..self.measures.len()).find(|&index| self.measures[..index].contains(&self.measures[index]));
        if let Some(index) = twice {
            return refuse("measures", format!("number {index} is there already"), "name each once".into());
        }
        let bars = setting.steps / setting.steps_per_bar();
        if bars == 0 {
            return Err(EnvError::config(
                "reward.typicality",
                format!("a piece of {} steps has no whole bar", setting.steps),
                format!("lengthen the pieces to {} steps at least", setting.steps_per_bar()),
            ));
        }
        let bands = bands::of_beginnings(setting, library, bars, self.tail)?;
        Ok(Box::new(Typicality {
            measures: self.measures.clone().into(),
            most: self.most,
            bands: bands.into(),
            measurer: Measurer::for_notes(setting.steps.max(MOST_NOTES)),
            bars: 0,
            cost: 0.0,
        }))
    }
}

/// Notes for which there is room from the start, where an environment writes more of them than steps.
const MOST_NOTES: usize = 256;

/// **Measures** whether the piece so far could be the beginning of a tune of the corpus, as far as counting tells: how dense it
/// is, how wide, how varied in pitches, intervals and rhythm, how often it leaps, turns and repeats itself.
///
/// **Formula**: a piece costs `sum over measures of d / (1 + d / most)`, where d is how far the measure lies outside the band
/// from the `tail` quantile to the `1 - tail` quantile of the training tunes' beginnings of as many bars, in widths of the band
/// (at least 0.05); a cost that is cut off instead would leave an agent far outside without a slope to come back by. Where a bar
/// is complete, the step brings the cost of the bars before less that of all bars: over the piece the rewards add up to minus
/// its cost.
/// **Range**: `-most` to `most` times the number of measures a step, and never above 0 in sum. **Edge cases**: shares of nothing
/// (leaps without an interval) are 0; an incomplete last bar is not judged. Linear in the notes (but for sorting them), once a
/// bar.
/// **Source**: ours. What is usual costs nothing, so there are as many best pieces as in the corpus, and none to learn by
/// heart; paying by differences is the potential-based shaping of Ng, Harada and Russell 1999.
#[derive(Clone, Debug)]
struct Typicality {
    measures: Arc<[Measure]>,
    most: f64,
    /// One for each number of whole bars, from 1.
    bands: Arc<[Bands]>,
    measurer: Measurer,
    /// Whole bars so far, and what they cost.
    bars: usize,
    cost: f64,
}

impl RewardTerm for Typicality {
    fn reset(&mut self) {
        (self.bars, self.cost) = (0, 0.0);
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let setting = context.setting;
        let bar = setting.tick(setting.steps_per_bar()).0;
        let bars = ((context.end.0 / bar) as usize).min(self.bands.len());
        if bars == self.bars {
            return 0.0;
        }
        let until = setting.tick(bars * setting.steps_per_bar());
        let measured = self.measurer.measure(context.notes, until, setting);
        let bands = &self.bands[bars - 1];
        let distance = |&measure: &Measure| bands[measure as usize].distance(measured[measure as usize]);
        let cost = |distance: f64| distance / (1.0 + distance / self.most);
        let cost: f64 = self.measures.iter().map(|measure| cost(distance(measure))).sum();
        let reward = self.cost - cost;
        (self.bars, self.cost) = (bars, cost);
        reward as f32
    }

    fn range(&self) -> RangeInclusive<f32> {
        let most = (self.most * self.measures.len() as f64) as f32;
        -most..=most
    }
}

#[cfg(test)]
mod tests;
