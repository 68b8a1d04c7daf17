//! Pitches, pitch classes and velocities.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use crate::error::MusicError;

const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// A MIDI pitch, 0 to 127. Middle C is 60 and is called C4.
///
/// ```
/// use gradus_music::Pitch;
///
/// let pitch: Pitch = "Bb2".parse()?;
/// assert_eq!(pitch.number(), 46);
/// assert_eq!(pitch.to_string(), "A#2");
/// # Ok::<(), gradus_music::MusicError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pitch(u8);

impl Pitch {
    /// C4, MIDI number 60.
    pub const MIDDLE_C: Pitch = Pitch(60);
    /// G9, the highest pitch of MIDI; the lowest is 0, C-1.
    pub const MAX: Pitch = Pitch(127);

    /// The pitch of a MIDI number, if that is at most 127.
    pub const fn new(number: u8) -> Option<Pitch> {
        if number <= Pitch::MAX.0 { Some(Pitch(number)) } else { None }
    }

    /// The MIDI number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The pitch without its octave.
    pub const fn class(self) -> PitchClass {
        PitchClass(self.0 % 12)
    }

    /// The octave: that of middle C is 4, the lowest is -1.
    pub const fn octave(self) -> i8 {
        (self.0 / 12) as i8 - 1
    }

    /// The pitch so many semitones above (or below, if negative), unless that leaves the range of
    /// MIDI.
    pub fn transpose(self, semitones: i32) -> Option<Pitch> {
        let number = i32::from(self.0).checked_add(semitones)?;
        Pitch::new(u8::try_from(number).ok()?)
    }
}

impl fmt::Display for Pitch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{}{}", self.class(), self.octave()))
    }
}

impl FromStr for Pitch {
    type Err = MusicError;

    fn from_str(text: &str) -> Result<Pitch, MusicError> {
        let number = text.parse().ok().or_else(|| number_of_name(text));
        number.and_then(Pitch::new).ok_or_else(|| MusicError::NotAPitch { text: text.to_owned() })
    }
}

impl Serialize for Pitch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

impl JsonSchema for Pitch {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Pitch".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A pitch, as a MIDI number or a name such as `Bb2`; middle C is 60 or `C4`.",
            "anyOf": [{ "type": "integer", "minimum": 0, "maximum": 127 }, { "type": "string" }],
        })
    }
}

/// From a MIDI number or, in formats that people write, from a name.
impl<'de> Deserialize<'de> for Pitch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pitch, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(PitchVisitor)
        } else {
            deserializer.deserialize_u8(PitchVisitor)
        }
    }
}

/// A pitch without its octave, 0 (C) to 11 (B).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PitchClass(u8);

impl PitchClass {
    /// C.
    pub const C: PitchClass = PitchClass(0);

    /// The pitch class so many semitones above C, if that is at most 11.
    pub const fn new(number: u8) -> Option<PitchClass> {
        if number < 12 { Some(PitchClass(number)) } else { None }
    }

    /// All twelve, from C up.
    pub fn all() -> impl Iterator<Item = PitchClass> {
        (0..12).map(PitchClass)
    }

    /// Semitones above C.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The pitch class so many semitones above (or below, if negative).
    #[must_use]
    pub const fn transpose(self, semitones: i32) -> PitchClass {
        PitchClass((self.0 as i32 + semitones % 12).rem_euclid(12) as u8)
    }

    /// Semitones from `other` up to this one, 0 to 11.
    pub const fn above(self, other: PitchClass) -> u8 {
        (self.0 + 12 - other.0) % 12
    }
}

impl fmt::Display for PitchClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(NAMES[usize::from(self.0)])
    }
}

/// How hard a note is struck, 1 to 127; 80 unless said otherwise. MIDI's velocity 0 means the end
/// of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(extend("minimum" = 1, "maximum" = 127))]
pub struct Velocity(u8);

impl Velocity {
    /// A velocity, if it lies between 1 and 127.
    pub const fn new(number: u8) -> Option<Velocity> {
        if number >= 1 && number <= 127 { Some(Velocity(number)) } else { None }
    }

