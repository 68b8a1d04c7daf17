//! How many threads a command uses.

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The argument of commands that may use many threads.
#[derive(clap::Args)]
pub(crate) struct Threads {
    /// How many threads to use, all cores if not given; the results are the same on any number
    #[arg(long = "threads", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    number: Option<u16>,
}

impl Threads {
    /// The number, if one is given.
    pub(crate) fn number(&self) -> Option<usize> {
        self.number.map(usize::from)
    }

    /// The threads in which the command's work is to be done.
    pub(crate) fn pool(&self) -> anyhow::Result<ThreadPool> {
        // To rayon 0 is as many as there are cores.
        Ok(ThreadPoolBuilder::new().num_threads(self.number().unwrap_or(0)).build()?)
    }
}
