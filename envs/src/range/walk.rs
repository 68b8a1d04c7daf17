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
    let forms = forms(schema, root);
    let within = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let part = |known: &dyn Fn(&Value) -> Option<Value>| forms.iter().find_map(|form| known(form));
    visit(&Place { path, value, schema, forms: forms.clone() })?;
    match value {
        toml::Value::Table(table) => {
            for (key, inner) in table {
                let named = part(&|form| form["properties"].get(key).cloned());
                let any = || part(&|form| form.get("additionalProperties").filter(|any| any.is_object()).cloned());
                if let Some(schema) = named.or_else(any) {
                    walk_from(inner, &schema, root, &within(key), visit)?;
                }
            }
            Ok(())
        }
        toml::Value::Array(entries) => {
            let Some(schema) = part(&|form| form.get("items").cloned()) else { return Ok(()) };
            entries
                .iter()
                .enumerate()
                .try_for_each(|(index, entry)| walk_from(entry, &schema, root, &within(&index.to_string()), visit))
        }
        _ => Ok(()),
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
