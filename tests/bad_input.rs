//! Bad input gets one clear error with the place and the remedy, and nothing is overwritten or lost.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::PathBuf;

use common::{TINY, Workplace, files};

#[test]
fn a_misspelt_key_is_answered_with_file_line_key_and_the_nearest_name() {
    let place = Workplace::new();
    place.write("wrong.toml", TINY.replace("minibatch", "minibach"));
    let error = place.error("train wrong.toml");
    assert!(error.contains("wrong.toml") && error.contains("line 11"), "{error}");
    assert!(error.contains("unknown field `minibach`") && error.contains("did you mean `minibatch`?"), "{error}");
    assert!(!place.path("results").exists());
}

#[test]
fn a_config_that_is_not_there_is_named() {
    let error = Workplace::new().error("train nowhere.toml");
    assert!(error.contains("nowhere.toml") && error.contains("configs/"), "{error}");
}

#[test]
fn an_impossible_setting_is_answered_with_its_key_and_remedy() {
    let place = Workplace::new();
    let error = place.error("train tiny.toml --set agent.ppo.minibatch=100");
    assert!(
        error.contains("agent.ppo.minibatch: 100 does not divide") && error.contains("choose a divisor"),
        "{error}"
    );
    assert!(!place.path("results").exists());
}

#[test]
fn a_missing_corpus_folder_is_named() {
    let place = Workplace::new();
    let error = place.error("train tiny.toml --corpus no/such/folder");
    assert!(error.contains("no/such/folder"), "{error}");
    assert!(!place.path("results").exists());
}

#[test]
fn a_corpus_folder_without_midi_says_what_is_looked_for() {
    let place = Workplace::new();
    place.write("midi/notes.txt", "do re mi");
    let error = place.error("corpus inspect midi");
    assert!(error.contains("midi") && error.contains(".mid"), "{error}");
}

#[test]
fn broken_midi_among_good_is_told_and_the_good_is_used() {
    let place = Workplace::new();
    place.output("train tiny.toml --out results/first");
    let compositions = place.path("results/first/seed-0/compositions");
    for (number, (path, bytes)) in (1..).zip(files(&compositions)) {
        if path.extension().is_some_and(|extension| extension == "mid") {
            place.write(&format!("midi/good-{number}.mid"), bytes);
        }
    }
    place.write("midi/broken.mid", "MThd is all there is");
    place.write("midi/empty.mid", "");
    let summary = place.json("corpus inspect midi --json");
    let failures = summary["failures"].as_array().unwrap();
    let names: Vec<_> = failures.iter().map(|failure| failure["name"].as_str().unwrap()).collect();
    assert!(
        names.len() == 2 && names.iter().all(|name| name.contains("broken") || name.contains("empty")),
        "{summary}"
    );
    assert!(failures.iter().all(|failure| !failure["reason"].as_str().unwrap().is_empty()), "{summary}");
}

#[test]
fn an_existing_run_is_left_alone_without_force_and_replaced_with_it() {
    let place = Workplace::new();
    place.output("train tiny.toml");
    let before = files(&place.path("results"));
    let error = place.error("train tiny.toml");
    assert!(error.contains("results/tiny/seed-0") && error.contains("--force") && error.contains("--out"), "{error}");
    assert!(files(&place.path("results")) == before, "nothing may change");
    place.output("train tiny.toml --seed 1");
    place.output("train tiny.toml --force");
    assert!(place.path("results/tiny/seed-1/metrics.jsonl").exists());
}

#[test]
fn a_checkpoint_cut_in_half_is_told_of_and_an_earlier_one_used_while_there_is_one() {
    let place = Workplace::new();
    place.output("train tiny.toml");
    let checkpoints = files(&place.path("results/tiny/seed-0/checkpoints"));
    let cut = |(path, bytes): &(PathBuf, Vec<u8>)| std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    let (path, bytes) = checkpoints.last().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    cut(checkpoints.last().unwrap());
    for command in ["compose results/tiny", "eval results/tiny"] {
        let output = place.gradus(command).assert().success().get_output().stderr.clone();
        let warning = String::from_utf8(output).unwrap();
        assert!(warning.contains(name) && warning.contains("an earlier checkpoint is used"), "{warning}");
    }
    assert_eq!(std::fs::read(path).unwrap().len(), bytes.len() / 2);
    checkpoints.iter().for_each(cut);
    let error = place.error("eval results/tiny");
    assert!(error.contains(name) && error.contains("damaged") && error.contains("--force"), "{error}");
}

#[test]
fn a_run_that_is_not_there_is_answered_with_those_that_are() {
    let place = Workplace::new();
    place.output("train tiny.toml");
    let error = place.error("compose results/tony");
    assert!(error.contains("results/tony") && error.contains("tiny"), "{error}");
}

#[test]
fn tokens_that_are_none_are_refused_with_their_place() {
    let place = Workplace::new();
    place.write("tokens.json", "[[14, 16], [14, 99]]");
    let error = place.error("score --tokens tokens.json");
    assert!(error.contains("sequence 1, step 1: 99"), "{error}");
    place.write("tokens.json", "{\"tokens\": 3");
    assert!(place.error("score --tokens tokens.json").contains("tokens.json is neither"));
}

#[test]
fn a_file_that_is_not_midi_is_named_with_the_reason() {
    let place = Workplace::new();
    place.write("tune.mid", "la la la");
    let error = place.error("score tune.mid");
    assert!(error.contains("tune.mid") && error.contains("not a MIDI file"), "{error}");
}

#[test]
fn what_an_algorithm_cannot_do_is_refused_before_any_work() {
    let place = Workplace::new();
    for (config, expected) in [
        ("[agent.sac]", ["agent.sac: `sac` cannot choose actions from `melody`'s Discrete(38)", "use `discrete-sac`"]),
        ("[env.pendulum]\n[agent.dqn]", ["agent.dqn: `dqn` cannot choose actions", "`ppo` serves every space"]),
        (
            "[agent.discrete-sac]\ndiscount = 1.2",
            ["agent.discrete-sac.discount: 1.2 is above 1", "give a number from 0 to 1"],
        ),
        (
            "[agent.dqn.replay]\ncapacity = 100\nbatch = 256",
            ["agent.dqn.replay.batch: 256 is more than the 100", "give a smaller batch"],
        ),
        (
            "[agent.dqn.replay]\ncapacity = 100_000_000_000",
            ["agent.dqn.replay.capacity: 100000000000 transitions take", "give a smaller capacity"],
        ),
        ("[env.phrase]\n[[reward]]\nautocorrelation = {}\n[agent.sac]", ["reward.0.autocorrelation", "leave it out"]),
        ("[env.cartpole]\n[[reward]]\nkey = {}", ["reward.0.key", "leave out every [[reward]]"]),
    ] {
        place.write("wrong.toml", config);
        let error = place.error("train wrong.toml");
        for part in expected {
            assert!(error.contains(part), "{config}: {error}");
        }
        assert!(!place.path("results").exists());
    }
}
