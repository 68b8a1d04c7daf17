//! How fast algorithms learn: the interquartile mean against steps, or against seconds.

use gradus_envs::seeding::Generator;
use rand::RngExt;
use serde::Serialize;

use super::{
    Estimate,
    bootstrap::{Bootstrap, Matter},
    interquartile::Ranked,
};

/// As many as a performance profile, which has as many figures.
const REPLICATES: u64 = 2000;

/// The points of a curve that ends last.
const POINTS: u32 = 100;

/// How far back a run's standing looks, as a share of the way so far.
const WINDOW: f64 = 0.1;

/// What one run measured, by steps or by seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured(Vec<(f64, f64)>);

impl Measured {
    /// Measurements as (steps or seconds, value), sorted by the former; `None` if there are none.
    pub fn new(mut points: Vec<(f64, f64)>) -> Option<Self> {
        points.sort_by(|left, right| left.0.total_cmp(&right.0));
        (!points.is_empty()).then_some(Self(points))
    }

    /// Where the first measurement is.
    pub fn start(&self) -> f64 {
        self.0.first().map_or(f64::NAN, |point| point.0)
    }

    /// Where the last measurement is.
    pub fn end(&self) -> f64 {
        self.0.last().map_or(f64::NAN, |point| point.0)
    }

    /// The mean of the measurements in the last tenth of the way to `at`, or the last one before, if there are none; NaN
    /// before the first.
    pub fn standing(&self, at: f64) -> f64 {
        let until = self.0.partition_point(|point| point.0 <= at);
        let from = self.0[..until].partition_point(|point| point.0 <= at * (1.0 - WINDOW));
        let window = &self.0[from.min(until.saturating_sub(1))..until];
        window.iter().map(|point| point.1).sum::<f64>() / window.len() as f64
    }

    /// The same measurements, each value changed.
    #[must_use]
    pub fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        Self(self.0.iter().map(|&(at, value)| (at, change(value))).collect())
    }
}

/// The interquartile mean over runs and tasks as far as every run goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Curve(pub Vec<CurvePoint>);

/// One point of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Steps or seconds.
    pub at: f64,
    /// The interquartile mean of the runs' standings.
    #[serde(flatten)]
    pub estimate: Estimate,
}

impl Curve {
    /// The curve of each algorithm, of which there are as many runs (inner) on each task (outer). All are told at the same
    /// places, and at their own ends.
    pub fn of_all(algorithms: &[&[Vec<Measured>]], seed: u64) -> Vec<Self> {
        let last = algorithms.iter().map(|runs| span(runs).1).fold(0.0, f64::max);
        let grid: Vec<_> = (1..=POINTS).map(|point| last * f64::from(point) / f64::from(POINTS)).collect();
        algorithms.iter().map(|runs| Self::of(runs, &grid, seed)).collect()
    }

    fn of(runs: &[Vec<Measured>], grid: &[f64], seed: u64) -> Self {
        let (start, end) = span(runs);
        let within = |at: &f64| (start..end).contains(at);
        let places: Vec<_> = grid.iter().copied().filter(within).chain((start <= end).then_some(end)).collect();
        if places.is_empty() {
            return Self(Vec::new());
        }
        let standings = |&at: &f64| -> Vec<_> { runs.iter().flatten().map(|run| run.standing(at)).collect() };
        let ranked: Vec<_> = places.iter().map(|at| Ranked::new(&standings(at))).collect();
        let count = runs.iter().map(Vec::len).sum();
        let figures = |counts: &mut [u32], drawn: &[usize], figures: &mut [f64]| {
            for (figure, ranked) in figures.iter_mut().zip(&ranked) {
                for &run in drawn {
                    counts[ranked.rank(run)] += 1;
                }
                *figure = ranked.interquartile_mean(counts);
            }
        };
        let mut points = vec![0.0; places.len()];
        figures(&mut vec![0; count], &(0..count).collect::<Vec<_>>(), &mut points);

        // A run is drawn with all that it measured.
        let replicate = |(counts, drawn): &mut (Vec<u32>, Vec<usize>), generator: &mut Generator, out: &mut [f64]| {
            drawn.clear();
            for task in runs {
                let first = drawn.len();
                drawn.extend(task.iter().map(|_| first + generator.random_range(0..task.len() as u32) as usize));
            }
            figures(counts, drawn, out);
        };
        let bootstrap = Bootstrap { seed, matter: Matter::Curve, replicates: REPLICATES };
        let intervals = bootstrap.intervals(places.len(), || (vec![0; count], Vec::with_capacity(count)), replicate);
        let point = |((at, point), ci)| CurvePoint { at, estimate: Estimate { point, ci } };
        Self(places.into_iter().zip(points).zip(intervals).map(point).collect())
    }
}

/// From where to where every run is measured.
fn span(runs: &[Vec<Measured>]) -> (f64, f64) {
    let all = || runs.iter().flatten();
    (all().map(Measured::start).fold(0.0, f64::max), all().map(Measured::end).fold(f64::INFINITY, f64::min))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with the values at 10, 20, 30, ...
    fn run(values: &[f64]) -> Measured {
        Measured::new((1..).map(|row| 10.0 * f64::from(row)).zip(values.iter().copied()).collect()).unwrap()
    }

    #[test]
    fn a_standing_is_the_mean_of_the_last_tenth_or_else_the_last_value() {
        let run = run(&(1..=20).map(f64::from).collect::<Vec<_>>());
        // From 180 exclusive to 200.
        assert_eq!(run.standing(200.0), 19.5);
        assert_eq!(run.standing(25.0), 2.0);
        assert!(run.standing(9.0).is_nan());
        assert_eq!(run.standing(1e6), 20.0);
    }

    #[test]
    fn curves_share_their_places_and_end_with_their_shortest_run() {
        let long = [vec![run(&[1.0; 40]), run(&[1.0; 40])]];
        let short = [vec![run(&[3.0; 21]), run(&[3.0; 40])]];
        let curves = Curve::of_all(&[&long, &short], 0);
        let places = |curve: &Curve| curve.0.iter().map(|point| point.at).collect::<Vec<_>>();
        let (long, short) = (places(&curves[0]), places(&curves[1]));
        assert_eq!((long[0], *long.last().unwrap(), *short.last().unwrap()), (12.0, 400.0, 210.0));
        assert!(short[..short.len() - 1].iter().all(|at| long.contains(at)));
        assert!(curves[1].0.iter().all(|point| point.estimate == Estimate { point: 3.0, ci: [3.0; 2] }));
    }

    #[test]
    fn a_curve_is_the_interquartile_mean_with_the_spread_of_its_runs() {
        let runs = [vec![run(&[0.0; 10]), run(&[1.0; 10]), run(&[2.0; 10]), run(&[30.0; 10])]];
        let curve = &Curve::of_all(&[&runs], 0)[0];
        let Estimate { point, ci: [low, high] } = curve.0[0].estimate;
        assert_eq!(point, 1.5);
        assert!((0.0..1.0).contains(&low) && high > 10.0, "{low} {high}");
    }

    #[test]
    fn runs_that_never_overlap_have_no_curve() {
        let late = Measured::new(vec![(500.0, 1.0)]).unwrap();
        assert!(Curve::of_all(&[&[vec![run(&[1.0]), late]]], 0)[0].0.is_empty());
    }
}
