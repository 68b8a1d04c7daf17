//! How evenly pieces are spread over classes.

use serde::Serialize;

use super::{Tally, tally};
use crate::corpus::Corpus;
use crate::key::Key;

/// The classes that models may be asked to tell apart, and the share of each. A model that always
/// answers the most frequent one is right as often as its share says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// The collections, the most frequent first.
    pub collections: Vec<Class>,
    /// Major and minor, the more frequent first, by the first stated key or else the estimated one;
    /// `none` for pieces that have neither.
    pub modes: Vec<Class>,
}

/// A class of pieces.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// The pieces in it; at least 1.
    pub pieces: usize,
    /// Its share of all pieces, above 0 and at most 1.
    pub share: f64,
}

impl Balance {
    pub(super) fn of(corpus: &Corpus) -> Balance {
        let collections: Vec<_> = corpus.pieces.iter().map(|piece| piece.collection.as_str()).collect();
        let mode = |key: Option<Key>| key.map_or_else(|| "none".to_owned(), |key| key.mode.to_string());
        let modes: Vec<_> = corpus.pieces.iter().map(|piece| mode(piece.score.key_or_estimate())).collect();
        Balance { collections: classes(&collections), modes: classes(&modes) }
    }
}

fn classes(names: &[impl ToString]) -> Vec<Class> {
    let share = |pieces: usize| pieces as f64 / names.len() as f64;
    let class = |Tally { name, pieces }| Class { name, pieces, share: share(pieces) };
    tally(names).into_iter().map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::testing::{corpus, in_key, piece};

    #[test]
    fn shares_are_those_of_all_pieces() {
        let mut elsewhere = in_key(piece("d", &[(0, 60, 4)]), "A minor");
        elsewhere.collection = "others".to_owned();
        let triad = piece("a", &[(0, 67, 8), (8, 71, 4), (12, 74, 4), (16, 67, 4)]);
        let balance = Balance::of(&corpus([triad, in_key(piece("b", &[]), "C major"), piece("c", &[]), elsewhere]));
        let class = |name: &str, pieces| Class { name: name.to_owned(), pieces, share: pieces as f64 / 4.0 };
        assert_eq!(balance.collections, [class("songs", 3), class("others", 1)]);
        assert_eq!(balance.modes, [class("major", 2), class("minor", 1), class("none", 1)]);
    }

    #[test]
    fn an_empty_corpus_has_no_classes() {
        let balance = Balance::of(&Corpus::default());
        assert_eq!((balance.collections, balance.modes), (vec![], vec![]));
    }
}
