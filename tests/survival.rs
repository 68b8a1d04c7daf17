//! Runs that survive: killed at any moment, gone on with, and in the end as if nothing had happened.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use common::{Workplace, files};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// A critic that is fitted in seconds, over several epochs.
const CRITIC: &str = "
[data.melody]
collections = [\"bach-chorales\"]
[critic.lstm]
network = { layers = 1, units = 8, dropout = 0.1 }
fit = { epochs = 6, batch = 16, window = 32, transpose = true }
";

/// Starts the program and leaves it running.
fn start(place: &Workplace, arguments: &str) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("gradus"));
    let command = command.current_dir(place.path("")).args(arguments.split_whitespace());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills the program (SIGKILL on Unix) each time its patience is over, until it comes to its end; how often it was killed.
fn kill_and_resume(place: &Workplace, arguments: &str, patience: impl Iterator<Item = Duration>) -> usize {
    for (kills, patience) in patience.enumerate() {
        // Killed before there was anything to go on with, it is begun again.
        let mut child = start(place, &format!("{arguments}{}", if is_begun(place) { " --resume" } else { "" }));
        std::thread::sleep(patience);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status} after {kills} kills");
            return kills;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    unreachable!("patience without an end")
}

/// Whether the run or the critic that is killed is there.
fn is_begun(place: &Workplace) -> bool {
    place.path("killed/seed-0").exists() || place.path("killed/config.toml").exists()
}

/// Ever longer times.
fn growing(first: Duration, factor: f64) -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(first), move |before| Some(before.mul_f64(factor)))
}

/// Times by chance; those to come are the longer the more there have been, so that slow machines come to an end, too.
fn random(seed: u64) -> impl Iterator<Item = Duration> {
    let mut generator = StdRng::seed_from_u64(seed);
    (0..).map(move |kills| Duration::from_secs_f64(generator.random_range(0.1..1.5 + 0.05 * f64::from(kills))))
}

/// The rows of a metrics file without what depends on the clock.
fn rows(place: &Workplace, path: &str) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let text = std::fs::read_to_string(place.path(path)).unwrap();
    let row = |line: &str| {
        let mut row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        row.retain(|name, _| !name.starts_with("time/"));
        row
    };
    text.lines().map(row).collect()
}

/// Trainings of some seconds: PPO with a critic's ear in everything, and SAC with a buffer that comes round.
const TRAININGS: [(&str, &str); 2] = [
    (
        "ppo",
        "
total-steps = 24_000
compositions = 2
[env.melody]
primer = { corpus = 4 }
[[reward]]
key = {}
[[reward]]
ngram = { weight = { from = 0.5, to = 1.0 } }
[agent.ppo]
environments = 8
rollout-steps = 50
minibatch = 100
normalize-observations = true
[policy.mlp]
hidden = [16]
",
    ),
    (
        "sac",
        "
total-steps = 3_000
[env.pendulum]
[agent.sac]
environments = 2
replay = { capacity = 500, warm-up = 100, batch = 32, updates-per-step = 0.5, iteration-steps = 100 }
[policy.mlp]
hidden = [16]
",
    ),
];

#[test]
fn a_training_that_is_killed_again_and_again_ends_as_one_that_was_not() {
    for (name, config) in TRAININGS {
        let kills = kill_training(name, config, growing(Duration::from_millis(150), 1.2));
        assert!(kills >= 3, "{name}: killed {kills} times");
    }
}

/// Holds a training that is killed to one that is not; how often it was killed.
fn kill_training(name: &str, config: &str, patience: impl Iterator<Item = Duration>) -> usize {
    let place = Workplace::new();
    place.write("config.toml", config);
    place.output("train config.toml --out whole --threads 1");
    let arguments = "train config.toml --out killed --save-every 0";
    let kills = kill_and_resume(&place, arguments, patience);
    assert_eq!(rows(&place, "whole/seed-0/metrics.jsonl"), rows(&place, "killed/seed-0/metrics.jsonl"), "{name}");
    for folder in ["checkpoints", "compositions"] {
        let [whole, killed] = ["whole", "killed"].map(|run| {
            let folder = place.path(&format!("{run}/seed-0/{folder}"));
            let named = |(path, bytes): (PathBuf, Vec<u8>)| (path.strip_prefix(&folder).unwrap().to_owned(), bytes);
            files(&folder).into_iter().map(named).collect::<Vec<_>>()
        });
        assert!(whole == killed, "{name}: {folder} after {kills} kills");
    }
    assert!(!place.path("killed/seed-0/suspended").exists());
    assert!(place.output(&format!("{arguments} --resume")).contains("nothing to go on with"));
    kills
}

