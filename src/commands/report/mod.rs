//! `gradus report`: runs as one page: settings, curves, comparison, and pieces to see and hear.

mod comparison;
mod group;
mod page;
mod pieces;

use std::path::PathBuf;

use anyhow::bail;
use group::Group;
use serde::Serialize;

use crate::output;
use comparison::Compared;

/// The arguments of `gradus report`.
#[derive(clap::Args)]
#[command(after_help = "\
The page needs no other file and no network. The best, the median and the worst piece are those by return among pieces that the \
trained agents compose for the report; the same seed, the same pieces. They are played by the built-in synthesizer.

Examples:
  gradus report results/rl-tuner-ppo
  gradus report ppo=results/rl-tuner-ppo dqn=results/rl-tuner-dqn")]
pub struct Args {
    /// Runs: results/NAME with all its seeds, or results/NAME/seed-N; LABEL=RUN names the algorithm
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    /// The page
    #[arg(long, value_name = "FILE.html", default_value = "report.html")]
    out: PathBuf,
    /// Replace a page that is there already
    #[arg(long)]
    force: bool,
    /// How many pieces each run composes, over all its seeds
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pieces: u32,
    /// The seed of the pieces and of the comparison's resamples
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print one JSON document: {"page", "runs": [{"name", "seeds", "pieces"}, ...]}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    page: String,
    runs: &'a [Group],
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if self.out.exists() && !self.force {
            bail!(
                "{} is there already: add --force to replace it, or choose another file with --out",
                self.out.display()
            );
        }
        if self.out.is_dir() {
            bail!("{} is a folder; name a file with --out", self.out.display());
        }
        let groups: Vec<_> =
            self.runs.iter().map(|run| Group::read(run, self.pieces as usize, self.seed)).collect::<Result<_, _>>()?;
        let compared = Compared::of(&self.runs, self.seed);
        crate::page::write(&self.out, &page::html(&groups, &compared)?)?;
        if self.json {
            return output::json(&Report { page: self.out.display().to_string(), runs: &groups });
        }
        let mut text = String::new();
        for group in &groups {
            text += &format!("{}: {}\n", group.name, group.told());
        }
        Ok(output::text(format!("{text}page: {}\n", self.out.display()))?)
    }
}
