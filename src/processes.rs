//! The program's own commands as processes, several at a time, each with a line of progress. One that fails stops no other.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader, IsTerminal, Write},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::Context;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// A process that is to run.
pub(crate) struct Job {
    /// What it is called in its line of progress.
    pub(crate) name: String,
    /// What the program is given.
    pub(crate) arguments: Vec<OsString>,
}

/// How many run at a time, and how many threads each of them has.
#[derive(Clone, Copy)]
pub(crate) struct Share {
    pub(crate) jobs: usize,
    pub(crate) threads: usize,
}

impl Share {
    /// Of the machine's cores among so many processes, where nothing else is asked for.
    pub(crate) fn of(processes: usize, jobs: Option<usize>, threads: Option<usize>) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let jobs = jobs.unwrap_or(cores).clamp(1, processes.max(1));
        Self { jobs, threads: threads.unwrap_or((cores / jobs).max(1)) }
    }
}

/// Runs every job, `at_a_time` of them side by side, and none more once `stop` is set. For each job what it printed, or why it
/// failed; nothing for one that was not begun.
pub(crate) fn run_all(
    jobs: &[Job],
    at_a_time: usize,
    stop: &AtomicBool,
) -> anyhow::Result<Vec<Option<Result<String, String>>>> {
    let program = std::env::current_exe().context("cannot find this program to start it")?;
    let lines = Lines::new();
    let waiting = Mutex::new(jobs.iter().enumerate());
    let outcomes = Mutex::new(jobs.iter().map(|_| None).collect::<Vec<_>>());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                while let Some((index, job)) = next().filter(|_| !stop.load(Ordering::Relaxed)) {
                    let outcome = run_one(Command::new(&program).args(&job.arguments), &lines.begin(&job.name));
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes[index] = Some(outcome);
                    }
                }
            });
        }
    });
    Ok(outcomes.into_inner().unwrap_or_default())
}

/// Runs one process; what it says meanwhile is its line.
fn run_one(command: &mut Command, line: &Line) -> Result<String, String> {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start it: {error}"))?;
    // Its last words are the reason if it fails; a line of progress is not.
    let mut words: Vec<String> = Vec::new();
    for said in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines().map_while(Result::ok))
    {
        let is_error = said.starts_with("error") || (!words.is_empty() && said.starts_with("  "));
        if is_error {
            words.push(said);
        } else {
            words.clear();
            line.show(&said);
        }
    }
    let output = child.wait_with_output().map_err(|error| format!("lost sight of it: {error}"))?;
    line.end(if output.status.success() { "done" } else { "failed" });
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else if words.is_empty() {
        Err(output.status.to_string())
    } else {
        Err(words.join("\n"))
    }
}

/// A line of progress for each process: bars on a terminal, plain lines elsewhere.
struct Lines(Option<MultiProgress>);

/// The line of one process.
struct Line {
    name: String,
    bar: Option<ProgressBar>,
}

impl Lines {
    fn new() -> Self {
        Self(std::io::stderr().is_terminal().then(MultiProgress::new))
    }

    fn begin(&self, name: &str) -> Line {
        let bar = self.0.as_ref().map(|bars| {
            let style = ProgressStyle::with_template("{prefix:>10}  {wide_msg}").expect("the template is well formed");
            bars.add(ProgressBar::new_spinner().with_style(style).with_prefix(name.to_owned()))
        });
        Line { name: name.to_owned(), bar }
    }
}

impl Line {
    fn show(&self, said: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(said.to_owned()),
            // Nobody reading is no reason to stop training.
            None => drop(writeln!(std::io::stderr(), "{}: {said}", self.name)),
        }
    }

    fn end(&self, how: &str) {
        match &self.bar {
            Some(bar) => bar.finish_with_message(how.to_owned()),
            None => self.show(how),
        }
    }
}
