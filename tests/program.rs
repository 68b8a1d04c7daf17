//! What the program does when all is well.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Workplace, files};
use gradus::run::Metrics;
use gradus_music::midi;

#[test]
fn a_training_leaves_metrics_checkpoints_music_and_pictures() {
    let place = Workplace::new();
    let said = place.output("train tiny.toml");
    assert!(said.contains("results/tiny/seed-0") && said.contains("random agent"), "{said}");
    let run = place.path("results/tiny/seed-0");
    let metrics = Metrics::read(&run.join("metrics.jsonl")).unwrap();
    assert_eq!(metrics.rows().len(), 2);
    for column in ["steps", "return/mean", "reward/key", "reward/ngram", "loss/policy", "ppo/approx-kl", "time/seconds"]
    {
        assert!(metrics.columns().contains(&column), "{column}");
    }
    for piece in ["seed-0-01", "seed-0-02"] {
        let reading = midi::read(run.join(format!("compositions/{piece}.mid"))).unwrap();
        assert!(reading.warnings.is_empty());
        assert!(std::fs::read_to_string(run.join(format!("compositions/{piece}.svg"))).unwrap().contains("<svg"));
    }
    for plot in ["learning-curve", "reward-terms", "losses", "diagnostics", "speed"] {
        assert!(run.join(format!("plots/{plot}.svg")).exists(), "{plot}");
    }
    assert_eq!(files(&run.join("events")).len(), 1);
    assert!(!files(&run.join("checkpoints")).is_empty());
}

#[test]
fn the_same_seed_brings_the_same_metrics_and_music_on_one_thread_and_on_two() {
    let place = Workplace::new();
    for threads in [1, 2] {
        place.output(&format!("train tiny.toml --threads {threads} --out results/on-{threads}"));
    }
    let rows = |threads: usize| {
        let metrics = Metrics::read(&place.path(&format!("results/on-{threads}/seed-0/metrics.jsonl"))).unwrap();
        metrics.rows().iter().map(|row| row.without_time().to_json()).collect::<Vec<_>>()
    };
    let music = |threads: usize| {
        let folder = place.path(&format!("results/on-{threads}/seed-0/compositions"));
        files(&folder).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()
    };
    assert_eq!(rows(1), rows(2));
    assert!(music(1) == music(2));
    place.output("train tiny.toml --seed 9 --out results/on-9");
    let other = Metrics::read(&place.path("results/on-9/seed-9/metrics.jsonl")).unwrap();
    assert_ne!(other.rows()[1].without_time().to_json(), rows(1)[1]);
}

#[test]
fn the_resolved_config_trains_the_same_again() {
    let place = Workplace::new();
    place.output("train tiny.toml --set agent.ppo.clip=0.1 --seed 4");
    place.output("train results/tiny/seed-4/config.toml --out results/again");
    let rows = |name: &str| {
        let metrics = Metrics::read(&place.path(&format!("results/{name}/seed-4/metrics.jsonl"))).unwrap();
        metrics.rows().iter().map(|row| row.without_time().to_json()).collect::<Vec<_>>()
    };
    assert_eq!(rows("tiny"), rows("again"));
}

#[test]
fn composing_again_with_one_seed_brings_the_same_pieces() {
    let place = Workplace::new();
    place.output("train tiny.toml");
    for out in ["a", "b"] {
        let said = place.output(&format!("compose results/tiny -n 3 --seed 5 --out {out}"));
        assert_eq!(said.lines().count(), 3);
    }
    let contents = |folder: &str| files(&place.path(folder)).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert_eq!(contents("a").len(), 6);
    assert!(contents("a") == contents("b"));

    let before = contents("results/tiny/seed-0/compositions");
    place.output("compose results/tiny -n 2");
    assert_eq!(
        contents("results/tiny/seed-0/compositions").len(),
        before.len() + 4,
        "what the training wrote is there"
    );
    let error = place.error("compose results/tiny -n 3");
    assert!(error.contains("composed-0-01.mid is there already") && error.contains("--force"), "{error}");
    place.output("compose results/tiny -n 3 --force");
    assert_eq!(contents("results/tiny/seed-0/compositions").len(), before.len() + 6);
}

