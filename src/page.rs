//! Pages of HTML, each in one file that needs no other.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::run::write_atomic;

/// Where a page goes.
#[derive(clap::Args)]
pub(crate) struct PageArgs {
    /// Write a page of HTML with the tables and with plots, in one file that needs no other
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replace a page that is there already
    #[arg(long, requires = "html")]
    force: bool,
}

impl PageArgs {
    /// The file, if a page is asked for; one that is there is not to be replaced unless that is said.
    pub(crate) fn file(&self) -> anyhow::Result<Option<&Path>> {
        if let Some(page) = self.html.as_ref().filter(|page| page.exists() && !self.force) {
            bail!("{} is there already: add --force to replace it, or choose another file", page.display());
        }
        Ok(self.html.as_deref())
    }
}

/// Writes a page.
pub(crate) fn write(path: &Path, page: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(write_atomic(path, page.as_bytes())?)
}

/// A drawing as a part of a page: there an SVG document needs no namespace, and its width is the page's matter.
pub(crate) fn inline(svg: &str) -> String {
    svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1)
}
