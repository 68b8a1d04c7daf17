//! `gradus compare`: which algorithm is better, and whether the seeds are enough to tell.

mod folder;
mod grid;
mod metric;
mod page;
mod report;
mod runs;
mod scale;
mod scores;
mod subject;
mod tables;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
pub(in crate::commands) use folder::Run;
use page::Plotted;
use report::Report;
use scale::{Given, Scales};
use subject::Subject;
use tables::Table;

use crate::{
    output,
    run::write_atomic,
    statistics::{Comparison, Settings},
};

/// The arguments of `gradus compare`.
#[derive(clap::Args)]
#[command(after_help = "\
A run's score is the mean of the metric over the last 10 % of its steps (rows of metrics.jsonl), or the last value before where \
none lies there. A folder of seeds is one algorithm, called by the folder or by LABEL=. Give an algorithm several folders under \
one label and each environment with its rewards is a task of its own.

The figures are those of rliable: interquartile mean over all scores, median and mean over the tasks (the median where there are \
several), and optimality gap, with 95 % intervals by a stratified bootstrap of 50,000 resamples; performance profiles and \
probabilities of improvement by one of 2,000.

Examples:
  gradus compare results/rl-tuner-ppo results/rl-tuner-dqn
  gradus compare ppo=results/pendulum-ppo sac=results/pendulum-sac
  gradus compare results/rl-tuner-ppo --metric leap --html leap.html
  gradus compare --scores scores.json --json")]
pub struct Args {
    /// Runs: results/NAME with all its seeds, or results/NAME/seed-N; LABEL=RUN names the algorithm
    #[arg(required_unless_present = "scores", value_name = "RUN")]
    runs: Vec<String>,
    /// Compare the scores of a JSON file instead: {"algorithm": [[run x task], ...]}, one list a run with a score a task
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["runs", "metric", "steps"])]
    scores: Option<PathBuf>,
    /// What runs are compared on: a column of their metrics (reward/leap, diversity/distinct), or a clear part of its name
    #[arg(long, default_value = "return/mean", value_name = "COLUMN")]
    metric: String,
    /// Score every run as it stood after so many steps, instead of at its end
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
    /// The score that becomes 1; several tasks each have their own: TASK=SCORE
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true)]
    reference: Vec<Given>,
    /// The score that becomes 0; that of the random agent in the metrics if not given
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true, requires = "reference")]
    random: Vec<Given>,
    /// The thresholds of the performance profiles, evenly spaced; chosen by the scores if not given
    #[arg(long, value_name = "FROM:TO:COUNT", allow_hyphen_values = true, value_parser = parse_taus)]
    taus: Option<Taus>,
    /// Write a page of HTML with the figures and the plots, in one file that needs no other
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the plots as SVG files into a folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a page and plots that are there already
    #[arg(long)]
    force: bool,
    /// The seed of the resamples
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// A comparison of runs, as a page of another command shows it.
pub(super) struct Figures {
    /// The aggregates of every algorithm.
    pub(super) table: Table,
    /// What the pairs say.
    pub(super) sentences: Vec<String>,
    /// What a reader must know.
    pub(super) notes: Vec<String>,
    /// Every plot that there is something for.
    pub(super) plots: Vec<Plotted>,
}

/// Compares runs, each `RUN` or `LABEL=RUN`, by their mean returns at their ends.
pub(super) fn figures(runs: &[String], seed: u64) -> anyhow::Result<Figures> {
    let scales = Scales { random: Vec::new(), reference: Vec::new() };
    let options = runs::Options { metric: "return/mean".to_owned(), steps: None, scales, seed };
    let subject = runs::read(runs, &options)?;
    let comparison = Comparison::of(&subject.table, &Settings { seed, taus: None });
    Ok(Figures {
        table: tables::aggregates(&subject, &comparison),
        sentences: words::sentences(&comparison, subject.repetition),
        notes: words::notes(&subject, &comparison),
        plots: page::plots(&subject, &comparison)?,
    })
}

/// Thresholds that rise.
#[derive(Clone)]
struct Taus(Vec<f64>);

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        // Before the work: what cannot be written would be lost.
        self.html.iter().try_for_each(|page| self.refuse_taken(page))?;
        let scales = Scales { random: self.random.clone(), reference: self.reference.clone() };
        let subject = if let Some(path) = &self.scores {
            scores::read(path, &scales)?
        } else {
            let options = runs::Options { metric: self.metric.clone(), steps: self.steps, scales, seed: self.seed };
            runs::read(&self.runs, &options)?
        };
        let settings = Settings { seed: self.seed, taus: self.taus.as_ref().map(|Taus(taus)| taus.clone()) };
        let comparison = Comparison::of(&subject.table, &settings);
        let written = self.write(&subject, &comparison)?;
        if self.json {
            return output::json(&Report::of(&subject, &comparison)?);
        }
        let text = tables::text(&subject, &comparison) + written.concat().as_str();
        Ok(output::text(text)?)
    }

    /// Writes the plots and the page that were asked for, and says where they are.
    fn write(&self, subject: &Subject, comparison: &Comparison) -> anyhow::Result<Vec<String>> {
        if self.html.is_none() && self.out.is_none() {
            return Ok(Vec::new());
        }
        let plots = page::plots(subject, comparison)?;
        let mut said = vec!["\n".to_owned()];
        if let Some(folder) = &self.out {
            let path = |plot: &Plotted| folder.join(format!("{}.svg", plot.name));
            plots.iter().try_for_each(|plot| self.refuse_taken(&path(plot)))?;
            plots.iter().try_for_each(|plot| write(&path(plot), &plot.svg))?;
            said.push(format!("plots: {}\n", folder.display()));
        }
        if let Some(path) = &self.html {
            write(path, &page::html(subject, comparison, &plots)?)?;
            said.push(format!("page: {}\n", path.display()));
        }
        Ok(said)
    }

    fn refuse_taken(&self, path: &Path) -> anyhow::Result<()> {
        if path.exists() && !self.force {
            bail!("{} is there already: add --force to replace it, or choose another place", path.display());
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(write_atomic(path, text.as_bytes())?)
}

fn parse_taus(text: &str) -> anyhow::Result<Taus> {
    let parts: Vec<_> = text.split(':').collect();
    let parsed = match parts.as_slice() {
        [from, to, count] => from.parse().ok().zip(to.parse().ok()).zip(count.parse::<u32>().ok()),
        _ => None,
    };
    let possible = |&((from, to), count): &((f64, f64), u32)| {
        (to - from).is_finite() && from < to && (2..=10_000).contains(&count)
    };
    let Some(((from, to), count)) = parsed.filter(possible) else {
        bail!("write FROM:TO:COUNT with FROM below TO and 2 to 10000 thresholds, as in 0:2:81");
    };
    let step = (to - from) / f64::from(count - 1);
    Ok(Taus((0..count).map(|index| if index + 1 == count { to } else { from + f64::from(index) * step }).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_spaced_evenly_from_end_to_end() {
        let Taus(taus) = parse_taus("-1:2:7").unwrap();
        assert_eq!(taus, [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0]);
        for wrong in ["0:1", "1:0:5", "0:1:1", "a:b:c", "0:inf:3", "NaN:1:3"] {
            assert!(parse_taus(wrong).is_err(), "{wrong}");
        }
    }
}
