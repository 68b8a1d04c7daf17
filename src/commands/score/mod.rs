//! `gradus score`: what every reward term says of a piece, step by step.

mod judge;
mod judged;
mod page;
mod report;
mod tokens;

use std::path::PathBuf;

use anyhow::bail;

use self::{
    judge::Judge,
    judged::Judged,
    report::{PieceReport, describe},
};
use crate::{output, page::PageArgs, progress, reading, voice::VoiceArgs};

/// The arguments of `gradus score`.
#[derive(clap::Args)]
#[command(after_help = "\
A MIDI file is judged by its melody, as it is: what Gradus has composed earns what it earned when it was composed. Only where \
the melody does not fit the config's key, range or grid it is moved, and a line says so; whole silent bars before the music are \
left out unless the piece has just the config's length. Every piece of a file is judged.

Tokens are judged as they are: 0 ends a note, 1 holds it, 2 and up are pitches from the environment's lowest.

The page has a piano roll for each term that pays, with each note colored by what it earns, the sums of the bars, and the \
sound.

Examples:
  gradus score tune.mid
  gradus score tune.mid --config melody-ngram --html tune.html
  gradus score tune.mid --config results/quickstart --voice Vox --json")]
pub struct Args {
    /// MIDI files
    #[arg(required_unless_present = "tokens", value_name = "FILE.mid")]
    files: Vec<PathBuf>,
    /// A JSON file of token sequences: [[14, 16, ...], ...] or [{"tokens": [...]}, ...]
    #[arg(long, value_name = "FILE.json", conflicts_with = "files")]
    tokens: Option<PathBuf>,
    /// The training config whose environment and rewards judge, or a run, whose critics judge as they do there;
    /// configs/rl-tuner.toml if not given
    #[arg(long, value_name = "CONFIG|RUN")]
    config: Option<PathBuf>,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    page: PageArgs,
    /// Print one JSON document: [{"name", "steps": [{"bar", "beat", "event", "terms": {...}, "total"}, ...], "totals": {...},
    /// "total"}, ...]
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let page = self.page.file()?;
        let mut judge = Judge::open(self.config.as_deref())?;
        let judged = match &self.tokens {
            Some(path) => tokens::judge(path, &mut judge)?,
            None => self.judge_files(&mut judge)?,
        };
        judge.library().corpus_if_read().into_iter().for_each(reading::tell_of_corpus);
        let reports: Vec<_> = judged.iter().map(PieceReport::new).collect();
        if let Some(path) = page {
            crate::page::write(path, &page::html(&judged, &judge.name)?)?;
        }
        if self.json {
            return output::json(&reports);
        }
        let page = page.map(|page| format!("page: {}\n", page.display())).unwrap_or_default();
        Ok(output::text(judged.iter().map(describe).collect::<String>() + page.as_str())?)
    }

    fn judge_files(&self, judge: &mut Judge) -> anyhow::Result<Vec<Judged>> {
        let mut judged = Vec::new();
        for path in &self.files {
            let (before, mut silent) = (judged.len(), Vec::new());
            for piece in reading::read(path)? {
                let (name, silence) = (piece.name.clone(), piece.score.silence());
                match (judge.judge_music(piece, &self.voice.source())?, silence) {
                    (Some(piece), _) => judged.push(piece),
                    (None, silence) => silent.extend(silence.map(|silence| (name, silence))),
                }
            }
            if let (true, [(_, silence), ..]) = (judged.len() == before, silent.as_slice()) {
                bail!("{}: there is nothing to judge: {silence}", path.display());
            }
            for (name, silence) in silent {
                progress::warn(&format!("{name} is not judged: {silence}"));
            }
        }
        Ok(judged)
    }
}
