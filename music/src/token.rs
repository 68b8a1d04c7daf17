//! Melodies as tokens, one a step of the grid: the encoding of RL Tuner.
//!
//! Source: Jaques, Gu, Turner and Eck, "Tuning recurrent neural networks with reinforcement
//! learning", 2016 (arXiv:1611.02796), and Magenta's melody encoding, which it uses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::MusicError;
use crate::grid::{Grid, GridNote};
use crate::key::Key;
use crate::meter::{Meter, Tempo};
use crate::note::Note;
use crate::pitch::Pitch;
use crate::score::{Change, Score, Voice};
use crate::time::Resolution;

/// What happens on one step: a note ends, nothing changes, or a note begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub u8);

impl Token {
    /// The note that sounds ends here. Every onset ends the note before it too, without this token.
    pub const NOTE_OFF: Token = Token(0);
    /// Nothing changes: the note sounds on, or the silence lasts.
    pub const HOLD: Token = Token(1);
    /// How many tokens are not pitches.
    pub const SPECIAL: usize = 2;

    /// The token as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Which pitches have a token: those from `low` to `high`, from token 2 up.
///
/// By default C3 to B5 (MIDI 48 to 83), which makes the 38 tokens of RL Tuner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct Vocabulary {
    low: Pitch,
    high: Pitch,
}

/// A melody as tokens, and what it took to make it fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// One token a step.
    pub tokens: Vec<Token>,
    /// Notes moved by octaves into the vocabulary's range.
    pub shifted: usize,
}

impl Vocabulary {
    /// The vocabulary of the pitches from `low` to `high`, both included.
    pub fn new(low: Pitch, high: Pitch) -> Result<Vocabulary, MusicError> {
        if low > high {
            return Err(MusicError::EmptyVocabulary { low, high });
        }
        Ok(Vocabulary { low, high })
    }

    /// The pitch of token 2.
    pub fn low(self) -> Pitch {
        self.low
    }

    /// The pitch of the last token.
    pub fn high(self) -> Pitch {
        self.high
    }

    /// How many tokens there are: the pitches and two; at most 130.
    pub fn size(self) -> usize {
        usize::from(self.high.number() - self.low.number()) + 1 + Token::SPECIAL
    }

    /// The pitch that begins with a token; none for the special tokens and for those beyond the
    /// vocabulary.
    pub fn pitch(self, token: Token) -> Option<Pitch> {
        let above_low = token.index().checked_sub(Token::SPECIAL)?;
        let pitch = self.low.transpose(above_low as i32)?;
        (pitch <= self.high).then_some(pitch)
    }

    /// The token with which a pitch begins, if the pitch is in range.
    pub fn token(self, pitch: Pitch) -> Option<Token> {
        if pitch > self.high {
            return None;
        }
        let above_low = pitch.number().checked_sub(self.low.number())?;
        Some(Token(above_low + Token::SPECIAL as u8))
    }

    /// Encodes the first `steps` steps of a melody, which must be monophonic and in order.
    ///
    /// An onset is the token of its pitch; a sounding note and a lasting silence are
    /// [`Token::HOLD`]; the first step of a rest after a note is [`Token::NOTE_OFF`]. A pitch out
    /// of range moves by octaves to the nearest place within it, or to the nearest end of a range
    /// smaller than an octave.
    pub fn encode(self, notes: &[GridNote], steps: usize) -> Encoded {
        let mut encoded = Encoded { tokens: vec![Token::HOLD; steps], shifted: 0 };
        for (index, note) in notes.iter().enumerate() {
            let next = notes.get(index + 1).map_or(u32::MAX, |next| next.start);
            let (start, end) = (note.start as usize, note.start.saturating_add(note.length).min(next) as usize);
            if start >= steps {
                break;
            }
            encoded.tokens[start] = self.token(note.pitch).unwrap_or_else(|| {
                encoded.shifted += 1;
                self.nearest(note.pitch)
            });
            if end < steps {
                encoded.tokens[end] = Token::NOTE_OFF;
            }
        }
        encoded
    }

