//! `gradus compose`: music from a trained agent.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_agents::Evaluation;
use gradus_music::{midi, piano_roll};

use crate::{
    output,
    run::{RunDirectory, write_atomic},
    trained::Trained,
};

/// The arguments of `gradus compose`.
#[derive(clap::Args)]
pub struct Args {
    /// The run: results/NAME, or results/NAME/seed-N where there are several seeds
    run: PathBuf,
    /// How many pieces
    #[arg(short = 'n', long = "number", default_value_t = 8, value_name = "N")]
    number: usize,
    /// The seed of the compositions: the same seed, the same pieces
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Take the most probable token at each step instead of sampling
    #[arg(long)]
    deterministic: bool,
    /// The folder for the MIDI and SVG files; the run's own compositions/ if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let run = RunDirectory::open(&self.run)?;
        let trained = Trained::load(&run)?;
        let folder = self.out.unwrap_or_else(|| run.compositions_path());
        let evaluation = trained.evaluate(self.number, self.seed, self.deterministic)?;
        let stem = if self.deterministic { "best".to_owned() } else { format!("seed-{}", self.seed) };
        let pieces = write_compositions(&evaluation, &folder, &stem)?;
        output::text(pieces.join("\n"))?;
        Ok(())
    }
}

/// Writes each piece as MIDI and as piano roll, and returns a line about each.
pub(super) fn write_compositions(evaluation: &Evaluation, folder: &Path, stem: &str) -> anyhow::Result<Vec<String>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut lines = Vec::with_capacity(evaluation.compositions.len());
    for (number, composition) in (1..).zip(&evaluation.compositions) {
        let Some(score) = &composition.score else {
            bail!("the environment composes no piece; choose one that does, such as `melody`");
        };
        let mut score = score.clone();
        score.title = Some(format!("{stem}-{number:02}"));
        let path = folder.join(format!("{stem}-{number:02}.mid"));
        write_atomic(&path, &midi::to_bytes(&score)?)?;
        let roll = piano_roll::svg(&score, &piano_roll::Options::default());
        write_atomic(&path.with_extension("svg"), roll.as_bytes())?;
        lines.push(format!("{}  return {:.1}", path.display(), composition.episode.reward));
    }
    Ok(lines)
}
