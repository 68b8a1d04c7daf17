//! One note.

use serde::{Deserialize, Serialize};

use crate::pitch::{Pitch, Velocity};
use crate::time::Tick;

/// A pitch that sounds for a while.
///
/// Notes are ordered by start, then pitch, then duration, then velocity: the canonical order of the
/// notes of a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Note {
    /// When it begins.
    pub start: Tick,
    /// What sounds.
    pub pitch: Pitch,
    /// How long it sounds; never zero in a score that was read from MIDI.
    pub duration: Tick,
    /// How hard it is struck.
    pub velocity: Velocity,
}

impl Note {
    /// A note of the default velocity.
    pub fn new(pitch: Pitch, start: Tick, duration: Tick) -> Note {
        Note { start, pitch, duration, velocity: Velocity::default() }
    }

    /// When it no longer sounds.
    pub fn end(&self) -> Tick {
        self.start + self.duration
    }
}
