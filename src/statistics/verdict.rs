//! Whether runs are enough to tell two algorithms apart.

use serde::Serialize;

use super::{Estimate, Scores};

/// The probability at which chance is no longer taken for an answer, that which an interval of 95 % leaves.
const CHANCE: f64 = 0.05;

/// What the runs of two algorithms, x and y, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Runs of x score higher.
    XHigher,
    /// Runs of y score higher.
    YHigher,
    /// The interval of the probability of improvement holds one half.
    Unclear,
    /// So few runs tell nothing, whatever they score: had every run of one scored higher than every run of the other, that
    /// would still happen by chance more often than in one case of twenty.
    TooFewRuns,
}

impl Verdict {
    /// The verdict on `x` and `y`, given the probability that a run of `x` scores higher.
    pub fn of(x: &Scores, y: &Scores, improvement: &Estimate) -> Self {
        // A single run cannot vary, so its interval says nothing.
        if x.runs().min(y.runs()) == 1 || chance_of_separation(x.runs(), y.runs(), x.tasks()) > CHANCE {
            Self::TooFewRuns
        } else if improvement.covers(0.5) {
            Self::Unclear
        } else if improvement.point > 0.5 {
            Self::XHigher
        } else {
            Self::YHigher
        }
    }
}

/// How probable it is that, of two equal algorithms, all runs of one score higher than all of the other, on every task: of the
/// orders of `x + y` runs on a task two are such, out of as many as there are ways to choose `x` of them.
fn chance_of_separation(x: usize, y: usize, tasks: usize) -> f64 {
    let ways: f64 = (1..=x).map(|index| (y + index) as f64 / index as f64).product();
    2.0 / ways.powf(tasks as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(runs: usize, tasks: usize) -> Scores {
        Scores::new("a", &vec![vec![0.0; tasks]; runs]).unwrap()
    }

    fn verdict(runs: usize, tasks: usize, ci: [f64; 2]) -> Verdict {
        let point = f64::midpoint(ci[0], ci[1]);
        Verdict::of(&scores(runs, tasks), &scores(runs, tasks), &Estimate { point, ci })
    }

    #[test]
    fn the_chance_of_separation_is_that_of_the_rank_sum_test() {
        // The least two-sided p-values of Mann and Whitney's test with 3, 4 and 5 runs.
        for (runs, chance) in [(3, 0.1), (4, 2.0 / 70.0), (5, 2.0 / 252.0)] {
            assert!((chance_of_separation(runs, runs, 1) - chance).abs() < 1e-12);
        }
        assert!((chance_of_separation(2, 3, 2) - 0.02).abs() < 1e-12);
        assert_eq!(chance_of_separation(100, 100, 57), 0.0);
    }

    #[test]
    fn three_runs_on_one_task_are_too_few_even_if_all_of_one_win() {
        assert_eq!(verdict(3, 1, [1.0, 1.0]), Verdict::TooFewRuns);
        assert_eq!(verdict(4, 1, [1.0, 1.0]), Verdict::XHigher);
        assert_eq!(verdict(2, 3, [0.0, 0.0]), Verdict::YHigher);
        assert_eq!(verdict(1, 50, [1.0, 1.0]), Verdict::TooFewRuns);
    }

    #[test]
    fn an_interval_that_holds_one_half_tells_nothing() {
        assert_eq!(verdict(10, 1, [0.5, 0.9]), Verdict::Unclear);
        assert_eq!(verdict(10, 1, [0.51, 0.9]), Verdict::XHigher);
        assert_eq!(verdict(10, 1, [0.2, 0.49]), Verdict::YHigher);
    }
}
