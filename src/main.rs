//! The `gradus` program: parses the command line, runs the command, reports.

use std::{io::ErrorKind, process::ExitCode};

use clap::Parser;
use gradus::{
    cli::{Cli, report, tell_stopped},
    interrupt::Stopped,
};

fn main() -> ExitCode {
    gradus_models::memory::keep_freed_memory();
    match Cli::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(stopped) = error.downcast_ref::<Stopped>() {
                tell_stopped(stopped);
                return ExitCode::from(Stopped::CODE);
            }
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// Whoever read our output has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == ErrorKind::BrokenPipe)
}
