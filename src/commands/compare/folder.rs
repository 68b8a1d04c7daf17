//! One run, as its directory tells it.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_envs::{EnvironmentConfig, rewards::RewardConfig};
use gradus_music::Shares;
use serde::{Deserialize, Serialize};

use super::metric::resolve;
use crate::{
    config::TrainingConfig,
    corpus_config::CorpusConfig,
    paths::{located, whole},
    run::{Metrics, RunDirectory},
    statistics::Measured,
};

/// The share of a run, before its end, from which its score is taken.
const LAST: f64 = 0.1;

/// Settings that may differ between the seeds of one algorithm.
const INCIDENTAL: [&str; 4] = ["seed", "compositions", "checkpoints", "least-diversity"];

/// A run that is to be compared.
pub(in crate::commands) struct Run {
    /// The algorithm that it is a run of.
    pub(super) label: String,
    /// Its seed.
    pub(super) seed: u64,
    /// Its folder, as it was named.
    pub(super) path: String,
    /// Its rows; there is one at least.
    pub(super) metrics: Metrics,
    /// What it was a training of; `None` where the folder holds no config.
    pub(super) config: Option<Config>,
}

/// What of a training's config tells what it is comparable with. The agent's settings, which older runs may have other ones
/// of, are not read.
#[derive(Clone, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Config {
    total_steps: u64,
    env: EnvironmentConfig,
    reward: Vec<RewardConfig>,
    corpus: Option<CorpusConfig>,
    split: Option<Shares>,
    #[serde(skip)]
    whole: toml::Table,
}

/// What a metric's values depend on besides the agent.
#[derive(Clone, PartialEq, Serialize)]
pub(super) struct Setting {
    #[serde(skip_serializing_if = "Option::is_none")]
    corpus: Option<CorpusConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Shares>,
    env: EnvironmentConfig,
    /// Only those that the metric counts, and not whether they are paid for.
    reward: Vec<toml::Table>,
}

impl Default for Config {
    fn default() -> Self {
        let TrainingConfig { total_steps, env, reward, corpus, split, .. } = TrainingConfig::default();
        Self { total_steps, env, reward, corpus, split, whole: toml::Table::new() }
    }
}

impl Run {
    /// Reads the runs at `RUN` or `LABEL=RUN`.
    pub(super) fn read_all(argument: &str) -> anyhow::Result<Vec<Self>> {
        let (label, path) = match argument.split_once('=') {
            Some((label, path)) if !PathBuf::from(argument).exists() => (Some(label), path),
            _ => (None, argument),
        };
        if label.is_some_and(str::is_empty) {
            bail!("{argument}: there is no label before the `=`; write LABEL=RUN, or RUN alone");
        }
        let directories = RunDirectory::open_all(&PathBuf::from(path))?;
        directories.iter().map(|directory| Self::read(label, directory)).collect()
    }

    /// Reads the run at `results/NAME/seed-N`.
    pub(in crate::commands) fn at(path: &Path) -> anyhow::Result<Self> {
        Self::read(None, &RunDirectory::open(path)?)
    }

    /// The column of its metrics that is meant by `wanted`.
    pub(in crate::commands) fn column(&self, wanted: &str) -> anyhow::Result<String> {
        resolve(wanted, &self.metrics.columns())
    }

    fn read(label: Option<&str>, directory: &RunDirectory) -> anyhow::Result<Self> {
        let path = directory.path().display().to_string();
        let metrics = Metrics::read(&directory.metrics_path())?;
        if !metrics.rows().iter().any(|row| row.get("steps").is_some_and(f64::is_finite)) {
            bail!("{path} has no rows with `steps` yet: train it for an iteration first, or leave it out");
        }
        let label = match label {
            Some(label) => label.to_owned(),
            None => named(directory)?,
        };
        Ok(Self { label, seed: directory.seed(), path, metrics, config: config(directory)? })
    }

    /// The steps after which the last row was written.
    pub(super) fn end(&self) -> f64 {
        self.steps().fold(0.0, f64::max)
    }

    /// How many steps it was to take, if it has not come so far.
    pub(in crate::commands) fn missing(&self) -> Option<u64> {
        self.config.as_ref().map(|config| config.total_steps).filter(|&total| self.end() < total as f64)
    }

    /// What `metric` depends on besides the agent: the environment and the corpus; returns also depend on all rewards, and the
    /// share of a reward term on that term.
    pub(super) fn setting(&self, metric: &str) -> Option<Setting> {
        let Config { env, reward, corpus, split, .. } = self.config.as_ref()?;
        // A term that is only measured changes no return, and its own share is the same whether it is paid for or not.
        let counts = |name: &str, config: &RewardConfig| match metric.split_once('/') {
            Some(("return", _)) => !config.config().is_eval_only(),
            Some(("reward", term)) => term == name,
            _ => false,
        };
        let named = RewardConfig::names(reward).into_iter().zip(reward);
        let counted = named.filter(|(name, config)| counts(name, config));
        let reward = counted.filter_map(|(_, config)| without_role(config)).collect();
        Some(Setting { corpus: corpus.clone(), split: *split, env: env.clone(), reward })
    }

