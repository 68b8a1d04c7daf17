//! Comparing algorithms over many seeds: from scores of any source, and from runs.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Workplace, files};
use serde_json::{Value, json};

/// The end of every run here, unless it is said otherwise.
const STEPS: u32 = 1000;

const MELODY: &str = "[env.melody]\n[[reward]]\nkey = {}\n";

impl Workplace {
    /// A run of 20 rows whose return rises to `end`, and a term of which each row has the run's seed.
    fn run(&self, name: &str, seed: u32, setting: &str, end: f64) {
        self.run_until(name, seed, setting, end, STEPS);
    }

    fn run_until(&self, name: &str, seed: u32, setting: &str, end: f64, steps: u32) {
        let rows = (1..=20).map(|row| {
            let share = f64::from(row) / 20.0;
            json!({
                "iteration": row, "steps": steps / 20 * row, "return/mean": end * share, "reward/key": seed,
                "diversity/distinct": if row == 20 { json!(end / 100.0) } else { Value::Null },
                "baseline/random": -10, "time/seconds": 0.5 * f64::from(row) * f64::from(seed + 1),
            })
        });
        // A measurement that is made now and then is absent in between.
        let lines = rows.map(|mut row| {
            row.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            format!("{row}\n")
        });
        self.write(&format!("{name}/seed-{seed}/metrics.jsonl"), lines.collect::<String>());
        self.write(
            &format!("{name}/seed-{seed}/config.toml"),
            format!("total-steps = {STEPS}\nseed = {seed}\n{setting}"),
        );
    }

    /// A run a return.
    fn runs(&self, name: &str, setting: &str, ends: &[f64]) {
        (0..).zip(ends).for_each(|(seed, &end)| self.run(name, seed, setting, end));
    }
}

