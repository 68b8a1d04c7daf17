//! The melodies of a corpus as tokens.

use super::{Corpus, Split};
use crate::error::MusicError;
use crate::grid::{Grid, QuantizationError, quantize};
use crate::key::Key;
use crate::melody::{MelodySource, choose, extract};
use crate::note::Note;
use crate::pitch::Pitch;
use crate::score::Score;
use crate::token::{Token, Vocabulary};

/// How melodies become tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MelodyEncoding {
    /// Which pitches have a token.
    pub vocabulary: Vocabulary,
    /// How long a step is.
    pub grid: Grid,
    /// The key into which every melody is moved; none leaves them where they are.
    pub key: Option<Key>,
    /// Where a score's melody is; in a corpus, [`MelodySource::Auto`] is where [`Corpus::voice`] has it.
    pub source: MelodySource,
    /// Which melodies are moved, and how far.
    pub moves: Moves,
}

/// Which melodies are moved into the key and range of an encoding, and how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moves {
    /// Every melody goes into the key, to the octave that brings it nearest to the middle of the vocabulary: what is
    /// learned from a corpus is then comparable.
    #[default]
    All,
    /// A melody stays where it is if it fits: into the key only if its own key has another scale, and by the fewest
    /// octaves that bring it into the vocabulary. A finished piece is then judged as it is.
    Needed,
}

/// One melody as tokens, and what it took to make it fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncodedMelody {
    /// One token a step, to the end of the piece.
    pub tokens: Vec<Token>,
    /// Semitones by which the melody was moved up (down, if negative).
    pub transposition: i32,
    /// Notes moved by octaves into the vocabulary's range.
    pub shifted: usize,
    /// Notes left out because a longer one begins on the same step.
    pub dropped: usize,
    /// How far the notes were moved onto the grid.
    pub error: QuantizationError,
}

/// The melody of a piece of a corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct PieceMelody {
    /// An index into [`Corpus::pieces`].
    pub piece: usize,
    /// Its melody.
    pub encoded: EncodedMelody,
}

impl MelodyEncoding {
    /// The melody of a score as tokens; without notes there are no tokens.
    ///
    /// It moves from its stated key, or else from its estimated key, into the asked one, to the
    /// octave that brings it nearest to the middle of the vocabulary. If the modes differ it moves
    /// into the relative key, so that the scale is the asked one all the same. The error is a voice
    /// that was asked for by name and that the score lacks.
    pub fn encode(&self, score: &Score) -> Result<EncodedMelody, MusicError> {
        Ok(self.encode_notes(extract(score, &self.source)?, score))
    }

    /// The melody of a score as tokens, given its notes.
    fn encode_notes(&self, mut notes: Vec<Note>, score: &Score) -> EncodedMelody {
        let Self { vocabulary, grid, key, moves, .. } = self;
        if notes.is_empty() {
            return EncodedMelody::default();
        }
        let transposition = match (moves, key) {
            (_, None) => 0,
            (Moves::All, Some(key)) => {
                score.key_or_estimate().map_or(0, |from| transposition(&notes, from, *key, *vocabulary))
            }
            (Moves::Needed, Some(key)) => needed_transposition(&notes, score, *key, *vocabulary),
        };
        for note in &mut notes {
            note.pitch = folded(note.pitch, transposition);
        }
        let quantized = quantize(&notes, score.resolution, *grid);
        let last = quantized.notes.last().map_or(0, |note| note.start + note.length);
        let steps = grid.step(score.duration(), score.resolution).max(last);
        let encoded = vocabulary.encode(&quantized.notes, steps as usize);
        EncodedMelody {
            tokens: encoded.tokens,
            transposition,
            shifted: encoded.shifted,
            dropped: quantized.dropped,
            error: quantized.error,
        }
    }
}

