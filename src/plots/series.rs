//! The metrics of runs, as plots read them.

use std::{fs, path::Path};

use gradus_agents::ActionHistogram;
use gradus_envs::rewards::RewardConfig;
use serde::Deserialize;

use crate::run::{Metrics, RunDirectory, RunError};

/// A run under its name: the metrics of every seed.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSeries {
    /// The name in the legend.
    pub name: String,
    /// One seed each.
    pub seeds: Vec<Metrics>,
    /// The columns of the reward terms that the agent was not paid for.
    pub held_out: Vec<String>,
    /// What the first seed's agent does once it is trained, if that is kept.
    pub actions: Option<ActionHistogram>,
}

impl RunSeries {
    /// Reads every seed of `results/<name>`, or the one at `results/<name>/seed-<n>`.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let runs = RunDirectory::open_all(path)?;
        Self::of(runs.first().map(RunDirectory::name).unwrap_or_default(), &runs)
    }

    /// The seeds of one run, under a name.
    pub fn of(name: String, runs: &[RunDirectory]) -> Result<Self, RunError> {
        let seeds = runs.iter().map(|run| Metrics::read(&run.metrics_path()));
        Ok(Self {
            name,
            seeds: seeds.collect::<Result<_, _>>()?,
            held_out: runs.first().map(held_out).unwrap_or_default(),
            actions: runs.first().and_then(actions),
        })
    }

    /// The steps that each seed has come to, of those that have begun.
    pub fn steps(&self) -> Vec<u64> {
        let last = |seed: &Metrics| seed.rows().iter().rev().find_map(|row| row.get("steps")).map(|steps| steps as u64);
        self.seeds.iter().filter_map(last).collect()
    }
}

/// What the agent does; nothing where a run was stopped or made before this was kept.
fn actions(run: &RunDirectory) -> Option<ActionHistogram> {
    serde_json::from_str(&fs::read_to_string(run.actions_path()).ok()?).ok()
}

/// The columns of the terms that are only measured. A config that cannot be read names none: its plots are drawn all the same.
fn held_out(run: &RunDirectory) -> Vec<String> {
    /// The part of a config that is wanted.
    #[derive(Deserialize)]
    struct Rewards {
        reward: Vec<RewardConfig>,
    }

    let text = fs::read_to_string(run.config_path()).unwrap_or_default();
    let rewards = toml::from_str(&text).map_or_else(|_| Vec::new(), |Rewards { reward }| reward);
    let named = RewardConfig::names(&rewards).into_iter().zip(&rewards);
    named.filter(|(_, term)| term.config().is_eval_only()).map(|(name, _)| format!("reward/{name}")).collect()
}

/// The names of the columns of all runs, in the order in which they first appear.
pub(super) fn columns(runs: &[RunSeries]) -> Vec<&str> {
    let mut names = Vec::new();
    for name in runs.iter().flat_map(|run| &run.seeds).flat_map(Metrics::columns) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::run::{MetricsWriter, Row};

    /// A run of one seed, with the values of one column at steps 1000, 2000, ...
    pub(in crate::plots) fn run_of(column: &str, values: &[f64]) -> RunSeries {
        RunSeries { name: "run".to_owned(), seeds: vec![seed_of(column, values)], held_out: Vec::new(), actions: None }
    }

    /// One seed of [`run_of`].
    pub(in crate::plots) fn seed_of(column: &str, values: &[f64]) -> Metrics {
        let steps = (1..).map(|row| 1000.0 * f64::from(row));
        steps.zip(values).map(|(steps, value)| Row::from_iter([("steps", steps), (column, *value)])).collect()
    }

    /// A made-up training run: twelve reward terms, a constant, noise, and a first row without
    /// episodes.
    pub(in crate::plots) fn training(seed: u64, rows: u32) -> Metrics {
        let row = |row: u32| {
            let progress = 1.0 - (-f64::from(row) / 10.0).exp();
            let noise = (f64::from(row) * 12.9898 + seed as f64).sin();
            let mut measured = Row::from_iter([("steps", 2048.0 * f64::from(row))]);
            let first = row == 1 && rows > 1;
            measured.set("return/mean", if first { f64::NAN } else { 10.0 * progress + noise });
            for term in 0..12 {
                measured.set(format!("reward/term-{term}"), f64::from(term) * progress + noise);
            }
            measured.extend([
                ("loss/policy", 0.01 * noise),
                ("loss/value", 1e7 * (1.0 - progress)),
                ("ppo/approx-kl", 1e-5 * (1.0 + noise)),
                ("ppo/learning-rate", 3e-4),
                ("time/steps-per-second", 60_000.0),
                ("prior/kl", progress),
                ("baseline/random", -1.5),
            ]);
            measured
        };
        (1..=rows).map(row).collect()
    }

    #[test]
    fn all_seeds_of_a_name_are_one_series() {
        let results = tempfile::tempdir().unwrap();
        let root = results.path().join("bach");
        for seed in 0..2 {
            let run = RunDirectory::create(&root, seed, false).unwrap();
            let mut writer = MetricsWriter::create(&run.metrics_path()).unwrap();
            writer.append(&Row::from_iter([("steps", seed as f64)])).unwrap();
        }

        let series = RunSeries::read(&root).unwrap();

        assert_eq!(series.name, "bach");
        assert_eq!(series.seeds[1].rows(), [Row::from_iter([("steps", 1.0)])]);
        assert_eq!(RunSeries::read(&root.join("seed-1")).unwrap().seeds.len(), 1);
    }

    #[test]
    fn what_is_held_out_stands_in_the_config() {
        let results = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(&results.path().join("bach"), 0, false).unwrap();
        MetricsWriter::create(&run.metrics_path()).unwrap();
        let config = "[[reward]]\nkey = {}\n[[reward]]\nngram = { order = 3 }\n[[reward]]\nngram = { eval-only = true }\n\
                      [[reward]]\nleap = { eval-only = true }\n\
                      [[reward]]\nscript = { name = 'breath', source = '', eval-only = true }\n";
        fs::write(run.config_path(), config).unwrap();
        assert_eq!(RunSeries::read(run.path()).unwrap().held_out, ["reward/ngram-2", "reward/leap", "reward/breath"]);
        fs::write(run.config_path(), "not TOML").unwrap();
        assert!(RunSeries::read(run.path()).unwrap().held_out.is_empty());
    }

    #[test]
    fn columns_are_those_of_any_run() {
        let runs = [run_of("loss/value", &[1.0]), run_of("loss/policy", &[1.0])];
        assert_eq!(columns(&runs), ["steps", "loss/value", "loss/policy"]);
    }
}
