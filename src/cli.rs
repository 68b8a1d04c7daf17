//! The command line as a whole, and how its errors are told.

use clap::Parser;

use crate::{
    commands::Command,
    hint::nearest_path,
    interrupt::Stopped,
    terminal::{Tone, painted, tell},
};

/// Reinforcement learning for composing: train agents on reward functions, compare them, and listen.
#[derive(Parser)]
#[command(name = "gradus", version, arg_required_else_help = true, max_term_width = 120, after_help = EXAMPLES)]
pub struct Cli {
    /// What is asked for.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
A config is a TOML file, or the name of one that comes with Gradus (`gradus list configs`). The first build from source \
takes several minutes on two cores; later ones are quicker.

Examples:
  gradus train quickstart                   half a minute; pieces, curves
  gradus compose results/quickstart -n 4    more melodies of that agent
  gradus report results/quickstart          a page to see and to hear
  gradus list rewards                       the terms of a reward
  gradus init my-music                      configs of your own to change";

/// Tells on standard error that a command was stopped before it was done.
pub fn tell_stopped(stopped: &Stopped) {
    // Nobody reading is no reason to fail otherwise.
    let _ = tell(&stopped.to_string());
}

/// Tells an error and its causes on standard error.
pub fn report(error: &anyhow::Error) {
    let mut told = format!("{} {error}", painted(Tone::Bad, "error:"));
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        // Transparent errors say what their cause says.
        if text != last {
            told += &format!("\n  because {text}");
        }
        last = text;
    }
    if let Some(path) = nearest_path(error) {
        told += &format!("\nhint: did you mean {}?", path.display());
    }
    // Nobody reading is no reason to fail otherwise.
    let _ = tell(&told);
}
