//! `gradus corpus inspect`.

use std::path::PathBuf;

use gradus_music::{Corpus, Shares};

use super::{page, report::Report, tables::tables};
use crate::{
    output,
    page::PageArgs,
    split::{self, Parts},
    voice::VoiceArgs,
};

/// The arguments of `gradus corpus inspect`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  gradus corpus inspect                                      the embedded corpus
  gradus corpus inspect --html corpus.html                   the same as a page with plots
  gradus corpus inspect --corpus my/midi --voice Vox
  gradus corpus inspect --corpus my/midi --split 0.6,0.2,0.2 --json")]
pub(super) struct Inspect {
    /// A folder of MIDI files, searched through; the embedded corpus if not given
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// The same as --corpus DIR
    #[arg(conflicts_with = "corpus")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    voice: VoiceArgs,
    /// The shares of the tunes for training, validation and test; 0.8,0.1,0.1 if not given
    #[arg(long, value_name = "A,B,C", allow_hyphen_values = true, long_help = split::HELP)]
    split: Option<Shares>,
    #[command(flatten)]
    page: PageArgs,
    /// Print one JSON document, with everything that the page has
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let page = self.page.file()?;
        let folder = self.corpus.as_ref().or(self.dir.as_ref());
        let mut corpus = Corpus::read(folder.map(PathBuf::as_path), self.voice.source())?;
        if let Some(shares) = self.split {
            corpus.resplit(shares);
            Parts::of(&corpus).refuse_empty(shares)?;
        }
        let name = folder.map_or_else(|| "the embedded corpus".to_owned(), |folder| folder.display().to_string());
        let report = Report::of(&name, &corpus, self.split.unwrap_or_default());
        if let Some(path) = page {
            crate::page::write(path, &page::html(&report)?)?;
        }
        if self.json {
            return output::json(&report);
        }
        let mut text: Vec<_> = tables(&report).iter().map(ToString::to_string).collect();
        text.extend(page.map(|page| format!("page: {}\n", page.display())));
        Ok(output::text(text.join("\n"))?)
    }
}
