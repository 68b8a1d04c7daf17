//! The weights of linear models, in double precision and without chance.

/// The weights of each output, the constant last: `[outputs][features + 1]`.
pub(super) type Weights = Vec<Vec<f64>>;

/// The gradient, over the weight of all examples, at which an optimum is reached.
const TOLERANCE: f64 = 1e-10;
const MOST_STEPS: usize = 100;
const MOST_HALVINGS: usize = 30;

/// Multinomial logistic regression by Newton's method (iteratively reweighted least squares): the weights of the log-odds of
/// each class against the first one.
///
/// It minimises the weighted sum of -ln p of the examples' classes, and `l2 / 2` times the squares of all weights but the
/// constants. A step that does not lower this is halved. The optimum is unique, because `l2` is above 0.
///
/// Source: Hastie, Tibshirani and Friedman, "The elements of statistical learning", 2009, section 4.4.
pub(super) fn logistic(rows: &[Vec<f64>], classes: &[usize], weights: &[f64], kinds: usize, l2: f64) -> Weights {
    let width = rows.first().map_or(0, Vec::len) + 1;
    let problem = Logistic { rows, classes, weights, outputs: kinds - 1, width, l2 };
    let total: f64 = weights.iter().sum();
    let mut at = vec![0.0; problem.outputs * width];
    let mut loss = problem.loss(&at);
    for _ in 0..MOST_STEPS {
        let (gradient, curvature) = problem.slopes(&at);
        if gradient.iter().all(|slope| slope.abs() <= TOLERANCE * total) {
            break;
        }
        let step = solve(curvature, gradient);
        let mut length = 1.0;
        let mut better = None;
        for _ in 0..MOST_HALVINGS {
            let next: Vec<f64> = at.iter().zip(&step).map(|(weight, step)| weight - length * step).collect();
            let next_loss = problem.loss(&next);
            if next_loss < loss {
                better = Some((next, next_loss));
                break;
            }
            length /= 2.0;
        }
        // Where not even a tiny step helps, rounding is all that is left.
        let Some(better) = better else { break };
        (at, loss) = better;
    }
    at.chunks_exact(width).map(<[f64]>::to_vec).collect()
}

/// Ridge regression: the weights that minimise the sum of squared errors and `l2` times the squares of all weights but the
/// constant.
///
/// Source: Hoerl and Kennard, "Ridge regression: biased estimation for nonorthogonal problems", 1970.
pub(super) fn ridge(rows: &[Vec<f64>], targets: &[f64], l2: f64) -> Weights {
    let width = rows.first().map_or(0, Vec::len) + 1;
    let mut square = vec![vec![0.0; width]; width];
    let mut right = vec![0.0; width];
    for (row, target) in rows.iter().zip(targets) {
        let input = |index: usize| row.get(index).copied().unwrap_or(1.0);
        for left in 0..width {
            right[left] += input(left) * target;
            let line = square[left].iter_mut().enumerate();
            line.for_each(|(other, sum)| *sum += input(left) * input(other));
        }
    }
    (0..width - 1).for_each(|index| square[index][index] += l2);
    vec![solve(square, right)]
}

struct Logistic<'a> {
    rows: &'a [Vec<f64>],
    classes: &'a [usize],
    weights: &'a [f64],
    outputs: usize,
    width: usize,
    l2: f64,
}

impl Logistic<'_> {
    fn log_odds(&self, at: &[f64], row: &[f64]) -> Vec<f64> {
        at.chunks_exact(self.width).map(|weights| apply(weights, row)).collect()
    }

    fn loss(&self, at: &[f64]) -> f64 {
        let example = |((row, &class), weight): ((&Vec<f64>, &usize), &f64)| {
            let log_odds = self.log_odds(at, row);
            let own = class.checked_sub(1).map_or(0.0, |output| log_odds[output]);
            let highest = log_odds.iter().copied().fold(0.0, f64::max);
            let sum = (-highest).exp() + log_odds.iter().map(|odds| (odds - highest).exp()).sum::<f64>();
            weight * (highest + sum.ln() - own)
        };
        let fit: f64 = self.rows.iter().zip(self.classes).zip(self.weights).map(example).sum();
        let squares: f64 =
            at.chunks_exact(self.width).flat_map(|weights| &weights[..self.width - 1]).map(|w| w * w).sum();
        fit + 0.5 * self.l2 * squares
    }

    /// The gradient and the Hessian.
    fn slopes(&self, at: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let size = at.len();
        let (mut gradient, mut curvature) = (vec![0.0; size], vec![vec![0.0; size]; size]);
        for (((row, &class), &weight), place) in self.rows.iter().zip(self.classes).zip(self.weights).zip(0..) {
            debug_assert!(class <= self.outputs, "example {place} is of class {class}");
            let p = probabilities(&self.log_odds(at, row));
            let input = |index: usize| row.get(index).copied().unwrap_or(1.0);
            for left in 0..self.outputs {
                let error = weight * (p[left + 1] - f64::from(u8::from(class == left + 1)));
                (0..self.width).for_each(|index| gradient[left * self.width + index] += error * input(index));
                for right in 0..=left {
                    let own = if left == right { p[left + 1] } else { 0.0 };
                    let bend = weight * (own - p[left + 1] * p[right + 1]);
                    for index in 0..self.width {
                        let line = &mut curvature[left * self.width + index][right * self.width..][..self.width];
                        line.iter_mut().enumerate().for_each(|(other, sum)| *sum += bend * input(index) * input(other));
                    }
                }
            }
        }
        for index in (0..size).filter(|index| index % self.width != self.width - 1) {
            gradient[index] += self.l2 * at[index];
            curvature[index][index] += self.l2;
        }
        (gradient, curvature)
    }
}

