//! A run of the report: its settings, its curves, and what its agents compose.

use std::{fs, path::Path};

use anyhow::Context;
use indicatif::HumanCount;
use serde::Serialize;

use super::pieces::Pieces;
use crate::{
    config::TrainingConfig,
    plots::RunSeries,
    run::{Metrics, RunDirectory},
};

/// The seeds at one RUN.
#[derive(Serialize)]
pub(super) struct Group {
    /// By which the page calls it.
    pub(super) name: String,
    /// The folder, as it was given.
    #[serde(skip)]
    pub(super) path: String,
    /// The seeds.
    pub(super) seeds: Vec<u64>,
    /// The seeds that are not at the end of their training, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unfinished: Vec<String>,
    /// The resolved config of the first seed.
    #[serde(skip)]
    pub(super) config: String,
    /// The metrics of every seed, under the group's name.
    #[serde(skip)]
    pub(super) series: RunSeries,
    /// What its agents compose.
    pub(super) pieces: Composed,
}

/// Pieces, or why there are none.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Composed {
    Pieces(Pieces),
    Nothing { reason: String },
}

impl Group {
    /// Reads `RUN` or `LABEL=RUN`, and lets its agents compose so many pieces in all.
    pub(super) fn read(argument: &str, pieces: usize, seed: u64) -> anyhow::Result<Self> {
        let (label, path) = match argument.split_once('=') {
            Some((label, path)) if !label.is_empty() && !Path::new(argument).exists() => (Some(label), path),
            _ => (None, argument),
        };
        let runs = RunDirectory::open_all(Path::new(path))?;
        let name = match (label, runs.first()) {
            (Some(label), _) => label.to_owned(),
            (None, Some(run)) if runs.len() == 1 && Path::new(path).ends_with(format!("seed-{}", run.seed())) => {
                format!("{} seed {}", run.name(), run.seed())
            }
            (None, first) => first.map(RunDirectory::name).unwrap_or_default(),
        };
        let config_path = runs.first().map(RunDirectory::config_path).unwrap_or_default();
        let config =
            fs::read_to_string(&config_path).with_context(|| format!("cannot read {}", config_path.display()))?;
        let series = RunSeries::of(name.clone(), &runs)?;
        Ok(Self {
            unfinished: unfinished(&runs, &series),
            series,
            seeds: runs.iter().map(RunDirectory::seed).collect(),
            // The rest of a report stands without them.
            pieces: Pieces::compose(&runs, pieces, seed)
                .map_or_else(|error| Composed::Nothing { reason: format!("{error:#}") }, Composed::Pieces),
            path: path.to_owned(),
            name,
            config,
        })
    }

    /// Its seeds, and how many steps they were trained for.
    pub(super) fn trained(&self) -> String {
        let seeds: Vec<_> = self.seeds.iter().map(ToString::to_string).collect();
        let steps = self.series.steps();
        let steps = match (steps.iter().min(), steps.iter().max()) {
            (Some(least), Some(most)) if least == most => format!("{} steps", HumanCount(*most)),
            (Some(least), Some(most)) => format!("{} to {} steps", HumanCount(*least), HumanCount(*most)),
            _ => "no steps yet".to_owned(),
        };
        let (word, each) = if seeds.len() == 1 { ("seed", "") } else { ("seeds", " each") };
        let trained = format!("{word} {}, {steps} of training{each}", seeds.join(", "));
        [vec![trained], self.unfinished.clone()].concat().join("; ")
    }

    /// What is said of it on the terminal.
    pub(super) fn told(&self) -> String {
        let pieces = match &self.pieces {
            Composed::Pieces(pieces) => pieces.told(),
            Composed::Nothing { reason } => format!("no pieces, because {reason}"),
        };
        [vec![pieces], self.unfinished.clone()].concat().join("; ")
    }
}

/// Which runs were stopped before their end, and where. Of one whose config cannot be read nothing is said.
fn unfinished(runs: &[RunDirectory], series: &RunSeries) -> Vec<String> {
    let told = |(run, metrics): (&RunDirectory, &Metrics)| {
        let total = TrainingConfig::load(&run.config_path(), &[]).ok()?.total_steps;
        let steps = metrics.rows().last().and_then(|row| row.get("steps")).map_or(0, |steps| steps as u64);
        let told = |steps| HumanCount(steps).to_string();
        (steps < total).then(|| format!("seed {} stopped at step {} of {}", run.seed(), told(steps), told(total)))
    };
    runs.iter().zip(&series.seeds).filter_map(told).collect()
}