    /// The environment's name.
    pub(super) fn environment(&self) -> Option<&'static str> {
        self.config.as_ref().map(|config| config.env.name())
    }

    /// All settings that should be the same for every seed of an algorithm on a task.
    pub(super) fn method(&self) -> Option<toml::Table> {
        let mut table = self.config.as_ref()?.whole.clone();
        table.retain(|key, _| !INCIDENTAL.contains(&key));
        Some(table)
    }

    /// The values of a column by the values of another, where both are numbers.
    pub(super) fn measured(&self, by: &str, metric: &str) -> Option<Measured> {
        let point = |row: &crate::run::Row| Some((row.get(by)?, row.get(metric)?));
        let points = self.metrics.rows().iter().filter_map(point);
        Measured::new(points.filter(|(at, value)| at.is_finite() && value.is_finite()).collect())
    }

    /// The score: the mean of the metric in the last tenth of the run, or of its first `steps`, or else the last value
    /// before. A value there that is no number makes the score none.
    pub(in crate::commands) fn score(&self, metric: &str, steps: Option<f64>) -> anyhow::Result<f64> {
        let Self { path, .. } = self;
        let end = steps.unwrap_or(self.end());
        if end > self.end() {
            bail!("{path} has only {} steps; give at most as many as --steps, or train it further", self.end());
        }
        for row in self.metrics.rows() {
            let (Some(at), Some(value)) = (row.get("steps"), row.get(metric)) else { continue };
            if at > end * (1.0 - LAST) && at <= end && !value.is_finite() {
                bail!(
                    "{path}: `{metric}` is no number at step {at}, which its score counts; leave the run out, or compare \
                     earlier with --steps"
                );
            }
        }
        let score = self.measured("steps", metric).map_or(f64::NAN, |measured| measured.standing(end));
        if score.is_nan() {
            bail!("{path} has no number under `{metric}` up to step {end}; compare later, or on another metric");
        }
        Ok(score)
    }

    fn steps(&self) -> impl Iterator<Item = f64> {
        self.metrics.rows().iter().filter_map(|row| row.get("steps")).filter(|steps| steps.is_finite())
    }
}

/// A term's settings but for whether it is paid for.
fn without_role(config: &RewardConfig) -> Option<toml::Table> {
    let mut table = toml::Table::try_from(config).ok()?;
    for (_, settings) in &mut table {
        settings.as_table_mut().and_then(|settings| settings.remove("eval-only"));
    }
    Some(table)
}

/// The name of the folder that holds the seeds.
fn named(directory: &RunDirectory) -> anyhow::Result<String> {
    let path = directory.path();
    let whole = fs::canonicalize(path).with_context(|| format!("cannot open {}", path.display()))?;
    let name = whole.parent().and_then(|parent| parent.file_name()).map(|name| name.to_string_lossy().into_owned());
    name.with_context(|| format!("{} is in no folder to be named by; write LABEL={0}", path.display()))
}

fn config(directory: &RunDirectory) -> anyhow::Result<Option<Config>> {
    let path = directory.config_path();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let context = || format!("{} does not tell what was trained; was it made by another version?", path.display());
    let mut config: Config = toml::from_str(&text).with_context(context)?;
    // The same folder is another way from another run.
    if let Some(path) = config.corpus.as_mut().and_then(|corpus| corpus.path.as_mut()) {
        *path = whole(&located(path, [directory.path(), Path::new("")]));
    }
    Ok(Some(Config { whole: text.parse().with_context(context)?, ..config }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `metric` of a run with these rewards depends on.
    fn setting(rewards: &str, metric: &str) -> Option<toml::Table> {
        let config = Some(toml::from_str(rewards).unwrap());
        let run = Run { label: String::new(), seed: 0, path: String::new(), metrics: Metrics::default(), config };
        run.setting(metric).map(|setting| toml::Table::try_from(setting).unwrap())
    }

    #[test]
    fn the_share_of_a_term_depends_on_the_term_of_just_that_name() {
        let two = |order: u8| format!("[[reward]]\nngram = {{}}\n[[reward]]\nngram = {{ order = {order} }}");
        assert_eq!(setting(&two(2), "reward/ngram"), setting(&two(3), "reward/ngram"));
        assert_ne!(setting(&two(2), "reward/ngram-2"), setting(&two(3), "reward/ngram-2"));
        let script = |source: &str| format!("[[reward]]\nscript = {{ name = 'mine', source = '{source}' }}");
        assert_ne!(setting(&script("1"), "reward/mine"), setting(&script("2"), "reward/mine"));
    }

    #[test]
    fn what_is_only_measured_can_be_compared_with_what_is_paid_for() {
        let (paid, measured) = ("[[reward]]\nleap = {}", "[[reward]]\nleap = { eval-only = true }");
        assert_eq!(setting(paid, "reward/leap"), setting(measured, "reward/leap"));
        assert_ne!(setting(paid, "return/mean"), setting(measured, "return/mean"));
        assert_eq!(setting("reward = []", "return/mean"), setting(measured, "return/mean"));
    }
}
