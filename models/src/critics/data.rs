//! Music as the sequences of tokens that critics learn from.

use std::ops::{Range, RangeInclusive};

use gradus_music::{Piece, Tempo};

use super::{Excerpt, Writing};
use crate::sequence::{Alphabet, Sequences};

/// A piece as tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPiece {
    /// Its name in its corpus.
    pub name: String,
    /// What happens at each place.
    pub tokens: Vec<u32>,
    /// Where a note begins, as many as tokens: what goes on is easy to foresee, what begins is not.
    pub onsets: Vec<bool>,
    /// What its corpus says of it.
    pub labels: Labels,
}

impl TokenPiece {
    /// Its stretches of so many tokens, each a piece of its own; what is left over at its end is left out.
    pub fn stretches(&self, tokens: usize) -> impl Iterator<Item = Self> + '_ {
        let pairs = self.tokens.chunks_exact(tokens).zip(self.onsets.chunks_exact(tokens));
        pairs.enumerate().map(|(number, (tokens, onsets))| Self {
            name: format!("{}, stretch {}", self.name, number + 1),
            tokens: tokens.to_vec(),
            onsets: onsets.to_vec(),
            labels: self.labels.clone(),
        })
    }
}

/// What a corpus says of a piece, as far as it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// The collection that it belongs to.
    pub collection: Option<String>,
    /// Its first stated tempo.
    pub tempo: Option<Tempo>,
}

impl Labels {
    /// Of a piece of a corpus.
    pub(super) fn of(piece: &Piece) -> Self {
        Self { collection: Some(piece.collection.clone()), tempo: piece.score.tempo() }
    }
}

/// A corpus as tokens, in its three parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenCorpus {
    /// What the tokens are.
    pub alphabet: Alphabet,
    /// How the music was written as tokens.
    pub writing: Writing,
    /// The tokens that are pitches, from low to high by semitones.
    pub pitches: RangeInclusive<u32>,
    /// Pieces to learn from.
    pub train: Vec<TokenPiece>,
    /// Pieces to choose settings by.
    pub validation: Vec<TokenPiece>,
    /// Pieces to report on.
    pub test: Vec<TokenPiece>,
}

impl TokenCorpus {
    /// By how many semitones a piece can be moved, down and up, without leaving the alphabet.
    pub(super) fn room(&self, piece: &TokenPiece) -> RangeInclusive<i32> {
        let pitches = || piece.tokens.iter().filter(|token| self.pitches.contains(*token));
        let (Some(&low), Some(&high)) = (pitches().min(), pitches().max()) else {
            return 0..=0;
        };
        *self.pitches.start() as i32 - low as i32..=*self.pitches.end() as i32 - high as i32
    }

    /// A piece's token moved by some semitones.
    pub(super) fn moved(&self, token: u32, semitones: i32) -> u32 {
        if self.pitches.contains(&token) { token.saturating_add_signed(semitones) } else { token }
    }
}

/// Stretches of pieces, cut for a network: what it reads and what it should say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Windows {
    pub(super) sequences: Sequences,
    /// What stands at each place, `[windows * length]`.
    pub(super) targets: Vec<u32>,
    /// Whether a place counts: not where a window is filled up, nor where it only looks back.
    pub(super) counts: Vec<bool>,
}

impl Windows {
    pub(super) fn new(length: usize) -> Self {
        Self { sequences: Sequences { length, ..Default::default() }, ..Self::default() }
    }

    /// Adds the stretch of a piece from `start` on, of which the first `looked_back` places do not count.
    pub(super) fn push(&mut self, piece: Excerpt<'_>, start: usize, looked_back: usize, alphabet: Alphabet) {
        let Excerpt { tokens, before: given } = piece;
        let length = self.sequences.length;
        for place in start..start + length {
            let before = match place.checked_sub(1) {
                Some(before) => tokens.get(before).copied().unwrap_or(0),
                None => alphabet.start(),
            };
            self.sequences.tokens.push(before);
            self.sequences.phases.push(alphabet.phase(place, given));
            self.targets.push(tokens.get(place).copied().unwrap_or(0));
            self.counts.push(place < tokens.len() && place - start >= looked_back);
        }
    }

