//! The numbers that a setting may be: said once, beside the setting, where its schema and its check both have them from.
//!
//! Every number in every config has a [`Range`], as the attribute `#[schemars(transform = Range::above(0).at_most(1))]` of
//! its field. The range stands in the JSON schema, so editors and the book show it; [`check`] holds a config's values
//! against its schema, so nothing else checks them.
//!
//! ```
//! use gradus_envs::range::{Range, check};
//! use schemars::JsonSchema;
//! use serde::Serialize;
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Config {
//!     #[schemars(transform = Range::at_least(1).at_most(64))]
//!     history: usize,
//! }
//!
//! let refused = check("env.mine", &Config { history: 100 }).unwrap_err();
//! assert_eq!(refused.to_string(), "env.mine.history: 100 is above 64; give a whole number from 1 to 64");
//! ```

mod check;
mod walk;

use std::fmt;

use schemars::{Schema, transform::Transform};
use serde_json::{Map, Value};

pub use check::{OutOfRange, check, check_value};
pub use walk::{Place, forms, walk};

/// The numbers between two bounds, each of which belongs to them or not. NaN and the infinities never do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    low: Bound,
    high: Bound,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bound {
    number: f64,
    open: bool,
}

impl Range {
    const ALL: Self = Self {
        low: Bound { number: f64::NEG_INFINITY, open: true },
        high: Bound { number: f64::INFINITY, open: true },
    };

    /// The numbers from `low` on.
    pub fn at_least(low: impl Into<f64>) -> Self {
        Self { low: Bound { number: low.into(), open: false }, ..Self::ALL }
    }

    /// The numbers above `low`.
    pub fn above(low: impl Into<f64>) -> Self {
        Self { low: Bound { number: low.into(), open: true }, ..Self::ALL }
    }

    /// Ends the range with `high`.
    #[must_use]
    pub fn at_most(self, high: impl Into<f64>) -> Self {
        Self { high: Bound { number: high.into(), open: false }, ..self }
    }

    /// Ends the range before `high`.
    #[must_use]
    pub fn below(self, high: impl Into<f64>) -> Self {
        Self { high: Bound { number: high.into(), open: true }, ..self }
    }

    /// The seeds of random numbers that TOML can write.
    pub fn seed() -> Self {
        Self::at_least(0).at_most(i64::MAX as f64)
    }

    /// The range that a schema states; without bounds all numbers.
    pub fn of(schema: &Value) -> Self {
        let bound = |closed: &str, open: &str, none| {
            let closed = schema[closed].as_f64().map(|number| Bound { number, open: false });
            closed.or(schema[open].as_f64().map(|number| Bound { number, open: true })).unwrap_or(none)
        };
        Self {
            low: bound("minimum", "exclusiveMinimum", Self::ALL.low),
            high: bound("maximum", "exclusiveMaximum", Self::ALL.high),
        }
    }

    /// Both ends, if there are two.
    pub fn ends(self) -> Option<[f64; 2]> {
        let ends = [self.low.number, self.high.number];
        ends.iter().all(|end| end.is_finite()).then_some(ends)
    }

    /// The reason why a number does not lie in it, if it does not.
    pub fn problem(self, number: f64) -> Option<String> {
        let shown = written(number);
        let [low, high] = [self.low, self.high].map(|bound| written(bound.number));
        if number.is_nan() {
            Some(format!("{shown} is not a number"))
        } else if number.is_infinite() {
            Some(format!("{shown} is not finite"))
        } else if number < self.low.number {
            Some(if self.low.open { format!("{shown} is not above {low}") } else { format!("{shown} is below {low}") })
        } else if number > self.high.number {
            Some(if self.high.open {
                format!("{shown} is not below {high}")
            } else {
                format!("{shown} is above {high}")
            })
        } else if number == self.low.number && self.low.open {
            Some(format!("{shown} is not above {low}"))
        } else if number == self.high.number && self.high.open {
            Some(format!("{shown} is not below {high}"))
        } else {
            None
        }
    }

    /// The same with its bounds.
    fn closed(self) -> Self {
        let closed = |bound: Bound| Bound { open: bound.number.is_infinite(), ..bound };
        Self { low: closed(self.low), high: closed(self.high) }
    }

    fn write(self, schema: &mut Map<String, Value>) {
        let ends = [(self.low, "minimum", "exclusiveMinimum"), (self.high, "maximum", "exclusiveMaximum")];
        for (Bound { number, open }, closed_key, open_key) in ends {
            // What the type alone says is wider.
            schema.remove(closed_key);
            schema.remove(open_key);
            if number.is_finite() {
                // The greatest whole number is rounded up as a float, and rounds back here.
                let whole = number.fract() == 0.0 && number.abs() <= i64::MAX as f64;
                let value = if whole { (number as i64).into() } else { number.into() };
                schema.insert(if open { open_key } else { closed_key }.to_owned(), value);
            }
        }
    }
}

/// In words: `from 1 to 64`, `above 0 and at most 1`.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = [self.low, self.high].map(|bound| written(bound.number));
        match (self.low, self.high) {
            (Bound { open: false, .. }, Bound { open: false, .. }) => write!(f, "from {low} to {high}"),
            (Bound { open: false, .. }, to) if to.number.is_finite() => write!(f, "from {low} to below {high}"),
            (from, to) => {
                if from.number.is_finite() {
                    write!(f, "{} {low}", if from.open { "above" } else { "at least" })?;
                }
                if from.number.is_finite() && to.number.is_finite() {
                    f.write_str(" and ")?;
                }
                if to.number.is_finite() {
                    write!(f, "{} {high}", if to.open { "below" } else { "at most" })?;
                }
                Ok(())
            }
        }
    }
}

