//! Runs in trouble: a full disk, a folder that cannot be written, numbers that are none. Each stops with a reason and loses nothing.

#![allow(clippy::unwrap_used)]

mod common;

use std::process::Command;

use common::{TINY, Workplace, files};

/// Sixty iterations.
fn training() -> String {
    TINY.replace("total-steps = 512", "total-steps = 15_360\ncheckpoints = 5")
}

/// Everything that a run has, without what depends on the clock.
fn outcome(place: &Workplace, run: &str) -> (String, Vec<Vec<u8>>) {
    let metrics = std::fs::read_to_string(place.path(&format!("{run}/metrics.jsonl"))).unwrap();
    let row = |line: &str| {
        let mut row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        row.retain(|name, _| !name.starts_with("time/"));
        serde_json::to_string(&row).unwrap()
    };
    let checkpoints = files(&place.path(&format!("{run}/checkpoints"))).into_iter().map(|(_, bytes)| bytes);
    (metrics.lines().map(row).collect::<Vec<_>>().join("\n"), checkpoints.collect())
}

/// A file that cannot grow beyond so many kilobytes stands for a disk that is full: writing fails midway, as it does there.
#[cfg(unix)]
#[test]
fn a_training_on_a_full_disk_stops_with_the_file_and_goes_on_when_there_is_room() {
    let place = Workplace::new();
    place.write("config.toml", training());
    place.output("train config.toml --out whole");
    let whole = outcome(&place, "whole/seed-0");
    let program = assert_cmd::cargo::cargo_bin!("gradus");
    let mut failed = 0;
    for kilobytes in [1, 16, 22, 30, 44, 200] {
        let out = format!("full-{kilobytes}");
        // In blocks of 512 bytes; a signal that ends the program at once is turned off, so that the write fails.
        let command = format!(
            "trap '' XFSZ; ulimit -f {}; exec {} train config.toml --out {out} --save-every 0",
            2 * kilobytes,
            program.display()
        );
        let output = Command::new("sh").current_dir(place.path("")).args(["-c", &command]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!error.contains("panicked"), "{kilobytes} kB: {error}");
        if !output.status.success() {
            failed += 1;
            assert_eq!(output.status.code(), Some(1), "{kilobytes} kB: {error}");
            assert!(error.contains("error: cannot") && error.contains(&out), "{kilobytes} kB: {error}");
        }
        place.output(&format!("train config.toml --out {out} --resume"));
        assert!(outcome(&place, &format!("{out}/seed-0")) == whole, "{kilobytes} kB: it ends otherwise");
    }
    assert!(failed >= 3, "only {failed} trainings met the limit");
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_anything_is_trained() {
    let place = Workplace::new();
    place.write("taken", "a file of the user");
    let error = place.error("train tiny.toml --out taken");
    assert!(error.contains("cannot create taken"), "{error}");
    assert!(place.error("train tiny.toml --out taken/below").contains("taken/below"));
    assert_eq!(std::fs::read_to_string(place.path("taken")).unwrap(), "a file of the user");
    assert!(!error.contains("steps/s"), "nothing is trained first: {error}");
}

#[cfg(unix)]
#[test]
fn a_run_that_became_read_only_is_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let place = Workplace::new();
    place.output("train tiny.toml --out kept");
    let before = files(&place.path("kept"));
    let lock = |mode| std::fs::set_permissions(place.path("kept"), std::fs::Permissions::from_mode(mode)).unwrap();
    lock(0o555);
    // Whom permissions do not hold back (root) cannot try this; then it is tried where nobody may write.
    let error = if std::fs::write(place.path("kept/probe"), "").is_ok() {
        std::fs::remove_file(place.path("kept/probe")).unwrap();
        place.error("train tiny.toml --out /proc/gradus")
    } else {
        place.error("train tiny.toml --out kept --force")
    };
    lock(0o755);
    assert!(error.contains("cannot"), "{error}");
    assert!(files(&place.path("kept")) == before);
}

#[test]
fn a_loss_that_is_no_number_stops_with_its_name_and_leaves_the_last_good_state() {
    let place = Workplace::new();
    // A spread that is paid for grows until no number holds it, at a rate that is sound at first and absurd at last.
    let config = training()
        .replace("[[reward]]\nkey = {}\n[[reward]]\nngram = { weight = 0.5 }", "[env.phrase]\n[[reward]]\narch = {}");
    place.write("config.toml", config.replace("[agent.ppo]", "[agent.ppo]\nentropy-coefficient = 1.0"));
    let rate = "agent.ppo.learning-rate={from=1e-3,to=1.0}";
    let error = place.error(&format!("train config.toml --out run --save-every 0 --set {rate}"));
    assert!(error.contains("error: `loss/") && error.contains("lower `learning-rate`"), "{error}");
    let states = files(&place.path("run/seed-0/suspended"));
    assert!(!states.is_empty(), "the state before stays");
    let error = place.error(&format!("train config.toml --out run --resume --set {rate}"));
    assert!(error.contains("error: `loss/"), "going on from it leads to the same place: {error}");
}
