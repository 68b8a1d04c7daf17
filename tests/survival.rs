//! Runs that survive: killed at any moment, gone on with, and in the end as if nothing had happened.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use common::Workplace;

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

/// Kills the program (SIGKILL on Unix) after ever longer times until it comes to its end; how often it was killed.
fn kill_and_resume(place: &Workplace, arguments: &str, first: Duration, longer: f64) -> usize {
    let mut patience = first;
    for kills in 0.. {
        let mut child = start(place, &format!("{arguments} --resume"));
        std::thread::sleep(patience);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status} after {kills} kills");
            return kills;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        patience = patience.mul_f64(longer);
    }
    unreachable!("a loop without an end")
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

#[test]
fn a_fit_that_is_killed_again_and_again_ends_as_one_that_was_not() {
    let place = Workplace::new();
    place.write("critic.toml", CRITIC);
    place.output("critic fit critic.toml --out whole");
    let kills = kill_and_resume(&place, "critic fit critic.toml --out killed", Duration::from_millis(300), 1.2);
    assert!(kills >= 2, "killed {kills} times");
    let weights = |critic: &str| std::fs::read(place.path(&format!("{critic}/model.safetensors"))).unwrap();
    assert_eq!(weights("whole"), weights("killed"), "after {kills} kills");
    assert_eq!(rows(&place, "whole/metrics.jsonl"), rows(&place, "killed/metrics.jsonl"));
    assert!(!place.path("killed/checkpoints").exists() && place.path("killed/learning-curve.svg").exists());
    assert!(place.output("critic fit critic.toml --out killed --resume").contains("nothing to go on with"));
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
    let newest = checkpoints.last().unwrap().path();
    let mut bytes = std::fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&newest, bytes).unwrap();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("gradus"));
    let child = child.current_dir(place.path("")).args("critic fit critic.toml --out critic --resume".split(' '));
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("is damaged and was passed over"), "{error}");
}
