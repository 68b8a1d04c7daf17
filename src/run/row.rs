//! One row of metrics: an ordered list of names and numbers.

use serde_json::{Map, Number, Value};

/// The largest magnitude up to which every whole `f64` is an exact integer.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// The measurements of one iteration, in the order in which they were set.
///
/// Names are flat and grouped by a prefix: `steps`, `return/mean`, `reward/leap`, `loss/policy`,
/// `ppo/approx-kl`. Whatever depends on the clock is under `time/`, so that
/// [`without_time`](Self::without_time) is the same for any two runs of one config and seed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row(Vec<(String, f64)>);

impl Row {
    /// A row without measurements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a measurement; a name that is there keeps its place and takes the new value.
    pub fn set(&mut self, name: impl Into<String>, value: f64) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value under a name: `None` where it was not measured, NaN where it was and came out as
    /// no number.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// The row less everything that depends on the clock.
    #[must_use]
    pub fn without_time(&self) -> Self {
        self.iter().filter(|(name, _)| !name.starts_with("time/")).collect()
    }

    /// The row as a line of JSON, without the line break.
    ///
    /// Whole numbers are written as integers, others with the fewest digits that read back the
    /// same; NaN and the infinities, which JSON lacks, become `null`.
    pub fn to_json(&self) -> String {
        let object: Map<String, Value> = self.iter().map(|(name, value)| (name.to_owned(), to_value(value))).collect();
        Value::Object(object).to_string()
    }

    /// Reads what [`to_json`](Self::to_json) wrote, `null` as NaN; the error says what is wrong
    /// with the line.
    pub fn from_json(line: &str) -> Result<Self, String> {
        let object: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
        object
            .into_iter()
            .map(|(name, value)| match value {
                Value::Null => Ok((name, f64::NAN)),
                Value::Number(number) => Ok((name, number.as_f64().unwrap_or(f64::NAN))),
                _ => Err(format!("`{name}` is not a number")),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl<N: Into<String>> Extend<(N, f64)> for Row {
    fn extend<I: IntoIterator<Item = (N, f64)>>(&mut self, measurements: I) {
        for (name, value) in measurements {
            self.set(name, value);
        }
    }
}

impl<N: Into<String>> FromIterator<(N, f64)> for Row {
    fn from_iter<I: IntoIterator<Item = (N, f64)>>(measurements: I) -> Self {
        let mut row = Self::new();
        row.extend(measurements);
        row
    }
}

fn to_value(value: f64) -> Value {
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() == 0.0 && value.abs() < EXACT_INTEGERS && !negative_zero {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_row_is_one_line_in_the_order_of_setting() {
        let mut row = Row::from_iter([("steps", 4096.0), ("return/mean", -0.1), ("loss/value", f64::NAN)]);
        row.set("steps", 8192.0);
        assert_eq!(row.to_json(), r#"{"steps":8192,"return/mean":-0.1,"loss/value":null}"#);
    }

    #[test]
    fn the_clock_is_all_that_without_time_drops() {
        let row = Row::from_iter([("steps", 1.0), ("time/seconds", 2.0), ("timesteps", 3.0)]);
        assert_eq!(row.without_time(), Row::from_iter([("steps", 1.0), ("timesteps", 3.0)]));
    }

    #[test]
    fn null_is_measured_and_no_number_while_absent_is_not_measured() {
        let row = Row::from_json(r#"{"return/mean":null}"#).unwrap();
        assert!(row.get("return/mean").unwrap().is_nan());
        assert_eq!(row.get("return/min"), None);
    }

    #[test]
    fn a_value_that_is_no_number_is_named() {
        assert_eq!(Row::from_json(r#"{"steps":"many"}"#).unwrap_err(), "`steps` is not a number");
    }

    proptest! {
        #[test]
        fn every_finite_number_reads_back_bit_for_bit(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let read = Row::from_json(&Row::from_iter([("x", value)]).to_json()).unwrap();
            prop_assert_eq!(read.get("x").unwrap().to_bits(), bits);
        }
    }
}
