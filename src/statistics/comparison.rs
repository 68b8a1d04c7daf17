//! All that is said of algorithms' scores, at once.

use super::{Aggregates, Estimate, Improvement, Profile, ScoreTable, Verdict, probability_of_improvement, thresholds};

/// How scores are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The seed of the resamples.
    pub seed: u64,
    /// The thresholds of the profiles, rising; chosen by the scores if not given.
    pub taus: Option<Vec<f64>>,
}

/// Algorithms, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// On how many tasks.
    pub tasks: usize,
    /// Each algorithm, in the order in which they were given.
    pub algorithms: Vec<Compared>,
    /// The thresholds of the profiles, rising.
    pub taus: Vec<f64>,
    /// Every pair of algorithms once, with what its runs say.
    pub pairs: Vec<(Improvement, Verdict)>,
}

/// What is said of one algorithm.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// How many runs it has.
    pub runs: usize,
    /// Its scores in a word.
    pub aggregates: Aggregates<Estimate>,
    /// Its scores in a curve.
    pub profile: Profile,
}

impl Comparison {
    /// Compares the algorithms of a table.
    pub fn of(table: &ScoreTable, settings: &Settings) -> Self {
        let seed = settings.seed;
        let taus = settings.taus.clone().unwrap_or_else(|| thresholds(table));
        let algorithms = table.algorithms();
        let compared = algorithms.iter().map(|(name, scores)| Compared {
            name: name.clone(),
            runs: scores.runs(),
            aggregates: Aggregates::estimate(scores, seed),
            profile: Profile::of(scores, &taus, seed),
        });
        let mut pairs = Vec::new();
        for (index, (x, of_x)) in algorithms.iter().enumerate() {
            for (y, of_y) in &algorithms[index + 1..] {
                let estimate = probability_of_improvement(of_x, of_y, seed);
                let verdict = Verdict::of(of_x, of_y, &estimate);
                pairs.push((Improvement { x: x.clone(), y: y.clone(), estimate }, verdict));
            }
        }
        let tasks = algorithms.first().map_or(0, |(_, scores)| scores.tasks());
        Self { tasks, algorithms: compared.collect(), taus, pairs }
    }
}
