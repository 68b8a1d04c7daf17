//! `gradus corpus`: what the music is that models learn from.

mod inspect;
mod page;
mod report;
mod tables;

use clap::Subcommand;
use inspect::Inspect;

/// The arguments of `gradus corpus`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Tell what is in a corpus: pieces and their split, figures, outliers, what is missing, plots
    Inspect(Inspect),
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Action::Inspect(inspect) = self.action;
        inspect.run()
    }
}
