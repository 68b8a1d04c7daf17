//! The audit of rewards, as a user runs it.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use common::Workplace;
use serde_json::Value;

fn config(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name)
}

fn audit(place: &Workplace, name: &str, options: &str) -> Value {
    place.json(&format!("audit {} --json {options}", config(name).display()))
}

fn flags(report: &Value, term: &str) -> Vec<String> {
    let term = report["terms"].as_array().unwrap().iter().find(|row| row["name"] == term).unwrap();
    term["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned()).collect()
}

/// The probability that music ranks above a material, by the weighted sum.
fn above(report: &Value, material: &str) -> f64 {
    let comparisons = report["total"]["comparisons"].as_array().unwrap();
    comparisons.iter().find(|row| row["material"] == material).unwrap()["probability"].as_f64().unwrap()
}

#[test]
fn the_rl_tuners_rules_rank_noise_above_music() {
    let place = Workplace::new();
    let report = audit(&place, "rl-tuner.toml", "--beam 8");
    assert_eq!(report["passes"], false);
    for term in ["autocorrelation", "repeat"] {
        assert!(flags(&report, term).contains(&"ranks-noise-above-music".to_owned()), "{term}");
    }
    assert!(flags(&report, "key").is_empty() && flags(&report, "leap").is_empty());
    assert!(flags(&report, "repeat").contains(&"drowns-the-rest".to_owned()));
    // Most real tunes score below the mean of random noise.
    assert!(above(&report, "random-actions") < 0.25, "{}", above(&report, "random-actions"));
    let shares = report["terms"].as_array().unwrap().iter().map(|term| term["variance_share"].as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-6, "shares of the variance add up to all of it");
    let error = place.error(&format!("audit {} --beam 1 --strict", config("rl-tuner.toml").display()));
    assert!(error.contains("does not pass"), "{error}");
}

#[test]
fn the_audited_reward_passes_with_every_seed() {
    let place = Workplace::new();
    for seed in [0, 1] {
        let report = audit(&place, "melody-audited.toml", &format!("--beam 4 --seed {seed} --strict"));
        assert_eq!(report["passes"], true);
        for row in report["total"]["comparisons"].as_array().unwrap() {
            if row["kind"] == "noise" || row["kind"] == "degenerate" {
                assert!(row["probability"].as_f64().unwrap() >= 0.9, "{row}");
            }
        }
        assert!(flags(&report, "typicality").is_empty());
        // What is only measured neither counts nor is flagged, though it would have to be.
        let ngram = report["terms"].as_array().unwrap().iter().find(|row| row["name"] == "ngram").unwrap().clone();
        assert!(
            ngram["eval_only"] == true && flags(&report, "ngram").is_empty() && ngram.get("variance_share").is_none()
        );
    }
}

#[test]
fn an_audit_is_the_same_on_any_number_of_threads_and_written_as_a_page() {
    let place = Workplace::new();
    let one = audit(&place, "phrase-sac.toml", "--threads 1");
    assert_eq!(one, audit(&place, "phrase-sac.toml", "--threads 3 --html page.html"));
    let left_out: Vec<_> =
        one["left_out"].as_array().unwrap().iter().map(|left| left["material"].as_str().unwrap()).collect();
    assert!(left_out.contains(&"greedy") && left_out.contains(&"out-of-range"), "{left_out:?}");
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    assert!(page.contains("</html>") && page.contains("<svg") && !page.contains("http"), "the page needs no network");
    let arguments = format!("audit {} --html page.html", config("phrase-sac.toml").display());
    assert!(place.error(&arguments).contains("--force"));
}

#[test]
fn terms_that_never_fire_are_flagged() {
    let place = Workplace::new();
    // Masked actions never leave the key.
    place.write(
        "masked.toml",
        "[env.melody]\nmask = { out-of-key = true }\n[[reward]]\nkey = {}\n[[reward]]\ntonic = {}\n",
    );
    let report = place.json("audit masked.toml --json --beam 1");
    // Damaged music and the corpus itself may leave it, so the rule fires there and nowhere else.
    assert!(flags(&report, "key").iter().all(|flag| flag != "never-fires"));
    place.write("zero.toml", "[[reward]]\nkey = { weight = 0.0 }\n[[reward]]\ntonic = {}\n");
    let report = place.json("audit zero.toml --json --beam 1");
    assert_eq!(flags(&report, "key"), ["never-fires"]);
    let text = place.output("audit zero.toml --beam 1");
    assert!(text.contains("its weight is 0"), "{text}");
}

#[test]
fn what_cannot_be_audited_is_refused_with_the_reason() {
    let place = Workplace::new();
    place.write("none.toml", "[env.melody]\n");
    assert!(place.error("audit none.toml").contains("no [[reward]]"));
    let error = place.error(&format!("audit {}", config("control/cartpole-ppo.toml").display()));
    assert!(error.contains("no [[reward]]") || error.contains("composes no music"), "{error}");
    assert!(place.error("audit tiny.toml --progress 2").contains("is no share"));
    place.write("long.toml", "[env.melody]\nsteps = 40_000\n[[reward]]\nkey = {}\n");
    assert!(place.error("audit long.toml").contains("shorten"));
}
