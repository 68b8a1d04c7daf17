//! `gradus report`: what its page holds, and what it does where something is missing.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;

fn page(place: &Workplace, name: &str) -> String {
    std::fs::read_to_string(place.path(name)).unwrap()
}

/// A place with two seeds of a training, and one of another with other settings.
fn trained() -> Workplace {
    let place = Workplace::new();
    place.output("train tiny.toml --out results/one --seed 0");
    place.output("train tiny.toml --out results/one --seed 1");
    place.output("train tiny.toml --out results/two --set agent.ppo.learning-rate=0.01");
    place
}

#[test]
fn a_report_shows_config_curves_comparison_and_pieces() {
    let place = trained();
    let told = place.json("report results/one second=results/two --pieces 31 --json");
    assert_eq!(told["page"], "report.html");
    assert_eq!(told["runs"][0]["seeds"], serde_json::json!([0, 1]));
    assert_eq!(told["runs"][1]["name"], "second");
    let page = page(&place, "report.html");
    for run in told["runs"].as_array().unwrap() {
        let pieces = &run["pieces"];
        assert_eq!(pieces["count"], 31);
        assert!(pieces["distinct"].as_u64().unwrap() <= 31);
        let chosen = pieces["chosen"].as_array().unwrap();
        assert_eq!(chosen.len(), 3, "an agent of 512 steps does not repeat itself");
        let returns: Vec<_> = chosen.iter().map(|piece| piece["return"].as_f64().unwrap()).collect();
        assert!(returns.is_sorted_by(|best, worse| best >= worse), "{returns:?}");
        for (rank, reward) in ["best", "median", "worst"].iter().zip(returns) {
            assert!(page.contains(&format!("<h3>{rank}: return {reward:.2}")), "{rank}");
        }
    }
    assert_eq!(page.matches("<audio").count(), 6);
    for part in ["total-steps = 512", "learning-rate = 0.01", "Probability of improvement"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains(">one</") && page.contains(">second</"));
    assert!(page.matches("class=\"curves wide\"").count() >= 4);
    assert!(!page.contains("http") && !page.contains("<script"), "no address and no program");
}

#[test]
fn the_same_seed_gives_the_same_page() {
    let place = trained();
    let written = |arguments: &str, moment: &str| {
        let mut command =
            place.gradus(&format!("report results/one/seed-1 --pieces 9 {arguments} --out a.html --force"));
        command.env("SOURCE_DATE_EPOCH", moment).assert().success();
        page(&place, "a.html")
    };
    let first = written("--seed 4", "1700000000");
    assert!(first == written("--seed 4", "1700000000"));
    assert!(first.contains(", 2023-11-14 22:13 UTC: <code>gradus report results/one/seed-1 --pieces 9"), "{first}");
    assert!(first != written("--seed 4", "1700000060"), "the moment is told");
    assert!(first.contains("nothing to compare it with"), "one run alone");
    assert!(first.contains("one seed 1"));
    assert!(first.contains("seed 1, 512 steps of training"));
    let other = written("--seed 5", "1700000000");
    let pieces = |page: &str| page.split("<section").nth(1).unwrap().to_owned();
    assert!(pieces(&first) != pieces(&other));
}

#[test]
fn what_is_missing_is_said_and_the_rest_stands() {
    let place = trained();
    place.write("pole.toml", "total-steps = 256\n[env.cartpole]\n[agent.random]\n");
    place.output("train pole.toml --out results/pole");
    for entry in std::fs::read_dir(place.path("results/two/seed-0/checkpoints")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let said = place.output("report results/two results/pole results/one --pieces 5");
    assert!(said.contains("two: no pieces, because") && said.contains("holds no checkpoint"), "{said}");
    let page = page(&place, "report.html");
    assert!(page.contains("holds no checkpoint"));
    assert!(page.contains("The runs do not compare: "), "a pole and melodies");
    assert!(page.contains("composes no pieces to see or hear"));
    assert_eq!(page.matches("<audio").count(), 3, "those of the one run that has them");
}

#[test]
fn a_page_is_not_overwritten_and_a_missing_run_is_named() {
    let place = Workplace::new();
    place.write("report.html", "mine");
    let error = place.error("report results/one");
    assert!(error.contains("report.html") && error.contains("--force"), "{error}");
    assert_eq!(page(&place, "report.html"), "mine");
    let error = place.error("report results/one --out other.html");
    assert!(error.contains("no run at results/one"), "{error}");
    assert!(!place.path("other.html").exists());
}