#[test]
#[ignore = "minutes: the longer form of the tests of what is killed"]
fn what_is_killed_ten_times_at_random_moments_ends_as_if_it_had_not_been() {
    let ten = |kill: &dyn Fn(u64) -> usize| {
        let mut kills = 0;
        // As often as it takes: a fast machine is killed less often on the way.
        for seed in 0.. {
            kills += kill(seed);
            if kills >= 10 {
                return;
            }
        }
    };
    for (name, config) in TRAININGS {
        let longer = config.replace("24_000", "240_000").replace("3_000", "24_000");
        ten(&|seed| kill_training(name, &longer, random(seed)));
    }
    ten(&|seed| kill_fit(&CRITIC.replace("epochs = 6", "epochs = 40"), random(seed)));
}

#[test]
fn a_training_that_was_stopped_is_neither_overwritten_nor_mixed_with_another() {
    let place = Workplace::new();
    place.write("config.toml", TRAININGS[0].1.replace("24_000", "24_000_000"));
    let arguments = "train config.toml --out run --save-every 0";
    let mut child = start(&place, arguments);
    let suspended = || files(&place.path("run/seed-0/suspended"));
    while !place.path("run/seed-0/suspended").exists() || suspended().len() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "it has far to go");
        std::thread::sleep(Duration::from_millis(20));
    }
    let error = place.error(&format!("{arguments} --resume"));
    assert!(error.contains("another process"), "{error}");
    child.kill().unwrap();
    child.wait().unwrap();

    let error = place.error(arguments);
    assert!(error.contains("--resume") && error.contains("--force"), "{error}");
    let error = place.error(&format!("{arguments} --resume --set agent.ppo.clip=0.1"));
    assert!(error.contains("agent.ppo.clip was 0.2, and is 0.1 now"), "{error}");
    let states: Vec<_> =
        suspended().into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "safetensors")).collect();
    let (newest, bytes) = states.last().unwrap();
    flip_a_bit(newest);
    assert!(first_words(&place, &format!("{arguments} --resume")).contains("going on from an earlier state"));
    for (path, _) in files(&place.path("run/seed-0/suspended")) {
        std::fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
    }
    let error = place.error(&format!("{arguments} --resume"));
    assert!(error.contains("is damaged") && error.contains("--force"), "{error}");
}

fn flip_a_bit(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// What the program says on standard error in its first seconds; then it is killed.
fn first_words(place: &Workplace, arguments: &str) -> String {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("gradus"));
    let command = command.current_dir(place.path("")).args(arguments.split_whitespace());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    child.kill().unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
}

#[test]
fn a_fit_that_is_killed_again_and_again_ends_as_one_that_was_not() {
    let kills = kill_fit(CRITIC, growing(Duration::from_millis(300), 1.2));
    assert!(kills >= 2, "killed {kills} times");
}

/// Holds a fit that is killed to one that is not; how often it was killed.
fn kill_fit(critic: &str, patience: impl Iterator<Item = Duration>) -> usize {
    let place = Workplace::new();
    place.write("critic.toml", critic);
    place.output("critic fit critic.toml --out whole");
    let kills = kill_and_resume(&place, "critic fit critic.toml --out killed", patience);
    let weights = |critic: &str| std::fs::read(place.path(&format!("{critic}/model.safetensors"))).unwrap();
    assert_eq!(weights("whole"), weights("killed"), "after {kills} kills");
    assert_eq!(rows(&place, "whole/metrics.jsonl"), rows(&place, "killed/metrics.jsonl"));
    assert!(!place.path("killed/checkpoints").exists() && place.path("killed/learning-curve.svg").exists());
    assert!(place.output("critic fit critic.toml --out killed --resume").contains("nothing to go on with"));
    kills
}

#[test]
fn a_fit_that_was_stopped_is_neither_overwritten_nor_mixed_with_another() {
    let place = Workplace::new();
    place.write("critic.toml", CRITIC.replace("epochs = 6", "epochs = 200"));
    let mut child = start(&place, "critic fit critic.toml --out critic");
    while !place.path("critic/checkpoints/epoch-000000000002.safetensors").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it has 200 epochs to go");
        std::thread::sleep(Duration::from_millis(20));
    }
    let error = place.error("critic fit critic.toml --out critic --resume");
    assert!(error.contains("another process"), "{error}");
    child.kill().unwrap();
    child.wait().unwrap();

    let error = place.error("critic fit critic.toml --out critic");
    assert!(error.contains("--resume") && error.contains("--force"), "{error}");
    let error = place.error("critic fit critic.toml --out critic --resume --seed 3");
    assert!(error.contains("seed was 0, and is 3 now"), "{error}");
    let error = place.error("critic score critic tiny.toml");
    assert!(error.contains("holds no critic"), "{error}");

    let mut checkpoints: Vec<_> = std::fs::read_dir(place.path("critic/checkpoints")).unwrap().flatten().collect();
    checkpoints.sort_by_key(std::fs::DirEntry::path);
    flip_a_bit(&checkpoints.last().unwrap().path());
    let error = first_words(&place, "critic fit critic.toml --out critic --resume");
    assert!(error.contains("going on from an earlier state"), "{error}");
}
