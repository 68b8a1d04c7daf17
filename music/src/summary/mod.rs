//! A corpus in figures.

mod balance;
mod chosen;
mod faults;
mod histogram;
mod missing;
mod outliers;
mod pitch_classes;
mod quantities;
mod statistics;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

pub use balance::{Balance, Class};
pub use chosen::ChosenVoice;
pub use faults::Fault;
pub use histogram::Histogram;
pub use missing::{Gap, Imputed, Missing};
pub use outliers::{Outlier, Outliers};
pub use pitch_classes::PitchClassesOfKey;
pub use quantities::{Quantities, Quantity};
pub use statistics::{Spread, Statistics, quantile};

use crate::corpus::{Corpus, Failure, Group, Split};
use crate::pitch::Pitch;
use crate::score::Score;

/// What a corpus holds, and what is missing from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Its pieces.
    pub pieces: usize,
    /// Its different tunes; settings of one tune count once.
    pub tunes: usize,
    /// The largest number of settings of one tune.
    pub most_settings: usize,
    /// The tunes of several settings, and by what they are taken for one.
    pub groups: Vec<Group>,
    /// The pieces of each collection, by split.
    pub collections: Vec<Collection>,
    /// The files that could not be read, with the reasons.
    pub failures: Vec<Failure>,
    /// The faults of files that could be read, counted once a file and kind.
    pub warnings: usize,
    /// Those faults by file, and the pieces that hold nothing to learn from.
    pub faults: Vec<Fault>,
    /// Which voice of each piece is its melody, in the order of the corpus.
    pub melodies: Vec<ChosenVoice>,
    /// All notes, percussion included.
    pub notes: usize,
    /// The lowest and the highest pitch, percussion left out.
    pub pitch_range: Option<(Pitch, Pitch)>,
    /// The lengths of the pieces in beats (quarter notes), to the end of the last note.
    pub beats: Option<Spread>,
    /// The first stated tempos in quarter notes a minute.
    pub tempo: Option<Spread>,
    /// The first stated keys, the most frequent first.
    pub keys: Vec<Tally>,
    /// The first stated metres, the most frequent first.
    pub meters: Vec<Tally>,
    /// Pieces that state no key.
    pub without_key: usize,
    /// Pieces that state no metre.
    pub without_meter: usize,
    /// Pieces that state no tempo.
    pub without_tempo: usize,
    /// What the pieces do not state, which they are, and what stands in for it.
    pub missing: Missing,
    /// How the pieces are spread over collections and modes.
    pub balance: Balance,
    /// Lengths, pitches, melodic intervals, durations and rests.
    pub quantities: Quantities,
    /// The notes of each pitch class by key: a row for every key that there is.
    pub pitch_classes: Vec<PitchClassesOfKey>,
}

/// The pieces of one collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Collection {
    /// Its name.
    pub name: String,
    /// Pieces to learn from.
    pub train: usize,
    /// Pieces to choose settings by.
    pub validation: usize,
    /// Pieces to report on.
    pub test: usize,
}

/// How many pieces something holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// What holds, such as `G major`.
    pub name: String,
    /// For how many pieces.
    pub pieces: usize,
}

impl Summary {
    /// Sums a corpus up.
    pub fn of(corpus: &Corpus) -> Summary {
        let scores: Vec<&Score> = corpus.pieces.iter().map(|piece| &piece.score).collect();
        let keys: Vec<_> = scores.iter().filter_map(|score| score.key()).collect();
        let meters: Vec<_> = scores.iter().filter_map(|score| score.meter()).collect();
        let tempos: Vec<_> = scores.iter().filter_map(|score| score.tempo()).collect();
        let ranges: Vec<_> = scores.iter().filter_map(|score| score.pitch_range()).collect();
        let lowest = ranges.iter().map(|range| range.0).min();
        let highest = ranges.iter().map(|range| range.1).max();
        let settings = settings(corpus);
        Summary {
            pieces: scores.len(),
            tunes: settings.len(),
            most_settings: settings.into_values().max().unwrap_or(0),
            groups: corpus.groups(),
            collections: collections(corpus),
            failures: corpus.failures.clone(),
            warnings: corpus.warnings.len(),
            faults: Fault::all(corpus),
            melodies: corpus.pieces.iter().map(|piece| ChosenVoice::of(corpus, piece)).collect(),
            notes: scores.iter().map(|score| score.notes().count()).sum(),
            pitch_range: lowest.zip(highest),
            beats: Spread::of(scores.iter().map(|score| quantities::beats_to_the_last_note(score))),
            tempo: Spread::of(tempos.iter().map(|tempo| tempo.bpm())),
            keys: tally(&keys),
            meters: tally(&meters),
            without_key: scores.len() - keys.len(),
            without_meter: scores.len() - meters.len(),
            without_tempo: scores.len() - tempos.len(),
            missing: Missing::of(corpus),
            balance: Balance::of(corpus),
            quantities: Quantities::of(corpus),
            pitch_classes: PitchClassesOfKey::rows(corpus),
        }
    }
}

