//! How music is split for training, validation and test: the same everywhere, and kept with what was fitted.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::{HashMap, HashSet};

use common::Workplace;
use gradus_music::{Corpus, Piece, Shares, Split, midi};
use serde_json::Value;

/// A critic that is fitted in moments.
const CRITIC: &str = "[data.melody]\nkey = 'C major'\n[critic.markov]\norder = 2";

/// Some chorales and some fiddle tunes.
fn some_pieces() -> Vec<Piece> {
    Corpus::embedded().unwrap().pieces.into_iter().step_by(14).collect()
}

/// Puts pieces into a folder, in their order.
fn fill(place: &Workplace, folder: &str, pieces: impl IntoIterator<Item = Piece>) {
    for piece in pieces {
        place.write(&format!("{folder}/{}.mid", piece.name), midi::to_bytes(&piece.score).unwrap());
    }
}

/// A folder `midi` with a hundred pieces, and a critic's config.
fn workplace() -> Workplace {
    let place = Workplace::new();
    fill(&place, "midi", some_pieces());
    place.write("critic.toml", CRITIC);
    place
}

fn names(part: &Value) -> Vec<String> {
    part.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The part of each piece, by name.
fn parts(split: &Value) -> HashMap<String, &'static str> {
    let part = |part| names(&split[part]).into_iter().map(move |name| (name, part));
    ["train", "validation", "test"].into_iter().flat_map(part).collect()
}

#[test]
fn the_order_of_the_files_and_the_folders_name_do_not_change_the_split() {
    let place = workplace();
    let mut backwards = some_pieces();
    backwards.reverse();
    fill(&place, "elsewhere/same", backwards);
    let split = |folder: &str| place.json(&format!("corpus inspect --corpus {folder} --split 0.6,0.2,0.2 --json"));
    let (midi, same) = (split("midi"), split("elsewhere/same"));
    assert_eq!(midi["split"], same["split"]);
    assert_eq!(midi["split"]["shares"], "0.6,0.2,0.2");
    assert_eq!(midi["split"], split("midi")["split"], "twice the same");
    let parts = parts(&midi["split"]);
    assert_eq!(parts.len(), some_pieces().len());
}

#[test]
fn tunes_that_come_or_go_leave_the_others_where_they_are() {
    let place = workplace();
    let split = |folder: &str| place.json(&format!("corpus inspect --corpus {folder} --split 0.6,0.2,0.2 --json"));
    let all = split("midi");
    // Of each tune the first setting, by whose name it goes.
    let mut tunes = HashSet::new();
    let single: Vec<_> = some_pieces().into_iter().filter(|piece| tunes.insert(piece.tune)).collect();
    fill(&place, "fewer", single.iter().skip(1).step_by(2).cloned());
    let (all, fewer) = (parts(&all["split"]), split("fewer"));
    for (name, part) in parts(&fewer["split"]) {
        assert_eq!(all[&name], part, "{name}");
    }
}

#[test]
fn the_embedded_split_is_the_one_of_eight_in_ten_and_settings_of_a_tune_stay_together() {
    let place = Workplace::new();
    let embedded = place.json("corpus inspect --json");
    assert_eq!(embedded["split"], place.json("corpus inspect --split 0.8,0.1,0.1 --json")["split"]);
    let corpus = Corpus::embedded().unwrap();
    let others = place.json("corpus inspect --split 0.4,0.3,0.3 --json");
    for split in [&embedded["split"], &others["split"]] {
        let parts = parts(split);
        let mut of_tune = HashMap::new();
        for piece in &corpus.pieces {
            assert_eq!(*of_tune.entry(piece.tune).or_insert(parts[&piece.name]), parts[&piece.name], "{}", piece.name);
        }
    }
    let share = names(&others["split"]["test"]).len() as f64 / corpus.pieces.len() as f64;
    assert!((0.25..0.35).contains(&share), "{share}");
}

#[test]
fn what_is_no_split_is_refused_with_the_reason_and_nothing_is_written() {
    let place = workplace();
    for (shares, reason) in [
        ("0.8,0.1,0.2", "they sum to 1.1"),
        ("0.9,0.1", "three numbers"),
        ("-0.1,1,0.1", "at least 0"),
        ("x", "a number"),
        ("0.9,0,0.1", "the validation part gets none of the 101 pieces"),
        ("0,0.5,0.5", "the train part gets none"),
        ("0.9,0.099999,0.000001", "the test part gets none"),
    ] {
        for command in ["corpus inspect --corpus midi --html page.html", "critic fit critic.toml --corpus midi"] {
            let error = place.error(&format!("{command} --split {shares}"));
            assert!(error.contains(reason), "{shares}: {error}");
            assert!(error.contains("0.8,0.1,0.1") || error.contains("give it a larger share"), "{error}");
        }
    }
    let error = place.error("critic fit critic.toml --jsb chorales.json --split 0.8,0.1,0.1");
    assert!(error.contains("--split") && error.contains("--jsb"), "{error}");
    assert!(!place.path("page.html").exists() && !place.path("results").exists());
}

