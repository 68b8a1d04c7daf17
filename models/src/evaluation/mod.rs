//! How well predictions agree with what is true: figures for classifiers and for models of numbers.
//!
//! They mean what they mean in scikit-learn and are held to its values; where scikit-learn warns and answers 0 or "not a
//! number", there is no value here. Nothing here knows of music or of networks.

mod binary;
mod calibration;
mod classification;
mod regression;
mod roc;
#[cfg(test)]
mod tests;

pub use binary::{BinaryReport, Confusion};
pub use calibration::{Calibration, CalibrationBin};
pub use classification::{ClassReport, ClassificationReport};
pub use regression::RegressionReport;
pub use roc::{RocPoint, auc, roc_curve};

/// The least probability whose logarithm is taken, so that one certain mistake does not make a loss infinite.
const LEAST_PROBABILITY: f64 = f64::EPSILON;

/// -ln p, in nats.
fn surprise(probability: f64) -> f64 {
    -probability.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY).ln()
}

/// A share of a whole; none of nothing.
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The mean of numbers; none of none.
fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut count, mut sum) = (0, 0.0);
    for value in values {
        count += 1;
        sum += value;
    }
    (count > 0).then(|| sum / f64::from(count))
}
