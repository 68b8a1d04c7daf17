//! Quantities that change over the course of a training.

use std::fmt;

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::range::Range;

/// A quantity, constant or linear over the training: `0.2`, or `{ from = 0.2, to = 0.0, until = 0.5 }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Schedule {
    /// The same throughout.
    Constant(f64),
    /// A straight line, then constant.
    Linear(Linear),
}

/// A straight line from one value to another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Linear {
    /// The value at the start.
    pub from: f64,
    /// The value at the end.
    pub to: f64,
    /// The share of the training, from 0 to 1, after which `to` is reached; the whole if not given.
    #[serde(default = "Linear::whole")]
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub until: f64,
}

impl Linear {
    fn whole() -> f64 {
        1.0
    }
}

impl Schedule {
    /// From `value` down to 0 over the whole training.
    pub const fn annealed(value: f64) -> Self {
        Self::linear(value, 0.0, 1.0)
    }

    /// From one value to another until the share `until` of the training is done.
    pub const fn linear(from: f64, to: f64, until: f64) -> Self {
        Self::Linear(Linear { from, to, until })
    }

    /// The value when the share `progress` of the training, from 0 to 1, is done.
    pub fn at(self, progress: f64) -> f64 {
        match self {
            Self::Constant(value) => value,
            Self::Linear(Linear { from, to, until }) => {
                let share = if until > 0.0 { (progress / until).clamp(0.0, 1.0) } else { 1.0 };
                from + (to - from) * share
            }
        }
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScheduleVisitor;

        impl<'de> Visitor<'de> for ScheduleVisitor {
            type Value = Schedule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a table { from, to, until }")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Schedule, E> {
                Ok(Schedule::Constant(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Schedule, E> {
                Ok(Schedule::Constant(value as f64))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Schedule, E> {
                Ok(Schedule::Constant(value as f64))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
                Linear::deserialize(MapAccessDeserializer::new(map)).map(Schedule::Linear)
            }
        }

        deserializer.deserialize_any(ScheduleVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Holder {
        rate: Schedule,
    }

    #[test]
    fn a_line_runs_from_one_value_to_the_other_and_stays() {
        let holder: Holder = toml::from_str("rate = { from = 1, to = 3, until = 0.5 }").unwrap();
        let at = |progress| holder.rate.at(progress);
        assert_eq!([at(0.0), at(0.25), at(0.5), at(1.0)], [1.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn whole_numbers_are_numbers() {
        let holder: Holder = toml::from_str("rate = 2").unwrap();
        assert_eq!(holder.rate, Schedule::Constant(2.0));
    }

    #[test]
    fn a_word_is_refused_with_what_was_expected() {
        let error = toml::from_str::<Holder>("rate = 'fast'").unwrap_err().to_string();
        assert!(error.contains("expected a number or a table { from, to, until }"), "{error}");
    }
}
