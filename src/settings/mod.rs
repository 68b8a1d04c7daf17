//! Configs of any kind as text: read, changed by assignments, checked, or refused in the user's words.

mod assignment;
mod document;
mod elsewhere;
mod form;
mod kind;
mod words;

use std::{fs, path::Path};

use gradus_envs::range::{OutOfRange, check_value};

pub(crate) use kind::{ConfigFile, Kind, config_file};

use self::{document::Document, form::Misformed};
use crate::{config::ConfigError, text::without_mark};

/// Reads a config of any kind and changes what `assignments` say.
pub(crate) fn load<C: ConfigFile>(path: &Path, assignments: &[String]) -> Result<C, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(&text, &path.display().to_string(), assignments)
}

/// Reads a config from its text, whose errors name its `origin`.
pub(crate) fn parse<C: ConfigFile>(text: &str, origin: &str, assignments: &[String]) -> Result<C, ConfigError> {
    let document = Document::new(without_mark(text), origin);
    let mut table = document.read::<toml::Table>(&|_| None)?;
    if let Some(message) = C::KIND.refusal_of(&table, origin) {
        return Err(refusal(origin, message, None));
    }
    check::<C>(&table, None)
        .map_err(|wrong| refusal(origin, document.placed(&wrong.key, wrong.message), wrong.hint))?;
    let mut config: C = document.read(&|unknown| {
        let mut others = table.clone();
        others.remove(unknown)?;
        elsewhere::path_of::<C>(unknown, &C::deserialize(others).ok()?)
    })?;
    for assignment in assignments {
        assignment::assign(&mut table, assignment)?;
        let origin = format!("--set {assignment}");
        check(&table, Some(&config)).map_err(|wrong| refusal(&origin, wrong.message, wrong.hint))?;
        let text = toml::to_string(&table).map_err(ConfigError::Write)?;
        config = Document::new(&text, &origin).read_unseen(&|unknown| elsewhere::path_of(unknown, &config))?;
    }
    Ok(config)
}

/// What is wrong with a config before it is read: a key, what to say, and a better name.
struct Wrong {
    key: String,
    message: String,
    hint: Option<String>,
}

/// Refuses two things where one is needed, and numbers out of their ranges; `config` is what the settings were before.
fn check<C: ConfigFile>(table: &toml::Table, config: Option<&C>) -> Result<(), Wrong> {
    let value = toml::Value::Table(table.clone());
    form::check(&value, C::schema()).map_err(|Misformed { key, message, unknown }| {
        let hint = unknown.zip(config).and_then(|(unknown, config)| elsewhere::path_of(&unknown, config));
        Wrong { message: format!("{key}: {message}"), key, hint }
    })?;
    check_value(&value, C::schema()).map_err(|wrong: OutOfRange| Wrong {
        message: wrong.to_string(),
        key: wrong.key,
        hint: None,
    })
}

fn refusal(origin: &str, message: String, hint: Option<String>) -> ConfigError {
    let hint = hint.map(|name| format!("\nhint: did you mean `{name}`?")).unwrap_or_default();
    ConfigError::Invalid { origin: origin.to_owned(), message, hint }
}
