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
