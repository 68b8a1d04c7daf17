//! `gradus critic`: models learned from a corpus.

mod eval;
mod few;
mod fit;
mod judgement;
mod score;

use clap::Subcommand;
use eval::Eval;
use fit::Fit;
use score::Score;

/// The arguments of `gradus critic`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Fit a critic to a corpus
    Fit(Fit),
    /// Judge a fitted critic by music that it has not learned from
    Eval(Eval),
    /// Judge MIDI files by a fitted critic, token by token
    Score(Score),
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.action {
            Action::Fit(fit) => fit.run(),
            Action::Eval(eval) => eval.run(),
            Action::Score(score) => score.run(),
        }
    }
}
