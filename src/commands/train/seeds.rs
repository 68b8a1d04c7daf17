//! `gradus train --seeds`: one process a seed, several at a time.

use std::{collections::BTreeSet, ffi::OsString, ops::Range, str::FromStr};

use anyhow::bail;

use super::Args;
use crate::{
    config::TrainingConfig,
    interrupt::{Stopped, stop_signal},
    output,
    processes::{Ending, Job, Share, run_all},
    run::RunDirectory,
};

/// The most seeds that one command trains: beyond this, somebody has mistyped.
const MOST: usize = 10_000;

/// Several seeds: `0..10` (without 10), `0..=9`, or `1,5,7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands) struct Seeds(Vec<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| format!("`{text}` is not a whole number"));
        if let Some((from, to)) = text.split_once('-')
            && let (Ok(from), Ok(to)) = (number(from), number(to))
        {
            let end = to.saturating_add(1);
            return Err(format!("a dash makes no range: write {from}..{end} or {from}..={to}"));
        }
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

impl Seeds {
    /// Each of them, in the order in which they were given.
    pub(in crate::commands) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().copied()
    }
}

/// How the training of a seed ended.
type Outcome<'a> = (u64, &'a Ending);

impl Args {
    /// Trains every seed in a process of its own, several at a time. A seed that fails does not stop the others.
    pub(super) fn run_seeds(&self, seeds: &Seeds) -> anyhow::Result<()> {
        // What is wrong with all of them is told once.
        TrainingConfig::load(&self.config, &self.assignments)?;
        // One is enough: the others begin.
        if self.resume && !seeds.iter().any(|seed| RunDirectory::is_there(&self.out(), seed)) {
            RunDirectory::refuse_absent(&self.out(), seeds.0[0])?;
        }
        let share = Share::of(seeds.0.len(), self.jobs, self.threads.number());
        let stop = stop_signal()?;
        let job = |seed| Job { name: format!("seed {seed}"), arguments: self.of_seed(seed, share.threads) };
        let outcomes = run_all(&seeds.iter().map(job).collect::<Vec<_>>(), share.jobs, &stop)?;
        let outcomes = seeds.iter().zip(&outcomes).filter_map(|(seed, said)| Some((seed, said.as_ref()?)));
        self.summarise(seeds.0.len(), &outcomes.collect::<Vec<_>>())
    }

    /// The arguments with which one seed is trained.
    fn of_seed(&self, seed: u64, threads: usize) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["train".into(), self.config.clone().into()];
        let mut push = |name: &str, value: OsString| arguments.extend([name.into(), value]);
        push("--seed", seed.to_string().into());
        push("--threads", threads.to_string().into());
        push("--save-every", self.save_every.to_string().into());
        push("--out", self.out().into());
        self.assignments.iter().for_each(|assignment| push("--set", assignment.into()));
        if let Some(corpus) = &self.corpus {
            push("--corpus", corpus.into());
        }
        if let Some(voice) = &self.voice.voice {
            push("--voice", voice.to_string().into());
        }
        if let Some(split) = self.split {
            push("--split", split.to_string().into());
        }
        let resume = self.resume && RunDirectory::is_there(&self.out(), seed);
        arguments.extend(
            [("--force", self.force), ("--resume", resume)].iter().filter(|flag| flag.1).map(|flag| flag.0.into()),
        );
        arguments
    }

    fn summarise(&self, seeds: usize, outcomes: &[Outcome<'_>]) -> anyhow::Result<()> {
        let row = |(seed, ending): &Outcome<'_>| {
            let how = match ending {
                Ending::Done(said) => mean_return(said),
                Ending::Stopped => "stopped",
                Ending::Failed(_) => "failed",
            };
            vec![format!("seed {seed}"), how.to_owned()]
        };
        let reason = |(seed, ending): &Outcome<'_>| {
            let Ending::Failed(reason) = ending else { return None };
            Some(format!("seed {seed}: {}", reason.trim().trim_start_matches("error: ")))
        };
        let failed: Vec<_> = outcomes.iter().filter_map(reason).collect();
        let done = outcomes.iter().filter(|(_, ending)| matches!(ending, Ending::Done(_))).count();
        let mut text = format!("{done} of {seeds} seeds in {}\n", self.out().display());
        text += &output::table(&outcomes.iter().map(row).collect::<Vec<_>>());
        output::text(text)?;
        if !failed.is_empty() {
            bail!("{} of {seeds} seeds failed\n{}", failed.len(), failed.join("\n"));
        }
        if done < seeds {
            let remedy = if outcomes.is_empty() {
                "nothing was begun"
            } else {
                "--resume goes on with these seeds, and begins the others"
            };
            return Err(Stopped(format!("stopped: {remedy}")).into());
        }
        Ok(())
    }
}

/// What a training said of its mean return.
fn mean_return(said: &str) -> &str {
    said.lines().map(str::trim).find(|line| line.starts_with("mean return")).unwrap_or("trained before")
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
            ("0-5", "write 0..6 or 0..=5"),
        ] {
            assert!(seeds(text).unwrap_err().contains(reason), "{text}: {:?}", seeds(text));
        }
    }
}
