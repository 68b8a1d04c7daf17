//! `gradus init`: the configs that come with Gradus, in a folder of one's own.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail};

use crate::{output, run::write_atomic, shipped};

/// What stands in the folder's README.
const README: &str = include_str!("../../templates/init.md");

/// The arguments of `gradus init`.
#[derive(clap::Args)]
#[command(after_help = "\
The folder gets configs/, with all configs and reward scripts that come with Gradus, and a README that says how to begin. Nothing \
that is there is replaced.

Example:
  gradus init my-music")]
pub struct Args {
    /// The folder; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print one JSON document: {"folder", "files": [...]}
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let shipped = shipped::files().into_iter();
        let shipped = shipped.map(|(path, contents)| (self.folder.join("configs").join(path), contents));
        let files: Vec<_> =
            std::iter::once((self.folder.join("README.md"), README.as_bytes())).chain(shipped).collect();
        // Before anything is written.
        if let Some((taken, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
            bail!("{} is there already, and nothing is replaced: choose another folder", taken.display());
        }
        for (path, contents) in &files {
            let folder = path.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
            write_atomic(path, contents)?;
        }
        if self.json {
            let paths: Vec<_> = files.iter().map(|(path, _)| path.display().to_string()).collect();
            return output::json(&serde_json::json!({ "folder": self.folder.display().to_string(), "files": paths }));
        }
        let (count, folder) = (files.len(), self.folder.display());
        Ok(output::text(format!("{count} files in {folder}\nbegin with {folder}/README.md"))?)
    }
}
