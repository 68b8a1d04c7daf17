//! What a sweep tries: the settings of every trial, drawn from its file before anything runs.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_envs::{
    range::Range,
    seeding::{Role, stream},
};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::train::Seeds;
use crate::{
    config::TrainingConfig,
    settings::{self, config_file},
    shipped,
};

/// More trials than this are a mistake.
const MOST_TRIALS: usize = 10_000;

/// A sweep, as its file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::commands) struct Sweep {
    /// The training config, from the file's folder.
    pub(super) config: PathBuf,
    /// The seeds of every trial, as `train --seeds` takes them.
    #[serde(default = "one_seed")]
    pub(super) seeds: String,
    /// What trials are ranked by: a column of the metrics, or a clear part of its name.
    #[serde(default = "return_mean")]
    pub(super) metric: String,
    /// Whether the highest or the lowest value of it is the best.
    #[serde(default)]
    pub(super) best: Best,
    /// Settings that are the same in all trials.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    set: toml::Table,
    /// Settings that vary: lists of values, or ranges to draw from.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    vary: toml::Table,
    /// Draw trials at random rather than try everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    random: Option<Random>,
}

/// Which end of a metric is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Best {
    /// More is better.
    #[default]
    Highest,
    /// Less is better.
    Lowest,
}

/// How trials are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Random {
    /// How many.
    #[schemars(transform = Range::at_least(1).at_most(MOST_TRIALS as f64))]
    trials: usize,
    /// The seed of the draws; apart from those of the trainings.
    #[serde(default)]
    #[schemars(transform = Range::seed())]
    seed: u64,
}

/// A range that a setting is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Spread {
    from: f64,
    to: f64,
    #[serde(default)]
    scale: Scale,
    /// Whether only whole numbers are drawn.
    #[serde(default)]
    whole: bool,
}

/// Between which numbers a draw is even.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Scale {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal ratios.
    Log,
}

/// A setting that varies.
#[derive(Clone, Debug, PartialEq)]
struct Axis {
    key: String,
    choice: Choice,
}

#[derive(Clone, Debug, PartialEq)]
enum Choice {
    Values(Vec<toml::Value>),
    Spread(Spread),
}

/// The settings of one trial.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trial {
    /// What varies, in the order of the keys: key and value.
    pub(super) varied: Vec<(String, toml::Value)>,
    /// Everything that is set, as `--set` takes it.
    pub(super) assignments: Vec<String>,
}

fn one_seed() -> String {
    "0".to_owned()
}

fn return_mean() -> String {
    "return/mean".to_owned()
}

config_file!(Sweep, Sweep);

impl Sweep {
    /// Reads a sweep; its config is then found from wherever the program runs.
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let path = &shipped::resolve(path);
        let mut sweep: Self = settings::load(path, &[])?;
        sweep.config = path.parent().unwrap_or(Path::new("")).join(&sweep.config);
        Ok(sweep)
    }

    /// The seeds of every trial.
    pub(super) fn seeds(&self) -> anyhow::Result<Seeds> {
        self.seeds.parse().map_err(|problem| anyhow::anyhow!("seeds = \"{}\": {problem}", self.seeds))
    }

    /// Every trial, whose settings its config accepts.
    pub(super) fn trials(&self) -> anyhow::Result<Vec<Trial>> {
        let axes = self.axes()?;
        let mut fixed = Vec::new();
        flatten("", &self.set, &mut |key, value| fixed.push((key, value.clone())));
        let varied = match self.random {
            Some(random) => drawn(&axes, random),
            None => grid(&axes)?,
        };
        let assignment = |(key, value): &(String, toml::Value)| format!("{key}={value}");
        let mut trials = Vec::with_capacity(varied.len());
        for varied in varied {
            let assignments: Vec<_> = fixed.iter().chain(&varied).map(assignment).collect();
            TrainingConfig::load(&self.config, &assignments)
                .with_context(|| format!("trial {} cannot be trained", trials.len()))?;
            trials.push(Trial { varied, assignments });
        }
        Ok(trials)
    }

    /// The file of a sweep that goes on with this one: its trials may be more, and its seeds and its metric others, because
    /// neither changes a training that was made.
    pub(super) fn is_continued_by(&self, other: &Self) -> bool {
        let trainings = |sweep: &Self| Self {
            seeds: String::new(),
            metric: String::new(),
            best: Best::Highest,
            random: sweep.random.map(|random| Random { trials: 0, ..random }),
            ..sweep.clone()
        };
        trainings(self) == trainings(other)
    }

    fn axes(&self) -> anyhow::Result<Vec<Axis>> {
        let mut axes = Vec::new();
        let mut problem = None;
        flatten("", &self.vary, &mut |key, value| match Choice::of(value, self.random.is_some()) {
            Ok(choice) => axes.push(Axis { key, choice }),
            Err(what) => problem = problem.take().or(Some(format!("vary.{key}: {what}"))),
        });
        let mut keys: Vec<String> = axes.iter().map(|axis: &Axis| axis.key.clone()).collect();
        flatten("", &self.set, &mut |key, _| keys.push(key));
        if keys.iter().any(|key| key == "seed") {
            bail!(
                "`seed` cannot be set or varied: the sweep's own `seeds` says which there are, such as seeds = \"0..3\""
            );
        }
        for (number, key) in keys.iter().enumerate() {
            let within = |other: &String| {
                other == key || other.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.'))
            };
            let clash = keys.iter().enumerate().find(|(place, other)| *place != number && within(other));
            if let Some((_, other)) = clash {
                bail!("`{key}` and `{other}` say the same setting twice in [set] and [vary]; leave one out");
            }
        }
        match problem {
            Some(problem) => bail!(problem),
            None if axes.is_empty() => {
                bail!("[vary] names no setting: give one, as in \"agent.ppo.clip\" = [0.1, 0.2]")
            }
            None => Ok(axes),
        }
    }
}

