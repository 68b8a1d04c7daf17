//! How a voice is to be played, besides its notes.

use serde::{Deserialize, Serialize};

/// A change in how a voice is played, as MIDI channel messages state it.
///
/// Source: the MIDI 1.0 Detailed Specification (controllers, pitch bend change, program change) and General MIDI 1,
/// which fixes the bend range that holds unless a file states another: two semitones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Control {
    /// A General MIDI instrument, 0 (grand piano) to 127.
    Program(u8),
    /// The channel volume (controller 7), 0 to 127.
    Volume(u8),
    /// The expression (controller 11), a share of the volume, 0 to 127.
    Expression(u8),
    /// The sustain pedal (controller 64): down holds every note that is let go.
    Sustain(bool),
    /// The pitch bend, -8192 to 8191, where 8191 is the whole bend range upward.
    Bend(i16),
    /// The bend range in semitones (registered parameter 0), 0 to 127.
    BendRange(u8),
}
