//! Requests to stop: Ctrl-C, SIGTERM, and the end of standard input where another process holds it open.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::Context;

use crate::progress;

/// The end of a command that was asked to stop before it was done, with what to tell about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Stopped(pub String);

impl Stopped {
    /// The exit code of a program that Ctrl-C has stopped, as shells have it.
    pub const CODE: u8 = 130;
}

/// A flag that Ctrl-C and SIGTERM raise; a second one ends the program at once.
pub(crate) fn stop_signal() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    // Apart from the flag, which the end of the input may have raised.
    let asked = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        flag.store(true, Ordering::Relaxed);
        if asked.swap(true, Ordering::Relaxed) {
            progress::clear();
            std::process::exit(Stopped::CODE.into());
        }
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(stop)
}

/// Raises `stop` when standard input ends, as it does when the process at its other end is gone.
pub(crate) fn stop_at_end_of_input(stop: &Arc<AtomicBool>) {
    let stop = stop.clone();
    thread::spawn(move || {
        // An input that cannot be read has ended, too.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        stop.store(true, Ordering::Relaxed);
    });
}
