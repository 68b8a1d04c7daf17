//! Keys: a tonic and a mode.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::MusicError;
use crate::pitch::{Pitch, PitchClass, split_note_name};

/// Major or minor. Minor means natural minor wherever a scale is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Semitones 0, 2, 4, 5, 7, 9, 11.
    Major,
    /// Semitones 0, 2, 3, 5, 7, 8, 10.
    Minor,
}

impl Mode {
    /// The scale's steps in semitones above the tonic.
    pub const fn steps(self) -> [u8; 7] {
        match self {
            Mode::Major => [0, 2, 4, 5, 7, 9, 11],
            Mode::Minor => [0, 2, 3, 5, 7, 8, 10],
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Mode::Major => "major",
            Mode::Minor => "minor",
        })
    }
}

/// A key, written as in `C major` or `F# minor`.
///
/// Enharmonic keys are one key: F# major and Gb major are equal, and written with the fewer
/// accidentals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Key {
    /// The first degree of its scale.
    pub tonic: PitchClass,
    /// Major or minor.
    pub mode: Mode,
}

impl Key {
    /// C major.
    pub const C_MAJOR: Key = Key { tonic: PitchClass::C, mode: Mode::Major };

    /// All 24 keys: the major ones from C up, then the minor ones.
    pub fn all() -> impl Iterator<Item = Key> {
        [Mode::Major, Mode::Minor].into_iter().flat_map(|mode| PitchClass::all().map(move |tonic| Key { tonic, mode }))
    }

    /// The key of a signature: so many sharps, or flats if negative; at most seven of either.
    pub fn from_signature(sharps: i8, mode: Mode) -> Option<Key> {
        if !(-7..=7).contains(&sharps) {
            return None;
        }
        let major = Key { tonic: PitchClass::C.transpose(7 * i32::from(sharps)), mode: Mode::Major };
        Some(match mode {
            Mode::Major => major,
            Mode::Minor => major.relative(),
        })
    }

    /// The sharps of its signature, or flats if negative: -5 to 6.
    pub fn signature(self) -> i8 {
        let major = match self.mode {
            Mode::Major => self,
            Mode::Minor => self.relative(),
        };
        // Seven semitones up is one sharp more, and seven is its own inverse modulo twelve.
        let sharps = (7 * major.tonic.number() % 12) as i8;
        if sharps > 6 { sharps - 12 } else { sharps }
    }

    /// The seven pitch classes of the scale, from the tonic up.
    pub fn scale(self) -> [PitchClass; 7] {
        self.mode.steps().map(|step| self.tonic.transpose(i32::from(step)))
    }

    /// Whether the scale holds this pitch class.
    pub fn contains(self, class: PitchClass) -> bool {
        self.degree(class).is_some()
    }

    /// The place of a pitch class in the scale: 1 (the tonic) to 7.
    pub fn degree(self, class: PitchClass) -> Option<u8> {
        let above = class.above(self.tonic);
        let index = self.mode.steps().iter().position(|&step| step == above)?;
        Some(index as u8 + 1)
    }

    /// The key of the other mode with the same scale: A minor for C major, and back.
    #[must_use]
    pub fn relative(self) -> Key {
        match self.mode {
            Mode::Major => Key { tonic: self.tonic.transpose(-3), mode: Mode::Minor },
            Mode::Minor => Key { tonic: self.tonic.transpose(3), mode: Mode::Major },
        }
    }

    /// The name of a pitch as music in this key spells it, such as `Bb3` in F major and `A#3` in B major: the
    /// accidentals of the signature, and sharps or flats as it has them for pitches outside the scale (sharps in C).
    pub fn spell(self, pitch: Pitch) -> String {
        let class = usize::from(pitch.class().number());
        let signature = self.signature();
        // The widest signature is that of six sharps, in whose scale F is E#.
        let name = match (signature, class) {
            (6, 5) => "E#",
            (..0, _) => FLAT[class],
            _ => return pitch.to_string(),
        };
        format!("{name}{}", pitch.octave())
    }

