//! A piece of music: voices, and what holds for all of them.

use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::error::MusicError;
use crate::key::Key;
use crate::key_estimate::{KeyEstimate, estimate};
use crate::meter::{Meter, Tempo};
use crate::note::Note;
use crate::pitch::Pitch;
use crate::time::{Resolution, Tick};

/// A piece: its voices, and the changes of tempo, metre and key.
///
/// The lists of changes are ordered by tick, with at most one change a tick.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// What it is called, if anything.
    pub title: Option<String>,
    /// Ticks a beat, for every time in it.
    pub resolution: Resolution,
    /// The voices, in the order of the source.
    pub voices: Vec<Voice>,
    /// The stated tempos.
    pub tempos: Vec<Change<Tempo>>,
    /// The stated metres.
    pub meters: Vec<Change<Meter>>,
    /// The stated keys.
    pub keys: Vec<Change<Key>>,
    /// The silence between the end of the last note and the end of the piece.
    pub final_rest: Tick,
    /// How it was written, in the words of the program that wrote it, for that program to read again; see
    /// [`midi`](crate::midi).
    pub origin: Option<String>,
}

/// One part of a score.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Its name; may be empty.
    pub name: String,
    /// Where it was read from.
    #[serde(skip)]
    pub track: TrackNumber,
    /// The General MIDI instrument with which it begins, 0 (grand piano) to 127.
    pub program: u8,
    /// Whether its pitches stand for drums, and so neither for a melody nor for a key.
    pub percussion: bool,
    /// Its notes in canonical order (see [`Note`]); they may overlap.
    pub notes: Vec<Note>,
    /// Changes in how it is played, ordered by tick; of several on one tick the later in the list comes later.
    pub controls: Vec<Change<Control>>,
}

/// The track of a file that a voice was read from, counted from 1; 0 where it was read from none.
///
/// It says where the music was found and is no part of it. So all track numbers are equal, and with them a score and the
/// same score written and read again.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrackNumber(pub u16);

impl PartialEq for TrackNumber {
    fn eq(&self, _: &TrackNumber) -> bool {
        true
    }
}

impl Eq for TrackNumber {}

/// Something that holds from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<T> {
    /// From when on it holds.
    pub at: Tick,
    /// What holds.
    pub value: T,
}

impl<T> Change<T> {
    /// What holds from the beginning.
    pub fn at_the_start(value: T) -> Change<T> {
        Change { at: Tick::ZERO, value }
    }
}

impl Score {
    /// An empty score.
    pub fn new(resolution: Resolution) -> Score {
        Score { resolution, ..Score::default() }
    }

    /// The length of the piece: up to the end of the last note, and the final rest.
    pub fn duration(&self) -> Tick {
        self.end_of_notes() + self.final_rest
    }

    /// The end of the last note.
    pub fn end_of_notes(&self) -> Tick {
        self.notes().map(Note::end).max().unwrap_or_default()
    }

    /// The score ending at `end`, or with its last note if that ends later.
    #[must_use]
    pub fn ending_at(mut self, end: Tick) -> Score {
        self.final_rest = end - self.end_of_notes();
        self
    }

    /// The length in beats (quarter notes).
    pub fn beats(&self) -> f64 {
        self.duration().beats(self.resolution)
    }

    /// The length in seconds, through all changes of tempo.
    pub fn seconds(&self) -> f64 {
        let end = self.duration();
        let mut tempo = Change { at: Tick::ZERO, value: Tempo::default() };
        let mut seconds = 0.0;
        let mut pass = |from: Change<Tempo>, to: Tick| {
            seconds += (to - from.at).beats(self.resolution) * 60.0 / from.value.bpm();
        };
        for &next in self.tempos.iter().take_while(|next| next.at < end) {
            pass(tempo, next.at);
            tempo = next;
        }
        pass(tempo, end);
        seconds
    }

