//! Classifiers of two kinds, by the probability of the positive one.

use serde::Serialize;

use super::calibration::Calibration;
use super::roc::{RocPoint, auc, roc_curve};
use super::{mean, share, surprise};

/// How often what was called positive or negative is so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Positives called positive.
    pub true_positives: usize,
    /// Negatives called positive.
    pub false_positives: usize,
    /// Negatives called negative.
    pub true_negatives: usize,
    /// Positives called negative.
    pub false_negatives: usize,
}

impl Confusion {
    /// Of examples by what they are and what they were called.
    pub fn of(examples: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut this = Self::default();
        for (positive, called) in examples {
            *match (positive, called) {
                (true, true) => &mut this.true_positives,
                (false, true) => &mut this.false_positives,
                (false, false) => &mut this.true_negatives,
                (true, false) => &mut this.false_negatives,
            } += 1;
        }
        this
    }

    /// The examples that are positive.
    pub fn positives(&self) -> usize {
        self.true_positives + self.false_negatives
    }

    /// The examples that are negative.
    pub fn negatives(&self) -> usize {
        self.true_negatives + self.false_positives
    }

    /// The share of the examples that were called what they are: 0 to 1; none without an example.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.true_positives + self.true_negatives, self.positives() + self.negatives())
    }

    /// The share of those called positive that are: 0 to 1; none if none was called so.
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// The share of the positives that were called so: 0 to 1; none without a positive. Also the true positive rate.
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.positives())
    }

    /// The share of the negatives that were called so: 0 to 1; none without a negative.
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.negatives())
    }

    /// The share of those called negative that are: 0 to 1; none if none was called so.
    pub fn negative_predictive_value(&self) -> Option<f64> {
        share(self.true_negatives, self.true_negatives + self.false_negatives)
    }

    /// The share of the negatives that were called positive: 0 to 1; none without a negative.
    pub fn false_positive_rate(&self) -> Option<f64> {
        share(self.false_positives, self.negatives())
    }

    /// The share of the positives that were called negative: 0 to 1; none without a positive.
    pub fn false_negative_rate(&self) -> Option<f64> {
        share(self.false_negatives, self.positives())
    }

    /// The harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`: 0 to 1; none if nothing is positive and
    /// nothing was called so.
    pub fn f1(&self) -> Option<f64> {
        share(2 * self.true_positives, 2 * self.true_positives + self.false_positives + self.false_negatives)
    }
}

/// Everything about a classifier of two kinds. Shares are those of [`Confusion`], where what is at least as likely positive
/// as not is called positive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BinaryReport {
    /// The examples judged.
    pub examples: usize,
    /// How often what was called positive or negative is so.
    pub confusion: Confusion,
    /// The mean of -ln p of what is true, in nats: 0 to 36.04, because no probability counts as less than 2.2e-16; none
    /// without an example.
    pub log_loss: Option<f64>,
    /// The mean squared error of the probabilities: 0 to 1; none without an example. Source: Brier, "Verification of
    /// forecasts expressed in terms of probability", 1950.
    pub brier: Option<f64>,
    /// See [`Confusion::accuracy`].
    pub accuracy: Option<f64>,
    /// See [`Confusion::precision`].
    pub precision: Option<f64>,
    /// See [`Confusion::recall`].
    pub recall: Option<f64>,
    /// See [`Confusion::specificity`].
    pub specificity: Option<f64>,
    /// See [`Confusion::negative_predictive_value`].
    pub negative_predictive_value: Option<f64>,
    /// See [`Confusion::false_positive_rate`].
    pub false_positive_rate: Option<f64>,
    /// See [`Confusion::false_negative_rate`].
    pub false_negative_rate: Option<f64>,
    /// See [`Confusion::f1`].
    pub f1: Option<f64>,
    /// See [`auc`].
    pub auc: Option<f64>,
    /// See [`roc_curve`].
    pub roc: Vec<RocPoint>,
    /// How far probabilities can be taken at their word.
    pub calibration: Calibration,
}

impl BinaryReport {
    /// Of examples by whether they are positive, and the probability given to that.
    pub fn of(examples: &[(bool, f64)]) -> Self {
        let confusion = Confusion::of(examples.iter().map(|&(positive, p)| (positive, p >= 0.5)));
        let told = |&(positive, p): &(bool, f64)| if positive { p } else { 1.0 - p };
        Self {
            examples: examples.len(),
            confusion,
            log_loss: mean(examples.iter().map(|example| surprise(told(example)))),
            brier: mean(examples.iter().map(|example| (1.0 - told(example)).powi(2))),
            accuracy: confusion.accuracy(),
            precision: confusion.precision(),
            recall: confusion.recall(),
            specificity: confusion.specificity(),
            negative_predictive_value: confusion.negative_predictive_value(),
            false_positive_rate: confusion.false_positive_rate(),
            false_negative_rate: confusion.false_negative_rate(),
            f1: confusion.f1(),
            auc: auc(examples),
            roc: roc_curve(examples),
            calibration: Calibration::of(examples),
        }
    }
}
