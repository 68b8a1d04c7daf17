//! Scores and learning curves from run directories.

use anyhow::bail;
use indicatif::HumanCount;

use super::{
    folder::Run,
    grid::{Algorithm, Grid},
    metric::{instead, resolve},
    scale::{Scale, Scales},
    subject::{Curves, Repetition, Subject, Task},
};
use crate::{
    difference::{Difference, differing},
    run::Metrics,
    statistics::{Curve, Measured, ScoreTable, Scores},
};

/// The column that tells what the random agent earns.
const BASELINE: &str = "baseline/random";
/// The metric that it is told of.
const RETURN: &str = "return/mean";
/// How much farther than another algorithm one may have been trained before that is told.
const EQUAL: f64 = 1.1;

/// How runs are scored.
pub(super) struct Options {
    /// The column, or a clear part of its name.
    pub(super) metric: String,
    /// The steps to score at; each run's end if not given.
    pub(super) steps: Option<u64>,
    /// What becomes 0 and 1.
    pub(super) scales: Scales,
    /// The seed of the curves' intervals.
    pub(super) seed: u64,
}

/// Reads runs, each `RUN` or `LABEL=RUN`.
pub(super) fn read(arguments: &[String], options: &Options) -> anyhow::Result<Subject> {
    let mut runs = Vec::new();
    for argument in arguments {
        runs.extend(Run::read_all(argument)?);
    }
    let metric = metric_of(&runs, &options.metric)?;
    let mut notes: Vec<_> = runs.iter().flat_map(of_run).collect();
    let grid = Grid::of(runs, &metric)?;
    let steps = options.steps.map(|steps| steps as f64);

    let known: Vec<_> =
        grid.tasks.iter().enumerate().map(|(task, name)| (name.as_str(), baseline(&grid, task, &metric))).collect();
    let scales = options.scales.of(&known)?;
    let mut algorithms = Vec::new();
    for Algorithm { label, runs } in &grid.algorithms {
        let mut rows = vec![Vec::new(); runs[0].len()];
        for (task, runs) in runs.iter().enumerate() {
            for (row, run) in rows.iter_mut().zip(runs) {
                let score = run.score(&metric, steps)?;
                row.push(scale_of(scales.as_deref(), task).map_or(score, |scale| scale.apply(score)));
            }
        }
        algorithms.push((label.clone(), Scores::new(label, &rows)?));
    }
    notes.extend(of_grid(&grid, steps.is_some())?);
    let trained = steps_of(&grid, steps);
    let curve = |by: &str| curves(&grid, by, &metric, scales.as_deref(), options.seed);
    let (by_steps, seconds) = (curve("steps"), curve("time/seconds"));
    if seconds.is_none() {
        notes.push("some runs do not tell `time/seconds`, so there is no curve against seconds".to_owned());
    }
    if scales.is_none() && grid.tasks.len() > 1 {
        notes.push(
            "scores of different tasks are taken together as they are, whatever their range; --reference puts them on one \
             scale"
                .to_owned(),
        );
    }
    let tasks = grid.tasks.iter().enumerate();
    let tasks = tasks.map(|(task, name)| Task { name: name.clone(), scale: scale_of(scales.as_deref(), task) });
    Ok(Subject {
        repetition: Repetition::Seed,
        table: ScoreTable::new(algorithms)?,
        normalised: scales.is_some(),
        steps: trained,
        tasks: tasks.collect(),
        curves: by_steps.map(|steps| Curves { steps, seconds }),
        notes,
        metric,
    })
}

/// The column that is meant, which every run must have.
fn metric_of(runs: &[Run], wanted: &str) -> anyhow::Result<String> {
    let mut columns: Vec<&str> = Vec::new();
    for column in runs.iter().flat_map(|run| run.metrics.columns()) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let metric = resolve(wanted, &columns)?;
    let has = |run: &&Run| run.metrics.columns().contains(&metric.as_str());
    if let Some(run) = runs.iter().find(|run| !has(run)) {
        let with = runs.iter().find(has).map_or("another", |run| run.path.as_str());
        bail!("{} has no `{metric}`, as {with} has: {}", run.path, instead(&metric, &run.metrics.columns()));
    }
    Ok(metric)
}

fn scale_of(scales: Option<&[Scale]>, task: usize) -> Option<Scale> {
    scales.map(|scales| scales[task])
}