    /// The notes of every voice, voice by voice.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.voices.iter().flat_map(|voice| &voice.notes)
    }

    /// The notes that have a pitch in the musical sense: those of every voice but percussion.
    pub fn pitched_notes(&self) -> impl Iterator<Item = &Note> {
        self.voices.iter().filter(|voice| !voice.percussion).flat_map(|voice| &voice.notes)
    }

    /// The first stated key.
    pub fn key(&self) -> Option<Key> {
        self.keys.first().map(|change| change.value)
    }

    /// The first stated metre.
    pub fn meter(&self) -> Option<Meter> {
        self.meters.first().map(|change| change.value)
    }

    /// The first stated tempo.
    pub fn tempo(&self) -> Option<Tempo> {
        self.tempos.first().map(|change| change.value)
    }

    /// The first stated key, or else the one that the notes suggest; none where there are no notes
    /// either.
    pub fn key_or_estimate(&self) -> Option<Key> {
        self.key().or_else(|| self.estimate_key().map(|estimate| estimate.key))
    }

    /// The key that the pitches and their durations suggest, whatever is stated; percussion is left
    /// out.
    pub fn estimate_key(&self) -> Option<KeyEstimate> {
        let mut weights = [0.0; 12];
        for note in self.pitched_notes() {
            weights[usize::from(note.pitch.class().number())] += f64::from(note.duration.0);
        }
        estimate(&weights)
    }

    /// The first stated metre, or 4/4, which is what MIDI means by silence.
    pub fn meter_or_default(&self) -> Meter {
        self.meter().unwrap_or_default()
    }

    /// The first stated tempo, or 120 beats a minute, which is what MIDI means by silence.
    pub fn tempo_or_default(&self) -> Tempo {
        self.tempo().unwrap_or_default()
    }

    /// The lowest and the highest pitch, percussion left out.
    pub fn pitch_range(&self) -> Option<(Pitch, Pitch)> {
        let lowest = self.pitched_notes().map(|note| note.pitch).min()?;
        let highest = self.pitched_notes().map(|note| note.pitch).max()?;
        Some((lowest, highest))
    }

    /// The score with every note and key so many semitones higher (or lower, if negative);
    /// percussion stays.
    pub fn transpose(&self, semitones: i32) -> Result<Score, MusicError> {
        let mut moved = self.clone();
        for voice in moved.voices.iter_mut().filter(|voice| !voice.percussion) {
            for note in &mut voice.notes {
                let pitch = note.pitch;
                note.pitch = pitch.transpose(semitones).ok_or(MusicError::OutOfRange { pitch, semitones })?;
            }
        }
        for key in &mut moved.keys {
            key.value = key.value.transpose(semitones);
        }
        Ok(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score() -> Score {
        let note = |start, pitch| Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(480));
        let melody = Voice { name: "Melody".to_owned(), notes: vec![note(0, 60), note(480, 67)], ..Voice::default() };
        let drums = Voice { percussion: true, notes: vec![note(960, 35)], ..Voice::default() };
        let keys = vec![Change { at: Tick::ZERO, value: Key::C_MAJOR }];
        Score { voices: vec![melody, drums], keys, ..Score::default() }
    }

    #[test]
    fn an_empty_score_has_neither_length_nor_range() {
        let empty = Score::new(Resolution::default());
        assert_eq!(empty.duration(), Tick::ZERO);
        assert_eq!(empty.pitch_range(), None);
        assert_eq!((empty.key(), empty.meter(), empty.tempo()), (None, None, None));
        assert!(empty.seconds().abs() < 1e-12);
    }

    #[test]
    fn percussion_counts_for_the_length_but_not_for_the_range() {
        assert_eq!(score().duration(), Tick(1440));
        let (low, high) = score().pitch_range().unwrap();
        assert_eq!((low.to_string(), high.to_string()), ("C4".to_owned(), "G4".to_owned()));
    }

    #[test]
    fn transposing_moves_notes_and_keys_but_not_drums() {
        let moved = score().transpose(2).unwrap();
        let pitches: Vec<_> = moved.notes().map(|note| note.pitch.number()).collect();
        assert_eq!(pitches, [62, 69, 35]);
        assert_eq!(moved.key().unwrap().to_string(), "D major");
        assert_eq!(moved.transpose(-2).unwrap(), score());
    }

    #[test]
    fn transposing_out_of_range_names_the_pitch() {
        let error = score().transpose(61).unwrap_err().to_string();
        assert!(error.contains("G4") && error.contains("61"), "{error}");
    }

    #[test]
    fn seconds_follow_the_changes_of_tempo() {
        let mut score = score();
        assert!((score.seconds() - 1.5).abs() < 1e-9, "120 beats a minute where no tempo is stated");
        score.tempos.push(Change { at: Tick(480), value: Tempo::from_bpm(60.0).unwrap() });
        assert!((score.seconds() - 2.5).abs() < 1e-9);
        score.tempos.push(Change { at: Tick(1440), value: Tempo::from_bpm(6.0).unwrap() });
        assert!((score.seconds() - 2.5).abs() < 1e-9, "a change at the end has nothing to slow down");
    }
}
