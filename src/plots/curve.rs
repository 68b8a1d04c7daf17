//! A column of a run against steps: every seed, their mean, and the band that they fill.

use super::series::RunSeries;
use crate::run::Metrics;

/// Steps and a value.
pub(super) type Point = (f64, f64);

/// One column of one run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    /// The measurements of each seed that has any.
    pub(super) seeds: Vec<Vec<Point>>,
    /// The mean over the seeds, as far as the shortest of them goes.
    pub(super) mean: Vec<Point>,
    /// The lowest seed, equally far.
    pub(super) lowest: Vec<Point>,
    /// The highest seed, equally far.
    pub(super) highest: Vec<Point>,
}

impl Curve {
    /// The curve of a column, if there is anything to show. Rows where the value is missing or no
    /// number are passed over, as are rows without steps.
    pub(super) fn of(run: &RunSeries, column: &str) -> Option<Self> {
        let mut seeds: Vec<_> = run.seeds.iter().map(|seed| measured(seed, column)).collect();
        seeds.retain(|seed| !seed.is_empty());
        if seeds.is_empty() {
            return None;
        }
        let steps = common_steps(&seeds);
        let over_seeds = |summary: fn(&[f64]) -> f64| {
            let summary_at = |steps| {
                let values: Vec<_> = seeds.iter().map(|seed| interpolate(seed, steps)).collect();
                (steps, summary(&values))
            };
            steps.iter().copied().map(summary_at).collect()
        };
        Some(Self {
            mean: over_seeds(|values| values.iter().sum::<f64>() / values.len() as f64),
            lowest: over_seeds(|values| values.iter().copied().fold(f64::INFINITY, f64::min)),
            highest: over_seeds(|values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            seeds,
        })
    }
}

/// The value at a number of steps, on the straight line between its neighbours; beyond the ends,
/// the value there; NaN of no points.
pub(super) fn interpolate(points: &[Point], steps: f64) -> f64 {
    let after = points.partition_point(|point| point.0 < steps);
    match (points[..after].last(), points.get(after)) {
        (Some(&(x0, y0)), Some(&(x1, y1))) if x1 > steps => y0 + (y1 - y0) * (steps - x0) / (x1 - x0),
        (_, Some(&(_, value))) | (Some(&(_, value)), None) => value,
        (None, None) => f64::NAN,
    }
}

/// The moving average over both sides, where a value weighs 1/e at a distance of `reach` steps: it
/// smooths without lagging behind. Rows that are much farther apart than that stay as they are.
pub(super) fn smooth(points: &[Point], reach: f64) -> Vec<Point> {
    let before = decaying_sums(points.iter(), reach);
    let after = decaying_sums(points.iter().rev(), reach);
    let sides = before.zip(after.collect::<Vec<_>>().into_iter().rev());
    let average = |(&(steps, value), (before, after)): (&Point, (Sum, Sum))| {
        // Both sides count the value itself.
        let weight = before.weight + after.weight - 1.0;
        (steps, (before.value + after.value - value) / weight)
    };
    points.iter().zip(sides).map(average).collect()
}

/// The points that show where a column of pixels is `width` steps wide: the lowest and the highest
/// of each column.
pub(super) fn thin(points: &[Point], width: f64) -> Vec<Point> {
    let column = |point: &Point| (point.0 / width) as i64;
    points
        .chunk_by(|left, right| column(left) == column(right))
        .flat_map(|chunk| {
            let by_value = |left: &&Point, right: &&Point| left.1.total_cmp(&right.1);
            let mut ends: Vec<_> =
                chunk.iter().min_by(by_value).into_iter().chain(chunk.iter().max_by(by_value)).copied().collect();
            ends.sort_by(|left, right| left.0.total_cmp(&right.0));
            ends.dedup();
            ends
        })
        .collect()
}

/// A sum of values that lose weight with distance.
#[derive(Clone, Copy, Default)]
struct Sum {
    value: f64,
    weight: f64,
}

/// For every point, the sum over it and those that came before.
fn decaying_sums<'a>(points: impl Iterator<Item = &'a Point>, reach: f64) -> impl Iterator<Item = Sum> {
    points.scan((Sum::default(), 0.0), move |(sum, last), &(steps, value)| {
        let kept = f64::exp(-(steps - *last).abs() / reach);
        *sum = Sum { value: kept * sum.value + value, weight: kept * sum.weight + 1.0 };
        *last = steps;
        Some(*sum)
    })
}

