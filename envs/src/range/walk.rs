//! The values of a config beside what its schema says of them.

use schemars::Schema;
use serde_json::Value;

/// A value of a config, and its place.
pub struct Place<'a> {
    /// The keys that lead to it, as in `reward.2.leap.amount`.
    pub path: &'a str,
    /// The value.
    pub value: &'a toml::Value,
    /// The schema of its key, with the default.
    pub schema: &'a Value,
    /// The schemas of all forms that it may take, the key's own among them.
    pub forms: Vec<&'a Value>,
}

/// Visits every value that has a schema, from the outside in, until a visit gives an error. What the schema does not know is
/// passed over.
pub fn walk<E>(
    config: &toml::Value,
    schema: &Schema,
    visit: &mut impl FnMut(&Place<'_>) -> Result<(), E>,
) -> Result<(), E> {
    walk_from(config, schema.as_value(), schema.as_value(), "", visit)
}

fn walk_from<E>(
    value: &toml::Value,
    schema: &Value,
    root: &Value,
    path: &str,
    visit: &mut impl FnMut(&Place<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let place = Place { path, value, schema, forms: forms(schema, root) };
    visit(&place)?;
    let within = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        toml::Value::Table(table) => table.iter().try_for_each(|(key, inner)| match place.schema_of(key) {
            Some(schema) => walk_from(inner, schema, root, &within(key), visit),
            None => Ok(()),
        }),
        toml::Value::Array(entries) => {
            let Some(schema) = place.forms.iter().find_map(|form| form.get("items")) else { return Ok(()) };
            let mut entries = entries.iter().enumerate();
            entries.try_for_each(|(index, entry)| walk_from(entry, schema, root, &within(&index.to_string()), visit))
        }
        _ => Ok(()),
    }
}

impl<'a> Place<'a> {
    /// The schema of a key of this table: its own, or that of any.
    fn schema_of(&self, key: &str) -> Option<&'a Value> {
        let named = self.forms.iter().find_map(|form| form.get("properties")?.get(key));
        named.or_else(|| {
            self.forms.iter().find_map(|form| form.get("additionalProperties").filter(|any| any.is_object()))
        })
    }
}

/// A schema with all its alternatives, references within `root` followed.
pub fn forms<'a>(schema: &'a Value, root: &'a Value) -> Vec<&'a Value> {
    let referred = schema["$ref"].as_str().and_then(|place| root.pointer(place.strip_prefix('#')?));
    let mut found = vec![schema];
    found.extend(referred.into_iter().flat_map(|schema| forms(schema, root)));
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    found.extend(choices.flat_map(|choice| forms(choice, root)));
    found
}
