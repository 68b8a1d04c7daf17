//! `gradus corpus inspect`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_music::{Corpus, Shares, summary::Summary};

use super::{page, tables::tables};
use crate::{output, run::write_atomic};

/// The arguments of `gradus corpus inspect`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  gradus corpus inspect                                      the embedded corpus, as tables
  gradus corpus inspect my/midi --html my-midi.html          the same of a folder, as a page with plots
  gradus corpus inspect my/midi --split 0.6,0.2,0.2 --json   another split, for machines")]
pub(super) struct Inspect {
    /// A folder of MIDI files, searched through; the embedded corpus if not given
    dir: Option<PathBuf>,
    /// The shares of the tunes for training, validation and test; 0.8,0.1,0.1 if not given
    #[arg(long, value_name = "SHARES", allow_hyphen_values = true)]
    split: Option<Shares>,
    /// Write a page with the tables and with plots, which needs nothing but itself
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replace a page that is there already
    #[arg(long, requires = "html")]
    force: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if let Some(page) = self.html.as_ref().filter(|page| page.exists() && !self.force) {
            bail!("{} is there already: add --force to replace it, or choose another file", page.display());
        }
        let mut corpus = self.dir.as_ref().map_or_else(Corpus::embedded, Corpus::from_folder)?;
        if let Some(shares) = self.split {
            corpus.resplit(shares);
        }
        let summary = Summary::of(&corpus);
        let name = self.dir.as_ref().map_or_else(|| "the embedded corpus".to_owned(), |dir| dir.display().to_string());
        if let Some(path) = &self.html {
            write_page(path, &page::html(&name, &summary)?)?;
        }
        if self.json {
            return output::json(&summary);
        }
        let mut text: Vec<_> = tables(&summary).iter().map(ToString::to_string).collect();
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
