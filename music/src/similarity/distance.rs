//! How far pieces lie apart.

use rustc_hash::FxHashSet;

use crate::token::Token;

/// The share of different pieces: different ones / all, from 1 / n (all alike) to 1 (none twice).
/// None without pieces.
pub fn distinct_share(pieces: &[impl AsRef<[Token]>]) -> Option<f64> {
    let distinct: FxHashSet<&[Token]> = pieces.iter().map(AsRef::as_ref).collect();
    (!pieces.is_empty()).then(|| distinct.len() as f64 / pieces.len() as f64)
}

/// How far two pieces lie apart, from 0 (equal) to 1 (nothing in common).
///
/// Pieces of one length: the share of the steps at which they differ (Hamming distance / length).
/// Pieces of different lengths: the fewest tokens to insert, delete or replace (edit distance) / the
/// longer length. Two pieces without tokens are equal.
///
/// Takes time in the product of the lengths where they differ. Source: Hamming, "Error detecting and error
/// correcting codes", 1950; Levenshtein, "Binary codes capable of correcting deletions, insertions,
/// and reversals", 1966.
pub fn distance(left: &[Token], right: &[Token]) -> f64 {
    let longer = left.len().max(right.len());
    if longer == 0 {
        return 0.0;
    }
    let steps = if left.len() == right.len() {
        left.iter().zip(right).filter(|(left, right)| left != right).count()
    } else {
        edit_distance(left, right)
    };
    steps as f64 / longer as f64
}

/// The mean [`distance`] between two of the pieces, 0 (all alike) to 1.
///
/// With more pairs than `at_most` so many of them stand for all: no pair twice, spread over the
/// whole set, and always the same for the same number of pieces. None with fewer than two pieces, or
/// where no pair may be looked at.
pub fn mean_pairwise_distance(pieces: &[impl AsRef<[Token]>], at_most: usize) -> Option<f64> {
    let sampled = sample_of_pairs(pieces.len(), at_most);
    let distances = sampled.map(|(left, right)| distance(pieces[left].as_ref(), pieces[right].as_ref()));
    let (count, sum) = distances.fold((0_usize, 0.0), |(count, sum), distance| (count + 1, sum + distance));
    (count > 0).then(|| sum / count as f64)
}

/// At most so many of the pairs of `pieces` things, all different.
///
/// The pairs are numbered, and a stride near the golden section of their number, without a common
/// divisor, visits each once and leaves no gaps wherever it is stopped.
fn sample_of_pairs(pieces: usize, at_most: usize) -> impl Iterator<Item = (usize, usize)> {
    let pairs = pieces as u64 * pieces.saturating_sub(1) as u64 / 2;
    let section = (pairs as f64 * 0.618_033_988_749_894_9) as u64;
    let stride = (section.max(1)..pairs).find(|&stride| coprime(stride, pairs)).unwrap_or(1);
    let visited = (at_most as u64).min(pairs);
    (0..visited).map(move |turn| pair((u128::from(turn) * u128::from(stride) % u128::from(pairs)) as u64))
}

/// Pair number 0 is (0, 1), then come (0, 2), (1, 2), (0, 3), and so on.
fn pair(number: u64) -> (usize, usize) {
    // Below the larger index r lie r (r - 1) / 2 pairs.
    let below = |larger: u64| larger * (larger - 1) / 2;
    let mut larger = (2 * number).isqrt().max(1);
    while below(larger + 1) <= number {
        larger += 1;
    }
    while below(larger) > number {
        larger -= 1;
    }
    ((number - below(larger)) as usize, larger as usize)
}

fn coprime(left: u64, right: u64) -> bool {
    let (mut left, mut right) = (left, right);
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left == 1
}