    /// Some of the windows.
    pub(super) fn rows(&self, rows: Range<usize>) -> Self {
        let length = self.sequences.length;
        let places = rows.start * length..rows.end * length;
        Self {
            sequences: Sequences {
                tokens: self.sequences.tokens[places.clone()].to_vec(),
                phases: self.sequences.phases[places.clone()].to_vec(),
                length,
            },
            targets: self.targets[places.clone()].to_vec(),
            counts: self.counts[places].to_vec(),
        }
    }

    /// Adds the windows of another, which are as long.
    pub(super) fn extend(&mut self, other: &Self) {
        self.sequences.tokens.extend_from_slice(&other.sequences.tokens);
        self.sequences.phases.extend_from_slice(&other.sequences.phases);
        self.targets.extend_from_slice(&other.targets);
        self.counts.extend_from_slice(&other.counts);
    }

    /// Writes a token at a place of a window, which the next place has before it.
    pub(super) fn write(&mut self, row: usize, place: usize, token: u32) {
        let length = self.sequences.length;
        let at = row * length + place;
        self.targets[at] = token;
        if place + 1 < length {
            self.sequences.tokens[at + 1] = token;
        }
    }

    /// How many places count.
    pub(super) fn counted(&self) -> usize {
        self.counts.iter().filter(|counts| **counts).count()
    }

    /// How many windows there are.
    pub(super) fn len(&self) -> usize {
        self.targets.len() / self.sequences.length.max(1)
    }
}

/// Where windows of `length` begin that cover `places` places, and how many places of each have been covered before: half
/// a window from the second on, so that every place is seen with at least so much before it.
pub(super) fn cover(places: usize, length: usize) -> impl Iterator<Item = (usize, usize)> {
    let step = (length / 2).max(1);
    let windows = 1 + places.saturating_sub(length).div_ceil(step);
    (0..windows).map(move |window| (window * step, if window == 0 { 0 } else { length - step }))
}

#[cfg(test)]
mod tests {
    use gradus_music::{Grid, Key, Vocabulary};

    use super::*;

    const ALPHABET: Alphabet = Alphabet { tokens: 10, phases: 4 };

    #[test]
    fn windows_count_every_place_once() {
        for places in 0..40 {
            let tokens: Vec<u32> = (0..places).map(|i| i % 10).collect();
            let mut windows = Windows::new(8);
            for (start, looked_back) in cover(tokens.len(), 8) {
                windows.push(tokens.as_slice().into(), start, looked_back, ALPHABET);
            }
            let counted: Vec<u32> = windows
                .targets
                .iter()
                .zip(&windows.counts)
                .filter(|(_, counts)| **counts)
                .map(|(token, _)| *token)
                .collect();
            assert_eq!(counted, tokens, "{places} places");
        }
    }

    #[test]
    fn a_window_reads_what_stands_before_each_place() {
        let mut windows = Windows::new(3);
        windows.push([5, 6, 7, 8].as_slice().into(), 0, 0, ALPHABET);
        windows.push(Excerpt { tokens: &[5, 6, 7, 8], before: 1 }, 2, 1, ALPHABET);
        assert_eq!(windows.sequences.tokens, [10, 5, 6, 6, 7, 8]);
        assert_eq!(windows.sequences.phases, [0, 1, 2, 1, 2, 3]);
        assert_eq!(windows.counts, [true, true, true, false, true, false]);
    }

    #[test]
    fn a_piece_has_as_much_room_as_its_range_leaves() {
        let piece = |tokens: &[u32]| TokenPiece {
            name: String::new(),
            tokens: tokens.to_vec(),
            onsets: Vec::new(),
            labels: Labels::default(),
        };
        let corpus = TokenCorpus {
            alphabet: ALPHABET,
            writing: Writing::melody(Vocabulary::default(), Grid::default(), Key::C_MAJOR),
            pitches: 2..=9,
            train: Vec::new(),
            validation: Vec::new(),
            test: Vec::new(),
        };
        assert_eq!(corpus.room(&piece(&[0, 3, 1, 6])), -1..=3);
        assert_eq!(corpus.room(&piece(&[0, 1])), 0..=0);
        assert_eq!((corpus.moved(3, -1), corpus.moved(1, 3)), (2, 1));
    }
}
