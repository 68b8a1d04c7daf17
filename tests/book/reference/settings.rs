//! The settings of a thing as a table, from its JSON schema.

use gradus_envs::range::Range;
use serde_json::{Map, Value};

/// A table with a row for each setting, those of nested tables under a key with dots; empty if there are none.
pub(super) fn table(schema: &Value) -> String {
    let mut rows = String::new();
    collect(schema, "", &Value::Null, &mut rows);
    if rows.is_empty() {
        return rows;
    }
    format!("| setting | default | what it says |\n|---|---|---|\n{rows}")
}

fn collect(schema: &Value, prefix: &str, defaults: &Value, rows: &mut String) {
    let none = Map::new();
    for (key, setting) in schema["properties"].as_object().unwrap_or(&none) {
        let default = defaults.get(key).or(setting.get("default"));
        let inner = alternatives(setting);
        let shown = match default {
            _ if inner["properties"].is_object() && default != Some(&Value::Null) => "as below".to_owned(),
            None => "must be given".to_owned(),
            Some(Value::Null) => "not given".to_owned(),
            Some(value) => code(value),
        };
        let description = sentence(&setting["description"]);
        let said = [description, kind_of(setting), range_of(setting)].map(|part| part.trim().to_owned());
        let said: Vec<_> = said.into_iter().filter(|part| !part.is_empty()).collect();
        *rows += &format!("| `{prefix}{key}` | {shown} | {} |\n", said.join(" "));
        if inner["properties"].is_object() {
            collect(inner, &format!("{prefix}{key}."), default.unwrap_or(&Value::Null), rows);
        }
    }
}

/// The schema of an optional setting when it is given, any other as it is.
fn alternatives(setting: &Value) -> &Value {
    let options = setting["anyOf"].as_array();
    let given = options.and_then(|options| options.iter().find(|option| option["type"] == "object"));
    match (given, options) {
        (Some(given), Some(options)) if options.iter().any(|option| option["type"] == "null") => given,
        _ => setting,
    }
}

/// What values a setting takes, where its default does not show it: every choice with what it means, or the type.
fn kind_of(setting: &Value) -> String {
    let options = ["oneOf", "anyOf"].iter().find_map(|key| setting[*key].as_array());
    if let Some(options) = options {
        let named: Vec<_> = options.iter().flat_map(choices).collect();
        if !named.is_empty() {
            return format!("One of {}.", named.join("; "));
        }
        let kinds: Vec<_> = options.iter().map(type_of).filter(|kind| !kind.is_empty()).collect();
        return capitalised(&kinds.join(" or "));
    }
    capitalised(&type_of(setting))
}

/// The numbers that a setting may be, where it is one or several.
fn range_of(setting: &Value) -> String {
    let forms = setting["anyOf"].as_array().into_iter().flatten();
    let bounded = forms.chain([setting, &setting["items"]]).find(|form| Range::of(form).ends().is_some());
    match bounded {
        // A seed's range is that of TOML's numbers.
        Some(form) if Range::of(form) == Range::seed() => String::new(),
        // The names of pitches say as much as their numbers.
        Some(_) if setting["anyOf"].as_array().is_some_and(|forms| forms.iter().any(is_text)) => String::new(),
        Some(form) => capitalised(&Range::of(form).to_string()),
        None => String::new(),
    }
}

fn is_text(form: &Value) -> bool {
    form["type"] == "string"
}

/// The names that a schema of choices allows, with what each means.
fn choices(option: &Value) -> Vec<String> {
    let about = |name: &str, extra: &str| {
        let text = sentence(&option["description"]);
        let text = text.trim_end_matches('.');
        let text = if text.is_empty() { String::new() } else { format!(": {text}") };
        format!("`{name}`{extra}{text}")
    };
    if let Some(name) = option["const"].as_str() {
        return vec![about(name, "")];
    }
    if let Some(names) = option["enum"].as_array() {
        return names.iter().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
    }
    if let Some(nested) = option["oneOf"].as_array() {
        return nested.iter().flat_map(choices).collect();
    }
    let only = option["required"].as_array().filter(|required| required.len() == 1);
    let tagged = only.and_then(|required| required[0].as_str()).filter(|_| option["additionalProperties"] == false);
    let Some(name) = tagged else { return Vec::new() };
    let fields: Vec<_> = option["properties"][name]["properties"].as_object().into_iter().flat_map(Map::keys).collect();
    let fields: Vec<_> = fields.into_iter().map(|field| format!("`{field}`")).collect();
    let extra = if fields.is_empty() { String::new() } else { format!(" with {}", fields.join(", ")) };
    vec![about(name, &extra)]
}

fn type_of(schema: &Value) -> String {
    let types: Vec<_> = match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let named = types.into_iter().filter(|name| *name != "null").map(|name| match name {
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "string" => "text".to_owned(),
        "array" => list_of(&schema["items"]),
        "object" => {
            let keys: Vec<_> = schema["properties"].as_object().into_iter().flat_map(Map::keys).collect();
            let keys: Vec<_> = keys.into_iter().map(String::as_str).collect();
            if keys.is_empty() { "a table".to_owned() } else { format!("`{{ {} }}`", keys.join(", ")) }
        }
        other => other.to_owned(),
    });
    named.collect::<Vec<_>>().join(" or ")
}

fn list_of(items: &Value) -> String {
    let options = items["oneOf"].as_array().map(|options| options.iter().flat_map(choices).collect::<Vec<_>>());
    match options.filter(|named| !named.is_empty()) {
        Some(named) => format!("a list of {}", named.join("; ")),
        None => "a list".to_owned(),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    if matches!(text, "text" | "true or false" | "a number" | "a whole number") {
        // The default shows as much.
        return String::new();
    }
    format!("{}{}.", first.to_uppercase(), letters.as_str())
}

/// A description within a cell of a table.
fn sentence(description: &Value) -> String {
    description.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A value as it stands in a config.
fn code(value: &Value) -> String {
    format!("`{}`", written(value))
}

fn written(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => shortest(number.as_f64().unwrap_or(f64::NAN)),
        Value::Array(values) => format!("[{}]", values.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Object(table) => {
            let pairs: Vec<_> = table.iter().map(|(key, value)| format!("{key} = {}", written(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

/// A number with as few digits as tell it apart, in single precision where that is what it came from.
pub(super) fn shortest(value: f64) -> String {
    let single = value as f32;
    if f64::from(single) == value { format!("{single:?}") } else { format!("{value:?}") }
}
