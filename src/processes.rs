//! The program's own commands as processes, several at a time, each with a line of progress. One that fails stops no other.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    process::{ChildStdin, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{interrupt::Stopped, progress};

/// What a process is given so that it stops when this one lets go of its standard input, or is gone.
pub(crate) const UNTIL_INPUT_ENDS: &str = "--until-input-ends";

/// How often is looked whether the processes are to stop.
const PATIENCE: Duration = Duration::from_millis(50);

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

/// How a process ended.
pub(crate) enum Ending {
    /// At its end; what it printed.
    Done(String),
    /// Before its end, because it was asked to.
    Stopped,
    /// In failure; why.
    Failed(String),
}

/// Runs every job, `at_a_time` of them side by side. Once `stop` is set, no more are begun and those that run are asked to
/// stop; they are, too, when this process is gone, however it ended. How each of them ended; nothing for one that was not
/// begun.
pub(crate) fn run_all(jobs: &[Job], at_a_time: usize, stop: &AtomicBool) -> anyhow::Result<Vec<Option<Ending>>> {
    let program = std::env::current_exe().context("cannot find this program to start it")?;
    let waiting = Mutex::new(jobs.iter().enumerate());
    let endings = Mutex::new(jobs.iter().map(|_| None).collect::<Vec<_>>());
    let inputs = Mutex::new(Vec::new());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    thread::scope(|scope| {
        let work = || {
            while let Some((index, job)) = next().filter(|_| !stop.load(Ordering::Relaxed)) {
                let mut command = Command::new(&program);
                let ending =
                    run_one(command.args(&job.arguments).arg(UNTIL_INPUT_ENDS), &Line::begin(&job.name), &inputs);
                if let Ok(mut endings) = endings.lock() {
                    endings[index] = Some(ending);
                }
            }
        };
        let workers: Vec<_> = (0..at_a_time).map(|_| scope.spawn(work)).collect();
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            // Again and again: one may have been begun while the flag was raised.
            if stop.load(Ordering::Relaxed)
                && let Ok(mut inputs) = inputs.lock()
            {
                inputs.clear();
            }
            thread::sleep(PATIENCE);
        }
    });
    Ok(endings.into_inner().unwrap_or_default())
}

/// Runs one process; what it says meanwhile is its line, and its input is held open among `inputs`.
fn run_one(command: &mut Command, line: &Line, inputs: &Mutex<Vec<ChildStdin>>) -> Ending {
    let ending = follow(command, line, inputs).unwrap_or_else(Ending::Failed);
    line.end(match ending {
        Ending::Done(_) => "done",
        Ending::Stopped => "stopped",
        Ending::Failed(_) => "failed",
    });
    ending
}

fn follow(command: &mut Command, line: &Line, inputs: &Mutex<Vec<ChildStdin>>) -> Result<Ending, String> {
    // What it says is read here, and told in colors of our own.
    let command = command.env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start it: {error}"))?;
    if let Ok(mut inputs) = inputs.lock() {
        inputs.extend(child.stdin.take());
    }
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
    Ok(match output.status.code() {
        Some(0) => Ending::Done(String::from_utf8_lossy(&output.stdout).into_owned()),
        Some(code) if code == i32::from(Stopped::CODE) => Ending::Stopped,
        _ if words.is_empty() => Ending::Failed(output.status.to_string()),
        _ => Ending::Failed(words.join("\n")),
    })
}

/// The line of progress of one process: a bar on a terminal, plain lines elsewhere.
struct Line {
    name: String,
    bar: Option<ProgressBar>,
}

impl Line {
    fn begin(name: &str) -> Self {
        let style = || ProgressStyle::with_template("{prefix:>10}  {wide_msg}").expect("the template is well formed");
        let bar = || ProgressBar::new_spinner().with_style(style()).with_prefix(name.to_owned());
        Self { name: name.to_owned(), bar: progress::bar(bar) }
    }

    fn show(&self, said: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(said.to_owned()),
            None => progress::note(&format!("{}: {said}", self.name)),
        }
    }

    /// Takes the bar away and leaves a line that tells how it ended.
    fn end(&self, how: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        progress::note(&format!("{}: {how}", self.name));
    }
}
