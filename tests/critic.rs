//! Critics from fitting to judging, as a user would.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;

/// A critic of chorales' melodies that is fitted in moments.
const CRITIC: &str = "
[data.melody]
collections = [\"bach-chorales\"]
[critic.linear]
corruptions = [\"wrong-notes\"]
";

fn fitted() -> Workplace {
    let place = Workplace::new();
    place.write("critic.toml", CRITIC);
    place.output("critic fit critic.toml --out critic");
    place
}

#[test]
fn a_critic_is_fitted_judged_and_judges() {
    let place = fitted();
    let report = place.json("critic eval critic --json");
    let auc = |name: &str| {
        let trials = report["corruptions"].as_array().unwrap();
        trials.iter().find(|trial| trial["corruption"] == name).unwrap()["auc"].clone()
    };
    assert!(auc("wrong-notes").as_f64().unwrap() > 0.7, "{}", auc("wrong-notes"));
    assert_eq!(report["wrong_notes"]["auc"], auc("wrong-notes"));
    assert!(auc("out-of-range").is_null());
    let text = place.output("critic eval critic");
    assert!(text.contains("notice") && text.contains("called damaged"), "{text}");
    let again = place.json("critic eval critic --json");
    assert_eq!((&again["corruptions"], &again["wrong_notes"]), (&report["corruptions"], &report["wrong_notes"]));

    place.output("train tiny.toml --out run");
    let midi = "run/seed-0/compositions/seed-0-01.mid";
    let piece = &place.json(&format!("critic score critic {midi} --json"))[0];
    let tokens = piece["tokens"].as_array().unwrap();
    let total: f64 = tokens.iter().map(|token| token["score"].as_f64().unwrap()).sum();
    assert!(piece["name"] == midi && (total - piece["total"].as_f64().unwrap()).abs() < 1e-4, "{piece}");
    assert!(piece["probability"].as_f64().unwrap() < 0.5, "an agent that has hardly learned is no Bach: {piece}");
    assert!(place.output(&format!("critic score critic {midi}")).contains("log-odds"));
}

#[test]
fn what_cannot_be_judged_or_cannot_judge_is_named_with_the_reason() {
    let place = fitted();
    place.write("broken.mid", "not MIDI");
    let error = place.error("critic score critic broken.mid");
    assert!(error.contains("broken.mid"), "{error}");
    let error = place.error("critic score critic nowhere.mid");
    assert!(error.contains("nowhere.mid"), "{error}");
    let error = place.error("critic score no-critic broken.mid");
    assert!(error.contains("no-critic holds no critic") && error.contains("gradus critic fit"), "{error}");
    let weights = std::fs::read(place.path("critic/model.safetensors")).unwrap();
    place.write("critic/model.safetensors", &weights[..weights.len() / 2]);
    let error = place.error("critic score critic broken.mid");
    assert!(error.contains("model.safetensors is damaged") && error.contains("--force"), "{error}");
}

/// A part of a benchmark: a C major chord that a passing note joins, over and over, in `pieces` pieces of `frames` frames.
fn part(pieces: usize, frames: usize, chord: [&str; 2]) -> String {
    let piece: Vec<&str> = (0..frames).map(|frame| chord[frame % 2]).collect();
    format!("[{}]", vec![format!("[{}]", piece.join(",")); pieces].join(","))
}

fn benchmark(chord: [&str; 2]) -> String {
    let part = |pieces| part(pieces, 8, chord);
    format!(r#"{{"train": {}, "valid": {}, "test": {}}}"#, part(4), part(2), part(2))
}

#[test]
fn the_benchmarks_are_read_on_their_own_grids_and_judged_by_the_frame() {
    let place = Workplace::new();
    place.write("sixteenth.json", benchmark(["[72, 67, 64, 48]", "[72, 67, 65, -1]"]));
    place.write("quarter.json", benchmark(["[48, 64, 67, 72]", "[65, 67, 72]"]));
    let config = |steps: usize| format!("[data.voices]\nsteps-per-beat = {steps}\n[critic.markov]\n");
    place.write("four.toml", config(4));
    place.write("one.toml", config(1));
    for (flag, file, critic, other) in
        [("--jsb", "sixteenth.json", "four", "one"), ("--jsb-quarter", "quarter.json", "one", "four")]
    {
        place.output(&format!("critic fit {critic}.toml {flag} {file} --out {critic}"));
        let report = place.json(&format!("critic eval {critic} --json"));
        let number = |name: &str| report[name].as_f64().unwrap();
        assert_eq!((number("tokens"), number("frames")), (64.0, 16.0));
        assert!((number("log_loss_a_frame") - 4.0 * number("log_loss")).abs() < 1e-9, "{report}");
        // The two upper voices stay in all frames but the first, and all voices there begin: 2 * 7 of 32.
        assert_eq!((number("copy_last_accuracy"), number("copy_last_onset_accuracy")), (14.0 / 32.0, 0.0));
        assert!(place.output(&format!("critic eval {critic}")).contains("nats a frame"));
        let halves = place.json(&format!("critic eval {critic} --stretch 4 --json"));
        assert_eq!((halves["pieces"].as_u64(), halves["tokens"].as_u64()), (Some(4), Some(64)));
        assert!(place.error(&format!("critic eval {critic} --stretch 9")).contains("so long"));

        let error = place.error(&format!("critic fit {other}.toml {flag} {file} --out refused"));
        assert!(error.contains(file) && error.contains("data.voices.steps-per-beat"), "{error}");
        assert!(!place.path("refused").exists());
    }
    let error = place.error("critic fit one.toml --jsb-quarter quarter.json --jsb sixteenth.json");
    assert!(error.contains("cannot be used with"), "{error}");
    place.write("quarter.json", benchmark(["[60, 61, 62, 63, 64]", "[]"]));
    let error = place.error("critic fit one.toml --jsb-quarter quarter.json --out refused");
    assert!(error.contains(".train[0][0]") && error.contains("5 pitches"), "{error}");
}

#[test]
fn a_critic_of_other_melodies_is_refused_before_anything_is_trained() {
    let place = Workplace::new();
    place
        .write("critic.toml", "[data.melody]\ncollections = [\"bach-chorales\"]\nkey = \"G major\"\n[critic.markov]\n");
    place.output("critic fit critic.toml --out critic");
    let reward = "[[reward]]\ncritic = { model = \"critic\" }\n";
    for (env, named) in [
        ("key = \"C major\"", "all in G major"),
        ("key = \"G major\"\nlow = \"C2\"", "pitches "),
        ("key = \"G major\"\nsteps-per-beat = 3", "4 steps a beat"),
    ] {
        place.write("run.toml", format!("total-steps = 1000\n{reward}[env.melody]\n{env}\n"));
        let error = place.error("train run.toml --out run");
        assert!(error.contains(named) && error.contains("fit a critic with"), "{named}: {error}");
        assert!(!place.path("run").exists(), "{named}");
    }
    place.write(
        "prior.toml",
        "total-steps = 1000\n[env.melody]\n[agent.ppo]\nprior = { model = \"critic\", kl-coefficient = 1.0 }\n",
    );
    let error = place.error("train prior.toml --out run");
    assert!(error.contains("fitted to other melodies"), "{error}");
    place.write("start.toml", "total-steps = 1000\n[env.melody]\n[agent.ppo]\n[policy]\ninit = \"critic\"\n");
    let error = place.error("train start.toml --out run");
    assert!(error.contains("fitted to other melodies"), "{error}");
    assert!(!place.path("run").exists());
}
