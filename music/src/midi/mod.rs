//! Standard MIDI Files, in and out.
//!
//! Reading takes whatever can be taken from a file and reports the rest as [`Warning`]s. Writing
//! gives the same bytes for the same score, and a written score reads back equal if its notes are
//! in canonical order, no note of a voice lies inside a longer one of the same pitch (a note-off
//! ends the note of its pitch that began first), names that are there are not empty, changes and
//! controls are in order of time and stand within the piece, and no voice changes its instrument
//! before its first note has begun.
//!
//! The parts of the reader, from the file inward: `chunks` finds the tracks, `events` reads theirs
//! (held against what `standard` writes), `track` makes notes of them, `channel` and `keys` say what
//! holds for several tracks, and `read` puts the score together.

mod channel;
mod chunks;
mod clock;
mod events;
mod faults;
mod keys;
mod read;
mod standard;
mod track;
mod warning;
mod write;

pub use read::{Reading, parse, read};
pub use warning::{Occurrences, Warning};
pub use write::{to_bytes, write};

use crate::error::MusicError;
use crate::score::Score;

/// The longest piece that is read or written, in hours at its own tempo.
pub const MAX_HOURS: f64 = 24.0;

/// The longest piece that is read or written, in beats: 24 hours at about 700 beats a minute.
pub const MAX_BEATS: f64 = 1e6;

/// How many changes of instruments and controllers are read, over all voices of a piece. They belong to channels, so that each
/// voice on a channel has them all: small files could fill any memory.
const MAX_CONTROLS: usize = 1 << 24;

/// The channel on which General MIDI plays drums, counted from 0.
const PERCUSSION_CHANNEL: u8 = 9;

/// How the text event begins that keeps a score's [`origin`](Score::origin); other programs pass it on or drop it.
const ORIGIN: &str = "Gradus ";

/// Refuses a score that is beyond the limits.
fn check_length(score: &Score, name: &str) -> Result<(), MusicError> {
    let hours = score.seconds() / 3600.0;
    let too_long = |length| Err(MusicError::TooLong { name: name.to_owned(), length });
    if score.beats() > MAX_BEATS {
        return too_long(format!("it lasts {:.0} beats, the limit is {MAX_BEATS}", score.beats()));
    }
    if hours > MAX_HOURS {
        return too_long(format!("it lasts {hours:.1} hours, the limit is {MAX_HOURS}"));
    }
    Ok(())
}
