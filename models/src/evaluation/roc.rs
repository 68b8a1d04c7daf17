//! How well a score puts positives above negatives.

use serde::Serialize;

use super::share;

/// What becomes of calling positive whatever scores at least a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocPoint {
    /// The threshold; none for one above every score.
    pub threshold: Option<f64>,
    /// The share of the negatives that are called positive: 0 to 1.
    pub false_positive_rate: f64,
    /// The share of the positives that are called so: 0 to 1.
    pub true_positive_rate: f64,
}

/// The receiver operating characteristic: from calling nothing positive to calling everything so, a point a distinct score.
/// Empty unless there are positives and negatives.
///
/// Source: Fawcett, "An introduction to ROC analysis", 2006, algorithm 1.
pub fn roc_curve(examples: &[(bool, f64)]) -> Vec<RocPoint> {
    let positives = examples.iter().filter(|(positive, _)| *positive).count();
    let point = |threshold, false_positives, true_positives| {
        Some(RocPoint {
            threshold,
            false_positive_rate: share(false_positives, examples.len() - positives)?,
            true_positive_rate: share(true_positives, positives)?,
        })
    };
    let mut sorted = examples.to_vec();
    sorted.sort_by(|left, right| right.1.total_cmp(&left.1));
    let (mut called, mut hits) = (0, 0);
    let mut curve = vec![point(None, 0, 0)];
    for same in sorted.chunk_by(|left, right| left.1 == right.1) {
        called += same.len();
        hits += same.iter().filter(|(positive, _)| *positive).count();
        curve.push(point(Some(same[0].1), called - hits, hits));
    }
    curve.into_iter().collect::<Option<_>>().unwrap_or_default()
}

/// The area under the [`roc_curve`]: the probability that a positive scores above a negative, ties counted half. 0 to 1, and
/// 1/2 for a score that says nothing; none unless there are positives and negatives.
///
/// Source: Hanley and `McNeil`, "The meaning and use of the area under a receiver operating characteristic curve", 1982.
pub fn auc(examples: &[(bool, f64)]) -> Option<f64> {
    let curve = roc_curve(examples);
    let trapezoid = |pair: &[RocPoint]| {
        let width = pair[1].false_positive_rate - pair[0].false_positive_rate;
        width * f64::midpoint(pair[0].true_positive_rate, pair[1].true_positive_rate)
    };
    (!curve.is_empty()).then(|| curve.windows(2).map(trapezoid).sum())
}
