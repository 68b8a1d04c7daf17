//! Numbers in a few figures.

use serde::Serialize;

/// How numbers are spread, in short.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// Their mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}

/// How numbers are spread, at length.
///
/// A quartile is the number at place `(n - 1) / 4` or `3 (n - 1) / 4` of the sorted numbers, counted
/// from 0, and between two places on the straight line between their numbers. Source: Hyndman and
/// Fan, "Sample quantiles in statistical packages", 1996, definition 7; it is what `numpy.quantile`
/// does by default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// How many there are; at least 1.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, with n - 1 below the root; none for a single number.
    pub standard_deviation: Option<f64>,
    /// The smallest.
    pub min: f64,
    /// A quarter of them lie below.
    pub lower_quartile: f64,
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// A quarter of them lie above.
    pub upper_quartile: f64,
    /// The largest.
    pub max: f64,
    /// The upper quartile less the lower one.
    pub interquartile_range: f64,
}

impl Spread {
    /// The spread of some numbers; none if there are none.
    pub fn of(numbers: impl Iterator<Item = f64>) -> Option<Spread> {
        let Statistics { min, median, mean, max, .. } = Statistics::of(numbers)?;
        Some(Spread { min, median, mean, max })
    }
}

impl Statistics {
    /// The statistics of some numbers; none if there are none.
    pub fn of(numbers: impl Iterator<Item = f64>) -> Option<Statistics> {
        let mut sorted: Vec<_> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let count = sorted.len();
        let mean = sorted.iter().sum::<f64>() / count as f64;
        let squares: f64 = sorted.iter().map(|number| (number - mean).powi(2)).sum();
        let standard_deviation = (count > 1).then(|| (squares / (count as f64 - 1.0)).sqrt());
        let [lower_quartile, median, upper_quartile] = [0.25, 0.5, 0.75].map(|share| quantile(&sorted, share));
        let interquartile_range = upper_quartile - lower_quartile;
        Some(Statistics {
            count,
            mean,
            standard_deviation,
            min,
            lower_quartile,
            median,
            upper_quartile,
            max,
            interquartile_range,
        })
    }
}

/// The number below which a share (0 to 1) of sorted numbers lies, on the straight line between neighbours. There must be a
/// number.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(numbers: &[f64]) -> Statistics {
        Statistics::of(numbers.iter().copied()).unwrap()
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        let spread = |numbers: &[f64]| Spread::of(numbers.iter().copied()).unwrap();
        assert_eq!(spread(&[5.0, 1.0, 2.0]), Spread { min: 1.0, median: 2.0, mean: 8.0 / 3.0, max: 5.0 });
        assert_eq!(spread(&[4.0, 1.0, 2.0, 9.0]), Spread { min: 1.0, median: 3.0, mean: 4.0, max: 9.0 });
        assert_eq!(Spread::of([].into_iter()), None);
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile(&values, 0.5), 3.0);
        assert!((quantile(&values, 0.975) - 7.7).abs() < 1e-12);
        assert_eq!((quantile(&values, 0.0), quantile(&values, 1.0)), (1.0, 8.0));
    }

    #[test]
    fn figures_agree_with_numpy() {
        // numpy: a = [7, 1, 3.5, 10, 2, 2]; mean, std(ddof=1), quantile(.25, .5, .75)
        let found = statistics(&[7.0, 1.0, 3.5, 10.0, 2.0, 2.0]);
        assert_eq!((found.count, found.mean, found.min, found.max), (6, 4.25, 1.0, 10.0));
        assert_eq!((found.lower_quartile, found.median, found.upper_quartile), (2.0, 2.75, 6.125));
        assert_eq!(found.interquartile_range, 4.125);
        assert!((found.standard_deviation.unwrap() - 3.517_811_819_867_572).abs() < 1e-12);
    }

    #[test]
    fn one_number_does_not_deviate() {
        let found = statistics(&[3.0]);
        assert_eq!((found.standard_deviation, found.interquartile_range, found.upper_quartile), (None, 0.0, 3.0));
    }
}
