//! Which pitch classes are played in which key.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::corpus::Corpus;
use crate::key::Key;
use crate::metrics::pitch::pitch_class_counts;

/// The notes of all pieces in one key: a row of a matrix of keys and pitch classes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PitchClassesOfKey {
    /// The key: the first stated one of each piece, or else the estimated one.
    pub key: Key,
    /// The pieces in it.
    pub pieces: usize,
    /// How many of their notes belong to each pitch class, from C up whatever the key; percussion
    /// is left out, and how long a note is does not matter.
    pub notes: [usize; 12],
}

impl PitchClassesOfKey {
    /// A row for every key that there is, major before minor and from C up. Pieces that neither
    /// state a key nor have notes to estimate one from are in no row.
    pub(super) fn rows(corpus: &Corpus) -> Vec<PitchClassesOfKey> {
        let mut rows: BTreeMap<_, PitchClassesOfKey> = BTreeMap::new();
        for piece in &corpus.pieces {
            let Some(key) = piece.score.key_or_estimate() else { continue };
            let empty = PitchClassesOfKey { key, pieces: 0, notes: [0; 12] };
            let row = rows.entry((key.mode, key.tonic)).or_insert(empty);
            row.pieces += 1;
            for (sum, count) in row.notes.iter_mut().zip(pitch_class_counts(&piece.score)) {
                *sum += count;
            }
        }
        rows.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::testing::{corpus, in_key, piece};

    #[test]
    fn pieces_of_one_key_share_a_row_and_no_pitch_class_moves() {
        let pieces = [
            in_key(piece("a", &[(0, 62, 4), (4, 69, 8)]), "D minor"),
            in_key(piece("b", &[(0, 66, 4)]), "D major"),
            in_key(piece("c", &[(0, 50, 4), (4, 50, 4)]), "D minor"),
        ];
        let rows = PitchClassesOfKey::rows(&corpus(pieces));
        let mut minor = [0; 12];
        (minor[2], minor[9]) = (3, 1);
        let mut major = [0; 12];
        major[6] = 1;
        let key = |text: &str| text.parse().unwrap();
        assert_eq!(
            rows,
            [
                PitchClassesOfKey { key: key("D major"), pieces: 1, notes: major },
                PitchClassesOfKey { key: key("D minor"), pieces: 2, notes: minor },
            ]
        );
    }

    #[test]
    fn an_unstated_key_is_estimated_and_silence_has_no_row() {
        let triad = piece("a", &[(0, 67, 8), (8, 71, 4), (12, 74, 4), (16, 67, 4)]);
        let rows = PitchClassesOfKey::rows(&corpus([triad, piece("b", &[])]));
        assert_eq!((rows.len(), rows[0].key.to_string(), rows[0].pieces), (1, "G major".to_owned(), 1));
    }
}
