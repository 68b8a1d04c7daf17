//! Models of numbers.

use serde::Serialize;

use super::mean;

/// Everything about a model of numbers. Errors are in the numbers' own unit; each figure is none without an example.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RegressionReport {
    /// The examples judged.
    pub examples: usize,
    /// The mean of the absolute errors: at least 0.
    pub mean_absolute_error: Option<f64>,
    /// The mean of the squared errors: at least 0.
    pub mean_squared_error: Option<f64>,
    /// Its root: at least 0.
    pub root_mean_squared_error: Option<f64>,
    /// `1 - (squared errors) / (squared distances from the mean)`: at most 1, and 0 for always saying the mean; none where
    /// the true numbers do not vary.
    pub r2: Option<f64>,
    /// `1 - (1 - R2) (n - 1) / (n - p - 1)` for n examples and a model of p features, which more features alone do not raise:
    /// at most 1; none with fewer than p + 2 examples. Source: Ezekiel, "Methods of correlation analysis", 1930.
    pub adjusted_r2: Option<f64>,
}

impl RegressionReport {
    /// Of examples by the true number and the one that a model of so many features gave.
    pub fn of(examples: &[(f64, f64)], features: usize) -> Self {
        let mean_squared_error = mean(examples.iter().map(|(truth, told)| (truth - told).powi(2)));
        let variance = mean(examples.iter().map(|(truth, _)| *truth))
            .and_then(|middle| mean(examples.iter().map(|(truth, _)| (truth - middle).powi(2))));
        // The mean of equal numbers may be rounded away from them, so the variance alone does not tell.
        let varies = examples.windows(2).any(|pair| pair[0].0 != pair[1].0);
        let r2 = mean_squared_error.zip(variance).filter(|_| varies).map(|(error, variance)| 1.0 - error / variance);
        let adjusted = |r2: f64| {
            let freedom = examples.len().checked_sub(features + 1).filter(|freedom| *freedom > 0)?;
            Some(1.0 - (1.0 - r2) * (examples.len() - 1) as f64 / freedom as f64)
        };
        Self {
            examples: examples.len(),
            mean_absolute_error: mean(examples.iter().map(|(truth, told)| (truth - told).abs())),
            mean_squared_error,
            root_mean_squared_error: mean_squared_error.map(f64::sqrt),
            r2,
            adjusted_r2: r2.and_then(adjusted),
        }
    }
}
