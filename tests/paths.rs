//! Paths that are written otherwise, from elsewhere, or kept with a run: they lead to the same place.

#![allow(clippy::unwrap_used)]

mod common;

use assert_cmd::Command;
use common::Workplace;
use gradus_music::{Corpus, midi};

/// A training of one iteration on music.
const CONFIG: &str = "
total-steps = 16
compositions = 1
[env.melody]
steps = 8
[[reward]]
ngram = { order = 2 }
[agent.ppo]
environments = 2
rollout-steps = 8
minibatch = 16
";

/// A folder `midi`, a config that does not name it and one that does, and an empty folder `sub`.
fn workplace() -> Workplace {
    let place = Workplace::new();
    for piece in Corpus::embedded().unwrap().pieces.iter().step_by(100) {
        place.write(&format!("midi/{}.mid", piece.name), midi::to_bytes(&piece.score).unwrap());
    }
    place.write("c.toml", CONFIG);
    place.write("named.toml", format!("corpus = 'midi'\n{CONFIG}"));
    std::fs::create_dir(place.path("sub")).unwrap();
    place
}

/// `gradus` from a folder of the place.
fn within(place: &Workplace, folder: &str, arguments: &str) -> Command {
    let mut command = place.gradus(arguments);
    command.current_dir(place.path(folder));
    command
}

fn said(place: &Workplace, folder: &str, arguments: &str) -> String {
    String::from_utf8(within(place, folder, arguments).assert().success().get_output().stdout.clone()).unwrap()
}

#[test]
fn a_run_finds_its_music_from_any_folder() {
    let place = workplace();
    place.output("train c.toml --corpus midi --out r");
    let config = std::fs::read_to_string(place.path("r/seed-0/config.toml")).unwrap();
    assert!(config.contains("corpus = \"../../midi\""), "{config}");
    let figures = |told: String| told.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let here = figures(place.output("eval r --episodes 4"));
    let ways = [("sub", "../r"), ("r", "."), ("r/seed-0", "."), ("r/seed-0", ".."), ("r/seed-0/plots", "../..")];
    for (folder, path) in ways {
        let there = figures(said(&place, folder, &format!("eval {path} --episodes 4")));
        assert_eq!(there, here, "{path} from {folder}");
    }
    let compose = |folder: &str, path: &str, out: &str| {
        said(&place, folder, &format!("compose {path} -n 1 --out {out}"));
    };
    compose("", "r", "one");
    compose("r/seed-0", ".", "../../two");
    let piece = |out: &str| std::fs::read(place.path(&format!("{out}/composed-0-01.mid"))).unwrap();
    assert_eq!(piece("one"), piece("two"));
}

#[test]
fn a_run_moved_together_with_its_music_finds_it() {
    let place = workplace();
    place.write("all/named.toml", format!("corpus = 'midi'\n{CONFIG}"));
    std::fs::rename(place.path("midi"), place.path("all/midi")).unwrap();
    place.output("train all/named.toml --out all/r");
    std::fs::rename(place.path("all"), place.path("moved")).unwrap();
    assert!(place.output("eval moved/r --episodes 2").contains("2 episodes"));
}

#[test]
fn the_corpus_in_a_config_lies_beside_the_config() {
    let place = workplace();
    said(&place, "sub", "train ../named.toml --out r");
    let resumed = said(&place, "sub", "train ../named.toml --out r --resume");
    assert!(resumed.contains("nothing to go on with"), "{resumed}");
}

#[test]
fn the_same_folder_written_otherwise_goes_on_with_the_same_run() {
    let place = workplace();
    place.output("train c.toml --corpus midi --out r");
    let whole = place.path("midi").display().to_string();
    for (folder, arguments) in [
        ("", format!("c.toml --corpus {whole} --out r")),
        ("", "c.toml --corpus ./sub/../midi/ --out ./r".to_owned()),
        ("sub", "../c.toml --corpus ../midi --out ../r".to_owned()),
        ("midi", "../named.toml --out ../r".to_owned()),
    ] {
        let resumed = said(&place, folder, &format!("train {arguments} --resume"));
        assert!(resumed.contains("nothing to go on with"), "{arguments}: {resumed}");
    }
    std::fs::rename(place.path("sub"), place.path("other")).unwrap();
    place.write("other/tune.mid", std::fs::read(first_file(&place)).unwrap());
    let error = place.error("train c.toml --corpus other --out r --resume");
    assert!(error.contains("another config") && error.contains("corpus"), "{error}");
}

fn first_file(place: &Workplace) -> std::path::PathBuf {
    std::fs::read_dir(place.path("midi")).unwrap().next().unwrap().unwrap().path()
}
