//! What a MIDI file had to be forgiven.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A fault of a MIDI file that did not keep it from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Warning {
    /// Notes begin while the same pitch sounds on the same channel; a note-off was taken to end the
    /// earliest.
    OverlappingNotes(usize),
    /// Notes never end; they were ended with their track.
    UnendedNotes(usize),
    /// Notes end when they begin; they were left out.
    EmptyNotes(usize),
    /// Tracks stop before their end: they are cut off or damaged. What stands before was read.
    BrokenTracks(usize),
    /// The header announces tracks that are not there.
    MissingTracks(usize),
    /// Tempos, metres or keys that mean nothing, such as a tempo of zero; they were left out.
    BadChanges(usize),
    /// Time is counted in film frames, not in beats; it was converted at 120 beats a minute.
    FilmTime,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::OverlappingNotes(count) => {
                write!(formatter, "{} while the same pitch sounds", counted(*count, "note begins", "notes begin"))
            }
            Warning::UnendedNotes(count) => {
                write!(formatter, "{} ended with the track", counted(*count, "endless note was", "endless notes were"))
            }
            Warning::EmptyNotes(count) => {
                write!(formatter, "{} left out", counted(*count, "note of no length was", "notes of no length were"))
            }
            Warning::BrokenTracks(count) => {
                write!(formatter, "{} before the end", counted(*count, "track breaks off", "tracks break off"))
            }
            Warning::MissingTracks(count) => {
                write!(formatter, "{} missing", counted(*count, "announced track is", "announced tracks are"))
            }
            Warning::BadChanges(count) => {
                let what =
                    counted(*count, "impossible tempo, metre or key was", "impossible tempos, metres or keys were");
                write!(formatter, "{what} left out")
            }
            Warning::FilmTime => formatter.write_str("film frames were converted to beats at 120 beats a minute"),
        }
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(Warning::UnendedNotes(1).to_string(), "1 endless note was ended with the track");
        assert_eq!(Warning::UnendedNotes(2).to_string(), "2 endless notes were ended with the track");
    }
}