    /// The notes that tokens stand for. Tokens beyond the vocabulary count as [`Token::HOLD`].
    pub fn decode(self, tokens: &[Token]) -> Vec<GridNote> {
        let mut notes: Vec<GridNote> = Vec::new();
        let mut sounding = false;
        for (step, &token) in tokens.iter().enumerate() {
            if let Some(pitch) = self.pitch(token) {
                notes.push(GridNote { pitch, start: step as u32, length: 0 });
                sounding = true;
            } else if token == Token::NOTE_OFF {
                sounding = false;
            }
            if let Some(last) = notes.last_mut().filter(|_| sounding) {
                last.length += 1;
            }
        }
        notes
    }

    /// The piece that tokens stand for: one voice named Melody, at the default resolution.
    pub fn score(self, tokens: &[Token], grid: Grid, meter: Meter, key: Option<Key>, tempo: Tempo) -> Score {
        let resolution = Resolution::default();
        let notes = self.decode(tokens).into_iter().map(|note| {
            let start = grid.tick(note.start, resolution);
            Note::new(note.pitch, start, grid.tick(note.start + note.length, resolution) - start)
        });
        Score {
            title: None,
            resolution,
            voices: vec![Voice { name: "Melody".to_owned(), notes: notes.collect(), ..Voice::default() }],
            tempos: vec![Change::at_the_start(tempo)],
            meters: vec![Change::at_the_start(meter)],
            keys: key.map(Change::at_the_start).into_iter().collect(),
            ..Score::default()
        }
        .ending_at(grid.tick(tokens.len() as u32, resolution))
    }

    fn nearest(self, pitch: Pitch) -> Token {
        let (low, high) = (i32::from(self.low.number()), i32::from(self.high.number()));
        let number = i32::from(pitch.number());
        let moved =
            if number < low { number + (low - number + 11) / 12 * 12 } else { number - (number - high + 11) / 12 * 12 };
        Token((moved.clamp(low, high) - low) as u8 + Token::SPECIAL as u8)
    }
}

impl Default for Vocabulary {
    fn default() -> Vocabulary {
        const LOW: Pitch = Pitch::new(48).expect("48 is a pitch");
        const HIGH: Pitch = Pitch::new(83).expect("83 is a pitch");
        Vocabulary { low: LOW, high: HIGH }
    }
}

/// What a vocabulary looks like in a config.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename = "Vocabulary")]
struct Bounds {
    low: Pitch,
    high: Pitch,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Vocabulary::default().into()
    }
}

impl TryFrom<Bounds> for Vocabulary {
    type Error = MusicError;

    fn try_from(bounds: Bounds) -> Result<Vocabulary, MusicError> {
        Vocabulary::new(bounds.low, bounds.high)
    }
}

