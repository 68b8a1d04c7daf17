//! Sweeps: many settings, resumable, and told in a table and a plot.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;

const GRID: &str = "
config = \"tiny.toml\"
seeds = \"0..2\"
[set]
total-steps = 256
[vary]
\"agent.ppo.clip\" = [0.1, 0.3]
\"reward.0.key.weight\" = [1.0, 2.0]
";

const RANDOM: &str = "
config = \"tiny.toml\"
metric = \"entropy\"
best = \"lowest\"
[set]
total-steps = 256
[vary]
\"agent.ppo.learning-rate\" = { from = 1e-5, to = 1e-2, scale = \"log\" }
[random]
trials = 1
";

#[test]
fn a_grid_is_trained_told_and_not_trained_again() {
    let place = Workplace::new();
    place.write("grid.toml", GRID);
    let plan = place.output("sweep grid.toml --dry-run");
    assert_eq!(plan.lines().count(), 4, "{plan}");
    assert!(plan.contains("total-steps=256  agent.ppo.clip=0.3  reward.0.key.weight=1.0"), "{plan}");
    assert!(!place.path("results").exists(), "a plan writes nothing");

    let report = place.json("sweep grid.toml --json --jobs 2");
    let trials = report["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 4);
    let points: Vec<f64> = trials.iter().map(|trial| trial["iqm"]["point"].as_f64().unwrap()).collect();
    assert!(points.is_sorted_by(|best, next| best >= next), "{points:?}");
    for trial in trials {
        let scores = trial["scores"].as_array().unwrap();
        let mean = scores.iter().map(|score| score.as_f64().unwrap()).sum::<f64>() / 2.0;
        assert!((trial["iqm"]["point"].as_f64().unwrap() - mean).abs() < 1e-9, "{trial}");
        let name = trial["trial"].as_str().unwrap();
        let config = std::fs::read_to_string(place.path(&format!("results/grid/{name}/seed-1/config.toml"))).unwrap();
        let clip = trial["settings"][0][1].as_f64().unwrap();
        assert!(config.contains(&format!("clip = {clip}")), "{config}");
    }
    assert!(std::fs::read_to_string(place.path("results/grid/sweep.svg")).unwrap().contains("agent.ppo.clip"));

    let metrics = place.path("results/grid/trial-000/seed-0/metrics.jsonl");
    let before = std::fs::metadata(&metrics).unwrap().modified().unwrap();
    assert_eq!(place.json("sweep grid.toml --json"), report);
    assert_eq!(std::fs::metadata(&metrics).unwrap().modified().unwrap(), before, "trained again");

    place.write("grid.toml", GRID.replace("[0.1, 0.3]", "[0.1, 0.2]"));
    assert!(place.error("sweep grid.toml").contains("is of another sweep"));
}

#[test]
fn draws_are_added_to_a_sweep_and_the_lowest_may_be_best() {
    let place = Workplace::new();
    place.write("draws.toml", RANDOM);
    let one = place.json("sweep draws.toml --json");
    place.write("draws.toml", RANDOM.replace("trials = 1", "trials = 3").replace("metric", "seeds = \"0,7\"\nmetric"));
    let three = place.json("sweep draws.toml --json");
    let trials = three["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 3);
    let points: Vec<f64> = trials.iter().map(|trial| trial["iqm"]["point"].as_f64().unwrap()).collect();
    assert!(points.is_sorted(), "{points:?}");
    let first = trials.iter().find(|trial| trial["trial"] == "trial-000").unwrap();
    assert_eq!(first["settings"], one["trials"][0]["settings"]);
    assert_eq!(first["scores"][0], one["trials"][0]["scores"][0]);
}

#[test]
fn what_cannot_be_trained_is_refused_before_anything_is() {
    let place = Workplace::new();
    place.write("bad.toml", GRID.replace("agent.ppo.clip", "agent.ppo.klip"));
    let error = place.error("sweep bad.toml");
    assert!(error.contains("trial 0 cannot be trained") && error.contains("did you mean `clip`?"), "{error}");
    place.write("bad.toml", GRID.replace("seeds", "sets"));
    assert!(place.error("sweep bad.toml").contains("unknown field `sets`"));
    place.write("bad.toml", GRID.replace("0..2", "2..0"));
    assert!(place.error("sweep bad.toml").contains("seeds = \"2..0\""));
    assert!(!place.path("results").exists());
}

#[test]
fn a_trial_that_fails_is_named_and_stops_no_other() {
    let place = Workplace::new();
    // Known only when the algorithm is built: 100 does not divide 256.
    place.write("half.toml", GRID.replace("\"agent.ppo.clip\" = [0.1, 0.3]", "\"agent.ppo.minibatch\" = [64, 100]"));
    let error = place.error("sweep half.toml");
    assert!(error.contains("4 of 8 trainings failed") && error.contains("trial-002 seed 0"), "{error}");
    let text = std::fs::read_to_string(place.path("results/half/sweep.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let scored = report["trials"].as_array().unwrap().iter().filter(|trial| trial.get("iqm").is_some());
    assert_eq!(scored.count(), 2);
}