#[test]
fn a_critic_keeps_its_split_and_is_judged_by_it() {
    let place = workplace();
    place.write("usual.toml", format!("split = '0.8,0.1,0.1'\n{CRITIC}"));
    place.output("critic fit usual.toml --out usual");
    place.output("critic fit usual.toml --split 0.3,0.1,0.6 --out other");
    let read = |path: &str| std::fs::read_to_string(place.path(path)).unwrap();
    assert!(read("other/config.toml").contains("split = \"0.3,0.1,0.6\""), "{}", read("other/config.toml"));
    let told = place.json("corpus inspect --split 0.3,0.1,0.6 --json");
    let kept: Value = serde_json::from_str(&read("other/split.json")).unwrap();
    assert_eq!(parts(&kept), parts(&told["split"]));
    let pieces = |command: &str| place.json(&format!("critic eval {command} --json"))["pieces"].as_u64().unwrap();
    assert_eq!(pieces("other"), names(&kept["test"]).len() as u64);
    assert_eq!(pieces("other --split 0.3,0.1,0.6"), pieces("other"));
    assert!(pieces("other") > 4 * pieces("usual"));
    let error = place.error("critic eval other --split 0.8,0.1,0.1");
    assert!(error.contains("other was fitted with 0.3,0.1,0.6") && error.contains("leave --split out"), "{error}");

    place.write("jsb.toml", "split = '0.5,0.25,0.25'\njsb = 'chorales.json'\n[data.voices]\n[critic.markov]");
    let error = place.error("critic fit jsb.toml");
    assert!(error.contains("chorales.json has its own split"), "{error}");
}

#[test]
fn a_critic_is_judged_by_any_split_of_a_folder_that_it_has_not_learned_from() {
    let place = workplace();
    place.output("critic fit critic.toml --out embedded");
    let config = std::fs::read_to_string(place.path("embedded/config.toml")).unwrap();
    assert!(config.contains("split = \"0.8,0.1,0.1\""), "the usual split is kept as well: {config}");
    let judged = place.json("critic eval embedded --corpus midi --split 0,0,1 --json");
    assert_eq!(judged["pieces"], some_pieces().len());
    let error = place.error("critic eval embedded --corpus midi --split 1,0,0");
    assert!(error.contains("the test part holds no melody") && error.contains("--split 0,0,1"), "{error}");

    place.output("critic fit critic.toml --corpus midi --split 0.6,0.2,0.2 --out own");
    let own = place.json("critic eval own --json");
    assert_eq!(place.json("critic eval own --corpus ./midi --json")["pieces"], own["pieces"]);
    let error = place.error("critic eval own --corpus ./midi --split 0,0,1");
    assert!(error.contains("own was fitted with 0.6,0.2,0.2"), "{error}");
}

#[test]
fn a_critic_is_not_judged_by_what_it_has_learned_from_when_its_folder_has_changed() {
    let place = workplace();
    place.output("critic fit critic.toml --corpus midi --out own");
    place.output("critic eval own");
    // A copy of a training piece becomes the first setting of its tune, and its name moves the tune to the test part.
    let corpus = Corpus::from_folder(place.path("midi")).unwrap();
    let learned = corpus.split(Split::Train).next().unwrap();
    let mut candidates = (0..).map(|number| format!("a{number}"));
    let name = candidates.find(|name| Shares::default().split(name) == Split::Test).unwrap();
    place.write(&format!("midi/{name}.mid"), midi::to_bytes(&learned.score).unwrap());
    let error = place.error("critic eval own");
    assert!(error.contains(&learned.name) && error.contains("fit the critic again"), "{error}");
}

/// The losses of the first epoch on training and on validation pieces, of a network that learns next to nothing.
fn first_losses(place: &Workplace, transpose: bool) -> (f64, f64) {
    let fit = format!("epochs = 1, batch = 64, learning-rate = 1e-12, transpose = {transpose}, transpose-by = 12");
    let critic =
        "[data.melody]\nkeep-keys = true\n[critic.ffnn]\nnetwork = { window = 8, embedding = 8, hidden = [16] }";
    place.write("moved.toml", format!("corpus = 'midi'\n{critic}\nfit = {{ {fit} }}"));
    place.output("critic fit moved.toml --out moved --force");
    let metrics = std::fs::read_to_string(place.path("moved/metrics.jsonl")).unwrap();
    let row: Value = serde_json::from_str(metrics.lines().next().unwrap()).unwrap();
    (row["train/log-loss"].as_f64().unwrap(), row["validation/log-loss"].as_f64().unwrap())
}

#[test]
fn only_training_pieces_are_transposed() {
    let place = workplace();
    let (still, moved) = (first_losses(&place, false), first_losses(&place, true));
    assert!((still.0 - moved.0).abs() > 1e-4, "the training pieces are moved: {still:?} {moved:?}");
    assert!((still.1 - moved.1).abs() < 1e-7, "the validation pieces are not: {still:?} {moved:?}");
}