    /// The MIDI number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl Default for Velocity {
    fn default() -> Velocity {
        Velocity(80)
    }
}

impl TryFrom<u8> for Velocity {
    type Error = MusicError;

    fn try_from(number: u8) -> Result<Velocity, MusicError> {
        Velocity::new(number).ok_or(MusicError::NotAVelocity { number })
    }
}

impl From<Velocity> for u8 {
    fn from(velocity: Velocity) -> u8 {
        velocity.0
    }
}

/// Reads a note name without octave from the front of `text`: its semitones above C and what is
/// left.
pub(crate) fn split_note_name(text: &str) -> Option<(i32, &str)> {
    let mut rest = text.chars();
    let natural = match rest.next()?.to_ascii_uppercase() {
        'C' => 0,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return None,
    };
    let mut after = rest.clone();
    let accidental = match after.next() {
        Some('#' | '♯') => 1,
        Some('b' | '♭') => -1,
        _ => return Some((natural, rest.as_str())),
    };
    Some((natural + accidental, after.as_str()))
}

fn number_of_name(text: &str) -> Option<u8> {
    let (semitones, octave) = split_note_name(text)?;
    let octave: i8 = octave.parse().ok()?;
    u8::try_from((i32::from(octave) + 1) * 12 + semitones).ok()
}

struct PitchVisitor;

impl Visitor<'_> for PitchVisitor {
    type Value = Pitch;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a pitch: a name such as \"C4\" or a MIDI number from 0 to 127")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Pitch, E> {
        let pitch = u8::try_from(number).ok().and_then(Pitch::new);
        pitch.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Pitch, E> {
        let pitch = u8::try_from(number).ok().and_then(Pitch::new);
        pitch.ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Pitch, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pitch_reads_its_own_name_and_number() {
        for pitch in (0..=127).filter_map(Pitch::new) {
            assert_eq!(pitch.to_string().parse::<Pitch>().unwrap(), pitch);
            assert_eq!(pitch.number().to_string().parse::<Pitch>().unwrap(), pitch);
        }
    }

    #[test]
    fn names_follow_the_convention_that_middle_c_is_c4() {
        let number = |name: &str| name.parse::<Pitch>().unwrap().number();
        assert_eq!(
            [number("C4"), number("F#3"), number("Bb2"), number("bb2"), number("C-1"), number("G9")],
            [60, 54, 46, 46, 0, 127]
        );
        assert_eq!(number("Cb4"), number("B3"));
    }

    #[test]
    fn what_is_no_pitch_is_refused_with_a_remedy() {
        for text in ["", "H4", "C", "128", "-1", "Cb-1", "G#9", "C4x", "C99", "C4294967296"] {
            let error = text.parse::<Pitch>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("such as C4"), "{error}");
        }
    }

    #[test]
    fn transposing_never_leaves_the_range_of_midi() {
        assert_eq!(Pitch::MIDDLE_C.transpose(-61), None);
        assert_eq!(Pitch::MAX.transpose(1), None);
        assert_eq!(Pitch::MAX.transpose(i32::MAX), None);
        assert_eq!(Pitch::MIDDLE_C.transpose(-12).unwrap().to_string(), "C3");
        assert_eq!(PitchClass::C.transpose(-1).to_string(), "B");
    }

    #[test]
    fn a_pitch_is_written_as_a_number_and_read_from_a_number_or_a_name() {
        assert_eq!(serde_json::to_string(&Pitch::MIDDLE_C).unwrap(), "60");
        assert_eq!(serde_json::from_str::<Pitch>("60").unwrap(), Pitch::MIDDLE_C);
        assert_eq!(serde_json::from_str::<Pitch>("\"C4\"").unwrap(), Pitch::MIDDLE_C);
        assert!(serde_json::from_str::<Pitch>("128").is_err());
        assert!(serde_json::from_str::<Pitch>("-1").is_err());
    }

    #[test]
    fn velocity_zero_is_not_a_velocity() {
        assert_eq!(Velocity::new(0), None);
        assert_eq!(Velocity::new(128), None);
        assert!(serde_json::from_str::<Velocity>("0").is_err());
    }
}