fn measured(metrics: &Metrics, column: &str) -> Vec<Point> {
    let points = metrics.rows().iter().filter_map(|row| Some((row.get("steps")?, row.get(column)?)));
    points.filter(|(steps, value)| steps.is_finite() && value.is_finite()).collect()
}

/// Every number of steps at which a seed was measured, as far as all of them were.
fn common_steps(seeds: &[Vec<Point>]) -> Vec<f64> {
    let from = seeds.iter().filter_map(|seed| seed.first()).map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
    let to = seeds.iter().filter_map(|seed| seed.last()).map(|point| point.0).fold(f64::INFINITY, f64::min);
    let mut steps: Vec<_> =
        seeds.iter().flatten().map(|point| point.0).filter(|steps| (from..=to).contains(steps)).collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    steps
}

#[cfg(test)]
mod tests {
    use super::super::series::tests::{run_of, seed_of};
    use super::*;

    #[test]
    fn the_mean_and_band_end_with_the_shortest_seed() {
        let seeds = vec![seed_of("x", &[1.0, 2.0, 3.0]), seed_of("x", &[3.0, 4.0])];
        let curve =
            Curve::of(&RunSeries { name: "run".to_owned(), seeds, held_out: Vec::new(), actions: None }, "x").unwrap();
        assert_eq!(curve.mean, [(1000.0, 2.0), (2000.0, 3.0)]);
        assert_eq!(curve.lowest, [(1000.0, 1.0), (2000.0, 2.0)]);
        assert_eq!(curve.highest, [(1000.0, 3.0), (2000.0, 4.0)]);
        assert_eq!(curve.seeds[0].len(), 3);
    }

    #[test]
    fn what_is_no_number_is_passed_over() {
        let curve = Curve::of(&run_of("x", &[1.0, f64::NAN, 3.0]), "x").unwrap();
        assert_eq!(curve.mean, [(1000.0, 1.0), (3000.0, 3.0)]);
        assert_eq!(Curve::of(&run_of("x", &[f64::NAN]), "x"), None);
    }

    #[test]
    fn interpolation_meets_the_points_and_is_flat_beyond_them() {
        let points = [(0.0, 1.0), (10.0, 2.0)];
        let at = [-5.0, 0.0, 5.0, 10.0, 20.0].map(|steps| (steps, interpolate(&points, steps)));
        assert_eq!(at, [(-5.0, 1.0), (0.0, 1.0), (5.0, 1.5), (10.0, 2.0), (20.0, 2.0)]);
    }

    #[test]
    fn smoothing_weighs_by_distance_and_does_not_lag() {
        let (near, far) = ((-1f64).exp(), (-2f64).exp());
        let peak = smooth(&[(1.0, 0.0), (2.0, 1.0), (4.0, 0.0)], 1.0);
        assert!((peak[1].1 - 1.0 / (1.0 + near + far)).abs() < 1e-12, "{peak:?}");

        let line: Vec<_> = (0..9).map(|x| (f64::from(x), f64::from(x))).collect();
        assert!((smooth(&line, 1.0)[4].1 - 4.0).abs() < 1e-12);
    }

    #[test]
    fn thinning_keeps_the_peaks_in_order() {
        let points = [(0.0, 1.0), (1.0, 9.0), (2.0, -4.0), (3.0, 2.0), (10.0, 5.0)];
        assert_eq!(thin(&points, 10.0), [(1.0, 9.0), (2.0, -4.0), (10.0, 5.0)]);
        assert_eq!(thin(&points, 0.1), points);
    }
}
