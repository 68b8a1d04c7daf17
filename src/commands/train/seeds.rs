//! `gradus train --seeds`: one process a seed, several at a time.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, IsTerminal, Write},
    ops::Range,
    process::{Command, Stdio},
    str::FromStr,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::{Context, bail};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Args;
use crate::{config::TrainingConfig, interrupt::stop_signal, output};

/// The most seeds that one command trains: beyond this, somebody has mistyped.
const MOST: usize = 10_000;

/// Several seeds: `0..10` (without 10), `0..=9`, or `1,5,7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seeds(Vec<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| format!("`{text}` is not a whole number"));
        let range = |(from, to): (&str, &str), beyond: u64| -> Result<Range<u64>, String> {
            let end = number(to)?.checked_add(beyond).ok_or("the last seed is too large")?;
            Ok(number(from)?..end)
        };
        let seeds: Vec<u64> = if let Some(ends) = text.split_once("..=") {
            of_range(range(ends, 1)?)?
        } else if let Some(ends) = text.split_once("..") {
            of_range(range(ends, 0)?)?
        } else {
            text.split(',').map(number).collect::<Result<_, _>>()?
        };
        if seeds.is_empty() {
            return Err("there is no seed in it: write 0..10, 0..=9 or 1,5,7".to_owned());
        }
        if seeds.iter().collect::<BTreeSet<_>>().len() < seeds.len() {
            return Err("a seed stands in it twice".to_owned());
        }
        Ok(Self(seeds))
    }
}

fn of_range(range: Range<u64>) -> Result<Vec<u64>, String> {
    let count = range.end.saturating_sub(range.start);
    if count > MOST as u64 { Err(format!("{count} seeds are more than {MOST}")) } else { Ok(range.collect()) }
}

/// How the training of a seed ended.
struct Outcome {
    seed: u64,
    /// What it said at its end, or why it failed.
    said: Result<String, String>,
}

impl Args {
    /// Trains every seed in a process of its own, `jobs` at a time. A seed that fails does not stop the others.
    pub(super) fn run_seeds(&self, Seeds(seeds): &Seeds) -> anyhow::Result<()> {
        // What is wrong with all of them is told once.
        TrainingConfig::load(&self.config, &self.assignments)?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.unwrap_or(cores).clamp(1, seeds.len());
        let threads = self.threads.unwrap_or((cores / jobs).max(1));
        let program = std::env::current_exe().context("cannot find this program to start it once a seed")?;
        let stop = stop_signal()?;
        let lines = Lines::new();
        let (waiting, outcomes) = (Mutex::new(seeds.iter()), Mutex::new(Vec::new()));
        let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next().copied());
        thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    while let Some(seed) = next().filter(|_| !stop.load(Ordering::Relaxed)) {
                        let mut command = Command::new(&program);
                        command.arg("train").args(self.of_seed(seed, threads));
                        let outcome = Outcome { seed, said: train(&mut command, seed, &lines) };
                        if let Ok(mut outcomes) = outcomes.lock() {
                            outcomes.push(outcome);
                        }
                    }
                });
            }
        });
        let outcomes = outcomes.into_inner().unwrap_or_default();
        self.summarise(seeds, outcomes, &stop)
    }

    /// The arguments with which one seed is trained.
    fn of_seed(&self, seed: u64, threads: usize) -> Vec<std::ffi::OsString> {
        let mut arguments: Vec<std::ffi::OsString> = vec![self.config.clone().into()];
        let mut push = |name: &str, value: std::ffi::OsString| arguments.extend([name.into(), value]);
        push("--seed", seed.to_string().into());
        push("--threads", threads.to_string().into());
        push("--save-every", self.save_every.to_string().into());
        push("--out", self.out().into());
        self.assignments.iter().for_each(|assignment| push("--set", assignment.into()));
        if let Some(corpus) = &self.corpus {
            push("--corpus", corpus.into());
        }
        arguments.extend(
            [("--force", self.force), ("--resume", self.resume)].iter().filter(|flag| flag.1).map(|flag| flag.0.into()),
        );
        arguments
    }

    fn summarise(&self, seeds: &[u64], mut outcomes: Vec<Outcome>, stop: &AtomicBool) -> anyhow::Result<()> {
        outcomes.sort_by_key(|outcome| outcome.seed);
        let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.said.is_err()).collect();
        let row = |outcome: &Outcome| {
            let said = outcome.said.as_ref().map_or("failed", |said| mean_return(said)).to_owned();
            vec![format!("seed {}", outcome.seed), said]
        };
        let mut text =
            format!("{} of {} seeds in {}\n", outcomes.len() - failed.len(), seeds.len(), self.out().display());
        text += &output::table(&outcomes.iter().map(row).collect::<Vec<_>>());
        output::text(text)?;
        if !failed.is_empty() {
            let reasons = failed.iter().map(|Outcome { seed, said }| {
                let reason = said.as_ref().err().map_or("", String::as_str);
                format!("seed {seed}: {}", reason.trim().trim_start_matches("error: "))
            });
            bail!("{} of {} seeds failed\n{}", failed.len(), seeds.len(), reasons.collect::<Vec<_>>().join("\n"));
        }
        if stop.load(Ordering::Relaxed) {
            bail!("stopped: --resume goes on with these seeds, and begins the others");
        }
        Ok(())
    }
}

