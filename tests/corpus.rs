//! What a corpus is, as tables and as a page; and how it is split.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;
use gradus_music::{Corpus, midi};

/// Titles of the tables, which the text and the page share.
const TABLES: [&str; 9] = [
    "Overview",
    "Split",
    "Quantities",
    "Outliers",
    "Missing metadata",
    "Collections",
    "Modes",
    "Stated keys and metres",
    "Faults",
];

/// A folder `midi` of a few tunes, one of them without a key and with a name that HTML would misread, and of a file
/// that is not MIDI.
fn workplace() -> Workplace {
    let place = Workplace::new();
    for (number, piece) in (1..).zip(Corpus::embedded().unwrap().pieces.iter().take(12)) {
        let mut score = piece.score.clone();
        let name = if number == 1 { "<b>odd & end".to_owned() } else { format!("tune-{number}") };
        if number == 1 {
            score.keys.clear();
        }
        place.write(&format!("midi/{name}.mid"), midi::to_bytes(&score).unwrap());
    }
    place.write("midi/broken<script>.mid", "MThd is all there is");
    place
}

#[test]
fn the_text_tells_every_table() {
    let text = workplace().output("corpus inspect midi");
    for title in TABLES {
        assert!(text.lines().any(|line| line.starts_with(title)), "{title}: {text}");
    }
    for part in ["pieces", "interquartile range", "MIDI pitch", "usual from", "broken<script>.mid: "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let key = text.lines().find(|line| line.starts_with("  key, estimated")).unwrap();
    assert!(key.contains("<b>odd & end (") && !key.contains("more"), "{key}");
    assert!(text.contains("  metre, 4/4, as MIDI has it: stated by every piece"), "{text}");
}

#[test]
fn the_outliers_of_the_embedded_corpus_are_named_and_counted() {
    let place = Workplace::new();
    let (text, summary) = (place.output("corpus inspect"), place.json("corpus inspect --json"));
    for quantity in ["lengths", "pitches", "intervals", "durations"] {
        let outliers = summary["quantities"][quantity]["outliers"]["pieces"].as_array().unwrap();
        assert!(outliers.len() > 5, "{quantity}");
        let line = text.lines().find(|line| line.starts_with(&format!("  {quantity}: "))).unwrap();
        assert!(line.contains(outliers[0]["piece"].as_str().unwrap()), "{line}");
        assert!(line.ends_with(&format!(" and {} more", outliers.len() - 5)), "{line}");
    }
}

#[test]
fn the_page_has_every_table_and_plot_and_refers_to_nothing_outside() {
    let place = workplace();
    let said = place.output("corpus inspect midi --html pages/midi.html");
    assert!(said.contains("page: pages/midi.html"), "{said}");
    let page = std::fs::read_to_string(place.path("pages/midi.html")).unwrap();
    for title in TABLES {
        assert!(page.contains(&format!("<h2>{title}</h2>")), "{title}");
    }
    assert!(page.contains("<h2>Pitch classes by key</h2>"));
    // A histogram and a box plot a quantity, and the heat map.
    assert_eq!(page.matches("<svg ").count(), 9);
    for outside in ["http://", "https://", "<script", "<link", "src=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!page.contains("<b>") && page.contains("&#60;b&#62;odd &#38; end"), "names are escaped");
}

#[test]
fn a_page_is_replaced_only_when_that_is_said() {
    let place = workplace();
    place.write("page.html", "mine");
    let error = place.error("corpus inspect midi --html page.html");
    assert!(error.contains("page.html is there already") && error.contains("--force"), "{error}");
    assert_eq!(std::fs::read_to_string(place.path("page.html")).unwrap(), "mine");
    let summary = place.json("corpus inspect midi --html page.html --force --json");
    assert_eq!(summary["pieces"], 12);
    assert!(std::fs::read_to_string(place.path("page.html")).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn a_folder_is_split_by_the_shares_given() {
    let place = workplace();
    for (shares, part) in [("1,0,0", "train"), ("0,1,0", "validation"), ("0,0,1", "test")] {
        let summary = place.json(&format!("corpus inspect midi --split {shares} --json"));
        assert_eq!(summary["collections"][0][part], 12, "{shares}");
    }
}

#[test]
fn shares_that_are_none_are_refused_with_the_reason() {
    let place = workplace();
    place.write("critic.toml", "[critic.markov]");
    for (shares, reason) in [
        ("0.8,0.1,0.2", "they sum to 1.1"),
        ("0.9,0.1", "three numbers"),
        ("-0.1,1,0.1", "at least 0"),
        ("x", "a number"),
    ] {
        for command in ["corpus inspect midi --html page.html", "critic fit critic.toml --corpus midi"] {
            let error = place.error(&format!("{command} --split {shares}"));
            assert!(error.contains(reason) && error.contains("0.8,0.1,0.1"), "{error}");
        }
    }
    assert!(!place.path("page.html").exists() && !place.path("results").exists());
}

#[test]
fn a_critic_is_fitted_and_judged_by_the_split_of_its_config() {
    let place = Workplace::new();
    place.write("critic.toml", "split = '0.8,0.1,0.1'\n[data.melody]\nkey = 'C major'\n[critic.markov]\norder = 2");
    place.output("critic fit critic.toml --out usual");
    place.output("critic fit critic.toml --split 0.3,0.1,0.6 --out other");
    let config = std::fs::read_to_string(place.path("other/config.toml")).unwrap();
    assert!(config.contains("split = \"0.3,0.1,0.6\""), "{config}");
    let pieces = |critic: &str| place.json(&format!("critic eval {critic} --json"))["pieces"].as_u64().unwrap();
    assert!(pieces("other") > 4 * pieces("usual"));
    place.write("jsb.toml", "split = '0.5,0.25,0.25'\njsb = 'chorales.json'\n[data.voices]\n[critic.markov]");
    let error = place.error("critic fit jsb.toml");
    assert!(error.contains("chorales.json has its own split"), "{error}");
}