/// The probability of each class, from its log-odds against the first one.
pub(super) fn probabilities(log_odds: &[f64]) -> Vec<f64> {
    let highest = log_odds.iter().copied().fold(0.0, f64::max);
    let parts: Vec<f64> = std::iter::once(&0.0).chain(log_odds).map(|odds| (odds - highest).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.into_iter().map(|part| part / sum).collect()
}

/// The sum of features by their weights, and the constant.
pub(super) fn apply(weights: &[f64], row: &[f64]) -> f64 {
    weights[row.len()] + weights.iter().zip(row).map(|(weight, value)| weight * value).sum::<f64>()
}

/// Solves `square x = right` for a symmetric positive definite matrix, of which only the lower half is read, by Cholesky's
/// decomposition. Where rounding leaves a pivot without a value, its direction is not moved along.
fn solve(mut square: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for row in 0..size {
        for column in 0..=row {
            let known: f64 = (0..column).map(|index| square[row][index] * square[column][index]).sum();
            let rest = square[row][column] - known;
            square[row][column] = if row == column {
                if rest > 0.0 { rest.sqrt() } else { f64::INFINITY }
            } else {
                rest / square[column][column]
            };
        }
    }
    for row in 0..size {
        let known: f64 = (0..row).map(|index| square[row][index] * right[index]).sum();
        right[row] = (right[row] - known) / square[row][row];
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|index| square[index][row] * right[index]).sum();
        right[row] = (right[row] - known) / square[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Record {
        logistic: Vec<Fitted<bool>>,
        ridge: Vec<Fitted<f64>>,
    }

    #[derive(Deserialize)]
    struct Fitted<T> {
        inputs: Vec<Vec<f64>>,
        truth: Vec<T>,
        #[serde(default)]
        weights: Vec<f64>,
        l2: f64,
        coefficients: Vec<f64>,
        intercept: f64,
    }

    fn record() -> Record {
        serde_json::from_str(include_str!("../../../tests/fixtures/evaluation.json")).unwrap()
    }

    fn assert_same<T>(weights: &[f64], recorded: &Fitted<T>) {
        let recorded: Vec<f64> = recorded.coefficients.iter().copied().chain([recorded.intercept]).collect();
        for (ours, theirs) in weights.iter().zip(&recorded) {
            assert!((ours - theirs).abs() < 1e-7, "{weights:?} {recorded:?}");
        }
        assert_eq!(weights.len(), recorded.len());
    }

    #[test]
    fn logistic_and_ridge_regression_are_those_of_scikit_learn() {
        for fitted in record().logistic {
            let classes: Vec<usize> = fitted.truth.iter().map(|truth| usize::from(*truth)).collect();
            assert_same(&logistic(&fitted.inputs, &classes, &fitted.weights, 2, fitted.l2)[0], &fitted);
        }
        for fitted in record().ridge {
            assert_same(&ridge(&fitted.inputs, &fitted.truth, fitted.l2)[0], &fitted);
        }
    }

    #[test]
    fn of_several_classes_the_optimum_has_no_slope() {
        let rows: Vec<Vec<f64>> = (0..60).map(|i| vec![f64::from(i % 7) - 3.0, f64::from(i * i % 11) - 5.0]).collect();
        let class = |row: &Vec<f64>| if row[1] > row[0].max(0.0) { 2 } else { usize::from(row[0] > 0.0) };
        let classes: Vec<usize> = rows.iter().map(class).collect();
        let weights = vec![1.0; 60];
        let found = logistic(&rows, &classes, &weights, 3, 0.5);
        let problem = Logistic { rows: &rows, classes: &classes, weights: &weights, outputs: 2, width: 3, l2: 0.5 };
        let (gradient, _) = problem.slopes(&found.concat());
        assert!(gradient.iter().all(|slope| slope.abs() < 1e-8), "{gradient:?}");
        let right = rows.iter().zip(&classes).filter(|(row, class)| {
            let log_odds: Vec<f64> = found.iter().map(|weights| apply(weights, row)).collect();
            let p = probabilities(&log_odds);
            p.iter().all(|other| *other <= p[**class])
        });
        assert!(right.count() > 50);
    }

    #[test]
    fn what_can_be_told_apart_without_a_mistake_has_finite_weights() {
        let rows: Vec<Vec<f64>> = (0..20).map(|i| vec![f64::from(i) - 9.5, 0.0]).collect();
        let classes: Vec<usize> = (0..20).map(|i| usize::from(i > 9)).collect();
        let found = logistic(&rows, &classes, &[1.0; 20], 2, 1e-3);
        assert!(
            found[0][0] > 1.0 && found[0].iter().all(|weight| weight.is_finite()) && found[0][1] == 0.0,
            "{found:?}"
        );
    }
}