    /// The key so many semitones above (or below, if negative).
    #[must_use]
    pub fn transpose(self, semitones: i32) -> Key {
        Key { tonic: self.tonic.transpose(semitones), mode: self.mode }
    }
}

/// The pitch classes with flats.
const FLAT: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"];

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tonic = if self.signature() < 0 {
            FLAT[usize::from(self.tonic.number())].to_owned()
        } else {
            self.tonic.to_string()
        };
        formatter.pad(&format!("{tonic} {}", self.mode))
    }
}

impl FromStr for Key {
    type Err = MusicError;

    fn from_str(text: &str) -> Result<Key, MusicError> {
        let parse = || {
            let (tonic, mode) = split_note_name(text.trim())?;
            let mode = match mode.trim().to_ascii_lowercase().as_str() {
                "major" => Mode::Major,
                "minor" => Mode::Minor,
                _ => return None,
            };
            Some(Key { tonic: PitchClass::C.transpose(tonic), mode })
        };
        parse().ok_or_else(|| MusicError::NotAKey { text: text.to_owned() })
    }
}

impl TryFrom<String> for Key {
    type Error = MusicError;

    fn try_from(text: String) -> Result<Key, MusicError> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    #[test]
    fn every_key_reads_its_own_name() {
        for each in Key::all() {
            assert_eq!(key(&each.to_string()), each);
        }
        let names: Vec<_> = Key::all().map(|key| key.to_string()).collect();
        assert_eq!(names[..6], ["C major", "Db major", "D major", "Eb major", "E major", "F major"]);
        assert_eq!(names[12..18], ["C minor", "C# minor", "D minor", "D# minor", "E minor", "F minor"]);
    }

    #[test]
    fn what_is_no_key_is_refused_with_a_remedy() {
        for text in ["", "C", "C dorian", "H major", "major"] {
            let error = text.parse::<Key>().unwrap_err().to_string();
            assert!(error.contains("C major"), "{error}");
        }
    }

    #[test]
    fn every_key_is_the_key_of_its_signature() {
        for each in Key::all() {
            assert_eq!(Key::from_signature(each.signature(), each.mode), Some(each));
        }
        assert_eq!(Key::from_signature(-3, Mode::Minor), Some(key("C minor")));
        assert_eq!(Key::from_signature(7, Mode::Major), Some(key("C# major")));
        assert_eq!(Key::from_signature(8, Mode::Major), None);
    }

    #[test]
    fn relatives_share_their_scale_and_are_mutual() {
        for each in Key::all() {
            assert_eq!(each.relative().relative(), each);
            assert!(each.scale().iter().all(|&class| each.relative().contains(class)));
        }
        assert_eq!(key("C major").relative(), key("A minor"));
    }

    #[test]
    fn a_pitch_is_spelled_by_the_signature() {
        let spelled = |name: &str, numbers: [u8; 3]| numbers.map(|number| key(name).spell(Pitch::new(number).unwrap()));
        assert_eq!(spelled("F major", [70, 66, 60]), ["Bb4", "Gb4", "C4"]);
        assert_eq!(spelled("B major", [70, 66, 60]), ["A#4", "F#4", "C4"]);
        assert_eq!(spelled("C major", [70, 66, 60]), ["A#4", "F#4", "C4"]);
        assert_eq!(spelled("F# major", [65, 66, 71]), ["E#4", "F#4", "B4"]);
        assert_eq!(spelled("Eb minor", [65, 66, 71]), ["E#4", "F#4", "B4"]);
    }

    #[test]
    fn degrees_count_from_the_tonic() {
        let g = key("G major");
        let degrees: Vec<_> = g.scale().iter().map(|&class| g.degree(class).unwrap()).collect();
        assert_eq!(degrees, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(g.degree(PitchClass::new(5).unwrap()), None);
        assert_eq!(key("A minor").degree(PitchClass::C), Some(3));
    }
}
