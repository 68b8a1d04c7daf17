//! `gradus completions`: what a shell needs to complete the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{cli::Cli, output};

/// The arguments of `gradus completions`.
#[derive(clap::Args)]
#[command(after_help = "\
The script goes where the shell looks for it, or is read at its start.

Examples:
  gradus completions bash > ~/.local/share/bash-completion/completions/gradus
  gradus completions zsh > ~/.zfunc/_gradus
  gradus completions fish > ~/.config/fish/completions/gradus.fish")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "gradus", &mut script);
        Ok(output::document(&String::from_utf8(script)?)?)
    }
}
