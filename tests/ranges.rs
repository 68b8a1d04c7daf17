//! Every number of every config has a range, and what lies outside is refused by its whole key before any work.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;
use gradus::{config::TrainingConfig, critic::CriticFile};
use gradus_agents::{PolicyConfig, Task};
use gradus_envs::{
    Library,
    range::{Range, check_value, forms},
    registry::schema_of,
};
use gradus_models::critics::{ModelShelf, NextToken, Refusal};
use schemars::Schema;
use serde_json::Value;

/// A number in a config: the keys that lead to it, and the ranges of whole numbers and of others that it may be.
struct Number {
    path: Vec<String>,
    ranges: Vec<Range>,
    is_whole: bool,
}

impl Number {
    fn key(&self) -> String {
        self.path.join(".")
    }

    /// A config that says nothing else.
    fn set_to(&self, value: toml::Value) -> toml::Table {
        let whole = self.path.iter().rev().fold(value, |inner, key| match key.as_str() {
            "0" => toml::Value::Array(vec![inner]),
            key => toml::Value::Table(toml::Table::from_iter([(key.to_owned(), inner)])),
        });
        whole.as_table().unwrap().clone()
    }

    fn value(&self, number: f64) -> toml::Value {
        if self.is_whole { toml::Value::Integer(number as i64) } else { toml::Value::Float(number) }
    }

    /// Both ends of its range.
    fn ends(&self) -> [toml::Value; 2] {
        self.ranges[0].ends().unwrap().map(|end| self.value(end))
    }

    /// Numbers that it cannot be: what is no number, and the next ones outside its range.
    fn wrong(&self) -> Vec<toml::Value> {
        let mut wrong = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(toml::Value::Float).to_vec();
        let [low, high] = self.ranges[0].ends().unwrap();
        if self.is_whole {
            let beside = [(low as i64).checked_sub(1), (high as i64).checked_add(1)];
            wrong.extend(beside.into_iter().flatten().map(toml::Value::Integer));
            wrong.push(toml::Value::Float(1.0));
        } else {
            wrong.extend([low.next_down(), high.next_up()].map(toml::Value::Float));
        }
        let greatest = toml::Value::Integer(i64::MAX);
        if self.ranges.iter().all(|range| range.problem(i64::MAX as f64).is_some()) {
            wrong.push(greatest);
        }
        // An end that does not belong to the range.
        wrong.extend(
            [low, high].into_iter().filter(|end| self.ranges[0].problem(*end).is_some()).map(|end| self.value(end)),
        );
        wrong
    }
}

/// Every number that a config may hold.
fn numbers(schema: &Schema) -> Vec<Number> {
    let mut found = Vec::new();
    collect(schema.as_value(), schema.as_value(), &mut Vec::new(), &mut found);
    found
}

fn collect(schema: &Value, root: &Value, path: &mut Vec<String>, found: &mut Vec<Number>) {
    // A list of a script's parameters may hold such lists.
    if path.len() > 8 {
        return;
    }
    let forms = forms(schema, root);
    let is = |form: &&&Value, kind: &str| {
        form["type"] == kind || form["type"].as_array().is_some_and(|kinds| kinds.iter().any(|other| other == kind))
    };
    let whole: Vec<_> = forms.iter().filter(|form| is(form, "integer")).map(|form| Range::of(form)).collect();
    let all: Vec<_> = forms.iter().filter(|form| is(form, "number")).map(|form| Range::of(form)).collect();
    let is_whole = all.is_empty();
    let ranges: Vec<_> = all.into_iter().chain(whole).collect();
    if !ranges.is_empty() {
        found.push(Number { path: path.clone(), ranges, is_whole });
    }
    let mut descend = |key: &str, schema: &Value| {
        path.push(key.to_owned());
        collect(schema, root, path, found);
        path.pop();
    };
    for form in &forms {
        form["properties"].as_object().into_iter().flatten().for_each(|(key, schema)| descend(key, schema));
        form.get("additionalProperties").filter(|any| any.is_object()).into_iter().for_each(|any| descend("any", any));
        form.get("items").into_iter().for_each(|items| descend("0", items));
    }
}