/// How many settings each tune has.
fn settings(corpus: &Corpus) -> HashMap<usize, usize> {
    let mut settings = HashMap::new();
    for piece in &corpus.pieces {
        *settings.entry(piece.tune).or_default() += 1;
    }
    settings
}

fn collections(corpus: &Corpus) -> Vec<Collection> {
    let mut collections: BTreeMap<&str, Collection> = BTreeMap::new();
    for piece in &corpus.pieces {
        let empty = || Collection { name: piece.collection.clone(), train: 0, validation: 0, test: 0 };
        let collection = collections.entry(&piece.collection).or_insert_with(empty);
        *match piece.split {
            Split::Train => &mut collection.train,
            Split::Validation => &mut collection.validation,
            Split::Test => &mut collection.test,
        } += 1;
    }
    collections.into_values().collect()
}

/// Counts things by name; equally frequent ones come in alphabetical order.
fn tally(things: &[impl ToString]) -> Vec<Tally> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for thing in things {
        *counts.entry(thing.to_string()).or_default() += 1;
    }
    let mut tallies: Vec<_> = counts.into_iter().map(|(name, pieces)| Tally { name, pieces }).collect();
    tallies.sort_by_key(|tally| std::cmp::Reverse(tally.pieces));
    tallies
}

#[cfg(test)]
mod testing {
    use super::{Corpus, Score, Split};
    use crate::corpus::Piece;
    use crate::metrics::testing;
    use crate::score::Change;
    use crate::time::Tick;

    pub(super) fn corpus<const PIECES: usize>(pieces: [Piece; PIECES]) -> Corpus {
        Corpus { pieces: pieces.into(), ..Corpus::default() }
    }

    /// A piece of one voice from starts, pitches and durations in sixteenths.
    pub(super) fn piece(name: &str, notes: &[(u32, u8, u32)]) -> Piece {
        let score: Score = testing::score(notes);
        Piece { name: name.to_owned(), collection: "songs".to_owned(), tune: 0, split: Split::Train, score }
    }

    pub(super) fn in_key(mut piece: Piece, key: &str) -> Piece {
        piece.score.keys = vec![Change { at: Tick::ZERO, value: key.parse().unwrap() }];
        piece
    }

    /// The piece with percussion added.
    pub(super) fn drums(mut piece: Piece, notes: &[(u32, u8, u32)]) -> Piece {
        piece.score.voices.append(&mut testing::drums(notes).voices);
        piece
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_corpus_has_no_spread() {
        let summary = Summary::of(&Corpus::default());
        assert_eq!((summary.pieces, summary.beats, summary.pitch_range), (0, None, None));
    }

    #[test]
    fn the_most_frequent_comes_first() {
        let tallies = tally(&["b", "c", "a", "c"]);
        let names: Vec<_> = tallies.iter().map(|tally| (tally.name.as_str(), tally.pieces)).collect();
        assert_eq!(names, [("c", 2), ("a", 1), ("b", 1)]);
    }

    #[test]
    fn the_figures_of_the_embedded_corpus_add_up() {
        let summary = Summary::of(&Corpus::embedded().unwrap());
        let by_collection: usize =
            summary.collections.iter().map(|each| each.train + each.validation + each.test).sum();
        let by_key: usize = summary.keys.iter().map(|tally| tally.pieces).sum();
        assert_eq!((by_collection, by_key + summary.without_key), (summary.pieces, summary.pieces));
        assert_eq!((summary.without_key, summary.without_meter, summary.without_tempo), (0, 0, 0));
        assert!(summary.tunes < summary.pieces && summary.most_settings > 1);
    }
}
