//! `gradus sweep`: many settings of a config, each trained with several seeds.

pub(in crate::commands) mod plan;
mod results;

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use serde_json::json;

use self::{
    plan::{Sweep, Trial},
    results::Results,
};
use crate::{
    interrupt::{Stopped, stop_signal},
    output,
    plots::sweep,
    processes::{Ending, Job, Share, run_all},
    run::{RunDirectory, write_atomic},
};

/// The arguments of `gradus sweep`.
#[derive(clap::Args)]
#[command(after_help = "\
A sweep is a TOML file:

  config = \"rl-tuner-ppo.toml\"   # from this file's folder
  seeds = \"0..3\"                 # of every trial
  metric = \"return/mean\"         # ranks trials; best = \"lowest\" turns it
  [set]                          # the same in all trials
  total-steps = 100_000
  [vary]                         # any key: each value, or a range
  \"agent.ppo.clip\" = [0.1, 0.2, 0.3]
  \"agent.ppo.discount\" = { from = 0.9, to = 0.99 }
  [random]                       # ranges need draws; lists without
  trials = 20                    # this are tried in every combination

A range may have scale = \"log\" and whole = true. Trials are run directories under results/NAME/trial-N, to plot and to compare \
as any. Started again after Ctrl-C or a crash, a sweep goes on where it was; with more trials or seeds in its file, it adds them.

Examples:
  gradus sweep sweeps/rl-tuner-entropy --dry-run
  gradus sweep configs/sweeps/rl-tuner-entropy.toml --jobs 2")]
pub struct Args {
    /// The sweep, a TOML file
    sweep: PathBuf,
    /// How many trainings at a time; as many as there are cores if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// How many threads each has; the results are the same on any number
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The folder of the sweep; results/ and the file's name if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only print what would be tried
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document, that of results/NAME/sweep.json; with --dry-run {"seeds", "trials": [{"trial", "settings"}, ...]}
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let sweep = Sweep::load(&self.sweep)?;
        let (seeds, trials) = (sweep.seeds()?, sweep.trials().with_context(|| self.sweep.display().to_string())?);
        if self.dry_run && self.json {
            let trial = |(index, trial): (usize, &Trial)| json!({ "trial": name(index), "settings": trial.varied });
            let trials: Vec<_> = trials.iter().enumerate().map(trial).collect();
            return output::json(&json!({ "seeds": seeds.iter().collect::<Vec<_>>(), "trials": trials }));
        }
        if self.dry_run {
            let row = |(index, trial): (usize, &Trial)| vec![name(index), trial.assignments.join("  ")];
            return Ok(output::text(output::table(&trials.iter().enumerate().map(row).collect::<Vec<_>>()))?);
        }
        let out = self
            .out
            .clone()
            .unwrap_or_else(|| PathBuf::from("results").join(self.sweep.file_stem().unwrap_or("sweep".as_ref())));
        keep(&sweep, &out)?;

        let stop = stop_signal()?;
        let count = trials.len() * seeds.iter().count();
        let share = Share::of(count, self.jobs.map(usize::from), self.threads);
        let each = |(index, trial): (usize, &Trial)| {
            let folder = out.join(name(index));
            seeds.iter().map(|seed| job(&sweep.config, trial, &folder, seed, share.threads)).collect::<Vec<_>>()
        };
        let jobs: Vec<_> = trials.iter().enumerate().flat_map(each).collect();
        let outcomes = run_all(&jobs, share.jobs, &stop)?;

        let reason = |(job, ending): (&Job, &Option<Ending>)| {
            let Some(Ending::Failed(reason)) = ending else { return None };
            Some(format!("{}: {}", job.name, reason.trim().trim_start_matches("error: ")))
        };
        let failed: Vec<_> = jobs.iter().zip(&outcomes).filter_map(reason).collect();
        let results = Results::read(&sweep, &trials, &out)?;
        let (table, plot) = (out.join("sweep.json"), out.join("sweep.svg"));
        write_atomic(&table, serde_json::to_string_pretty(&results)?.as_bytes())?;
        // Before a trial has ended there is nothing to draw.
        let ranked = results.to_plot();
        if let Some(ranked) = &ranked {
            write_atomic(&plot, sweep::draw(ranked)?.as_bytes())?;
        }
        if self.json {
            output::json(&results)?;
        } else {
            let plotted = ranked.map_or_else(String::new, |_| format!("plot: {}\n", plot.display()));
            output::text(format!("{results}table: {}\n{plotted}", table.display()))?;
        }
        if !failed.is_empty() {
            bail!("{} of {count} trainings failed\n{}", failed.len(), failed.join("\n"));
        }
        if !outcomes.iter().all(|ending| matches!(ending, Some(Ending::Done(_)))) {
            return Err(Stopped("stopped: the same command goes on with this sweep".to_owned()).into());
        }
        Ok(())
    }
}

/// The folder of a trial.
fn name(trial: usize) -> String {
    format!("trial-{trial:03}")
}

fn job(config: &Path, trial: &Trial, folder: &Path, seed: u64, threads: usize) -> Job {
    let mut arguments = vec!["train".into(), config.into(), "--out".into(), folder.into()];
    arguments.extend(RunDirectory::is_there(folder, seed).then(|| "--resume".into()));
    arguments.extend(["--seed".into(), seed.to_string().into(), "--threads".into(), threads.to_string().into()]);
    arguments.extend(trial.assignments.iter().flat_map(|assignment| ["--set".into(), assignment.into()]));
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    Job { name: format!("{folder} seed {seed}"), arguments }
}

/// Keeps the sweep beside its trials; another sweep that lies there is not mixed with it.
fn keep(sweep: &Sweep, out: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let path = out.join("sweep.toml");
    match fs::read_to_string(&path) {
        Ok(text) => {
            let earlier: Sweep = toml::from_str(&text).with_context(|| path.display().to_string())?;
            if !earlier.is_continued_by(sweep) {
                bail!("{} is of another sweep: choose another --out, or remove that folder", path.display());
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    Ok(write_atomic(&path, toml::to_string_pretty(sweep)?.as_bytes())?)
}
