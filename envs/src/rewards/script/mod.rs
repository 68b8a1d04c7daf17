//! Reward terms written as scripts, in Rhai, without recompiling.

mod fault;
mod now;
mod params;
mod program;
mod sandbox;
mod term;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, registry::Registered, setting::Setting};

pub use fault::Fault;
pub use params::Param;
use program::Program;
use term::Script;

/// Settings of `script`.
///
/// A config says `file`; the program reads it and keeps its text as `source`, so that a config written beside a run needs
/// no other file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Unchecked", rename_all = "kebab-case")]
pub struct Config {
    /// The script's file, relative to the folder of the config. Not written where there is a `source`.
    #[serde(skip_serializing)]
    pub file: Option<PathBuf>,
    /// What the term is called in metrics and plots; the file's name without its ending if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the script's calls of `param` are to give, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Param>,
    /// The script's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The table of a config before it is known that it names one script.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Unchecked {
    /// The script's file, relative to the folder of the config.
    file: Option<PathBuf>,
    /// What the term is called in metrics and plots; the file's name without its ending if not given.
    name: Option<String>,
    /// What the script's calls of `param` are to give, by name.
    params: BTreeMap<String, Param>,
    /// The script's text, instead of a file.
    source: Option<String>,
}

impl TryFrom<Unchecked> for Config {
    type Error = &'static str;

    fn try_from(Unchecked { file, name, params, source }: Unchecked) -> Result<Self, Self::Error> {
        match (&file, &source) {
            (None, None) => Err("a script needs its `file`, such as \"rewards/syncopation.rhai\", or its `source`"),
            (Some(_), Some(_)) => Err("a script has a `file` or a `source`; leave out one"),
            _ => Ok(Self { file, name, params, source }),
        }
    }
}

/// The script that stands in for all scripts where every term is tried with its default settings.
const SAMPLE: &str = include_str!("../../../../configs/rewards/leap.rhai");

impl Default for Config {
    fn default() -> Self {
        Self { file: None, name: None, params: BTreeMap::new(), source: Some(SAMPLE.to_owned()) }
    }
}

impl Registered for Config {
    const NAME: &'static str = "script";
    const SUMMARY: &'static str = "a term of your own, written in Rhai and read from a file: no recompiling";
}

impl Config {
    /// The longest script, in bytes.
    pub const MAX_BYTES: usize = 65_536;

    /// Puts the text that was found at `path` in the place of the file, as the program does before the term is made.
    pub fn set_source(&mut self, path: &Path, source: String) {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        self.name = self.name.take().or(stem);
        self.file = Some(path.to_owned());
        self.source = Some(source);
    }

    /// Where the script is to be found: its file, or else its name.
    fn place(&self) -> String {
        match (&self.file, &self.name) {
            (Some(file), _) => file.display().to_string(),
            (None, Some(name)) => format!("`{name}`"),
            (None, None) => "in the config".to_owned(),
        }
    }

    /// The script, read and its top level run.
    fn program(&self) -> Result<Program, EnvError> {
        let refuse = |key: &str, problem: String, remedy: &str| EnvError::config(key, problem, remedy);
        let Some(source) = &self.source else {
            let problem = format!("{} has not been read", self.place());
            return Err(refuse("reward.script.file", problem, "give the text as `source`"));
        };
        if source.len() > Self::MAX_BYTES {
            let problem = format!("{} has {} bytes", self.place(), source.len());
            return Err(refuse("reward.script", problem, "write a script of at most 65,536 bytes"));
        }
        let letters = |name: &String| {
            !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
        };
        if let Some(name) = self.name.as_ref().filter(|name| !letters(name)) {
            let problem = format!("{name:?} cannot be a column of the metrics");
            return Err(refuse("reward.script.name", problem, "give a `name` of letters, digits, `-` and `_`"));
        }
        Program::load(&self.place(), source, &self.params)
    }
}

impl TermConfig for Config {
    const ALLOCATES: bool = true;

    fn build(&self, setting: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Script::new(Arc::new(self.program()?), setting)))
    }

    fn label(&self) -> Option<&str> {
        self.name.as_deref()
    }
}
