//! How far probabilities can be taken at their word.

use serde::Serialize;

/// Into how many parts of the same width the probabilities are divided.
const BINS: usize = 10;

/// The reliability of probabilities: in ten parts, (0, 0.1] to (0.9, 1] with 0 in the first, how likely the positive was
/// said to be, and how often it was so.
///
/// Source: Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// The parts that are not empty, from low to high.
    pub bins: Vec<CalibrationBin>,
    /// How far the share of positives is from the mean probability, on average over the examples: 0 to 1; none without an
    /// example.
    pub expected_error: Option<f64>,
}

/// The examples whose probability lies in one part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// How many they are.
    pub examples: usize,
    /// The mean of their probabilities.
    pub mean_probability: f64,
    /// The share of them that is positive.
    pub positive_share: f64,
}

impl Calibration {
    /// Of examples by whether they are positive, and the probability given to that.
    pub fn of(examples: &[(bool, f64)]) -> Self {
        let mut parts = [(0_usize, 0.0, 0_usize); BINS];
        for &(positive, probability) in examples {
            // The upper ends as they are written, so that 0.3 belongs to the part that ends with it.
            let part = (1..BINS).take_while(|&end| probability > end as f64 / BINS as f64).count();
            let (count, sum, hits) = &mut parts[part];
            *count += 1;
            *sum += probability;
            *hits += usize::from(positive);
        }
        let filled = parts.into_iter().filter(|(count, ..)| *count > 0);
        let bin = |(examples, sum, hits): (usize, f64, usize)| CalibrationBin {
            examples,
            mean_probability: sum / examples as f64,
            positive_share: hits as f64 / examples as f64,
        };
        let bins: Vec<CalibrationBin> = filled.map(bin).collect();
        let off = |bin: &CalibrationBin| bin.examples as f64 * (bin.positive_share - bin.mean_probability).abs();
        let total = bins.iter().map(off).sum::<f64>();
        let expected_error = (!examples.is_empty()).then(|| total / examples.len() as f64);
        Self { bins, expected_error }
    }
}