/// What the random agent earns on a task, on average over all runs that tell.
fn baseline(grid: &Grid, task: usize, metric: &str) -> Option<f64> {
    let runs = grid.algorithms.iter().flat_map(|algorithm| &algorithm.runs[task]);
    let told: Vec<_> = runs.filter_map(|run| mean(&run.metrics, BASELINE)).collect();
    (metric == RETURN && !told.is_empty()).then(|| told.iter().sum::<f64>() / told.len() as f64)
}

fn mean(metrics: &Metrics, column: &str) -> Option<f64> {
    let values: Vec<_> = metrics.column(column).into_iter().filter(|value| value.is_finite()).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The curve of every algorithm, if every run tells what the curve runs along.
fn curves(grid: &Grid, by: &str, metric: &str, scales: Option<&[Scale]>, seed: u64) -> Option<Vec<Curve>> {
    let measured = |(task, runs): (usize, &Vec<Run>)| -> Option<Vec<Measured>> {
        let scaled = |measured: Measured| match scale_of(scales, task) {
            Some(scale) => measured.map(|value| scale.apply(value)),
            None => measured,
        };
        runs.iter().map(|run| run.measured(by, metric).map(scaled)).collect()
    };
    let of_algorithm =
        |algorithm: &Algorithm| algorithm.runs.iter().enumerate().map(measured).collect::<Option<Vec<_>>>();
    let algorithms = grid.algorithms.iter().map(of_algorithm).collect::<Option<Vec<_>>>()?;
    Some(Curve::of_all(&algorithms.iter().map(Vec::as_slice).collect::<Vec<_>>(), seed))
}

/// What must be known of a run.
fn of_run(run: &Run) -> Vec<String> {
    let mut notes: Vec<_> = run.metrics.torn().map(ToString::to_string).into_iter().collect();
    if let Some(total) = run.missing() {
        notes.push(format!("{} is unfinished: it has come to step {} of {total}", run.path, run.end()));
    }
    if run.config.is_none() {
        notes.push(format!("{} has no config.toml, so that its task is taken on trust", run.path));
    }
    notes
}

/// What must be known of runs beside each other.
fn of_grid(grid: &Grid, at_steps: bool) -> anyhow::Result<Vec<String>> {
    let mut notes = Vec::new();
    for Algorithm { label, runs } in &grid.algorithms {
        for runs in runs {
            notes.extend(unlike(label, runs)?);
        }
    }
    for (task, name) in grid.tasks.iter().enumerate() {
        // The algorithm that was trained the shortest, and the one that was trained the longest.
        let end = |algorithm: &Algorithm| algorithm.runs[task].iter().map(Run::end).fold(f64::INFINITY, f64::min);
        let mut ends: Vec<_> = grid.algorithms.iter().map(|algorithm| (end(algorithm), &algorithm.label)).collect();
        ends.sort_by(|left, right| left.0.total_cmp(&right.0));
        let (Some((least, short)), Some((most, long))) = (ends.first(), ends.last()) else { continue };
        if *most > least * EQUAL && !at_steps {
            notes.push(format!(
                "on {name} `{long}` was trained for {most} steps and `{short}` for {least}, and each is scored at its end; \
                 --steps {least} scores all at equal steps"
            ));
        }
    }
    Ok(notes)
}

/// After how many steps runs are scored: all alike, or from the shortest to the longest.
fn steps_of(grid: &Grid, steps: Option<f64>) -> Option<String> {
    let runs = || grid.algorithms.iter().flat_map(|algorithm| algorithm.runs.iter().flatten());
    let ends = || runs().map(|run| steps.unwrap_or(run.end()));
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(0.0, f64::max));
    let count = |steps: f64| HumanCount(steps as u64);
    let range = if least < most { format!("{} to {}", count(least), count(most)) } else { count(most).to_string() };
    least.is_finite().then_some(range)
}

/// Seeds of one algorithm on one task that were trained with other settings than the first.
fn unlike(label: &str, runs: &[Run]) -> anyhow::Result<Option<String>> {
    let Some(((first, method), others)) =
        runs.split_first().and_then(|(first, others)| Some(((first, first.method()?), others)))
    else {
        return Ok(None);
    };
    for run in others {
        let Some(other) = run.method() else { continue };
        if let Some(Difference { key, first: before, second: after }) = differing(&method, &other)?.into_iter().next() {
            let [before, after] = [before, after].map(|value| value.unwrap_or_else(|| "not given".to_owned()));
            return Ok(Some(format!(
                "the seeds of `{label}` were trained with different settings: {key} is {before} in {} and {after} in {}",
                first.path, run.path
            )));
        }
    }
    Ok(None)
}
