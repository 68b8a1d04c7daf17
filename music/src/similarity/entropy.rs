//! How varied pieces are, all taken together.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::token::{Token, Vocabulary};

/// The entropy of the pitch classes of all notes in bits, from 0 (one single class) to log2 12 =
/// 3.585 (all equally often). None without notes.
///
/// H = -sum over the classes of p log2 p, where p is the share of the onsets, however long their
/// notes. Tokens beyond the vocabulary are no onsets.
///
/// Source: Shannon, "A mathematical theory of communication", 1948.
pub fn pitch_class_entropy(pieces: &[impl AsRef<[Token]>], vocabulary: Vocabulary) -> Option<f64> {
    let tokens = pieces.iter().flat_map(AsRef::as_ref);
    entropy(tokens.filter_map(|&token| vocabulary.pitch(token)).map(|pitch| pitch.class().number()))
}

/// The entropy of the runs of `length` tokens in bits, from 0 (one single run) to log2 of their
/// number (none twice). None where no piece is so long, and for the length 0.
///
/// H = -sum over the different runs of p log2 p, where p is a run's share of all runs in all pieces;
/// runs overlap and do not reach over the end of a piece. It grows with the number of runs, so
/// compare sets of one size.
///
/// Source: Shannon, "A mathematical theory of communication", 1948.
pub fn ngram_entropy(pieces: &[impl AsRef<[Token]>], length: usize) -> Option<f64> {
    if length == 0 {
        return None;
    }
    entropy(pieces.iter().flat_map(|piece| piece.as_ref().windows(length)))
}

fn entropy<T: Eq + Hash>(items: impl Iterator<Item = T>) -> Option<f64> {
    let mut counts: FxHashMap<T, u64> = FxHashMap::default();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    let total = counts.values().sum::<u64>() as f64;
    // In a fixed order, so that the sum is the same to the last bit.
    let mut counts: Vec<u64> = counts.into_values().collect();
    counts.sort_unstable();
    let bits = |&count: &u64| count as f64 / total * (total / count as f64).log2();
    (!counts.is_empty()).then(|| counts.iter().map(bits).sum())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(numbers: &[u8]) -> Vec<Token> {
        numbers.iter().copied().map(Token).collect()
    }

    fn assert_close(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{found:?} instead of {expected}");
    }

    #[test]
    fn pitch_classes_are_counted_by_onset_over_all_pieces() {
        // C4 and C5 are one class; D4 another; holds and unknown tokens count for nothing.
        let pieces = [tokens(&[14, 1, 1, 1, 26, 200]), tokens(&[16, 0, 16])];
        assert_close(pitch_class_entropy(&pieces, Vocabulary::default()), 1.0);
        assert_close(pitch_class_entropy(&pieces[..1], Vocabulary::default()), 0.0);
        let chromatic: Vec<u8> = (2..38).collect();
        assert_close(pitch_class_entropy(&[tokens(&chromatic)], Vocabulary::default()), 12_f64.log2());
    }

    #[test]
    fn runs_do_not_reach_over_the_end_of_a_piece() {
        let pieces = [tokens(&[5, 6, 5]), tokens(&[6, 5])];
        // 5 6 once, 6 5 twice.
        assert_close(ngram_entropy(&pieces, 2), 3_f64.log2() - 2.0 / 3.0);
        assert_close(ngram_entropy(&pieces, 3), 0.0);
    }

    #[test]
    fn nothing_has_no_entropy() {
        let pieces = [tokens(&[1, 0, 1])];
        assert_eq!(pitch_class_entropy(&pieces, Vocabulary::default()), None);
        assert_eq!((ngram_entropy(&pieces, 0), ngram_entropy(&pieces, 4)), (None, None));
        assert_eq!(ngram_entropy(&pieces[..0], 1), None);
    }

    proptest! {
        #[test]
        fn the_entropy_of_runs_lies_between_zero_and_that_of_runs_none_of_which_comes_twice(
            pieces in prop::collection::vec(prop::collection::vec((0_u8..5).prop_map(Token), 0..20), 0..6),
            length in 1_usize..5,
        ) {
            let runs: usize = pieces.iter().map(|piece| (piece.len() + 1).saturating_sub(length)).sum();
            let entropy = ngram_entropy(&pieces, length);
            prop_assert_eq!(entropy.is_none(), runs == 0);
            let most = (runs as f64).log2() + 1e-9;
            prop_assert!(entropy.is_none_or(|entropy| (0.0..=most).contains(&entropy)), "{:?}", entropy);
        }
    }
}
