//! What a config tells a script.

use std::collections::{BTreeMap, BTreeSet};

use rhai::Dynamic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::range::Range;

/// A value for a script, as TOML writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a number, a text, true or false, or a list of these")]
pub enum Param {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    #[schemars(transform = Range::at_least(i64::MIN as f64).at_most(i64::MAX as f64))]
    Whole(i64),
    /// Any other number.
    #[schemars(transform = Range::at_least(f64::MIN).at_most(f64::MAX))]
    Number(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Param>),
}

impl Param {
    fn to_dynamic(&self) -> Dynamic {
        match self {
            Self::Flag(flag) => (*flag).into(),
            Self::Whole(number) => (*number).into(),
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.into(),
            Self::List(values) => values.iter().map(Self::to_dynamic).collect::<Vec<_>>().into(),
        }
    }
}

/// The values given, and which names the script has asked for.
#[derive(Default)]
pub(super) struct Params {
    given: BTreeMap<String, Param>,
    asked: BTreeSet<String>,
}

impl Params {
    pub(super) fn new(given: BTreeMap<String, Param>) -> Self {
        Self { given, asked: BTreeSet::new() }
    }

    /// The value given for `name`, as the same kind of value as the script's `default`; that if there is none.
    pub(super) fn ask(&mut self, name: &str, default: Dynamic) -> Result<Dynamic, String> {
        self.asked.insert(name.to_owned());
        let Some(param) = self.given.get(name) else {
            return Ok(default);
        };
        let value = match param {
            Param::Whole(number) if default.is_float() => (*number as f64).into(),
            other => other.to_dynamic(),
        };
        if value.type_id() == default.type_id() {
            return Ok(value);
        }
        Err(format!("params.{name} is to be {} like {default}, not {value}", kind(&default)))
    }

    /// A name that is given and that the script has not asked for, with those that it has.
    pub(super) fn unknown(&self) -> Option<(&str, Vec<&str>)> {
        let name = self.given.keys().find(|&name| !self.asked.contains(name))?;
        Some((name, self.asked.iter().map(String::as_str).collect()))
    }
}

/// What a value is, in words.
pub(super) fn kind(value: &Dynamic) -> &'static str {
    match value.type_name() {
        "i64" => "a whole number",
        "f64" => "a number",
        "bool" => "true or false",
        "string" => "a text",
        "array" => "a list",
        "map" => "a map",
        "()" => "nothing",
        _ => "another kind of value",
    }
}
