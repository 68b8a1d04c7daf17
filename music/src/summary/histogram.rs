//! How many numbers fall where.

use serde::Serialize;

/// Numbers counted in bins of one width.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// The edges of the bins, whole multiples of their width in ascending order: one more than there
    /// are bins.
    pub edges: Vec<f64>,
    /// How many numbers lie in each bin: at its lower edge or above it, and below its upper edge.
    pub counts: Vec<usize>,
}

impl Histogram {
    /// The most bins there are.
    pub const MOST_BINS: usize = 128;

    /// Counts finite numbers, of which there must be one, in bins of the finest width, above 0, that
    /// makes no more than [`Histogram::MOST_BINS`] when it is doubled as often as it takes.
    pub(super) fn of(numbers: &[f64], finest: f64) -> Histogram {
        let mut width = finest;
        let bin = |number: f64, width: f64| (number / width).floor();
        let min = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let max = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        while bin(max, width) - bin(min, width) >= Histogram::MOST_BINS as f64 {
            width *= 2.0;
        }
        let first = bin(min, width);
        let bins = (bin(max, width) - first) as usize + 1;
        let mut counts = vec![0; bins];
        for &number in numbers {
            counts[(bin(number, width) - first) as usize] += 1;
        }
        Histogram { edges: (0..=bins).map(|edge| (first + edge as f64) * width).collect(), counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_on_an_edge_counts_above_it() {
        let histogram = Histogram::of(&[-1.0, 0.0, 0.5, 1.0, 2.9], 1.0);
        assert_eq!(histogram.edges, [-1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(histogram.counts, [1, 2, 1, 1]);
    }

    #[test]
    fn bins_widen_where_they_would_be_too_many() {
        let numbers: Vec<_> = (0..1000).map(f64::from).collect();
        let histogram = Histogram::of(&numbers, 0.25);
        assert_eq!(histogram.edges[..3], [0.0, 8.0, 16.0]);
        assert_eq!((histogram.counts.len(), histogram.counts.iter().sum::<usize>()), (125, 1000));
    }

    #[test]
    fn one_number_has_one_bin() {
        let histogram = Histogram::of(&[60.0], 1.0);
        assert_eq!((histogram.edges, histogram.counts), (vec![60.0, 61.0], vec![1]));
    }
}