impl Choice {
    fn of(value: &toml::Value, random: bool) -> Result<Self, String> {
        match value {
            toml::Value::Array(values) if values.is_empty() => {
                Err("the list is empty; give a value at least".to_owned())
            }
            toml::Value::Array(values) => Ok(Self::Values(values.clone())),
            toml::Value::Table(table) => {
                let spread = Spread::deserialize(table.clone()).map_err(|error| error.message().to_owned())?;
                if !random {
                    return Err(
                        "a range can only be drawn from: add [random] with trials = 20, or give a list".to_owned()
                    );
                }
                spread.check()?;
                Ok(Self::Spread(spread))
            }
            other => Err(format!("{other} does not vary; give a list of values, or a range {{ from = .., to = .. }}")),
        }
    }

    fn draw(&self, generator: &mut impl rand::Rng) -> toml::Value {
        match self {
            Self::Values(values) => values[generator.random_range(0..values.len() as u64) as usize].clone(),
            Self::Spread(spread) => spread.at(generator.random_range(0.0..1.0)),
        }
    }
}

impl Spread {
    fn check(self) -> Result<(), String> {
        let Self { from, to, scale, whole } = self;
        if whole && from.ceil() > to.floor() {
            return Err(format!("there is no whole number from {from} to {to}"));
        }
        if !(from.is_finite() && to.is_finite() && from < to) {
            return Err(format!("{from} to {to} is no range; give two numbers, the lower one first"));
        }
        if scale == Scale::Log && from <= 0.0 {
            return Err(format!("from = {from} has no logarithm; give a number above 0, or leave out `scale`"));
        }
        Ok(())
    }

    /// The value at a share of the way, 0 to 1 without its end.
    fn at(self, share: f64) -> toml::Value {
        let Self { from, to, scale, whole } = self;
        // Of whole numbers each has the way up to the next, the last one, too.
        let (from, end) = if whole { (from.ceil(), to.floor() + 1.0) } else { (from, to) };
        let value = match scale {
            Scale::Linear => from + (end - from) * share,
            Scale::Log => (from.ln() + (end.ln() - from.ln()) * share).exp(),
        };
        if whole { toml::Value::Integer(value.floor().min(to) as i64) } else { toml::Value::Float(value) }
    }
}

/// Every value with its whole key, `a.b.c`; a table with `from` is a value.
fn flatten(above: &str, table: &toml::Table, found: &mut impl FnMut(String, &toml::Value)) {
    for (key, value) in table {
        let whole = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            toml::Value::Table(inner) if !inner.contains_key("from") => flatten(&whole, inner, found),
            value => found(whole, value),
        }
    }
}

type Varied = Vec<(String, toml::Value)>;

/// Every combination, the last key changing fastest.
fn grid(axes: &[Axis]) -> anyhow::Result<Vec<Varied>> {
    let mut trials: Vec<Varied> = vec![Vec::new()];
    for Axis { key, choice } in axes {
        let Choice::Values(values) = choice else { continue };
        if trials.len().saturating_mul(values.len()) > MOST_TRIALS {
            bail!(
                "the grid has more than {MOST_TRIALS} trials; give shorter lists, or draw some with [random] trials = 20"
            );
        }
        let with = |trial: Varied| {
            let one = move |value: &toml::Value| [trial.as_slice(), &[(key.clone(), value.clone())]].concat();
            values.iter().map(one)
        };
        trials = trials.into_iter().flat_map(with).collect();
    }
    Ok(trials)
}

