//! Where the melody of a score is to be found.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::error::MusicError;

/// Where the melody of a score is to be found. Written `auto`, `highest`, the number of a track, or the name of a voice.
///
/// ```
/// use gradus_music::MelodySource;
///
/// assert_eq!("auto".parse::<MelodySource>()?, MelodySource::Auto);
/// assert_eq!("Lead vocal".parse::<MelodySource>()?, MelodySource::Voice("Lead vocal".to_owned()));
/// assert_eq!("4".parse::<MelodySource>()?.to_string(), "4");
/// assert!("0".parse::<MelodySource>().is_err());
/// # Ok::<(), gradus_music::MusicError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub enum MelodySource {
    /// The voice that its name and its notes say is the melody; [`choose`](super::choose) has the rules.
    #[default]
    Auto,
    /// The voice of this name, whatever its capitals; if there is none, every voice whose name has these words in a row.
    Voice(String),
    /// The track of this number in its file, counted from 1; of a score that comes from no file, the voice.
    Track(NonZeroU16),
    /// All voices but percussion, taken together.
    Highest,
}

impl fmt::Display for MelodySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MelodySource::Auto => formatter.pad("auto"),
            MelodySource::Voice(name) => formatter.pad(name),
            MelodySource::Track(number) => number.fmt(formatter),
            MelodySource::Highest => formatter.pad("highest"),
        }
    }
}

impl FromStr for MelodySource {
    type Err = MusicError;

    fn from_str(text: &str) -> Result<MelodySource, MusicError> {
        let text = text.trim();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text {
            _ if text.eq_ignore_ascii_case("auto") => Ok(MelodySource::Auto),
            _ if text.eq_ignore_ascii_case("highest") => Ok(MelodySource::Highest),
            _ if is_number => text.parse().map(MelodySource::Track).map_err(|_| not_a_source(text)),
            "" => Err(not_a_source(text)),
            name => Ok(MelodySource::Voice(name.to_owned())),
        }
    }
}

fn not_a_source(text: &str) -> MusicError {
    MusicError::NotAMelodySource { text: text.to_owned() }
}

/// A source as people write it: a track's number may stand without quotes.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected `auto`, `highest`, the name of a voice, or the number of a track")]
enum Written {
    Text(String),
    Number(i64),
}

impl TryFrom<Written> for MelodySource {
    type Error = MusicError;

    fn try_from(written: Written) -> Result<MelodySource, MusicError> {
        match written {
            Written::Text(text) => text.parse(),
            Written::Number(number) => {
                let track = u16::try_from(number).ok().and_then(NonZeroU16::new);
                track.map(MelodySource::Track).ok_or_else(|| not_a_source(&number.to_string()))
            }
        }
    }
}

impl From<MelodySource> for String {
    fn from(source: MelodySource) -> String {
        source.to_string()
    }
}

impl JsonSchema for MelodySource {
    fn schema_name() -> Cow<'static, str> {
        "MelodySource".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Where the melody of a piece is: `auto`, `highest`, the name of a voice, or the number of a track.",
            "anyOf": [{ "type": "string", "minLength": 1 }, { "type": "integer", "minimum": 1, "maximum": u16::MAX }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> MelodySource {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        let track = MelodySource::Track(NonZeroU16::new(4).unwrap());
        let cases = [("auto", MelodySource::Auto), ("highest", MelodySource::Highest), ("4", track)];
        for (text, expected) in cases {
            assert_eq!((source(text), expected.to_string()), (expected.clone(), text.to_owned()));
        }
        let voice = MelodySource::Voice("Vox 2".to_owned());
        assert_eq!((source(" Vox 2 "), voice.to_string()), (voice, "Vox 2".to_owned()));
        assert_eq!((source("AUTO"), source("Highest")), (MelodySource::Auto, MelodySource::Highest));
    }

    #[test]
    fn a_number_may_stand_without_quotes_in_a_config() {
        let read = |json: &str| serde_json::from_str::<MelodySource>(json);
        assert_eq!(read("4").unwrap(), source("4"));
        assert_eq!(read("\"4\"").unwrap(), source("4"));
        assert_eq!(serde_json::to_string(&source("Vox")).unwrap(), "\"Vox\"");
        assert!(read("true").unwrap_err().to_string().contains("the name of a voice"));
    }

    #[test]
    fn a_track_that_cannot_be_is_refused_with_a_remedy() {
        for text in ["", " ", "0", "65536", "99999999999999999999"] {
            let error = text.parse::<MelodySource>().unwrap_err().to_string();
            assert!(error.contains("counted from 1") && error.contains("`highest`"), "{text}: {error}");
        }
        assert!(serde_json::from_str::<MelodySource>("-1").is_err());
    }
}