#[test]
fn a_finished_run_outlives_every_command_that_fails() {
    let place = Workplace::new();
    place.output("train tiny.toml");
    place.write("results/tiny/seed-0/notes.txt", "mine");
    let before = files(&place.path("results/tiny"));
    for (arguments, said) in [
        ("--resume --set total-steps=4096", "total-steps was"),
        ("--resume --set agent.ppo.clip=0.3", "another config"),
        ("--force --corpus nowhere", "nowhere"),
        ("", "--force"),
    ] {
        let error = place.error(&format!("train tiny.toml {arguments}"));
        assert!(error.contains(said), "{arguments}: {error}");
        assert!(files(&place.path("results/tiny")) == before, "{arguments}");
    }

    // Killed after its last row, before it was judged.
    std::fs::remove_file(place.path("results/tiny/seed-0/actions.json")).unwrap();
    assert!(place.output("train tiny.toml --resume").contains("mean return"));
    assert!(files(&place.path("results/tiny")) == before);
}

#[test]
fn an_evaluation_tells_returns_terms_and_measures() {
    let place = Workplace::new();
    place.output("train tiny.toml");
    let report = place.json("eval results/tiny --episodes 20 --json");
    assert_eq!(report["episodes"], 20);
    let terms = report["terms"].as_object().unwrap();
    let sum: f64 = terms.values().map(|share| share.as_f64().unwrap()).sum();
    assert!((sum - report["mean_return"].as_f64().unwrap()).abs() < 1e-3, "{report}");
    assert!(report["std_return"].as_f64().unwrap() >= 0.0 && report["random_mean_return"].is_f64());
    assert_eq!(report["measures"]["compositions"], 20);
    assert!(place.output("eval results/tiny --episodes 5 --deterministic").contains("notes in a motif"));
}

#[test]
fn the_baselines_train_and_are_judged_like_any_agent() {
    let place = Workplace::new();
    let config = "total-steps = 256\n[[reward]]\nkey = {}\n[agent.AGENT]\nenvironments = 4\nrollout-steps = 32\n";
    for agent in ["random", "greedy-reward"] {
        place.write("baseline.toml", config.replace("AGENT", agent));
        place.output(&format!("train baseline.toml --out results/{agent}"));
        let report = place.json(&format!("eval results/{agent} --episodes 10 --json"));
        let mean = report["mean_return"].as_f64().unwrap();
        assert!(if agent == "random" { mean < -5.0 } else { mean == 0.0 }, "{agent}: {mean}");
    }
    place.output("plot results/random results/greedy-reward --plot learning-curve --out compared");
    assert!(place.path("compared/learning-curve.svg").exists());
}

#[test]
fn a_score_agrees_with_the_original_rl_tuner_at_every_step() {
    let place = Workplace::new();
    let examples: serde_json::Value =
        serde_json::from_str(include_str!("../envs/tests/fixtures/rl_tuner_examples.json")).unwrap();
    place.write("examples.json", examples.to_string());
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/rl-tuner.toml");
    let reports = place.json(&format!("score --tokens examples.json --json --config {config}"));
    for (report, example) in reports.as_array().unwrap().iter().zip(examples.as_array().unwrap()) {
        let mut total = 0.0;
        for (index, step) in report["steps"].as_array().unwrap().iter().enumerate() {
            assert_eq!(step["token"], example["tokens"][index]);
            for (term, share) in step["terms"].as_object().unwrap() {
                let expected = example[term][index].as_f64().unwrap();
                assert!((share.as_f64().unwrap() - expected).abs() < 1e-4, "{term} at step {index}");
            }
            total += example["total"][index].as_f64().unwrap();
        }
        assert!((report["total"].as_f64().unwrap() - total).abs() < 1e-2);
    }
    assert_eq!(reports.as_array().unwrap().len(), 20);
}

#[test]
fn token_lists_without_names_are_scored_too_and_unfinished_pieces_have_no_end() {
    let place = Workplace::new();
    place.write("tokens.json", "[[14, 1, 1, 1], [14]]");
    let reports = place.json("score --tokens tokens.json --json");
    assert_eq!(reports[0]["totals"]["unique-extremes"], 0.0);
    assert_eq!(reports[1]["totals"]["tonic"], 3.0);
}

