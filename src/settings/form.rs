//! One thing where one is needed: an agent, an environment, a term.

use gradus_envs::range::{Place, walk};
use schemars::Schema;
use serde_json::Value;

/// A table that names more than the one thing that it is for.
pub(super) struct Misformed {
    pub(super) key: String,
    pub(super) message: String,
    /// What stands beside the thing and is none.
    pub(super) unknown: Option<String>,
}

/// Refuses a table that names two things, or a setting beside a thing.
pub(super) fn check(config: &toml::Value, schema: &Schema) -> Result<(), Misformed> {
    walk(config, schema, &mut |place| problem(place).map_or(Ok(()), Err))
}

fn problem(place: &Place<'_>) -> Option<Misformed> {
    let table = place.value.as_table().filter(|table| table.len() > 1)?;
    let names: Vec<_> = place.forms.iter().filter_map(|form| only_key(form)).collect();
    // In the order in which they are registered.
    let named: Vec<_> = names.iter().copied().filter(|name| table.contains_key(*name)).collect();
    let others: Vec<_> = table.keys().filter(|key| !names.contains(&key.as_str())).collect();
    let first = named.first()?;
    let (one, several, remedy) = thing(place.path);
    if let Some(other) = others.first() {
        return Some(Misformed {
            key: format!("{}.{other}", place.path),
            message: format!(
                "`{other}` is no {one}, and stands beside `{first}`; a setting of that goes into its table"
            ),
            unknown: Some((*other).clone()),
        });
    }
    let count = if named.len() == 2 { "two".to_owned() } else { named.len().to_string() };
    Some(Misformed {
        key: place.path.to_owned(),
        message: format!("{count} {several}: {}; {remedy}", named.join(", ")),
        unknown: None,
    })
}

/// The name of a thing, if the schema is that of a table with this name and nothing else.
fn only_key(form: &Value) -> Option<&str> {
    let is_closed = form["additionalProperties"] == false && form["required"].as_array()?.len() == 1;
    let name = form["properties"].as_object().filter(|properties| properties.len() == 1)?.keys().next()?;
    is_closed.then_some(name)
}

/// What stands at a path, what several of them are called, and what to do about several.
fn thing(path: &str) -> (&'static str, &'static str, &'static str) {
    match path.split('.').collect::<Vec<_>>().as_slice() {
        ["agent"] => ("agent", "agents", "keep one"),
        ["env"] => ("environment", "environments", "keep one"),
        ["policy"] => ("policy", "policies", "keep one"),
        ["critic"] => ("critic", "critics", "keep one"),
        ["reward", _] => ("term", "terms", "give each a [[reward]] of its own"),
        _ => ("choice", "choices", "keep one"),
    }
}