fn edit_distance(left: &[Token], right: &[Token]) -> usize {
    // The distances between what was read of the left and every beginning of the right.
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (read, token) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], read + 1);
        for (index, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(token != other);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(numbers: &[u8]) -> Vec<Token> {
        numbers.iter().copied().map(Token).collect()
    }

    fn some_tokens(most: usize) -> impl Strategy<Value = Vec<Token>> {
        prop::collection::vec((0_u8..4).prop_map(Token), 0..most)
    }

    /// The definition, by recursion.
    fn edits(left: &[Token], right: &[Token]) -> usize {
        match (left, right) {
            ([], rest) | (rest, []) => rest.len(),
            ([first, left @ ..], [other, right @ ..]) if first == other => edits(left, right),
            ([_, left_rest @ ..], [_, right_rest @ ..]) => {
                1 + edits(left_rest, right).min(edits(left, right_rest)).min(edits(left_rest, right_rest))
            }
        }
    }

    #[test]
    fn a_collapsed_set_is_seen_at_once() {
        let same = vec![tokens(&[14, 1, 16, 1]); 8];
        assert_eq!((distinct_share(&same), mean_pairwise_distance(&same, 100)), (Some(0.125), Some(0.0)));
        let none: [Vec<Token>; 0] = [];
        assert_eq!((distinct_share(&none), mean_pairwise_distance(&none, 100)), (None, None));
        assert_eq!(mean_pairwise_distance(&same[..1], 100), None);
        assert_eq!(mean_pairwise_distance(&same, 0), None);
    }

    #[test]
    fn the_mean_is_that_of_all_pairs() {
        let pieces = [tokens(&[1, 2, 3, 4]), tokens(&[1, 2, 3, 5]), tokens(&[1, 2])];
        assert_eq!(distinct_share(&pieces), Some(1.0));
        let mean = mean_pairwise_distance(&pieces, 3).unwrap();
        assert!((mean - (0.25 + 0.5 + 0.5) / 3.0).abs() < 1e-12, "{mean}");
    }

    #[test]
    fn pieces_of_one_length_are_compared_step_by_step_and_others_by_edits() {
        assert_eq!(distance(&tokens(&[1, 2, 3, 4]), &tokens(&[2, 3, 4, 5])), 1.0);
        assert_eq!(distance(&tokens(&[1, 2, 3, 4]), &tokens(&[2, 3, 4])), 0.25);
        assert_eq!((distance(&[], &[]), distance(&[], &tokens(&[1]))), (0.0, 1.0));
    }

    #[test]
    fn a_sample_has_no_pair_twice_and_the_whole_has_every_pair() {
        for pieces in 0..40_usize {
            let all = pieces * pieces.saturating_sub(1) / 2;
            for at_most in [0, 1, 7, all, all + 5] {
                let sampled: FxHashSet<_> = sample_of_pairs(pieces, at_most).collect();
                assert_eq!(sampled.len(), at_most.min(all));
                assert!(sampled.iter().all(|&(left, right)| left < right && right < pieces));
            }
        }
    }

    #[test]
    fn a_sample_of_many_pieces_reaches_nearly_all_of_them() {
        let touched: FxHashSet<_> = sample_of_pairs(100_000, 10_000).flat_map(|(left, right)| [left, right]).collect();
        assert!(touched.len() > 17_000, "{}", touched.len());
        let (left, right) = pair(u64::from(u32::MAX) * u64::from(u32::MAX - 1) / 2 - 1);
        assert_eq!((left, right), (u32::MAX as usize - 2, u32::MAX as usize - 1));
    }

    proptest! {
        #[test]
        fn the_edit_distance_is_that_of_its_definition(left in some_tokens(7), right in some_tokens(7)) {
            prop_assert_eq!(edit_distance(&left, &right), edits(&left, &right));
        }

        #[test]
        fn a_distance_is_symmetric_and_zero_for_equals_only(left in some_tokens(20), right in some_tokens(20)) {
            prop_assert_eq!(distance(&left, &right), distance(&right, &left));
            prop_assert_eq!(distance(&left, &right) == 0.0, left == right);
            prop_assert!((0.0..=1.0).contains(&distance(&left, &right)));
        }
    }
}
