//! Gradus outside its clone: configs by their names, configs of one's own, and what shells and manuals need.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{TINY, Workplace, files};

#[test]
fn a_bare_name_means_the_config_that_comes_with_gradus_unless_there_is_such_a_file() {
    let place = Workplace::new();
    let said = place.output("train quickstart --set total-steps=1 --set compositions=1");
    assert!(said.contains("results/quickstart/seed-0"), "{said}");
    let said = place.output("train melody-scripts --seeds 0..1 --set total-steps=1 --set compositions=1");
    assert!(said.contains("1 of 1 seeds in results/melody-scripts"), "{said}");
    let config = std::fs::read_to_string(place.path("results/melody-scripts/seed-0/config.toml")).unwrap();
    assert!(config.contains("source = "), "the text of its scripts is in the config of a run");
    assert_eq!(place.json("sweep sweeps/rl-tuner-entropy --dry-run --json")["trials"].as_array().unwrap().len(), 9);
    place.output("audit rl-tuner --beam 1");
    assert!(place.output("critic fit critics/markov").contains("results/critics/markov"));
    assert!(place.error("train quikstart").contains("quikstart"));

    place.write("quickstart", TINY);
    place.output("train quickstart --out results/mine");
    let config = std::fs::read_to_string(place.path("results/mine/seed-0/config.toml")).unwrap();
    assert!(config.contains("total-steps = 512"), "the file goes before the name: {config}");
}

#[test]
fn a_folder_of_ones_own_has_every_config_and_nothing_in_it_is_replaced() {
    let place = Workplace::new();
    let said = place.output("init music");
    assert!(said.contains("music/README.md"), "{said}");
    let clone = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let relative = |folder: &Path| -> Vec<_> {
        let named = files(folder).into_iter();
        named.map(|(path, bytes)| (path.strip_prefix(folder).unwrap().to_owned(), bytes)).collect()
    };
    assert!(relative(&place.path("music/configs")) == relative(&clone), "as in the clone");
    let readme = std::fs::read_to_string(place.path("music/README.md")).unwrap();
    for line in readme.lines().filter_map(|line| line.trim().strip_prefix("gradus train ")) {
        let config = line.split_whitespace().next().unwrap();
        assert!(place.path("music").join(config).exists() || config == "quickstart", "{line}");
    }

    let before = files(&place.path("music"));
    assert!(place.error("init music").contains("README.md is there already"));
    place.write("taken/configs/quickstart.toml", "mine");
    assert!(place.error("init taken").contains("quickstart.toml is there already"));
    assert_eq!(files(&place.path("taken")).len(), 1, "nothing is written beside what is there");
    assert!(files(&place.path("music")) == before);
    let mut train = place.gradus("train configs/quickstart.toml --set total-steps=1 --set reward.1.key.weight=2");
    train.current_dir(place.path("music")).assert().success();
}

#[test]
fn shells_and_manuals_know_every_command() {
    let place = Workplace::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.output(&format!("completions {shell}"));
        for word in ["train", "inspect", "--seeds", "--soundfont"] {
            let word = if shell == "fish" { word.trim_start_matches("--") } else { word };
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert!(place.output("man").contains(".TH gradus 1"));
    assert!(place.output("man pages").contains("pages"));
    for page in ["gradus", "gradus-train", "gradus-critic-fit", "gradus-corpus-inspect"] {
        let text = std::fs::read_to_string(place.path(&format!("pages/{page}.1"))).unwrap();
        assert!(text.contains("SYNOPSIS"), "{page}");
    }
    assert!(place.error("man pages").contains("--force"));
    place.output("man pages --force");
}

#[test]
fn colours_are_left_out_where_nobody_sees_them() {
    let place = Workplace::new();
    let error = place.error("train nowhere.toml");
    assert!(error.starts_with("error: ") && !error.contains('\u{1b}'), "{error:?}");
    let painted = |name: &str, value: &str| {
        let output = place.gradus("check melody").env(name, value).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\u{1b}')
    };
    assert!(painted("CLICOLOR_FORCE", "1") && !painted("NO_COLOR", "1") && !painted("NOTHING", ""));
}
