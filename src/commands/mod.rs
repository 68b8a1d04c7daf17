//! The subcommands, one file each.
//!
//! To add one, write a file with its arguments `Args` and their `run`; then add its `mod` line and its row below.

mod audit;
mod bench;
mod check;
mod compare;
mod completions;
mod compose;
mod corpus;
mod critic;
mod eval;
mod init;
mod list;
mod man;
mod plot;
mod render;
mod report;
mod schema;
mod score;
mod sweep;
mod train;

use clap::Subcommand;

macro_rules! commands {
    ($($(#[$meta:meta])* $variant:ident($args:ty)),+ $(,)?) => {
        /// What `gradus` is asked to do.
        #[derive(Subcommand)]
        pub enum Command {
            $($(#[$meta])* #[doc(hidden)] $variant($args),)+
        }

        impl Command {
            /// Does it.
            pub fn run(self) -> anyhow::Result<()> {
                match self {
                    $(Self::$variant(args) => args.run(),)+
                }
            }
        }
    };
}

commands! {
    /// Train an agent, plot its learning and let it compose
    Train(train::Args),
    /// Let a trained agent compose: MIDI files and piano rolls
    Compose(compose::Args),
    /// Judge a trained agent over many episodes, beside the random agent
    Eval(eval::Args),
    /// Judge a piece: every reward term at every step
    Score(score::Args),
    /// Try many settings of a config: a grid, or random draws
    Sweep(sweep::Args),
    /// Let MIDI files sound: WAV files, with a SoundFont or without
    Render(render::Args),
    /// Compare algorithms over many seeds: which is better, and whether the seeds are enough to tell
    Compare(compare::Args),
    /// Audit a reward before anything is trained on it: does it rank music above noise and habits?
    Audit(audit::Args),
    /// Draw learning curves, reward terms and losses of runs
    Plot(plot::Args),
    /// Measure the speed of this machine
    Bench(bench::Args),
    /// Write one page of runs: settings, curves, comparison, and pieces to see and hear
    Report(report::Args),
    /// Look into a corpus of MIDI files
    Corpus(corpus::Args),
    /// Fit and judge models of a corpus: reward critics, priors, starting policies
    Critic(critic::Args),
    /// List the environments, rewards, agents, critics, plots and configs there are
    List(list::Args),
    /// Print the JSON schema of configs, for editors
    Schema(schema::Args),
    /// Check that an environment keeps its promises
    Check(check::Args),
    /// Write the configs that come with Gradus into a folder of your own
    Init(init::Args),
    /// Print what a shell needs to complete the command line
    Completions(completions::Args),
    /// Print or write the manual
    Man(man::Args),
}
