//! Pieces unlike the others.

use serde::Serialize;

use super::statistics::Statistics;

/// The pieces whose value lies far from those of most, and how far that is.
///
/// Source: Tukey, "Exploratory data analysis", 1977: beyond [`Outliers::REACH`] times the
/// interquartile range from the quartiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outliers {
    /// What the value of a piece is, such as `mean pitch`.
    pub by: &'static str,
    /// The values of all pieces in figures.
    pub statistics: Statistics,
    /// Values below this one are far.
    pub lower_fence: f64,
    /// Values above this one are far.
    pub upper_fence: f64,
    /// The smallest value that is not far: where the lower whisker of a box plot ends.
    pub lower_whisker: f64,
    /// The largest value that is not far.
    pub upper_whisker: f64,
    /// The pieces beyond the fences, in the order of the corpus.
    pub pieces: Vec<Outlier>,
}

/// A piece unlike the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlier {
    /// Its name.
    pub piece: String,
    /// Its value.
    pub value: f64,
}

impl Outliers {
    /// How many interquartile ranges a fence stands from its quartile.
    pub const REACH: f64 = 1.5;

    /// The outliers among pieces, given by name and value; none if there are no pieces.
    pub(super) fn of(by: &'static str, pieces: &[(&str, f64)]) -> Option<Outliers> {
        let statistics = Statistics::of(pieces.iter().map(|&(_, value)| value))?;
        let reach = Outliers::REACH * statistics.interquartile_range;
        let (lower_fence, upper_fence) = (statistics.lower_quartile - reach, statistics.upper_quartile + reach);
        let (usual, far): (Vec<_>, Vec<_>) =
            pieces.iter().partition(|&&(_, value)| (lower_fence..=upper_fence).contains(&value));
        // Half of the values lie between the quartiles, so some are usual.
        let usual = Statistics::of(usual.into_iter().map(|&(_, value)| value))?;
        Some(Outliers {
            by,
            statistics,
            lower_fence,
            upper_fence,
            lower_whisker: usual.min,
            upper_whisker: usual.max,
            pieces: far.into_iter().map(|&(piece, value)| Outlier { piece: piece.to_owned(), value }).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beyond_a_fence_is_named() {
        // Quartiles 2 and 4, so the fences stand at -1 and 7.
        let values = [("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0), ("e", 7.1)];
        let outliers = Outliers::of("length", &values).unwrap();
        assert_eq!((outliers.lower_fence, outliers.upper_fence), (-1.0, 7.0));
        assert_eq!((outliers.lower_whisker, outliers.upper_whisker), (1.0, 4.0));
        assert_eq!(outliers.pieces, [Outlier { piece: "e".to_owned(), value: 7.1 }]);
    }

    #[test]
    fn what_stands_on_a_fence_is_not_beyond_it() {
        let values = [("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0), ("e", 7.0)];
        assert_eq!(Outliers::of("length", &values).unwrap().pieces, []);
        assert_eq!(Outliers::of("length", &[]), None);
    }
}
