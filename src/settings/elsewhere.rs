//! Where a key belongs that stands in the wrong place.

use gradus_envs::range::forms;
use serde_json::Value;

use super::ConfigFile;

/// The whole path of a setting `key` of a config, the shortest if there are several.
pub(super) fn path_of<C: ConfigFile>(key: &str, config: &C) -> Option<String> {
    let values = toml::Value::try_from(config).ok()?;
    let root = C::schema().as_value();
    let mut found = Vec::new();
    search(key, root, Some(&values), root, "", &mut found);
    found.into_iter().min_by_key(|path| path.matches('.').count())
}

fn search(key: &str, schema: &Value, value: Option<&toml::Value>, root: &Value, path: &str, found: &mut Vec<String>) {
    let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let forms = forms(schema, root);
    if let Some(toml::Value::Array(entries)) = value {
        let Some(schema) = forms.iter().find_map(|form| form.get("items")) else { return };
        for (index, entry) in entries.iter().enumerate() {
            search(key, schema, Some(entry), root, &within(&index.to_string()), found);
        }
        return;
    }
    // Of several things that may stand there, such as agents, what does.
    let is_choice = forms.iter().any(|form| form["oneOf"].is_array());
    let tables = forms.iter().filter_map(|form| form["properties"].as_object()).flatten();
    for (name, schema) in tables {
        let inner = value.and_then(|value| value.get(name));
        if is_choice && inner.is_none() {
            continue;
        }
        if name == key {
            found.push(within(name));
        }
        search(key, schema, inner, root, &within(name), found);
    }
}
