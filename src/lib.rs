//! Gradus: reinforcement learning for composing. The library behind the `gradus` program.
//!
//! The program is its subcommands, one file each in [`commands`]; what a training leaves is a run directory
//! ([`run`]), and [`plots`] draw from nothing else.

pub mod audit;
pub mod cli;
pub mod commands;
pub mod config;
pub mod corpus_config;
pub mod critic;
pub mod diversity;
pub mod hint;
pub mod interrupt;
pub mod plots;
pub mod run;
pub mod sound;
pub mod speed;
pub mod split;
pub mod statistics;
pub mod trained;

mod difference;
mod html;
mod nearest;
mod number;
mod output;
mod page;
mod paths;
mod processes;
mod progress;
mod reading;
mod settings;
mod shipped;
mod terminal;
mod text;
mod threads;
mod training_log;
mod voice;

/// The pages of the book whose Rust code is run.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../docs/src/reward-rust.md")]
    mod reward_rust {}
    #[doc = include_str!("../docs/src/new-environment.md")]
    mod new_environment {}
}