/// What a training said of its mean return.
fn mean_return(said: &str) -> &str {
    said.lines().map(str::trim).find(|line| line.starts_with("mean return")).unwrap_or("trained before")
}

/// Trains one seed; what it says meanwhile is its line.
fn train(command: &mut Command, seed: u64, lines: &Lines) -> Result<String, String> {
    let line = lines.begin(seed);
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start it: {error}"))?;
    // Its last words are the reason if it fails; a line of progress is not.
    let mut words: Vec<String> = Vec::new();
    for said in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines().map_while(Result::ok))
    {
        let is_error = said.starts_with("error") || (!words.is_empty() && said.starts_with("  "));
        if is_error {
            words.push(said);
        } else {
            words.clear();
            line.show(&said);
        }
    }
    let output = child.wait_with_output().map_err(|error| format!("lost sight of it: {error}"))?;
    line.end(if output.status.success() { "done" } else { "failed" });
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else if words.is_empty() {
        Err(output.status.to_string())
    } else {
        Err(words.join("\n"))
    }
}

/// A line of progress for each seed: bars on a terminal, plain lines elsewhere.
struct Lines(Option<MultiProgress>);

/// The line of one seed.
struct Line {
    seed: u64,
    bar: Option<ProgressBar>,
}

impl Lines {
    fn new() -> Self {
        Self(std::io::stderr().is_terminal().then(MultiProgress::new))
    }

    fn begin(&self, seed: u64) -> Line {
        let bar = self.0.as_ref().map(|bars| {
            let style = ProgressStyle::with_template("{prefix:>10}  {wide_msg}").expect("the template is well formed");
            bars.add(ProgressBar::new_spinner().with_style(style).with_prefix(format!("seed {seed}")))
        });
        Line { seed, bar }
    }
}

impl Line {
    fn show(&self, said: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(said.to_owned()),
            // Nobody reading is no reason to stop training.
            None => drop(writeln!(std::io::stderr(), "seed {}: {said}", self.seed)),
        }
    }

    fn end(&self, how: &str) {
        match &self.bar {
            Some(bar) => bar.finish_with_message(how.to_owned()),
            None => self.show(how),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_ranges_or_lists() {
        let seeds = |text: &str| text.parse::<Seeds>();
        assert_eq!(seeds("0..3"), Ok(Seeds(vec![0, 1, 2])));
        assert_eq!(seeds("2..=4"), Ok(Seeds(vec![2, 3, 4])));
        assert_eq!(seeds("7, 1,5"), Ok(Seeds(vec![7, 1, 5])));
        for (text, reason) in [
            ("3..3", "no seed"),
            ("5..2", "no seed"),
            ("1,1", "twice"),
            ("0..x", "`x` is not a whole number"),
            ("", "is not a whole number"),
            ("0..=18446744073709551615", "too large"),
            ("0..99999999", "more than 10000"),
        ] {
            assert!(seeds(text).unwrap_err().contains(reason), "{text}: {:?}", seeds(text));
        }
    }
}