impl Corpus {
    /// The melodies of a split, in the order of the pieces; pieces without one are left out. The
    /// error is a voice that the encoding asks for and that a piece lacks.
    pub fn melodies(&self, split: Split, encoding: &MelodyEncoding) -> Result<Vec<PieceMelody>, MusicError> {
        let mut melodies = Vec::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            if piece.split != split {
                continue;
            }
            let choice = match &encoding.source {
                MelodySource::Auto => self.melody(piece),
                asked => choose(&piece.score, asked)
                    .map_err(|source| MusicError::Piece { name: piece.name.clone(), source: Box::new(source) })?,
            };
            let encoded = encoding.encode_notes(choice.notes(&piece.score), &piece.score);
            if !encoded.tokens.is_empty() {
                melodies.push(PieceMelody { piece: index, encoded });
            }
        }
        Ok(melodies)
    }
}

/// The semitones that bring a melody into a key, and its range nearest to the middle of the
/// vocabulary's.
fn transposition(notes: &[Note], from: Key, to: Key, vocabulary: Vocabulary) -> i32 {
    let into_key = into_key(from, to);
    let pitches = || notes.iter().map(|note| i32::from(note.pitch.number()));
    let (lowest, highest) = (pitches().min().unwrap_or(0), pitches().max().unwrap_or(0));
    let (low, high) = (i32::from(vocabulary.low().number()), i32::from(vocabulary.high().number()));
    // Twice the distance between the two middles, so that it stays whole; 24 of these are an
    // octave.
    let distance = |octaves: i32| (lowest + highest + 2 * (into_key + 12 * octaves) - low - high).abs();
    into_key + 12 * (-11..=11).min_by_key(|&octaves| distance(octaves)).unwrap_or(0)
}

/// The fewest semitones that bring a melody into the scale of a key and into the vocabulary's range; without an octave
/// in which it fits the range, those of [`transposition`].
fn needed_transposition(notes: &[Note], score: &Score, to: Key, vocabulary: Vocabulary) -> i32 {
    let fits = |semitones: i32| {
        let token = |note: &Note| note.pitch.transpose(semitones).and_then(|pitch| vocabulary.token(pitch));
        notes.iter().all(|note| token(note).is_some())
    };
    let in_scale = || notes.iter().all(|note| to.contains(note.pitch.class()));
    // Where no key is stated, the notes tell; an estimate alone would move a piece that is in the key already.
    let from = match score.key() {
        None if in_scale() => to,
        stated => stated.or_else(|| score.estimate_key().map(|estimate| estimate.key)).unwrap_or(to),
    };
    let up = if from.signature() == to.signature() { 0 } else { into_key(from, to) };
    let octaves = (-11..=11).map(|octave| up + 12 * octave).filter(|semitones| fits(*semitones));
    octaves.min_by_key(|semitones| semitones.abs()).unwrap_or_else(|| transposition(notes, from, to, vocabulary))
}

/// The semitones, 0 to 11 upward, from a key into another, or into its relative where the modes differ.
fn into_key(from: Key, to: Key) -> i32 {
    let to = if from.mode == to.mode { to } else { to.relative() };
    i32::from(to.tonic.above(from.tonic))
}

/// Transposes a pitch; where it would leave the range of MIDI, to the same pitch class within it.
fn folded(pitch: Pitch, semitones: i32) -> Pitch {
    let number = match i32::from(pitch.number()) + semitones {
        below @ ..0 => below.rem_euclid(12),
        above @ 128.. => 116 + (above - 116) % 12,
        within => within,
    };
    Pitch::new(number as u8).unwrap_or(pitch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pitch_that_would_leave_midi_keeps_its_class() {
        for number in 0..=127 {
            for semitones in -140..=140 {
                let moved = folded(Pitch::new(number).unwrap(), semitones);
                let class = (i32::from(number) + semitones).rem_euclid(12);
                assert_eq!(i32::from(moved.class().number()), class, "{number} {semitones}");
            }
        }
    }
}
