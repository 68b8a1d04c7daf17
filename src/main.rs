//! The `gradus` program: parses the command line, runs the command, reports.

use std::{io::ErrorKind, process::ExitCode};

use clap::Parser;
use gradus::{commands::Command, interrupt::Stopped};

/// Reinforcement learning for composing: train agents on reward functions, compare them, and listen.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 120, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  gradus train configs/quickstart.toml          train an agent and let it compose (half a minute)
  gradus compose results/quickstart -n 4        more melodies from the trained agent
  gradus score tune.mid                         what each reward term says of a tune, step by step
  gradus list rewards                           the reward terms a config can ask for";

fn main() -> ExitCode {
    gradus_models::memory::keep_freed_memory();
    match Cli::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<Stopped>() {
            Some(stopped) => {
                tell(stopped);
                ExitCode::from(Stopped::CODE)
            }
            None => {
                report(&error);
                ExitCode::FAILURE
            }
        },
    }
}

/// Whoever read our output has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == ErrorKind::BrokenPipe)
}

#[expect(clippy::print_stderr, reason = "the one place where errors are told")]
fn tell(stopped: &Stopped) {
    eprintln!("{stopped}");
}

#[expect(clippy::print_stderr, reason = "the one place where errors are told")]
fn report(error: &anyhow::Error) {
    eprintln!("error: {error}");
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        // Transparent errors say what their cause says.
        if text != last {
            eprintln!("  because {text}");
        }
        last = text;
    }
}