/// Writes the range where numbers stand in a schema: of a list it is each entry's, and of a quantity that changes over the
/// training both ends'. These may reach a bound that a constant may not: a step size that falls to 0 has been above it.
impl Transform for Range {
    fn transform(&mut self, schema: &mut Schema) {
        let Some(schema) = schema.as_object_mut() else { return };
        if let Some(items) = schema.get_mut("items").and_then(Value::as_object_mut) {
            return self.write(items);
        }
        let Some(forms) = schema.get_mut("anyOf").and_then(Value::as_array_mut) else { return self.write(schema) };
        for form in forms.iter_mut().filter_map(Value::as_object_mut) {
            let Some(line) = form.get_mut("properties") else {
                self.write(form);
                continue;
            };
            for end in ["from", "to"] {
                if let Some(end) = line.get_mut(end).and_then(Value::as_object_mut) {
                    self.closed().write(end);
                }
            }
        }
    }
}

/// A number as one writes it in a config, with no more digits than it has in single precision where it comes from there.
pub(crate) fn written(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() <= i64::MAX as f64 {
        return grouped(number as i64);
    }
    let single = number as f32;
    let plain = (1e-4..1e15).contains(&number.abs());
    match (f64::from(single) == number, plain) {
        (true, true) => format!("{single}"),
        (true, false) => format!("{single:?}").to_lowercase(),
        (false, true) => format!("{number}"),
        (false, false) => format!("{number:?}").to_lowercase(),
    }
}

/// A whole number, from a million on in groups of three, as TOML allows.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    if digits.len() < 7 {
        return number.to_string();
    }
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_from_the_schema_that_it_was_written_to() {
        for range in [
            Range::at_least(1).at_most(64),
            Range::above(0).at_most(1),
            Range::at_least(-0.5).below(1e300),
            Range::above(0),
            Range::seed(),
        ] {
            let mut schema = Map::new();
            range.write(&mut schema);
            assert_eq!(Range::of(&Value::Object(schema)), range);
        }
    }

    #[test]
    fn a_range_is_said_in_words() {
        for (range, words) in [
            (Range::at_least(1).at_most(64), "from 1 to 64"),
            (Range::above(0).at_most(1), "above 0 and at most 1"),
            (Range::at_least(0).below(1), "from 0 to below 1"),
            (Range::at_least(0.03125).at_most(1e12), "from 0.03125 to 1_000_000_000_000"),
            (Range::seed(), "from 0 to 9_223_372_036_854_775_807"),
        ] {
            assert_eq!(range.to_string(), words);
        }
    }

    #[test]
    fn what_is_out_of_a_range_is_told_why() {
        let range = Range::above(0).at_most(1);
        let problem = |number| range.problem(number).unwrap_or_default();
        assert_eq!([problem(0.5), problem(1.0)], ["", ""]);
        assert_eq!(problem(-0.2), "-0.2 is not above 0");
        assert_eq!(problem(f64::from(-0.2_f32)), "-0.2 is not above 0");
        assert_eq!(problem(0.0), "0 is not above 0");
        assert_eq!(problem(1e300), "1e300 is above 1");
        assert_eq!(problem(i64::MAX as f64), "9_223_372_036_854_775_807 is above 1");
        assert_eq!(problem(f64::NAN), "nan is not a number");
        assert_eq!(problem(f64::NEG_INFINITY), "-inf is not finite");
    }
}
