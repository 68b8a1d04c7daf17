//! Performance profiles: the share of scores above each of many thresholds.

use gradus_envs::seeding::Generator;
use rand::RngExt;

use super::{
    Estimate, ScoreTable, Scores,
    bootstrap::{Bootstrap, Matter},
};

/// As many as rliable takes unless its user says otherwise.
const REPLICATES: u64 = 2000;

/// Into how many steps the thresholds divide their range.
const THRESHOLDS: u32 = 100;

/// The share of an algorithm's runs on all tasks that score above each threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile(pub Vec<Estimate>);

impl Profile {
    /// The profile of scores at thresholds that rise; a score equal to a threshold is not above it.
    pub fn of(scores: &Scores, taus: &[f64], seed: u64) -> Self {
        if taus.is_empty() {
            return Self(Vec::new());
        }
        // Below how many thresholds each score is the last one to count.
        let passed: Vec<_> = scores.all().iter().map(|&score| taus.partition_point(|&tau| tau < score)).collect();
        let shares = |counts: &mut [u32], figures: &mut [f64]| {
            let mut above = 0;
            for (figure, count) in figures.iter_mut().zip(&counts[1..]).rev() {
                above += count;
                *figure = f64::from(above) / passed.len() as f64;
            }
            counts.fill(0);
        };
        let start = || vec![0; taus.len() + 1];
        let (mut counts, mut points) = (start(), vec![0.0; taus.len()]);
        for &taus in &passed {
            counts[taus] += 1;
        }
        shares(&mut counts, &mut points);

        let replicate = |counts: &mut Vec<u32>, generator: &mut Generator, figures: &mut [f64]| {
            for task in passed.chunks_exact(scores.runs()) {
                for _ in task {
                    counts[task[generator.random_range(0..task.len() as u32) as usize]] += 1;
                }
            }
            shares(counts, figures);
        };
        let bootstrap = Bootstrap { seed, matter: Matter::Profile, replicates: REPLICATES };
        let intervals = bootstrap.intervals(taus.len(), start, replicate);
        Self(points.into_iter().zip(intervals).map(|(point, ci)| Estimate { point, ci }).collect())
    }
}

/// Evenly spaced thresholds from one that every score is above to one that none is above; from 0 to 1 where all scores lie
/// between.
pub fn thresholds(table: &ScoreTable) -> Vec<f64> {
    let (lowest, highest) = table.range();
    if lowest >= 0.0 && highest <= 1.0 {
        return (0..=THRESHOLDS).map(|index| f64::from(index) / f64::from(THRESHOLDS)).collect();
    }
    let (span, size) = (highest - lowest, lowest.abs().max(highest.abs()));
    // Constant scores have a profile too: a step in the middle.
    let room = if span > size * 1e-9 { span / f64::from(THRESHOLDS) } else { size * 0.1 };
    let (from, to) = (lowest - room, highest + room);
    let step = (to - from) / f64::from(THRESHOLDS);
    (0..=THRESHOLDS).map(|index| from + f64::from(index) * step).collect()
}