fn near(value: &Value, expected: f64) -> bool {
    let value = value.as_f64().unwrap_or(f64::NAN);
    (value - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

#[test]
fn scores_of_a_file_give_the_figures_of_rliable() {
    let place = Workplace::new();
    let cases: Value = serde_json::from_str(include_str!("fixtures/comparison.json")).unwrap();
    for case in cases.as_array().unwrap() {
        place.write("scores.json", case["algorithms"].to_string());
        let report = place.json("compare --scores scores.json --json");
        for (algorithm, figures) in case["aggregates"].as_object().unwrap() {
            let ours = &report["algorithms"][algorithm];
            for figure in ["iqm", "median", "mean", "optimality_gap"] {
                assert!(near(&ours[figure]["point"], figures[figure]["point"].as_f64().unwrap()), "{figure}: {ours}");
                let [low, high] = [0, 1].map(|end| ours[figure]["ci"][end].as_f64().unwrap());
                assert!(low <= high, "{figure}: {ours}");
            }
            assert_eq!(ours["scores"], case["algorithms"][algorithm]);
        }
        let pairs = report["probability_of_improvement"].as_array().unwrap();
        let recorded = case["probability_of_improvement"].as_array().unwrap();
        assert_eq!(pairs.len(), 2 * recorded.len(), "both orders of each pair");
        for pair in recorded {
            let point =
                |x: &Value, y: &Value| &pairs.iter().find(|pair| pair["x"] == *x && pair["y"] == *y).unwrap()["point"];
            let expected = pair["point"].as_f64().unwrap();
            assert!(
                near(point(&pair["x"], &pair["y"]), expected) && near(point(&pair["y"], &pair["x"]), 1.0 - expected)
            );
        }
    }
}

#[test]
fn profiles_tell_the_share_of_scores_strictly_above_each_threshold() {
    let place = Workplace::new();
    place.write("scores.json", r#"{"a": [[0, 1], [1, 2]], "b": [[2, 2]]}"#);
    let report = place.json("compare --scores scores.json --json --taus 0:2:3");
    let profiles = json!({"taus": [0.0, 1.0, 2.0], "a": [0.75, 0.25, 0.0], "b": [1.0, 1.0, 0.0]});
    assert_eq!(report["performance_profiles"], profiles);
    let bands = &report["performance_profile_intervals"];
    assert_eq!(bands["b"], json!([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]));
    assert!(bands["a"][0][0].as_f64().unwrap() < 0.75, "{bands}");
    let chosen = &place.json("compare --scores scores.json --json")["performance_profiles"];
    for (tau, share) in chosen["taus"].as_array().unwrap().iter().zip(chosen["a"].as_array().unwrap()) {
        let above = [0.0, 1.0, 1.0, 2.0].iter().filter(|&&score| score > tau.as_f64().unwrap()).count();
        assert_eq!(share.as_f64().unwrap(), above as f64 / 4.0, "{tau}");
    }
}

#[test]
fn a_comparison_is_the_same_on_one_thread_and_on_two_and_another_with_another_seed() {
    let place = Workplace::new();
    place.write("scores.json", r#"{"a": [[0.1, 1], [0.3, 2], [0.2, 1]], "b": [[0.2, 2], [0.25, 1.7]]}"#);
    let report = |threads: &str, seed: &str| {
        let mut command = place.gradus(&format!("compare --scores scores.json --json --seed {seed}"));
        command.env("RAYON_NUM_THREADS", threads).assert().success().get_output().stdout.clone()
    };
    assert!(report("1", "0") == report("2", "0"));
    assert!(report("1", "0") != report("1", "1"));
}

#[test]
fn scores_that_are_none_are_refused_with_file_place_and_remedy() {
    let place = Workplace::new();
    for (scores, expected) in [
        (r#"{"a": [[1, null]]}"#, "algorithm `a`, run 0, task 1: null is no score"),
        (r#"{"a": [[1, NaN]]}"#, "line 1 column 12"),
        (r#"{"a": [[1, 2], [1]]}"#, "run 1: 1 tasks, where run 0 has 2"),
        (r#"{"a": [[1]], "b": [[1, 2]]}"#, "`b` has 2 tasks, where `a` has 1"),
        (r#"{"a": []}"#, "`a` has no runs"),
        ("{}", "no algorithms"),
    ] {
        place.write("scores.json", scores);
        let error = place.error("compare --scores scores.json --json");
        assert!(error.contains("scores.json: ") && error.contains(expected), "{scores}: {error}");
    }
    assert!(place.error("compare --scores nowhere.json").contains("nowhere.json"));
    assert!(place.error("compare").contains("RUN"));
}

#[test]
fn a_single_run_and_constant_scores_are_compared_and_too_few_is_said() {
    let place = Workplace::new();
    place.write("scores.json", r#"{"a": [[0.5]], "b": [[0.5]]}"#);
    let report = place.json("compare --scores scores.json --json");
    assert_eq!(report["algorithms"]["a"]["iqm"], json!({"point": 0.5, "ci": [0.5, 0.5]}));
    assert_eq!(report["probability_of_improvement"][0]["ci"], json!([0.5, 0.5]));
    assert_eq!(report["sentences"], json!(["1 run is too few to tell a from b apart, whatever they score"]));
}

#[test]
fn a_folder_of_seeds_is_scored_by_its_last_tenth_and_the_verdict_is_told() {
    let place = Workplace::new();
    place.runs("results/good", MELODY, &[100.0, 110.0, 120.0, 130.0, 140.0]);
    place.runs("results/bad", MELODY, &[10.0, 20.0, 30.0, 40.0, 50.0]);
    let report = place.json("compare results/good results/bad --json");
    // The last tenth of 20 rows are the last two.
    assert!(near(&report["algorithms"]["good"]["scores"][1][0], 110.0 * 0.975), "{report}");
    assert_eq!((&report["metric"], &report["tasks"][0]["name"]), (&json!("return/mean"), &json!("melody")));
    assert!(report["algorithms"]["good"]["optimality_gap"].is_null(), "nobody knows the optimum");
    for (by, end) in [("steps", 1000.0), ("seconds", 10.0)] {
        let curve = report["sample_efficiency"][by]["good"].as_array().unwrap();
        assert!(near(&curve[curve.len() - 1]["at"], end), "{by}: {curve:?}");
    }
    let last = report["sample_efficiency"]["steps"]["good"].as_array().unwrap().last().unwrap();
    assert!(near(&last["point"], report["algorithms"]["good"]["iqm"]["point"].as_f64().unwrap()), "{last}");

    let text = place.output("compare results/good winner=results/bad");
    assert!(text.contains("good beats winner with probability 1.00 [1.00, 1.00]"), "{text}");
    assert!(
        text.contains("return/mean, task melody after 1,000 steps") && text.contains("optimality gap is left out"),
        "{text}"
    );
    assert!(!text.contains("median"), "over one task it is the mean: {text}");
    place.runs("results/few", MELODY, &[1000.0, 2000.0, 3000.0]);
    let text = place.output("compare results/bad/seed-0 results/few");
    assert!(text.contains("1 and 3 seeds are too few to tell bad from few apart, whatever they score"), "{text}");
}

#[test]
fn runs_are_compared_on_any_column_and_an_unknown_one_is_answered_with_the_nearest() {
    let place = Workplace::new();
    place.runs("results/a", MELODY, &[10.0, 20.0]);
    place.runs("results/b", MELODY, &[30.0, 40.0]);
    for (metric, column, mean) in [
        ("key", "reward/key", 0.5),
        ("diversity/distinct", "diversity/distinct", 0.15),
        ("return", "return/mean", 14.625),
    ] {
        let report = place.json(&format!("compare results/a results/b --json --metric {metric}"));
        assert_eq!(report["metric"], column);
        assert!(near(&report["algorithms"]["a"]["mean"]["point"], mean), "{metric}: {report}");
    }
    let error = place.error("compare results/a results/b --metric reward/kee");
    assert!(error.contains("no run has the metric `reward/kee`: the nearest is `reward/key`"), "{error}");
    place.write("results/b/seed-1/metrics.jsonl", "{\"steps\":1000,\"reward/leap\":1}\n");
    let error = place.error("compare results/a results/b --metric key");
    assert!(error.contains("results/b/seed-1 has no `reward/key`, as results/a/seed-0 has"), "{error}");
}

#[test]
fn environments_are_tasks_and_an_algorithm_that_lacks_one_is_refused_with_the_difference() {
    let place = Workplace::new();
    let long = MELODY.replace("[env.melody]", "[env.melody]\nsteps = 64");
    for (algorithm, end) in [("ppo", 100.0), ("sac", 50.0)] {
        place.runs(&format!("{algorithm}-short"), MELODY, &[end, end + 1.0]);
        place.runs(&format!("{algorithm}-long"), &long, &[2.0 * end, 2.0 * end]);
    }
    let all = "ppo=ppo-short ppo=ppo-long sac=sac-long sac=sac-short";
    let report = place.json(&format!("compare {all} --json --reference 90 --reference melody-2=190"));
    assert_eq!(report["tasks"][1], json!({"name": "melody-2", "scale": {"random": -10.0, "reference": 190.0}}));
    let score = (2.0 * 50.0 * 0.975 + 10.0) / 200.0;
    assert!(near(&report["algorithms"]["sac"]["scores"][0][1], score), "{report}");
    assert!(report["algorithms"]["sac"]["optimality_gap"]["point"].is_f64());
    let text = place.output(&format!("compare {all}"));
    assert!(text.contains("median over tasks") && text.contains("mean over tasks"), "{text}");
    assert!(place.output(&format!("compare {all}")).contains("--reference puts them on one scale"));

    let error = place.error("compare ppo=ppo-short ppo=ppo-long sac=sac-short");
    assert!(error.contains("`sac` has no run on a task that `ppo` has runs on"), "{error}");
    assert!(error.contains("env.melody.steps is 32 for `sac`, and 64 for `ppo`"), "{error}");
    let error = place.error("compare ppo=ppo-short ppo=ppo-long/seed-0");
    assert!(error.contains("`ppo` has 2 seeds on melody, 1 seed on melody-2"), "{error}");
    let error = place.error("compare ppo=ppo-short ppo=ppo-short");
    assert!(error.contains("seed 0 of `ppo` is in ppo-short/seed-0 and in ppo-short/seed-0"), "{error}");
}

#[test]
fn returns_of_different_rewards_do_not_compare_while_what_does_not_depend_on_them_does() {
    let place = Workplace::new();
    place.runs("plain", MELODY, &[10.0, 20.0]);
    place.runs("weighted", &MELODY.replace("{}", "{ weight = 2.0 }"), &[10.0, 20.0]);
    place.runs("more", &format!("{MELODY}[[reward]]\nleap = {{}}\n"), &[10.0, 20.0]);
    let error = place.error("compare plain more");
    assert!(error.contains("only on the same tasks") && error.contains("reward"), "{error}");
    assert!(place.error("compare plain weighted --metric key").contains("reward.0.key.weight"));
    place.output("compare plain more --metric key");
    place.output("compare plain more weighted --metric diversity/distinct");
}

#[test]
fn runs_without_what_a_score_needs_are_refused_and_unfinished_ones_are_told() {
    let place = Workplace::new();
    place.runs("a", MELODY, &[10.0, 20.0]);
    place.run_until("b", 0, MELODY, 30.0, 600);
    place.run("b", 1, MELODY, 40.0);
    let text = place.output("compare a b");
    assert!(text.contains("b/seed-0 is unfinished: it has come to step 600 of 1000"), "{text}");
    assert!(text.contains("--steps 600 scores all at equal steps"), "{text}");
    // The rows of the last tenth: 550 and 600 of 20 rows, 570 and 600 of as many until 600.
    let report = place.json("compare a b --json --steps 600");
    assert!(near(&report["algorithms"]["a"]["scores"][0][0], 10.0 * 0.575), "{report}");
    assert!(near(&report["algorithms"]["b"]["scores"][0][0], 30.0 * 0.975), "{report}");
    assert!(place.error("compare a b --steps 601").contains("b/seed-0 has only 600 steps"));

    let rows = "{\"steps\":990,\"return/mean\":5}\n{\"steps\":1000,\"return/mean\":null}\n";
    place.write("b/seed-0/metrics.jsonl", rows);
    let error = place.error("compare a b");
    assert!(error.contains("b/seed-0: `return/mean` is no number at step 1000"), "{error}");
    place.write("b/seed-0/metrics.jsonl", "");
    assert!(place.error("compare a b").contains("b/seed-0 has no rows"));
    assert!(place.error("compare a c").contains("no run at c"));
}

#[test]
fn seeds_that_were_trained_with_other_settings_are_told() {
    let place = Workplace::new();
    place.run("a", 0, &format!("{MELODY}[agent.ppo]\nclip = 0.1\n"), 1.0);
    place.run("a", 1, &format!("{MELODY}[agent.ppo]\nclip = 0.2\n"), 1.0);
    let text = place.output("compare a");
    assert!(text.contains("agent.ppo.clip is 0.1 in a/seed-0 and 0.2 in a/seed-1"), "{text}");
}

#[test]
fn a_trained_run_is_compared_as_it_is() {
    let place = Workplace::new();
    for seed in 0..2 {
        place.output(&format!("train tiny.toml --seed {seed}"));
    }
    let report = place.json("compare results/tiny --json --reference 10");
    assert_eq!(report["algorithms"]["tiny"]["runs"], 2);
    let unfinished = |note: &Value| note.as_str().unwrap().contains("unfinished");
    assert!(!report["notes"].as_array().unwrap().iter().any(unfinished), "{report}");
    place.json("compare results/tiny --json --metric ngram");
}

#[test]
fn the_page_and_the_plots_are_whole_and_replaced_only_when_that_is_said() {
    let place = Workplace::new();
    place.runs("<b>odd", MELODY, &[10.0, 20.0, 30.0]);
    place.runs("other", MELODY, &[30.0, 40.0, 50.0]);
    let said = place.output("compare <b>odd other --html pages/page.html --out plots --reference 60");
    assert!(said.contains("page: pages/page.html") && said.contains("plots: plots"), "{said}");
    let page = std::fs::read_to_string(place.path("pages/page.html")).unwrap();
    assert_eq!(page.matches("<svg ").count(), 5);
    for outside in ["http://", "https://", "<script", "<link", "src=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!page.contains("<b>") && page.contains("&#60;b&#62;odd"), "names are escaped");
    assert!(page.contains("optimality gap") && page.contains("3 seeds are too few"));
    let plots = files(&place.path("plots"));
    let names: Vec<_> = plots.iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
    let expected = [
        "aggregates.svg",
        "performance-profiles.svg",
        "probability-of-improvement.svg",
        "sample-efficiency-seconds.svg",
        "sample-efficiency-steps.svg",
    ];
    assert_eq!(names, expected);
    for again in ["--html pages/page.html", "--out plots"] {
        let error = place.error(&format!("compare <b>odd other {again}"));
        assert!(error.contains("is there already: add --force"), "{error}");
    }
    assert!(files(&place.path("plots")) == plots);
    place.output("compare <b>odd other --html pages/page.html --out plots --force");
}
