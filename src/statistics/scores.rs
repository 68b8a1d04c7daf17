//! Scores of algorithms: of each algorithm some runs, of each run a score on every task.

use std::fmt::{self, Display, Formatter};

/// The largest magnitude of a score, far below where sums of many would overflow.
const LARGEST: f64 = 1e100;

/// A name that no algorithm may have, because results are listed by algorithm beside it.
const RESERVED: &str = "taus";

/// The scores of one algorithm, all of them finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    runs: usize,
    /// A task's runs stand together.
    values: Vec<f64>,
}

/// What is wrong with scores. Runs and tasks are counted from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// There is nothing to compare.
    #[error("there are no algorithms; give one at least")]
    NoAlgorithms,
    /// Two algorithms have one name.
    #[error("algorithm `{0}` is there twice; give each a name of its own")]
    Twice(String),
    /// A name that results need for something else.
    #[error(
        "no algorithm can be called `{RESERVED}`, which stands for the thresholds of profiles; choose another name"
    )]
    Reserved,
    /// An algorithm without runs.
    #[error("algorithm `{0}` has no runs; give one at least, or leave it out")]
    NoRuns(String),
    /// A run without tasks.
    #[error("algorithm `{0}` has a run without tasks; give each run a score on every task")]
    NoTasks(String),
    /// Runs of one algorithm on different numbers of tasks.
    #[error(
        "algorithm `{algorithm}`, run {run}: {found} tasks, where run 0 has {expected}; give each run a score on every task"
    )]
    Ragged {
        /// The algorithm.
        algorithm: String,
        /// The run that is unlike the first.
        run: usize,
        /// Its number of tasks.
        found: usize,
        /// That of the first.
        expected: usize,
    },
    /// A score that is none.
    #[error("algorithm `{algorithm}`, {place}: {value} is no score; give a finite number, at most {LARGEST:e} in size")]
    NoNumber {
        /// The algorithm.
        algorithm: String,
        /// Where it stands.
        place: Place,
        /// What stands there.
        value: String,
    },
    /// Algorithms on different numbers of tasks.
    #[error(
        "algorithm `{algorithm}` has {found} tasks, where `{first}` has {expected}; only scores on the same tasks compare"
    )]
    Tasks {
        /// The algorithm that is unlike the first.
        algorithm: String,
        /// Its number of tasks.
        found: usize,
        /// The first algorithm.
        first: String,
        /// Its number of tasks.
        expected: usize,
    },
}

/// Where a score stands, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The run.
    pub run: usize,
    /// The task.
    pub task: usize,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "run {}, task {}", self.run, self.task)
    }
}

impl Scores {
    /// The scores of `algorithm`: a row a run, a column a task.
    pub fn new(algorithm: &str, rows: &[Vec<f64>]) -> Result<Self, ScoreError> {
        let name = || algorithm.to_owned();
        let first = rows.first().ok_or_else(|| ScoreError::NoRuns(name()))?;
        let tasks = first.len();
        if tasks == 0 {
            return Err(ScoreError::NoTasks(name()));
        }
        for (run, row) in rows.iter().enumerate() {
            if row.len() != tasks {
                return Err(ScoreError::Ragged { algorithm: name(), run, found: row.len(), expected: tasks });
            }
            if let Some(task) = row.iter().position(|score| score.is_nan() || score.abs() > LARGEST) {
                let value = row[task].to_string();
                return Err(ScoreError::NoNumber { algorithm: name(), place: Place { run, task }, value });
            }
        }
        let values = (0..tasks).flat_map(|task| rows.iter().map(move |row| row[task])).collect();
        Ok(Self { runs: rows.len(), values })
    }

    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// On how many tasks.
    pub fn tasks(&self) -> usize {
        self.values.len() / self.runs
    }

    /// All scores, those of a task together.
    pub fn all(&self) -> &[f64] {
        &self.values
    }

    /// The scores of every run on each task.
    pub fn by_task(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.runs)
    }

    /// A row a run, a column a task.
    pub fn rows(&self) -> Vec<Vec<f64>> {
        (0..self.runs).map(|run| self.by_task().map(|task| task[run]).collect()).collect()
    }
}

/// The scores of several algorithms on the same tasks, under their names.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreTable(Vec<(String, Scores)>);

impl ScoreTable {
    /// The table of some algorithms; all must have the same number of tasks and different names.
    pub fn new(algorithms: Vec<(String, Scores)>) -> Result<Self, ScoreError> {
        let Some((first, scores)) = algorithms.first() else { return Err(ScoreError::NoAlgorithms) };
        let expected = scores.tasks();
        for (index, (name, scores)) in algorithms.iter().enumerate() {
            if name == RESERVED {
                return Err(ScoreError::Reserved);
            }
            if algorithms[..index].iter().any(|(other, _)| other == name) {
                return Err(ScoreError::Twice(name.clone()));
            }
            let found = scores.tasks();
            if found != expected {
                return Err(ScoreError::Tasks { algorithm: name.clone(), found, first: first.clone(), expected });
            }
        }
        Ok(Self(algorithms))
    }

    /// Each algorithm with its name, in the order in which they were given.
    pub fn algorithms(&self) -> &[(String, Scores)] {
        &self.0
    }

    /// The lowest and the highest score of any algorithm.
    pub fn range(&self) -> (f64, f64) {
        let all = || self.0.iter().flat_map(|(_, scores)| scores.all()).copied();
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
    }
}
