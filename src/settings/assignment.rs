//! What `--set` says.

use crate::config::ConfigError;

/// Puts the value of `KEY=VALUE` where the key leads. The value is TOML, or else text.
pub(super) fn assign(table: &mut toml::Table, assignment: &str) -> Result<(), ConfigError> {
    let (key, value) = assignment
        .split_once('=')
        .map(|(key, value)| (key.trim(), value.trim()))
        .filter(|(key, _)| key.split('.').all(|part| !part.is_empty()))
        .ok_or_else(|| ConfigError::Assignment(assignment.to_owned()))?;
    let fail = |problem: String| ConfigError::Key { assignment: assignment.to_owned(), problem };
    let value = toml::from_str::<toml::Table>(&format!("value = {value}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()));
    if let toml::Value::String(text) = &value
        && text.parse::<i128>().is_ok()
        && text.parse::<i64>().is_err()
    {
        return Err(fail(format!("{key}: {text} is too large; whole numbers go up to {}", i64::MAX)));
    }

    let mut parts = key.split('.');
    let first = parts.next().unwrap_or_default();
    let mut place = table.entry(first).or_insert_with(empty_table);
    for part in parts {
        place = descend(place, part).map_err(&fail)?;
    }
    *place = value;
    Ok(())
}

fn empty_table() -> toml::Value {
    toml::Value::Table(toml::Table::new())
}

/// The entry `part` of a table, made if it is not there, or of an array.
fn descend<'a>(place: &'a mut toml::Value, part: &str) -> Result<&'a mut toml::Value, String> {
    match place {
        toml::Value::Table(table) => Ok(table.entry(part).or_insert_with(empty_table)),
        toml::Value::Array(entries) => {
            let count = entries.len();
            part.parse::<usize>()
                .ok()
                .and_then(|index| entries.get_mut(index))
                .ok_or_else(|| format!("`{part}` is not the number of an entry; there are {count}, counted from 0"))
        }
        other => Err(format!("`{part}` leads into a {}, which has no keys", other.type_str())),
    }
}
