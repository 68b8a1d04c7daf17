//! Which music is learned from: the setting `corpus` of configs.

use std::{
    borrow::Cow,
    fmt,
    path::{Path, PathBuf},
};

use gradus_music::{Corpus, MelodySource, MusicError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::progress;

/// A folder of MIDI files and the voice of each that is its melody: `corpus = "my/midi"`, or `corpus = { path = "my/midi",
/// voice = "Vox" }`. Without a path it is the embedded corpus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorpusConfig {
    /// The folder; none for the embedded corpus.
    pub path: Option<PathBuf>,
    /// Where the melodies are.
    pub voice: MelodySource,
}

/// How many pieces are named in a warning before the rest is only counted.
const NAMED: usize = 5;

impl CorpusConfig {
    /// The setting after a command line has had its say: another folder is another corpus, another voice only a voice.
    pub fn choose(setting: Option<Self>, path: Option<PathBuf>, voice: Option<MelodySource>) -> Option<Self> {
        let mut corpus = match path {
            Some(path) => Self { path: Some(path), voice: MelodySource::Auto },
            None => setting.unwrap_or_default(),
        };
        corpus.voice = voice.unwrap_or(corpus.voice);
        (corpus != Self::default()).then_some(corpus)
    }

    /// Reads the corpus.
    pub fn read(&self) -> Result<Corpus, MusicError> {
        Corpus::read(self.path.as_deref(), self.voice.clone())
    }
}

/// The folder of a setting, if it names one.
pub fn path(setting: Option<&CorpusConfig>) -> Option<&Path> {
    setting?.path.as_deref()
}

/// Warns of the pieces that lack the voice that was asked for.
pub(crate) fn warn_of_missing_voices(corpus: &Corpus) {
    let lacking: Vec<_> = corpus.without_the_voice().map(|piece| piece.name.as_str()).collect();
    if lacking.is_empty() {
        return;
    }
    let (count, all, voice) = (lacking.len(), corpus.pieces.len(), &corpus.voice);
    let mut names = lacking[..count.min(NAMED)].join(", ");
    if count > NAMED {
        names += &format!(" and {} more", count - NAMED);
    }
    progress::warn(&format!(
        "{count} of {all} pieces have no voice `{voice}` and are heard by the one that is chosen for them: {names}"
    ));
}

/// The setting as a table.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Table {
    /// A folder of MIDI files; the embedded corpus if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    /// The voice that is the melody: its name, the number of its track, `highest`, or `auto`.
    #[serde(skip_serializing_if = "is_auto")]
    voice: MelodySource,
}

fn is_auto(voice: &MelodySource) -> bool {
    *voice == MelodySource::Auto
}

impl Serialize for CorpusConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (&self.path, &self.voice) {
            (Some(path), MelodySource::Auto) => path.serialize(serializer),
            (path, voice) => Table { path: path.clone(), voice: voice.clone() }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for CorpusConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PathOrTable;

        impl<'de> Visitor<'de> for PathOrTable {
            type Value = CorpusConfig;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a folder, or a table such as { path = \"my/midi\", voice = \"Vox\" }")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<CorpusConfig, E> {
                Ok(CorpusConfig { path: Some(path.into()), ..CorpusConfig::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CorpusConfig, A::Error> {
                let Table { path, voice } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(CorpusConfig { path, voice })
            }
        }

        deserializer.deserialize_any(PathOrTable)
    }
}

impl JsonSchema for CorpusConfig {
    fn schema_name() -> Cow<'static, str> {
        "CorpusConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (path, table) = (generator.subschema_for::<PathBuf>(), generator.subschema_for::<Table>());
        json_schema!({ "anyOf": [path, table] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Config {
        corpus: Option<CorpusConfig>,
    }

    fn read(text: &str) -> Result<Option<CorpusConfig>, String> {
        toml::from_str::<Config>(text).map(|config| config.corpus).map_err(|error| error.to_string())
    }

    fn corpus(path: Option<&str>, voice: &str) -> CorpusConfig {
        CorpusConfig { path: path.map(PathBuf::from), voice: voice.parse().unwrap() }
    }

    #[test]
    fn a_folder_may_stand_alone_or_beside_a_voice() {
        assert_eq!(read("corpus = 'my/midi'").unwrap(), Some(corpus(Some("my/midi"), "auto")));
        assert_eq!(read("corpus = { path = 'my/midi', voice = 'Vox' }").unwrap(), Some(corpus(Some("my/midi"), "Vox")));
        assert_eq!(read("[corpus]\nvoice = 4").unwrap(), Some(corpus(None, "4")));
        assert_eq!(read("").unwrap(), None);
    }

    #[test]
    fn a_setting_is_written_as_briefly_as_it_can_be() {
        let written = |corpus| toml::to_string(&Config { corpus: Some(corpus) }).unwrap();
        assert_eq!(written(corpus(Some("my/midi"), "auto")), "corpus = \"my/midi\"\n");
        for setting in [corpus(Some("a"), "highest"), corpus(None, "Lead vocal"), corpus(Some("a"), "3")] {
            assert_eq!(read(&written(setting.clone())).unwrap(), Some(setting));
        }
    }

    #[test]
    fn what_is_no_corpus_is_refused_with_what_is_one() {
        assert!(read("corpus = 3").unwrap_err().contains("a folder, or a table such as"));
        assert!(
            read("corpus = { pat = 'a' }").unwrap_err().contains("unknown field `pat`, expected `path` or `voice`")
        );
        assert!(read("corpus = { path = 'a', voice = 0 }").unwrap_err().contains("counted from 1"));
    }

    #[test]
    fn a_command_line_says_another_folder_or_another_voice() {
        let choose = |setting: Option<CorpusConfig>, path: Option<&str>, voice: Option<&str>| {
            CorpusConfig::choose(setting, path.map(PathBuf::from), voice.map(|voice| voice.parse().unwrap()))
        };
        let setting = Some(corpus(Some("a"), "Vox"));
        assert_eq!(choose(setting.clone(), None, None), setting);
        assert_eq!(choose(setting.clone(), Some("b"), None), Some(corpus(Some("b"), "auto")));
        assert_eq!(choose(setting.clone(), None, Some("2")), Some(corpus(Some("a"), "2")));
        assert_eq!(choose(None, None, Some("Alto")), Some(corpus(None, "Alto")));
        assert_eq!((choose(None, None, None), choose(None, None, Some("auto"))), (None, None));
    }
}