#[test]
fn a_midi_file_is_scored_by_its_melody() {
    let place = Workplace::new();
    place.output("train tiny.toml");
    let text = place.output("score results/tiny/seed-0/compositions/seed-0-01.mid");
    assert!(text.contains("place") && text.contains("autocorrelation"), "{text}");
}

#[test]
fn lists_name_everything_that_is_registered() {
    let place = Workplace::new();
    let lists = place.json("list --json");
    for (kind, name) in [("envs", "melody"), ("rewards", "ngram"), ("agents", "ppo"), ("plots", "learning-curve")] {
        let entries = lists[kind].as_array().unwrap();
        assert!(entries.iter().any(|entry| entry["name"] == name && entry["summary"].is_string()), "{kind}: {lists}");
    }
    let only = place.json("list rewards --json");
    assert_eq!(only.as_object().unwrap().len(), 1);
}

#[test]
fn every_listed_environment_keeps_its_promises() {
    let place = Workplace::new();
    for env in place.json("list envs --json")["envs"].as_array().unwrap() {
        let name = env["name"].as_str().unwrap();
        let text = place.output(&format!("check {name}"));
        assert!(text.contains("allocates nothing") && !text.contains("BROKEN"), "{text}");
    }
    assert!(place.error("check melodie").contains("melody"));
}

#[test]
fn the_embedded_corpus_says_what_is_in_it() {
    let summary = Workplace::new().json("corpus inspect --json");
    assert!(summary["pieces"].as_u64().unwrap() > 1300, "{summary}");
    assert_eq!(summary["failures"].as_array().unwrap().len(), 0);
}

#[test]
fn many_seeds_are_each_what_they_are_alone_and_one_that_fails_is_named() {
    let place = Workplace::new();
    place.output("train tiny.toml --seed 1 --out alone");
    place.write("many/seed-2/config.toml", "somebody else's");
    let error = place.error("train tiny.toml --seeds 0..3 --jobs 2 --out many");
    assert!(error.contains("1 of 3 seeds failed") && error.contains("seed 2: "), "{error}");
    assert!(error.contains("holds a run already") && error.contains("seed 0: "), "{error}");
    let weights = |run: &str| files(&place.path(run)).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert_eq!(weights("many/seed-1/checkpoints"), weights("alone/seed-1/checkpoints"));
    assert_eq!(std::fs::read(place.path("many/seed-2/config.toml")).unwrap(), b"somebody else's");

    let text = place.output("train tiny.toml --seeds 0,1 --out many --resume");
    assert!(text.contains("2 of 2 seeds") && text.contains("trained before"), "{text}");
    let error = place.error("train missing.toml --seeds 0..3");
    assert!(error.contains("missing.toml") && !error.contains("seed"), "{error}");
    let error = place.error("train tiny.toml --seeds 3..1");
    assert!(error.contains("there is no seed in it"), "{error}");
}

#[test]
fn a_piece_follows_from_the_seed_and_its_number_however_many_are_composed() {
    let place = Workplace::new();
    place.output("train tiny.toml --out run");
    for number in [1, 3, 9] {
        place.output(&format!("compose run -n {number} --seed 7 --out of-{number}"));
    }
    let piece =
        |of: u32, number: u32| std::fs::read(place.path(&format!("of-{of}/composed-7-{number:02}.mid"))).unwrap();
    assert_eq!(piece(1, 1), piece(3, 1));
    for number in 1..=3 {
        assert_eq!(piece(3, number), piece(9, number), "{number}");
    }
    assert_ne!(piece(3, 1), piece(3, 2));
    let error = place.error("compose run -n 0 --out nothing");
    assert!(error.contains("0 is not in 1..") && !place.path("nothing").exists(), "{error}");
}

#[test]
fn the_same_deterministic_piece_is_written_once_and_said() {
    let place = Workplace::new();
    // Without a primer that is drawn, and without chance, there is one piece.
    let config = format!("{}\n[env.melody]\nprimer = 'none'\n", common::TINY);
    place.write("primed.toml", config);
    place.output("train primed.toml --out run");
    let assert = place.gradus("compose run -n 4 --deterministic --out greedy").assert().success();
    let error = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(error.contains("of 4 pieces 1 is different and written"), "{error}");
    let files = std::fs::read_dir(place.path("greedy")).unwrap().count();
    assert_eq!(files, 2, "one piece and its piano roll");
}
