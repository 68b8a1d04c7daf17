//! `gradus man`: the manual.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::{cli::Cli, output, run::write_atomic};

/// The arguments of `gradus man`.
#[derive(clap::Args)]
#[command(after_help = "\
Without a folder the page of the program itself is printed, for a first look; with one, that of every command is written.

Examples:
  gradus man | man -l -
  gradus man man1
  gradus man ~/.local/share/man/man1 --force")]
pub struct Args {
    /// The folder for gradus.1, gradus-train.1 and the others
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Replace pages that are there already
    #[arg(long, requires = "folder")]
    force: bool,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mut program = Cli::command();
        program.build();
        let Some(folder) = &self.folder else { return Ok(output::document(&page(&program)?)?) };
        let mut pages = Vec::new();
        collect(&program, folder, &mut pages)?;
        if let Some((path, _)) = pages.iter().find(|(path, _)| path.exists() && !self.force) {
            bail!("{} is there already: add --force to replace it, or choose another folder", path.display());
        }
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        pages.iter().try_for_each(|(path, page)| write_atomic(path, page.as_bytes()))?;
        Ok(output::text(format!("{} pages in {}", pages.len(), folder.display()))?)
    }
}

/// The pages of a command and of those below it, each with the path of its file.
fn collect(command: &Command, folder: &Path, pages: &mut Vec<(PathBuf, String)>) -> anyhow::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    pages.push((folder.join(format!("{name}.1")), page(command)?));
    let below = command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help");
    for command in below {
        collect(command, folder, pages)?;
    }
    Ok(())
}

fn page(command: &Command) -> anyhow::Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(String::from_utf8(page)?)
}
