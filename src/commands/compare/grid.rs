//! Which run is a run of which algorithm on which task.

use anyhow::bail;

use super::{
    folder::{Run, Setting},
    subject::Repetition,
};
use crate::difference::{Difference, differing};

/// Runs, put in order. Every algorithm has as many on every task.
pub(super) struct Grid {
    /// The tasks' names, which differ.
    pub(super) tasks: Vec<String>,
    /// The algorithms.
    pub(super) algorithms: Vec<Algorithm>,
}

/// An algorithm with its runs on every task, by seed.
pub(super) struct Algorithm {
    /// Its name.
    pub(super) label: String,
    /// The runs of each task.
    pub(super) runs: Vec<Vec<Run>>,
}

impl Grid {
    /// Puts runs in order, if they compare by `metric`.
    pub(super) fn of(runs: Vec<Run>, metric: &str) -> anyhow::Result<Self> {
        let mut settings: Vec<Option<Setting>> = Vec::new();
        let mut tasks: Vec<String> = Vec::new();
        let mut algorithms: Vec<Algorithm> = Vec::new();
        for run in runs {
            let setting = run.setting(metric);
            let task = settings.iter().position(|known| *known == setting).unwrap_or_else(|| {
                tasks.push(unused(run.environment().unwrap_or("unknown"), &tasks));
                settings.push(setting);
                settings.len() - 1
            });
            let place = algorithms.iter().position(|algorithm| algorithm.label == run.label).unwrap_or_else(|| {
                algorithms.push(Algorithm { label: run.label.clone(), runs: Vec::new() });
                algorithms.len() - 1
            });
            let algorithm = &mut algorithms[place];
            if algorithm.runs.len() <= task {
                algorithm.runs.resize_with(task + 1, Vec::new);
            }
            if let Some(same) = algorithm.runs[task].iter().find(|other| other.seed == run.seed) {
                let Run { seed, label, path, .. } = &run;
                bail!(
                    "seed {seed} of `{label}` is in {} and in {path}: the same seed twice is one run; leave one out, or tell \
                     two algorithms apart by LABEL=RUN",
                    same.path
                );
            }
            algorithm.runs[task].push(run);
        }
        for algorithm in &mut algorithms {
            algorithm.runs.resize_with(tasks.len(), Vec::new);
            algorithm.runs.iter_mut().for_each(|runs| runs.sort_by_key(|run| run.seed));
        }
        let grid = Self { tasks, algorithms };
        grid.refuse_gaps(&settings, metric)?;
        Ok(grid)
    }

    fn refuse_gaps(&self, settings: &[Option<Setting>], metric: &str) -> anyhow::Result<()> {
        for Algorithm { label, runs } in &self.algorithms {
            if let Some(gap) = runs.iter().position(Vec::is_empty) {
                // There is a run of some algorithm on every task, and of every algorithm on some task.
                let own = runs.iter().position(|runs| !runs.is_empty()).unwrap_or(gap);
                let other = self.algorithms.iter().find(|other| !other.runs[gap].is_empty());
                let other = other.map_or("another", |other| other.label.as_str());
                bail!(
                    "`{label}` has no run on a task that `{other}` has runs on: {}. Runs compare by `{metric}` only on the \
                     same tasks; choose a metric that does not depend on it, or give `{label}` runs there by LABEL=RUN",
                    difference(settings[own].as_ref(), settings[gap].as_ref(), label, other)?
                );
            }
            let counts: Vec<_> = runs.iter().map(Vec::len).collect();
            if counts.iter().any(|&count| count != counts[0]) {
                let each = self.tasks.iter().zip(&counts);
                let each: Vec<_> =
                    each.map(|(task, &count)| format!("{} on {task}", Repetition::Seed.count(count))).collect();
                bail!("`{label}` has {}; give as many on each, naming them as results/NAME/seed-N", each.join(", "));
            }
        }
        Ok(())
    }
}

/// In what two settings differ first, and by how much they differ further.
fn difference(own: Option<&Setting>, other: Option<&Setting>, label: &str, of: &str) -> anyhow::Result<String> {
    let (Some(own), Some(other)) = (own, other) else {
        let without = if own.is_none() { label } else { of };
        return Ok(format!("`{without}` has runs without a config.toml, so that their task is unknown"));
    };
    let found = differing(own, other)?;
    let Some(Difference { key, first, second }) = found.first() else {
        return Ok("the tasks differ".to_owned());
    };
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not given".to_owned());
    let more = if found.len() > 1 { format!(" (and {} more settings)", found.len() - 1) } else { String::new() };
    Ok(format!("{key} is {} for `{label}`, and {} for `{of}`{more}", value(first), value(second)))
}

/// A name, with a number if it is taken.
fn unused(name: &str, taken: &[String]) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let free = |name: &String| !taken.contains(name);
    std::iter::once(name.to_owned()).chain(numbered).find(free).unwrap_or_default()
}
