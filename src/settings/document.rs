//! The text of a config, with the places in it.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{refusal, words};
use crate::config::ConfigError;

/// Knows the whole path of a key, if it is one.
pub(super) type Elsewhere<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A config's text and where it came from.
pub(super) struct Document<'a> {
    text: &'a str,
    origin: &'a str,
    /// Every key and every value that stands in it, by the whole path.
    places: Vec<(String, Range<usize>)>,
}

impl<'a> Document<'a> {
    pub(super) fn new(text: &'a str, origin: &'a str) -> Self {
        let mut places = Vec::new();
        if let Ok(table) = DeTable::parse(text) {
            note_table("", table.get_ref(), &mut places);
        }
        Self { text, origin, places }
    }

    /// Reads it, or shows where it is wrong and says how; `elsewhere` knows the whole path of a key that stands in the wrong
    /// place.
    pub(super) fn read<T: DeserializeOwned>(&self, elsewhere: &Elsewhere<'_>) -> Result<T, ConfigError> {
        toml::from_str(self.text).map_err(|error| {
            let said = error.to_string();
            let excerpt = said.trim_end().strip_suffix(error.message().trim_end()).unwrap_or_default();
            self.refuse(&error, excerpt, elsewhere)
        })
    }

    /// The same for a text that its user has not written as it is.
    pub(super) fn read_unseen<T: DeserializeOwned>(&self, elsewhere: &Elsewhere<'_>) -> Result<T, ConfigError> {
        toml::from_str(self.text).map_err(|error| self.refuse(&error, "", elsewhere))
    }

    fn refuse(&self, error: &toml::de::Error, excerpt: &str, elsewhere: &Elsewhere<'_>) -> ConfigError {
        let path = error.span().and_then(|span| self.path_at(&span)).map(|path| format!("{path}: "));
        let message = words::in_words(error.message().trim_end());
        let hint = words::hint(error.message(), elsewhere);
        refusal(self.origin, format!("{excerpt}{}{message}", path.unwrap_or_default()), hint)
    }

    /// What is wrong with the setting `path`, with its line.
    pub(super) fn placed(&self, path: &str, message: String) -> String {
        let found = self.places.iter().rfind(|(other, _)| other == path);
        match found {
            Some((_, span)) => format!("line {}: {message}", self.text[..span.start].matches('\n').count() + 1),
            None => message,
        }
    }

    /// The path of the key or value that begins where the span does.
    fn path_at(&self, span: &Range<usize>) -> Option<&str> {
        let holding = self.places.iter().filter(|(_, place)| place.start <= span.start && span.end <= place.end);
        holding.min_by_key(|(_, place)| place.len()).map(|(path, _)| path.as_str())
    }
}

fn note_table(above: &str, table: &DeTable<'_>, places: &mut Vec<(String, Range<usize>)>) {
    for (key, value) in table {
        let path = if above.is_empty() { key.get_ref().to_string() } else { format!("{above}.{}", key.get_ref()) };
        places.push((path.clone(), key.span()));
        note(&path, value, places);
    }
}

fn note(path: &str, value: &Spanned<DeValue<'_>>, places: &mut Vec<(String, Range<usize>)>) {
    places.push((path.to_owned(), value.span()));
    match value.get_ref() {
        DeValue::Table(table) => note_table(path, table, places),
        DeValue::Array(entries) => {
            entries.iter().enumerate().for_each(|(index, entry)| note(&format!("{path}.{index}"), entry, places));
        }
        _ => {}
    }
}
