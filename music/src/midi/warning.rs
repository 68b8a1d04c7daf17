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
    /// There are tracks that the header does not announce; they were read.
    UnannouncedTracks(usize),
    /// Tempos, metres or keys that mean nothing, such as a tempo of zero; they were left out.
    BadChanges(usize),
    /// Time is counted in film frames, not in beats; it was converted at 120 beats a minute.
    FilmTime,
    /// Messages without a status byte follow a meta event or a system message, which the standard lets end the running
    /// status; the last status was taken to hold on.
    KeptStatus(Occurrences),
    /// Data bytes are above 127; they were cut.
    HighBytes(Occurrences),
    /// Events, or times between them, of a length that theirs cannot be: they were read as far as they are there.
    WrongLengths(Occurrences),
    /// System messages that have no place in a file; they were passed over.
    SystemMessages(Occurrences),
    /// Stretches of bytes that are no events; they were passed over up to where events begin again.
    Unreadable(Occurrences),
    /// End marks with events behind them; what is behind was read.
    EarlyEnds(Occurrences),
    /// Tracks with bytes behind their end mark that are no events; they were left out.
    BytesAfterEnd(Occurrences),
    /// Chunks whose length is wrong; they were read up to the next.
    WrongChunks(Occurrences),
    /// Bytes that belong to no chunk; they were passed over.
    StrayBytes {
        /// How many.
        count: usize,
        /// Where the first stands, counted from 0 at the beginning of the file.
        byte: usize,
    },
    /// Another MIDI file follows within the file; it was left out.
    AnotherFile {
        /// Where it begins, counted from 0 at the beginning of the file.
        byte: usize,
    },
    /// The header states a format that is not known; the tracks were taken to sound together.
    UnknownFormat(u16),
    /// There are more changes of controllers, over all voices, than are kept; all were left out.
    TooManyControls(usize),
}

/// How often something occurs in the tracks of a file, and where it does first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrences {
    /// How often.
    pub count: usize,
    /// The first one's track, counted from 1; 0 is the header.
    pub track: usize,
    /// The first one's place, counted in bytes from 0 at the beginning of the file.
    pub byte: usize,
}

impl Occurrences {
    /// Counts one more, at a byte of a track.
    pub(super) fn add(&mut self, (track, byte): (usize, usize)) {
        if self.count == 0 {
            (self.track, self.byte) = (track, byte);
        }
        self.count += 1;
    }

    /// Counts those of a later track too.
    pub(super) fn join(&mut self, later: Occurrences) {
        if self.count == 0 {
            *self = later;
        } else {
            self.count += later.count;
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Warning::OverlappingNotes(count) => {
                format!("{} while the same pitch sounds", counted(*count, "note begins", "notes begin"))
            }
            Warning::UnendedNotes(count) => {
                format!("{} ended with the track", counted(*count, "endless note was", "endless notes were"))
            }
            Warning::EmptyNotes(count) => {
                format!("{} left out", counted(*count, "note of no length was", "notes of no length were"))
            }
            Warning::BrokenTracks(count) => {
                format!("{} before the end", counted(*count, "track breaks off", "tracks break off"))
            }
            Warning::MissingTracks(count) => {
                format!("{} missing", counted(*count, "announced track is", "announced tracks are"))
            }
            Warning::UnannouncedTracks(count) => {
                format!(
                    "{} read too",
                    counted(*count, "track that is not announced was", "tracks that are not announced were")
                )
            }
            Warning::BadChanges(count) => {
                let what =
                    counted(*count, "impossible tempo, metre or key was", "impossible tempos, metres or keys were");
                format!("{what} left out")
            }
            Warning::FilmTime => "film frames were converted to beats at 120 beats a minute".to_owned(),
            Warning::KeptStatus(found) => found.told(
                "message without a status byte was read with the last one",
                "messages without a status byte were read with the last one",
            ),
            Warning::HighBytes(found) => found.told("data byte above 127 was cut", "data bytes above 127 were cut"),
            Warning::WrongLengths(found) => found.told("event has the wrong length", "events have the wrong length"),
            Warning::SystemMessages(found) => {
                found.told("system message was passed over", "system messages were passed over")
            }
            Warning::Unreadable(found) => {
                found.told("unreadable stretch was passed over", "unreadable stretches were passed over")
            }
            Warning::EarlyEnds(found) => found.told("end mark stands before the end", "end marks stand before the end"),
            Warning::BytesAfterEnd(found) => found.told(
                "track has bytes behind its end mark, which were left out",
                "tracks have bytes behind their end mark, which were left out",
            ),
            Warning::WrongChunks(found) => {
                found.told("chunk of the wrong length was mended", "chunks of the wrong length were mended")
            }
            Warning::StrayBytes { count, byte } => {
                let what = counted(*count, "byte that belongs to no track was", "bytes that belong to no track were");
                format!("{what} passed over (byte {byte})")
            }
            Warning::AnotherFile { byte } => {
                format!("another MIDI file begins within this one and was left out (byte {byte})")
            }
            Warning::UnknownFormat(format) => {
                format!("the format {format} is not known; the tracks were read as of format 1, sounding together")
            }
            Warning::TooManyControls(count) => format!("{count} changes of controllers are too many and were left out"),
        };
        formatter.write_str(&text)
    }
}

impl Occurrences {
    fn told(self, one: &str, many: &str) -> String {
        let first = if self.count == 1 { "" } else { "first in " };
        let what = counted(self.count, one, many);
        match self.track {
            0 => format!("{what} ({first}header, byte {})", self.byte),
            track => format!("{what} ({first}track {track}, byte {})", self.byte),
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

    #[test]
    fn a_place_is_told_by_its_track_and_byte() {
        let found = Occurrences { count: 1, track: 3, byte: 40 };
        assert_eq!(Warning::HighBytes(found).to_string(), "1 data byte above 127 was cut (track 3, byte 40)");
        let found = Occurrences { count: 2, ..found };
        let text = "2 data bytes above 127 were cut (first in track 3, byte 40)";
        assert_eq!(Warning::HighBytes(found).to_string(), text);
    }
}
