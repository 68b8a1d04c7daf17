//! Holding a config's numbers against their ranges.

use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use super::{Place, Range, walk, written};
use crate::registry::schema_of;

/// A number that a setting cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}; {remedy}")]
pub struct OutOfRange {
    /// The setting, as its path in a config.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to give instead.
    pub remedy: String,
}

/// Refuses a config whose place is `at` if a number in it lies outside the range that its schema states.
pub fn check<C: Serialize + JsonSchema>(at: &str, config: &C) -> Result<(), OutOfRange> {
    let within = |key: &str| [at, key].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
    let value = toml::Value::try_from(config).map_err(|error| OutOfRange {
        key: at.to_owned(),
        problem: error.to_string().trim_end().to_owned(),
        remedy: format!("give whole numbers up to {}", written(i64::MAX as f64)),
    })?;
    check_value(&value, &schema_of::<C>()).map_err(|refused| OutOfRange { key: within(&refused.key), ..refused })
}

/// Refuses a config, not yet read, if a number in it lies outside the range that `schema` states, or is none where one must be
/// whole.
pub fn check_value(config: &toml::Value, schema: &Schema) -> Result<(), OutOfRange> {
    walk(config, schema, &mut |place| problem(place).map_or(Ok(()), Err))
}

fn problem(place: &Place<'_>) -> Option<OutOfRange> {
    let (number, is_whole) = match place.value {
        toml::Value::Integer(number) => (*number as f64, true),
        toml::Value::Float(number) => (*number, false),
        _ => return None,
    };
    let is = |form: &Value, kind: &str| {
        form["type"] == kind || form["type"].as_array().is_some_and(|kinds| kinds.iter().any(|other| other == kind))
    };
    let takes_all: Vec<_> = place.forms.iter().filter(|form| is(form, "number")).collect();
    let takes_whole: Vec<_> = place.forms.iter().filter(|form| is(form, "integer")).collect();
    let ranges: Vec<_> = takes_all.iter().chain(&takes_whole).map(|form| Range::of(form)).collect();
    let range = *ranges.first()?;
    let problem = if !is_whole && takes_all.is_empty() && number.is_finite() {
        // The decimal point is what is wrong with 1.0.
        format!("{number:?} is not a whole number")
    } else if ranges.iter().any(|range| range.problem(number).is_none()) {
        return None;
    } else {
        range.problem(number)?
    };
    let kind = if takes_all.is_empty() { "a whole number" } else { "a number" };
    let usual = usual(&place.schema["default"]).map(|number| format!(", such as {}", written(number)));
    Some(OutOfRange {
        key: place.path.to_owned(),
        problem,
        remedy: format!("give {kind} {range}{}", usual.unwrap_or_default()),
    })
}

/// The number that a setting is if nobody says so, where it begins if it changes.
fn usual(default: &Value) -> Option<f64> {
    default.as_f64().or_else(|| default["from"].as_f64())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Schedule, registry::schema_of};

    #[derive(Serialize, JsonSchema)]
    #[serde(default, rename_all = "kebab-case")]
    struct Config {
        #[schemars(transform = Range::at_least(1).at_most(64))]
        history: usize,
        #[schemars(transform = Range::above(0).at_most(1))]
        clip: Schedule,
        #[schemars(transform = Range::at_least(1).at_most(9))]
        hidden: Vec<usize>,
        #[schemars(transform = Range::above(0).at_most(1))]
        target: Option<f64>,
        by_name: BTreeMap<String, Inner>,
    }

    #[derive(Serialize, JsonSchema)]
    enum Inner {
        One {
            #[schemars(transform = Range::at_least(0).below(1))]
            share: f32,
        },
    }

    impl Default for Config {
        fn default() -> Self {
            let clip = Schedule::Constant(0.2);
            let by_name = BTreeMap::from([("a".to_owned(), Inner::One { share: 0.5 })]);
            Self { history: 4, clip, hidden: vec![3], target: None, by_name }
        }
    }

    fn refused(toml: &str) -> String {
        let value = toml::Value::Table(toml::from_str(toml).unwrap());
        check_value(&value, &schema_of::<Config>()).map_or_else(|refused| refused.to_string(), |()| String::new())
    }

    #[test]
    fn a_number_is_refused_with_its_path_the_reason_and_the_range() {
        for (toml, expected) in [
            ("history = 100", "history: 100 is above 64; give a whole number from 1 to 64, such as 4"),
            ("history = 1.0", "history: 1.0 is not a whole number; give a whole number from 1 to 64, such as 4"),
            ("clip = -0.2", "clip: -0.2 is not above 0; give a number above 0 and at most 1, such as 0.2"),
            ("clip = { from = 2, to = 0 }", "clip.from: 2 is above 1; give a number from 0 to 1"),
            ("clip = { from = 1, to = nan }", "clip.to: nan is not a number; give a number from 0 to 1"),
            (
                "clip = { from = 1, to = 0, until = 3 }",
                "clip.until: 3 is above 1; give a number from 0 to 1, such as 1",
            ),
            ("hidden = [1, 0]", "hidden.1: 0 is below 1; give a whole number from 1 to 9"),
            ("target = 0", "target: 0 is not above 0; give a number above 0 and at most 1"),
            ("by-name.a.One.share = inf", "by-name.a.One.share: inf is not finite; give a number from 0 to below 1"),
        ] {
            assert_eq!(refused(toml), expected);
        }
    }

    #[test]
    fn what_lies_within_and_what_is_no_number_is_left_to_others() {
        for toml in ["history = 64\nclip = { from = 1, to = 0 }\ntarget = 1", "history = 'many'", "unknown = -1"] {
            assert_eq!(refused(toml), "");
        }
        assert_eq!(check("env.mine", &Config::default()), Ok(()));
    }
}
