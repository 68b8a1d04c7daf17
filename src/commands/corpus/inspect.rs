//! `gradus corpus inspect`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_music::{Corpus, Shares};

use super::{page, report::Report, tables::tables};
use crate::{
    output,
    run::write_atomic,
    split::{self, Parts},
};

/// The arguments of `gradus corpus inspect`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  gradus corpus inspect                                      the embedded corpus
  gradus corpus inspect --html corpus.html                   the same as a page with plots
  gradus corpus inspect --corpus my/midi --split 0.6,0.2,0.2 --json")]
pub(super) struct Inspect {
    /// A folder of MIDI files, searched through; the embedded corpus if not given
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// The same as --corpus DIR
    #[arg(conflicts_with = "corpus")]
    dir: Option<PathBuf>,
    /// The shares of the tunes for training, validation and test; 0.8,0.1,0.1 if not given
    #[arg(long, value_name = "A,B,C", allow_hyphen_values = true, long_help = split::HELP)]
    split: Option<Shares>,
    /// Write a page of HTML with the tables and with plots, in one file that needs no other
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replace a page that is there already
    #[arg(long, requires = "html")]
    force: bool,
    /// Print one JSON document, with everything that the page has
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if let Some(page) = self.html.as_ref().filter(|page| page.exists() && !self.force) {
            bail!("{} is there already: add --force to replace it, or choose another file", page.display());
        }
        let folder = self.corpus.or(self.dir);
        let mut corpus = folder.as_ref().map_or_else(Corpus::embedded, Corpus::from_folder)?;
        if let Some(shares) = self.split {
            corpus.resplit(shares);
            Parts::of(&corpus).refuse_empty(shares)?;
        }
        let name = folder.map_or_else(|| "the embedded corpus".to_owned(), |folder| folder.display().to_string());
        let report = Report::of(&name, &corpus, self.split.unwrap_or_default());
        if let Some(path) = &self.html {
            write_page(path, &page::html(&report)?)?;
        }
        if self.json {
            return output::json(&report);
        }
        let mut text: Vec<_> = tables(&report).iter().map(ToString::to_string).collect();
        text.extend(self.html.map(|page| format!("page: {}\n", page.display())));
        Ok(output::text(text.join("\n"))?)
    }
}

fn write_page(path: &Path, page: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(write_atomic(path, page.as_bytes())?)
}