impl From<Vocabulary> for Bounds {
    fn from(vocabulary: Vocabulary) -> Bounds {
        Bounds { low: vocabulary.low, high: vocabulary.high }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pitch(name: &str) -> Pitch {
        name.parse().unwrap()
    }

    fn note(name: &str, start: u32, length: u32) -> GridNote {
        GridNote { pitch: pitch(name), start, length }
    }

    fn numbers(tokens: &[Token]) -> Vec<u8> {
        tokens.iter().map(|token| token.0).collect()
    }

    #[test]
    fn the_default_vocabulary_is_that_of_rl_tuner() {
        let vocabulary = Vocabulary::default();
        assert_eq!(vocabulary.size(), 38);
        assert_eq!(vocabulary.token(Pitch::MIDDLE_C), Some(Token(14)));
        assert_eq!(vocabulary.pitch(Token(37)), Some(pitch("B5")));
        assert_eq!((vocabulary.pitch(Token(38)), vocabulary.pitch(Token::HOLD)), (None, None));
        assert_eq!((vocabulary.token(pitch("B2")), vocabulary.token(pitch("C6"))), (None, None));
    }

    #[test]
    fn the_largest_vocabulary_holds_every_pitch() {
        let all = Vocabulary::new(pitch("0"), pitch("127")).unwrap();
        assert_eq!(all.size(), 130);
        assert_eq!(all.token(Pitch::MAX), Some(Token(129)));
    }

    #[test]
    fn a_vocabulary_upside_down_is_refused() {
        let error = Vocabulary::new(pitch("C5"), pitch("C4")).unwrap_err().to_string();
        assert!(error.contains("C5") && error.contains("C4"), "{error}");
        assert!(serde_json::from_str::<Vocabulary>(r#"{"low": "C5", "high": "C4"}"#).is_err());
        assert!(serde_json::from_str::<Vocabulary>(r#"{"lowest": 60}"#).is_err());
        let from_c4 = serde_json::from_str::<Vocabulary>(r#"{"low": "C4"}"#).unwrap();
        assert_eq!((from_c4.low(), from_c4.high()), (pitch("C4"), pitch("B5")));
    }

    #[test]
    fn rests_begin_with_a_note_off_and_last_by_holding() {
        let encoded = Vocabulary::default().encode(&[note("C4", 1, 2), note("D4", 5, 1), note("E4", 6, 1)], 9);
        assert_eq!(numbers(&encoded.tokens), [1, 14, 1, 0, 1, 16, 18, 0, 1]);
        assert_eq!(encoded.shifted, 0);
    }

    #[test]
    fn a_melody_longer_than_the_piece_is_cut() {
        let encoded = Vocabulary::default().encode(&[note("C4", 0, 9), note("D4", 9, 4)], 4);
        assert_eq!(numbers(&encoded.tokens), [14, 1, 1, 1]);
    }

    #[test]
    fn notes_out_of_range_move_by_octaves_and_are_counted() {
        let encoded = Vocabulary::default().encode(&[note("A1", 0, 1), note("G7", 1, 1), note("C4", 2, 1)], 3);
        let pitches: Vec<_> = Vocabulary::default().decode(&encoded.tokens).iter().map(|note| note.pitch).collect();
        assert_eq!(pitches, [pitch("A3"), pitch("G5"), pitch("C4")]);
        assert_eq!(encoded.shifted, 2);
        let narrow = Vocabulary::new(pitch("C4"), pitch("D4")).unwrap();
        assert_eq!(numbers(&narrow.encode(&[note("G3", 0, 1)], 1).tokens), [4]);
    }

    #[test]
    fn a_note_off_in_silence_and_an_unknown_token_change_nothing() {
        let vocabulary = Vocabulary::default();
        assert_eq!(vocabulary.decode(&[Token(0), Token(1), Token(200)]), []);
        assert_eq!(vocabulary.decode(&[Token(14), Token(200)]), [note("C4", 0, 2)]);
    }

    #[test]
    fn a_score_of_tokens_keeps_their_times() {
        let grid = Grid::new(3).unwrap();
        let tokens = [14, 1, 1, 0, 21, 1].map(Token);
        let key = Some(Key::C_MAJOR);
        let score = Vocabulary::default().score(&tokens, grid, Meter::COMMON, key, Tempo::default());
        let times: Vec<_> = score.notes().map(|note| (note.start.0, note.end().0)).collect();
        assert_eq!(times, [(0, 480), (640, 960)]);
        assert_eq!((score.key(), score.meter()), (key, Some(Meter::COMMON)));
    }

    prop_compose! {
        fn melody()(
            notes in prop::collection::vec((0_u32..4, 1_u32..6, 48_u8..=83), 0..30),
            tail in 0_usize..5,
        ) -> (Vec<GridNote>, usize) {
            let mut now = 0;
            let notes: Vec<_> = notes.into_iter().map(|(rest, length, number)| {
                let start = now + rest;
                now = start + length;
                GridNote { pitch: Pitch::new(number).unwrap(), start, length }
            }).collect();
            (notes, now as usize + tail)
        }
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_encoded((notes, steps) in melody()) {
            let vocabulary = Vocabulary::default();
            let encoded = vocabulary.encode(&notes, steps);
            prop_assert_eq!(encoded.tokens.len(), steps);
            prop_assert_eq!(encoded.shifted, 0);
            prop_assert_eq!(vocabulary.decode(&encoded.tokens), notes);
        }

        #[test]
        fn any_tokens_decode_to_a_monophonic_melody(
            tokens in prop::collection::vec(any::<u8>().prop_map(Token), 0..80)
        ) {
            let notes = Vocabulary::default().decode(&tokens);
            prop_assert!(notes.iter().all(|note| note.length > 0));
            let apart = |pair: &[GridNote]| pair[0].start + pair[0].length <= pair[1].start;
            prop_assert!(notes.windows(2).all(apart));
        }
    }
}
