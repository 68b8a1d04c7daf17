//! Rewards that are scripts, through the program: beside a config, in a run's folder, and wrong ones.

#![allow(clippy::unwrap_used)]

mod common;

use common::{TINY, Workplace, files};

const SCRIPT: &str = "let high = param(\"high\", 72);
let range = [-1, 1];
fn on_step(now) {
    if now.pitch != () && now.pitch > this.high { -1 } else { 0 }
}
";

/// A training whose config and script lie in folders of their own.
fn scripted(source: &str) -> Workplace {
    let place = Workplace::new();
    place.write("configs/rewards/not-high.rhai", source);
    let script = "[[reward]]\nscript = { file = 'rewards/not-high.rhai', params = { high = 60 } }\n[agent.ppo]";
    place.write("configs/mine.toml", TINY.replace("[agent.ppo]", script));
    place
}

#[test]
fn a_script_is_read_beside_the_config_and_kept_with_the_run() {
    let place = scripted(SCRIPT);
    place.output("train configs/mine.toml");
    let run = place.path("results/mine/seed-0");
    let metrics = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    assert!(metrics.contains("\"reward/not-high\""), "{metrics}");

    // Without the script, and from another folder, the run's config brings the same run.
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(config.contains("now.pitch > this.high") && !config.contains("file ="), "{config}");
    std::fs::remove_dir_all(place.path("configs")).unwrap();
    place.output("train results/mine/seed-0/config.toml --out results/again");
    let compositions = |name: &str| {
        let found = files(&place.path(name).join("seed-0/compositions"));
        found.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()
    };
    assert!(!compositions("results/mine").is_empty() && compositions("results/mine") == compositions("results/again"));
    let again = std::fs::read_to_string(place.path("results/again/seed-0/config.toml")).unwrap();
    assert_eq!(again, config);
    place.output("eval results/again");
}

#[test]
fn a_run_whose_script_has_changed_is_not_gone_on_with() {
    let place = scripted(SCRIPT);
    place.output("train configs/mine.toml");
    assert!(place.output("train configs/mine.toml --resume").contains("nothing to go on with"));
    place.write("configs/rewards/not-high.rhai", SCRIPT.replace("{ -1 }", "{ -0.5 }"));
    let before = files(&place.path("results"));
    let error = place.error("train configs/mine.toml --resume");
    assert!(error.contains("script.source, line 4, was") && error.contains("{ -0.5 }"), "{error}");
    assert!(files(&place.path("results")) == before, "nothing may change");
}

#[test]
fn a_script_may_be_changed_on_the_command_line() {
    let place = scripted(SCRIPT);
    place.write("configs/rewards/other.rhai", "let range = [0, 1]; fn on_step(now) { 1 }");
    let set = "--set reward.2.script.file=rewards/other.rhai --set reward.2.script.params={}";
    place.output(&format!("train configs/mine.toml {set}"));
    let metrics = std::fs::read_to_string(place.path("results/mine/seed-0/metrics.jsonl")).unwrap();
    assert!(metrics.contains("\"reward/other\""), "{metrics}");
}

#[test]
fn a_wrong_script_is_answered_with_file_and_line_by_every_command_and_nothing_is_overwritten() {
    let mistakes = [
        ("now.pitch + }", "line 4, column"),
        ("pitsch }", "pitsch"),
        ("import \"other\"; 0 }", "import"),
        ("this.lost }", "lost"),
        ("loop { } }", "more than 50,000 operations"),
        ("let a = [0]; loop { a += a; } }", "passes what a script may keep"),
        ("let s = \"note\"; loop { s += s; } }", "passes what a script may keep"),
        ("deeper(0) }\nfn deeper(n) { deeper(n + 1) }", "more than 16 deep"),
        ("2 }", "outside the declared range -1 to 1"),
    ];
    for (body, said) in mistakes {
        let place = scripted(SCRIPT);
        place.output("train configs/mine.toml");
        let compositions = place.path("results/mine/seed-0/compositions/seed-0-01.mid");
        let before = files(&place.path("results"));
        let head = SCRIPT.lines().take(3).collect::<Vec<_>>().join("\n");
        place.write("configs/rewards/not-high.rhai", format!("{head}\n{body}"));
        let score = format!("score {} --config configs/mine.toml", compositions.display());
        for command in ["train configs/mine.toml --force", "audit configs/mine.toml", &score] {
            let error = place.error(command);
            assert!(
                error.contains("configs/rewards/not-high.rhai, line") && error.contains(said),
                "{command}: {error}"
            );
        }
        assert!(files(&place.path("results")) == before, "nothing may change");
    }
}

#[test]
fn a_script_that_gives_no_number_or_is_not_there_is_named() {
    let place = scripted(&SCRIPT.replace("{ -1 }", "{ 0.0 / 0.0 }"));
    let error = place.error("train configs/mine.toml");
    assert!(error.contains("reward term `not-high` gave NaN at step"), "{error}");
    assert!(!place.path("results").exists());
    std::fs::remove_file(place.path("configs/rewards/not-high.rhai")).unwrap();
    let error = place.error("train configs/mine.toml");
    assert!(error.contains("configs/rewards/not-high.rhai") && error.contains("relative to the folder"), "{error}");
    place.write("configs/rewards/not-high.rhai", [0xff, 0xfe]);
    assert!(place.error("train configs/mine.toml").contains("UTF-8"));
}
