//! `gradus compose`: music from a trained agent.

use std::{
    fmt::{self, Display, Formatter},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_agents::Evaluation;
use gradus_envs::Composition;
use gradus_music::{midi, piano_roll};
use serde::Serialize;

use crate::{
    number::number,
    output, progress,
    run::{RunDirectory, write_atomic},
    trained::Trained,
};

/// The arguments of `gradus compose`.
#[derive(clap::Args)]
#[command(after_help = "\
The pieces are composed-SEED-01.mid and so on, each with its piano roll as SVG; those that a training leaves are called by its \
seed, seed-SEED-01.mid.

Examples:
  gradus compose results/quickstart -n 4 --seed 7
  gradus compose results/quickstart -n 1 --deterministic --out music")]
pub struct Args {
    /// The run: results/NAME, or results/NAME/seed-N where there are several seeds
    run: PathBuf,
    /// How many pieces
    #[arg(short = 'n', long = "number", default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    number: u32,
    /// The seed of the compositions: the same seed, the same pieces, however many are composed
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Take the most probable token at each step instead of sampling; the pieces are greedy-01.mid and so on
    #[arg(long)]
    deterministic: bool,
    /// The folder for the MIDI and SVG files; the run's own compositions/ if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace pieces that are there already
    #[arg(long)]
    force: bool,
    /// Print one JSON document: [{"midi", "return"}, ...]
    #[arg(long)]
    json: bool,
}

/// A piece that was written.
#[derive(Serialize)]
pub(super) struct Piece {
    /// Its MIDI file.
    midi: String,
    /// What it earned.
    #[serde(rename = "return")]
    reward: f64,
}

impl Display for Piece {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}  return {}", self.midi, number(self.reward))
    }
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let run = RunDirectory::open(&self.run)?;
        let trained = Trained::load(&run)?;
        let folder = self.out.unwrap_or_else(|| run.compositions_path());
        if let Some(unfinished) = trained.unfinished() {
            progress::note(&format!("{}: {unfinished}", run.path().display()));
        }
        let mut evaluation = trained.compose(self.number as usize, self.seed, self.deterministic)?;
        if self.deterministic {
            keep_different(&mut evaluation);
        }
        let stem = if self.deterministic { "greedy".to_owned() } else { format!("composed-{}", self.seed) };
        if !self.force
            && let Some(piece) =
                (1..=evaluation.compositions.len()).map(|n| piece(&folder, &stem, n)).find(|it| it.exists())
        {
            let piece = piece.display();
            bail!(
                "{piece} is there already: add --force to replace it, or choose another --seed, or --out for another folder"
            );
        }
        let pieces = write_compositions(&evaluation, &folder, &stem)?;
        if self.json {
            return output::json(&pieces);
        }
        let lines: Vec<_> = pieces.iter().map(ToString::to_string).collect();
        Ok(output::text(lines.join("\n"))?)
    }
}

/// Leaves each different piece once, and says so: without chance, an agent composes one piece again and again.
fn keep_different(evaluation: &mut Evaluation) {
    let all = evaluation.compositions.len();
    let mut different: Vec<Composition> = Vec::new();
    for piece in evaluation.compositions.drain(..) {
        let music = |piece: &Composition| piece.score.as_ref().map(|score| score.voices.clone());
        if !different.iter().any(|other| music(other) == music(&piece)) {
            different.push(piece);
        }
    }
    if different.len() < all {
        let count = different.len();
        let noun = if count == 1 { "is" } else { "are" };
        progress::note(&format!(
            "of {all} pieces {count} {noun} different and written: with --deterministic, only what the environment draws differs"
        ));
    }
    evaluation.compositions = different;
}

/// The MIDI file of the piece of that number, counted from 1.
fn piece(folder: &Path, stem: &str, number: usize) -> PathBuf {
    folder.join(format!("{stem}-{number:02}.mid"))
}

/// Writes each piece as MIDI and as piano roll, and returns what is told of each.
pub(super) fn write_compositions(evaluation: &Evaluation, folder: &Path, stem: &str) -> anyhow::Result<Vec<Piece>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut pieces = Vec::with_capacity(evaluation.compositions.len());
    for (number, composition) in (1..).zip(&evaluation.compositions) {
        let Some(score) = &composition.score else {
            bail!("the environment composes no piece; choose one that does, such as `melody`");
        };
        let mut score = score.clone();
        score.title = Some(format!("{stem}-{number:02}"));
        let path = piece(folder, stem, number);
        write_atomic(&path, &midi::to_bytes(&score)?)?;
        let roll = piano_roll::svg(&score, &piano_roll::Options::default());
        write_atomic(&path.with_extension("svg"), roll.as_bytes())?;
        pieces.push(Piece { midi: path.display().to_string(), reward: composition.episode.reward });
    }
    Ok(pieces)
}
