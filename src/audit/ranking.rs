//! How often one sort of piece scores above another, and how sure that is.

/// The quantile of the normal distribution that leaves 2.5 % above it.
const Z: f64 = 1.959_964;

/// How often a piece of the first sort scores above one of the second, over all pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ranking {
    /// The probability that it does, ties counted half: 0 to 1.
    pub(super) probability: f64,
    /// The share of the pairs in which it scores below.
    pub(super) below: f64,
}

impl Ranking {
    /// Of two sorts of pieces, neither without one.
    pub(super) fn of(first: &[f64], second: &[f64]) -> Self {
        let (mut above, mut below) = (0_usize, 0_usize);
        for left in first {
            above += second.iter().filter(|right| left > *right).count();
            below += second.iter().filter(|right| left < *right).count();
        }
        let share = |count: usize| count as f64 / (first.len() * second.len()).max(1) as f64;
        Self { probability: 0.5 + (share(above) - share(below)) / 2.0, below: share(below) }
    }
}

/// The 95 % interval of the probability that a drawn piece scores above another drawn one, from samples of `m` and `n`.
///
/// Source: Newcombe, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2", 2006,
/// method 5: the variance of Hanley and `McNeil` 1982, taken at the bound itself, so that the interval stays within 0 and 1
/// and has a width where the samples do not overlap.
pub(super) fn interval_of_two(probability: f64, m: usize, n: usize) -> [f64; 2] {
    let half = f64::midpoint(m as f64, n as f64) - 1.0;
    let variance = |p: f64| p * (1.0 - p) * (1.0 + half * ((1.0 - p) / (2.0 - p) + p / (1.0 + p))) / (m * n) as f64;
    [bound(probability, 0.0, variance), bound(probability, 1.0, variance)]
}

/// The same against one given piece, from a sample of `m`.
///
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927. A tie counts as half a
/// success, which makes the interval no narrower than it should be.
pub(super) fn interval_of_one(probability: f64, m: usize) -> [f64; 2] {
    let variance = |p: f64| p * (1.0 - p) / m as f64;
    [bound(probability, 0.0, variance), bound(probability, 1.0, variance)]
}

/// The probability farthest towards `end` at which the one found is still within `Z` standard deviations.
fn bound(found: f64, end: f64, variance: impl Fn(f64) -> f64) -> f64 {
    let (mut inside, mut outside) = (found, end);
    for _ in 0..60 {
        let middle = f64::midpoint(inside, outside);
        if (found - middle).powi(2) > Z * Z * variance(middle) { outside = middle } else { inside = middle }
    }
    outside
}

#[cfg(test)]
mod tests {
    use gradus_envs::seeding::{Role, stream};
    use rand::RngExt;

    use super::*;

    #[test]
    fn ties_count_half() {
        let ranking = Ranking::of(&[1.0, 2.0], &[1.0, 0.0]);
        assert_eq!(ranking, Ranking { probability: 0.875, below: 0.0 });
        assert_eq!(Ranking::of(&[0.0], &[1.0]), Ranking { probability: 0.0, below: 1.0 });
    }

    #[test]
    fn against_one_piece_the_interval_is_wilsons() {
        // 15 of 20, by the closed formula.
        let [low, high] = interval_of_one(0.75, 20);
        assert!((low - 0.531_299).abs() < 1e-6 && (high - 0.888_138).abs() < 1e-6, "{low} {high}");
        let [low, high] = interval_of_one(1.0, 20);
        assert!((low - 1.0 / (1.0 + Z * Z / 20.0)).abs() < 1e-6 && high == 1.0, "{low} {high}");
    }

    #[test]
    fn the_interval_of_two_samples_holds_the_truth_nineteen_times_in_twenty() {
        let mut generator = stream(0, Role::Audit, 0);
        for truth in [0.5_f64, 0.8, 0.95] {
            // Of exponentials with rates 1 and r the first is greater with probability r / (1 + r).
            let rate = truth / (1.0 - truth);
            let mut sample = |rate: f64, count: usize| -> Vec<f64> {
                (0..count).map(|_| -(1.0 - generator.random::<f64>()).ln() / rate).collect()
            };
            let mut held = 0;
            for _ in 0..400 {
                let (first, second) = (sample(1.0, 30), sample(rate, 40));
                let [low, high] = interval_of_two(Ranking::of(&first, &second).probability, 30, 40);
                held += usize::from((low..=high).contains(&truth));
            }
            assert!((368..=394).contains(&held), "{held} of 400 at {truth}");
        }
    }

    #[test]
    fn samples_that_do_not_overlap_leave_room_for_doubt() {
        let [low, high] = interval_of_two(1.0, 20, 20);
        assert!(low > 0.8 && low < 0.95 && high == 1.0, "{low} {high}");
    }
}
