//! How probable it is that a run of one algorithm scores higher than a run of another.

use gradus_envs::seeding::Generator;
use rand::RngExt;
use serde::Serialize;

use super::{
    Estimate, Scores,
    bootstrap::{Bootstrap, Matter},
};

/// As many as the authors of rliable take in their examples of it.
const REPLICATES: u64 = 2000;

/// The probability that a run of `x` scores higher than a run of `y`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Improvement {
    /// An algorithm.
    pub x: String,
    /// Another.
    pub y: String,
    /// The probability.
    #[serde(flatten)]
    pub estimate: Estimate,
}

impl Improvement {
    /// The same from the other side: the probability that a run of `y` scores higher than a run of `x`.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { x: self.y.clone(), y: self.x.clone(), estimate: self.estimate.complement() }
    }
}

/// The probability that a run of `x` on a task scores higher than a run of `y` on it, a tie counting half (the statistic of
/// Mann and Whitney 1947 over the number of pairs), averaged over the tasks, of which both have the same number. The
/// bootstrap resamples the runs of each algorithm and each task apart from those of others.
pub fn probability_of_improvement(x: &Scores, y: &Scores, seed: u64) -> Estimate {
    let tasks: Vec<_> = x.by_task().zip(y.by_task()).map(|(x, y)| Task::new(x, y)).collect();
    let scratch = || {
        let values = tasks.iter().map(|task| task.values).max().unwrap_or_default();
        Scratch { x: vec![0; values], y: vec![0; values] }
    };
    let mean = |sum: f64| sum / tasks.len() as f64;
    let mut counts = scratch();
    let point = mean(tasks.iter().map(|task| task.probability(&mut counts, |_, index| index)).sum());
    let replicate = |scratch: &mut Scratch, generator: &mut Generator, figures: &mut [f64]| {
        let mut draw = |runs: usize, _| generator.random_range(0..runs as u32) as usize;
        figures[0] = mean(tasks.iter().map(|task| task.probability(scratch, &mut draw)).sum());
    };
    let bootstrap = Bootstrap { seed, matter: Matter::Improvement, replicates: REPLICATES };
    Estimate { point, ci: bootstrap.intervals(1, scratch, replicate)[0] }
}

/// The scores of two algorithms on one task, each as its place among the different scores of both.
struct Task {
    x: Vec<u32>,
    y: Vec<u32>,
    /// How many different scores there are.
    values: usize,
}

/// How often each score is in a resample; zero in between.
struct Scratch {
    x: Vec<u32>,
    y: Vec<u32>,
}

impl Task {
    fn new(x: &[f64], y: &[f64]) -> Self {
        let mut sorted: Vec<_> = x.iter().chain(y).copied().collect();
        sorted.sort_by(f64::total_cmp);
        // By value and not by bits: zero and minus zero are a tie.
        sorted.dedup();
        let places = |scores: &[f64]| -> Vec<u32> {
            scores.iter().map(|score| sorted.partition_point(|other| other < score) as u32).collect()
        };
        Self { x: places(x), y: places(y), values: sorted.len() }
    }

    /// The probability in a resample: `draw` is given how many runs there are and which one is to be replaced.
    fn probability(&self, scratch: &mut Scratch, mut draw: impl FnMut(usize, usize) -> usize) -> f64 {
        let Scratch { x, y } = scratch;
        for (counts, places) in [(&mut *x, &self.x), (&mut *y, &self.y)] {
            (0..places.len()).for_each(|run| counts[places[draw(places.len(), run)] as usize] += 1);
        }
        let (mut lower, mut twice_won) = (0, 0);
        for (x, y) in x[..self.values].iter_mut().zip(&mut y[..self.values]) {
            let (x, y) = (u64::from(std::mem::take(x)), u64::from(std::mem::take(y)));
            twice_won += x * (2 * lower + y);
            lower += y;
        }
        twice_won as f64 / (2 * self.x.len() * self.y.len()) as f64
    }
}
