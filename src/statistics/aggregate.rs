//! Figures that sum up all runs on all tasks.

use gradus_envs::seeding::Generator;
use rand::RngExt;
use serde::Serialize;

use super::{
    Estimate, Scores,
    bootstrap::{Bootstrap, Matter},
    interquartile::Ranked,
};

/// As many as rliable takes unless its user says otherwise.
const REPLICATES: u64 = 50_000;

/// The score from which on nothing is missing: that of the reference, where scores are normalised.
const OPTIMUM: f64 = 1.0;

/// The four aggregates, in one form or another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Aggregates<T> {
    /// The interquartile mean over all runs and tasks: the mean without the lowest and the highest quarter.
    pub iqm: T,
    /// The median over tasks of a task's mean over runs.
    pub median: T,
    /// The mean over tasks of a task's mean over runs.
    pub mean: T,
    /// By how much scores fall short of 1 on average; what is above 1 counts as 1.
    pub optimality_gap: T,
}

impl Aggregates<f64> {
    /// The aggregates of scores.
    pub fn of(scores: &Scores) -> Self {
        let resampler = Resampler::new(scores);
        let mut scratch = resampler.scratch();
        let mut indices = 0..scores.all().len();
        resampler.aggregates(&mut scratch, |_| indices.next().unwrap_or_default())
    }

    fn to_array(self) -> [f64; 4] {
        [self.iqm, self.median, self.mean, self.optimality_gap]
    }
}

impl Aggregates<Estimate> {
    /// The aggregates with intervals by a bootstrap that resamples the runs of each task apart from those of others.
    pub fn estimate(scores: &Scores, seed: u64) -> Self {
        let points = Aggregates::of(scores).to_array();
        let resampler = Resampler::new(scores);
        let bootstrap = Bootstrap { seed, matter: Matter::Aggregates, replicates: REPLICATES };
        let replicate = |scratch: &mut Scratch, generator: &mut Generator, figures: &mut [f64]| {
            let runs = scores.runs() as u32;
            let draw = |first: usize| first + generator.random_range(0..runs) as usize;
            figures.copy_from_slice(&resampler.aggregates(scratch, draw).to_array());
        };
        let intervals = bootstrap.intervals(points.len(), || resampler.scratch(), replicate);
        let [iqm, median, mean, optimality_gap] =
            std::array::from_fn(|figure| Estimate { point: points[figure], ci: intervals[figure] });
        Self { iqm, median, mean, optimality_gap }
    }
}

/// Scores made ready to be resampled many times.
struct Resampler<'a> {
    scores: &'a Scores,
    ranked: Ranked,
}

/// What a resample is counted in.
struct Scratch {
    counts: Vec<u32>,
    task_means: Vec<f64>,
}

impl<'a> Resampler<'a> {
    fn new(scores: &'a Scores) -> Self {
        Self { scores, ranked: Ranked::new(scores.all()) }
    }

    fn scratch(&self) -> Scratch {
        Scratch { counts: vec![0; self.scores.all().len()], task_means: Vec::with_capacity(self.scores.tasks()) }
    }

    /// The aggregates of a resample. `draw` chooses a score of the task whose first score it is given, once for each run.
    fn aggregates(&self, scratch: &mut Scratch, mut draw: impl FnMut(usize) -> usize) -> Aggregates<f64> {
        let (all, runs) = (self.scores.all(), self.scores.runs());
        let Scratch { counts, task_means } = scratch;
        task_means.clear();
        let mut clipped = 0.0;
        for first in (0..all.len()).step_by(runs) {
            let mut sum = 0.0;
            for _ in 0..runs {
                let index = draw(first);
                sum += all[index];
                clipped += all[index].min(OPTIMUM);
                counts[self.ranked.rank(index)] += 1;
            }
            task_means.push(sum / runs as f64);
        }
        Aggregates {
            iqm: self.ranked.interquartile_mean(counts),
            mean: task_means.iter().sum::<f64>() / task_means.len() as f64,
            median: median(task_means),
            optimality_gap: OPTIMUM - clipped / all.len() as f64,
        }
    }
}

/// The middle value, or the mean of the two in the middle; puts the values in order.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}