/// Feeds every number of a kind of config the ends of its range, which are in order, and all that is not, which `refusal`
/// gives the reason for.
fn try_all(schema: &Schema, least: usize, mut refusal: impl FnMut(&str) -> Option<String>) {
    let numbers = numbers(schema);
    assert!(numbers.len() >= least, "only {} numbers were found", numbers.len());
    for number in numbers {
        let key = number.key();
        for range in &number.ranges {
            assert!(range.ends().is_some(), "`{key}` has no range: give its field #[schemars(transform = Range::…)]");
        }
        for value in number.ends() {
            let config = number.set_to(value.clone());
            let said = check_value(&toml::Value::Table(config.clone()), schema);
            let open = number.wrong().contains(&value);
            assert_eq!(said.is_err(), open, "{key} = {value}: {said:?}");
            // Whatever else is missing from it: it never panics.
            refusal(&toml::to_string(&config).unwrap());
        }
        for value in number.wrong() {
            let text = toml::to_string(&number.set_to(value.clone())).unwrap();
            let said = refusal(&text).unwrap_or_else(|| panic!("{key} = {value} was taken"));
            assert!(said.contains(&format!("{key}: ")) && said.contains("; give "), "{key} = {value}: {said}");
        }
    }
}

#[test]
fn every_number_of_a_training_is_held_to_its_range() {
    try_all(&schema_of::<TrainingConfig>(), 150, |text| {
        TrainingConfig::parse(text, "test.toml", &[]).err().map(|error| error.to_string())
    });
}

#[test]
fn every_number_of_a_critic_is_held_to_its_range() {
    let place = Workplace::new();
    try_all(&schema_of::<CriticFile>(), 40, |text| {
        CriticFile::load(&place.write("critic.toml", text), &[]).err().map(|error| error.to_string())
    });
}

#[test]
fn every_number_of_a_sweep_is_held_to_its_range() {
    let place = Workplace::new();
    let schema: Schema = serde_json::from_value(place.json("schema sweep")).unwrap();
    try_all(&schema, 2, |text| {
        place.write("sweep.toml", text);
        Some(place.error("sweep sweep.toml --dry-run"))
    });
}

#[test]
fn the_defaults_lie_within_their_ranges() {
    for (value, schema) in [
        (toml::Value::try_from(TrainingConfig::default()), schema_of::<TrainingConfig>()),
        (toml::Value::try_from(CriticFile::default()), schema_of::<CriticFile>()),
    ] {
        assert_eq!(check_value(&value.unwrap(), &schema), Ok(()));
    }
}

struct NoModels;

impl ModelShelf for NoModels {
    fn next_token(
        &self,
        _: &std::path::Path,
        _: &gradus_envs::Setting,
    ) -> Result<std::sync::Arc<dyn NextToken>, Refusal> {
        Err(Refusal::new("there is none", "give none"))
    }
}

#[test]
fn what_is_made_with_the_ends_of_a_range_is_made_or_refused() {
    let library = Library::embedded();
    for number in numbers(&schema_of::<TrainingConfig>()) {
        let key = number.key();
        // A whole rollout of a million steps would only show that there is room for it.
        if key.starts_with("policy") || key.ends_with("rollout-steps") {
            continue;
        }
        for value in number.ends() {
            let mut table = number.set_to(value);
            if key.starts_with("agent") {
                table.insert("env".to_owned(), toml::from_str("identity = {}").unwrap());
            }
            let text = toml::to_string(&table).unwrap();
            let Ok(config) = TrainingConfig::parse(&text, "test.toml", &[]) else { continue };
            let Ok(env) = config.environment(&library) else { continue };
            let policy = PolicyConfig::default();
            let task = Task { env: env.as_ref(), library: &library, models: &NoModels, policy: &policy, seed: 0 };
            if key.starts_with("agent") {
                drop(config.agent.config().build(&task));
            }
        }
    }
}
