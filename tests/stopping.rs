//! Requests to stop: a code that says so, a state that can be gone on with, and no process left behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use common::{TINY, Workplace};

/// Longer than anything here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program that runs, with what it says in files.
struct Running {
    child: Child,
    place: Workplace,
}

/// How a program ended, and what it said on standard output and standard error.
struct End {
    code: Option<i32>,
    output: String,
    error: String,
}

impl Running {
    fn start(place: Workplace, arguments: &str) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("gradus"));
        let file = |name: &str| File::create(place.path(name)).unwrap();
        let (output, error) = (file("output.txt"), file("error.txt"));
        let command = command.current_dir(place.path("")).args(arguments.split_whitespace());
        Self { child: command.stdin(Stdio::null()).stdout(output).stderr(error).spawn().unwrap(), place }
    }

    /// Waits until this is there, while the program runs.
    fn until(&mut self, what: impl Fn(&Workplace) -> bool) {
        let start = Instant::now();
        while !what(&self.place) {
            let ended = self.child.try_wait().unwrap();
            let said = || std::fs::read_to_string(self.place.path("error.txt")).unwrap();
            assert!(ended.is_none() && start.elapsed() < PATIENCE, "{ended:?}: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends the program a signal and waits for its end.
    fn end(mut self, signal: &str) -> (End, Workplace) {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
        let code = self.child.wait().unwrap().code();
        let read = |name: &str| std::fs::read_to_string(self.place.path(name)).unwrap();
        (End { code, output: read("output.txt"), error: read("error.txt") }, self.place)
    }
}

/// A place with a training that has far to go, and a sweep of it.
fn workplace() -> Workplace {
    let place = Workplace::new();
    place.write("long.toml", TINY.replace("total-steps = 512", "total-steps = 100_000_000"));
    place.write("sweep.toml", "config = 'long.toml'\nseeds = '0..2'\n[vary]\n'agent.ppo.clip' = [0.1, 0.2]\n");
    place.write(
        "critic.toml",
        "[data.melody]\n[critic.lstm]\nnetwork = { layers = 1, units = 8 }\nfit = { epochs = 200, batch = 16, window = 32 }\n",
    );
    place
}

/// The steps of the rows of a run so far.
fn steps(place: &Workplace, run: &str) -> Vec<u64> {
    let text = std::fs::read_to_string(place.path(&format!("{run}/metrics.jsonl"))).unwrap_or_default();
    let step = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?["steps"].as_u64();
    text.lines().filter_map(step).collect()
}

/// Whether a process has one of these runs: it holds the run's lock.
fn is_held(place: &Workplace, lock: &str) -> bool {
    let file = File::open(place.path(lock)).unwrap();
    file.try_lock().is_err()
}

fn has_state(place: &Workplace, run: &str) -> bool {
    std::fs::read_dir(place.path(&format!("{run}/suspended")))
        .is_ok_and(|folder| folder.flatten().any(|entry| is_state(&entry.path())))
}

fn is_state(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "safetensors")
}

#[test]
fn a_training_that_is_asked_to_stop_says_so_and_is_gone_on_with() {
    let mut place = workplace();
    let mut last = 0;
    for (signal, resume) in [("INT", ""), ("TERM", " --resume")] {
        let mut running = Running::start(place, &format!("train long.toml --out run{resume}"));
        running.until(|place| steps(place, "run/seed-0").last().is_some_and(|&steps| steps > last));
        let (end, left) = running.end(signal);
        place = left;
        assert_eq!(end.code, Some(130), "{signal}: {}", end.error);
        assert!(end.error.ends_with("stopped: --resume goes on with this run\n"), "{}", end.error);
        assert!(end.output.starts_with("stopped at step ") && end.output.contains(" of 100000000"), "{}", end.output);
        assert!(!end.output.contains("trained") && !end.error.contains("panicked"), "{}{}", end.output, end.error);
        let steps = steps(&place, "run/seed-0");
        assert!(steps.is_sorted_by(|before, after| before < after), "no step is there twice: {steps:?}");
        last = *steps.last().unwrap();
        assert!(has_state(&place, "run/seed-0"));
    }
    let error = String::from_utf8(place.gradus("eval run --episodes 2").assert().success().get_output().stderr.clone());
    assert!(error.unwrap().contains(&format!("stopped at step {last} of 100000000")));
    let told = place.output("report run --pieces 3");
    assert!(told.contains("seed 0 stopped at step") && told.contains("of 100,000,000"), "{told}");
    let page = std::fs::read_to_string(place.path("report.html")).unwrap();
    assert!(page.contains("of training; seed 0 stopped at step"));
}

#[test]
fn a_fit_that_is_asked_to_stop_says_so_and_is_gone_on_with() {
    let mut place = workplace();
    let epochs = |place: &Workplace| {
        std::fs::read_to_string(place.path("critic/metrics.jsonl")).unwrap_or_default().lines().count()
    };
    let mut before = 0;
    for (signal, resume) in [("TERM", ""), ("INT", " --resume")] {
        let mut running = Running::start(place, &format!("critic fit critic.toml --out critic{resume}"));
        running.until(|place| epochs(place) > before);
        let (end, left) = running.end(signal);
        place = left;
        assert_eq!(end.code, Some(130), "{signal}: {}", end.error);
        assert!(end.output.starts_with("stopped after ") && !end.output.contains("fitted"), "{}", end.output);
        assert!(end.error.ends_with("stopped: --resume goes on with this fit\n"), "{}", end.error);
        before = epochs(&place);
    }
}

#[test]
fn seeds_stop_with_the_command_that_began_them() {
    let seeds = |place: &Workplace| ["run/seed-0", "run/seed-1"].iter().all(|run| !steps(place, run).is_empty());
    let arguments = "train long.toml --seeds 0..3 --jobs 2 --threads 1 --out run";
    let mut running = Running::start(workplace(), arguments);
    running.until(seeds);
    let (end, place) = running.end("TERM");
    assert_eq!(end.code, Some(130), "{}", end.error);
    assert!(end.output.starts_with("0 of 3 seeds in run\n"), "{}", end.output);
    assert!(end.error.contains("seed 0: stopped\n") && !end.error.contains(": done"), "{}", end.error);
    assert!(
        end.error.ends_with("stopped: --resume goes on with these seeds, and begins the others\n"),
        "{}",
        end.error
    );
    for seed in 0..2 {
        assert!(!is_held(&place, &format!("run/.seed-{seed}.lock")) && has_state(&place, &format!("run/seed-{seed}")));
    }
    assert!(!place.path("run/seed-2").exists());

    // Killed, it cannot ask them: they see that it is gone.
    let before: Vec<_> = (0..2).map(|seed| steps(&place, &format!("run/seed-{seed}")).len()).collect();
    let mut running = Running::start(place, &format!("{arguments} --resume"));
    running.until(|place| (0..2).all(|seed| steps(place, &format!("run/seed-{seed}")).len() > before[seed]));
    let (end, place) = running.end("KILL");
    assert_eq!(end.code, None);
    let start = Instant::now();
    while (0..2).any(|seed| is_held(&place, &format!("run/.seed-{seed}.lock"))) {
        assert!(start.elapsed() < PATIENCE, "the seeds go on without their parent");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_sweep_stops_with_its_trainings_and_names_no_plot_that_is_not_there() {
    let mut running = Running::start(workplace(), "sweep sweep.toml --jobs 2 --threads 1 --out swept");
    running.until(|place| !steps(place, "swept/trial-000/seed-0").is_empty());
    let (end, place) = running.end("INT");
    assert_eq!(end.code, Some(130), "{}", end.error);
    assert!(end.error.ends_with("stopped: the same command goes on with this sweep\n"), "{}", end.error);
    assert!(!end.error.contains(": done"), "{}", end.error);
    assert!(!is_held(&place, "swept/trial-000/.seed-0.lock"));
    assert_eq!(end.output.contains("plot: "), place.path("swept/sweep.svg").exists(), "{}", end.output);
}

#[test]
fn nothing_is_gone_on_with_where_nothing_was_begun() {
    let place = workplace();
    for arguments in ["train long.toml", "train long.toml --seeds 0..2", "critic fit critic.toml"] {
        let error = place.error(&format!("{arguments} --out nowhere --resume"));
        assert!(error.contains("to go on with at nowhere") && error.contains("without --resume one begins"), "{error}");
        assert!(!place.path("nowhere").exists());
    }
}