/// So many draws, each from a stream of its own: more trials change none of those before.
fn drawn(axes: &[Axis], Random { trials, seed }: Random) -> Vec<Varied> {
    let trial = |index: usize| {
        let mut generator = stream(seed, Role::Sweep, index as u64);
        axes.iter().map(|Axis { key, choice }| (key.clone(), choice.draw(&mut generator))).collect()
    };
    (0..trials).map(trial).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varied(text: &str) -> Result<Vec<String>, String> {
        let text = format!("config = \"x\"\n{text}");
        let sweep: Sweep = settings::parse(&text, "test.toml", &[]).map_err(|error| error.to_string())?;
        let axes = sweep.axes().map_err(|error| error.to_string())?;
        let trials = match sweep.random {
            Some(random) => Ok(drawn(&axes, random)),
            None => grid(&axes),
        };
        let line =
            |trial: &Varied| trial.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ");
        trials.map(|trials| trials.iter().map(line).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_grid_is_every_combination_however_keys_are_written() {
        let quoted = varied("[vary]\n\"a.b\" = [1, 2]\nname = [\"x\", \"y\"]").unwrap();
        assert_eq!(quoted, ["a.b=1 name=\"x\"", "a.b=1 name=\"y\"", "a.b=2 name=\"x\"", "a.b=2 name=\"y\""]);
        assert_eq!(varied("[vary.a]\nb = [1, 2]\n[vary]\nname = [\"x\", \"y\"]").unwrap(), quoted);
    }

    #[test]
    fn draws_stay_within_their_ranges_and_more_of_them_change_none() {
        let text = |trials: u32| {
            format!(
                "[vary]\nrate = {{ from = 1e-4, to = 1e-2, scale = \"log\" }}\nsize = {{ from = 1, to = 3, whole = true }}\n\
                 [random]\ntrials = {trials}"
            )
        };
        let many = varied(&text(400)).unwrap();
        assert_eq!(many[..3], varied(&text(3)).unwrap());
        let rate = |line: &String| line.split(['=', ' ']).nth(1).unwrap().parse::<f64>().unwrap();
        assert!(many.iter().all(|line| (1e-4..1e-2).contains(&rate(line))));
        let low = many.iter().filter(|line| rate(line) < 1e-3).count();
        assert!((160..240).contains(&low), "half of the draws lie below the geometric mean: {low}");
        for size in ["size=1", "size=2", "size=3"] {
            let drawn = many.iter().filter(|line| line.ends_with(size)).count();
            assert!((100..170).contains(&drawn), "a third of the draws: {size} {drawn} times of 400");
        }
    }

    #[test]
    fn what_cannot_be_swept_is_refused_with_its_key() {
        let refused = |text: &str| varied(text).unwrap_err();
        assert!(refused("[vary]").contains("names no setting"));
        assert!(refused("[vary]\na = 3").contains("vary.a: 3 does not vary"));
        assert!(refused("[vary]\na = []").contains("the list is empty"));
        assert!(refused("[vary]\nseed = [1, 2]").contains("seeds = \"0..3\""));
        assert!(refused("[vary]\na.b = [1, 2]\n[set]\n\"a.b\" = 1").contains("twice"));
        assert!(refused("[vary]\n\"a.b.c\" = [1, 2]\n\"a.b\" = [1]").contains("twice"));
        assert!(refused("[vary]\na = { from = 1, to = 2 }").contains("add [random]"));
        let random = |range: &str| refused(&format!("[vary]\na = {range}\n[random]\ntrials = 2"));
        assert!(random("{ from = 2, to = 1 }").contains("no range"));
        assert!(random("{ from = 0, to = 1, scale = \"log\" }").contains("no logarithm"));
        assert!(random("{ from = 0, to = 1, step = 1 }").contains("unknown field `step`"));
        assert!(
            refused("[vary]\na = [1]\n[random]\ntrials = 0")
                .contains("random.trials: 0 is below 1; give a whole number from 1 to 10000")
        );
        let digits = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
        let five: Vec<_> = ["a", "b", "c", "d", "e"].map(|key| format!("{key} = {digits}")).into();
        assert!(refused(&format!("[vary]\n{}", five.join("\n"))).contains("more than 10000 trials"));
    }

    #[test]
    fn a_sweep_goes_on_with_more_draws_and_not_with_others() {
        let sweep = |text: &str| -> Sweep { toml::from_str(&format!("config = \"x\"\n{text}")).unwrap() };
        let first = sweep("[vary]\na = [1, 2]\n[random]\ntrials = 2");
        assert!(first.is_continued_by(&sweep("seeds = \"0..9\"\n[vary]\na = [1, 2]\n[random]\ntrials = 9")));
        assert!(!first.is_continued_by(&sweep("[vary]\na = [1, 3]\n[random]\ntrials = 2")));
        assert!(!first.is_continued_by(&sweep("[vary]\na = [1, 2]\n[random]\ntrials = 2\nseed = 1")));
    }
}
