//! What a corpus is, as tables, as a page and as JSON.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;
use gradus_music::{Corpus, midi};

/// Titles of the tables, which the text and the page share.
const TABLES: [&str; 8] = [
    "Overview",
    "Split",
    "Quantities",
    "Outliers",
    "Missing metadata",
    "Class balance",
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
fn the_text_tells_every_table_and_stays_short() {
    let text = workplace().output("corpus inspect --corpus midi");
    for title in TABLES {
        assert!(text.lines().any(|line| line.starts_with(title)), "{title}: {text}");
    }
    for part in ["pieces", "interquartile range", "MIDI pitch", "usual from", "broken<script>.mid: "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let key = text.lines().find(|line| line.starts_with("  key, estimated")).unwrap();
    assert!(key.contains("<b>odd & end (") && !key.contains("more"), "{key}");
    assert!(!text.contains("metre, 4/4"), "every piece states its metre: {text}");
    assert!(text.lines().count() < 70, "{text}");
}

#[test]
fn a_folder_may_be_named_with_and_without_the_option() {
    let place = workplace();
    assert_eq!(place.json("corpus inspect midi --json"), place.json("corpus inspect --corpus midi --json"));
    assert!(place.error("corpus inspect midi --corpus midi").contains("--corpus"));
}

/// The pieces that Tukey's rule puts far from the others, reckoned here once more.
fn far(pieces: &[(String, f64)]) -> Vec<&str> {
    let mut sorted: Vec<_> = pieces.iter().map(|(_, value)| *value).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |quarters: usize| {
        let (place, rest) = (quarters * (sorted.len() - 1) / 4, quarters * (sorted.len() - 1) % 4);
        let next = sorted[(place + 1).min(sorted.len() - 1)];
        sorted[place] + (next - sorted[place]) * rest as f64 / 4.0
    };
    let reach = 1.5 * (at(3) - at(1));
    let is_far = |value: f64| value < at(1) - reach || value > at(3) + reach;
    pieces.iter().filter(|(_, value)| is_far(*value)).map(|(name, _)| name.as_str()).collect()
}

#[test]
fn every_outlier_is_named_by_the_json_and_the_page_and_the_first_by_the_text() {
    let place = Workplace::new();
    let (text, report) = (place.output("corpus inspect"), place.json("corpus inspect --json --html page.html"));
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    let lengths: Vec<_> = Corpus::embedded()
        .unwrap()
        .pieces
        .into_iter()
        .map(|piece| (piece.name, f64::from(piece.score.duration().0) / f64::from(piece.score.resolution.ticks())))
        .collect();
    let expected = far(&lengths);
    assert!(expected.len() > 5);
    let outliers = &report["quantities"]["lengths"]["outliers"];
    let named = |piece: &serde_json::Value| piece["piece"].as_str().unwrap().to_owned();
    let found: Vec<_> = outliers["pieces"].as_array().unwrap().iter().map(named).collect();
    assert_eq!(found, expected);
    for (_, quantity) in report["quantities"].as_object().unwrap() {
        let outliers = &quantity["outliers"];
        let pieces: Vec<_> = outliers["pieces"].as_array().unwrap().iter().map(named).collect();
        for piece in &pieces {
            assert!(page.contains(&format!("{piece} (")), "{piece}");
        }
        let line = format!("  {}: ", outliers["by"].as_str().unwrap());
        let line = text.lines().find(|found| found.starts_with(&line));
        assert_eq!(line.is_some(), !pieces.is_empty(), "{outliers}");
        let more = |line: &str| line.ends_with(&format!(" and {} more", pieces.len() - 5));
        assert!(line.is_none_or(|line| pieces.len() <= 5 || more(line)), "{line:?}");
    }
}

#[test]
fn the_json_has_what_the_tables_and_the_plots_show() {
    let report = workplace().json("corpus inspect --corpus midi --json");
    assert_eq!((&report["corpus"], &report["pieces"]), (&"midi".into(), &12.into()));
    assert_eq!(report["split"]["shares"], "0.8,0.1,0.1");
    for quantity in ["lengths", "pitches", "intervals", "durations"] {
        let quantity = &report["quantities"][quantity];
        for figure in ["count", "mean", "standard_deviation", "lower_quartile", "median", "upper_quartile"] {
            assert!(quantity["statistics"][figure].is_number(), "{figure}: {quantity}");
        }
        let counts = quantity["histogram"]["counts"].as_array().unwrap();
        let sum: u64 = counts.iter().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(sum, quantity["statistics"]["count"].as_u64().unwrap());
    }
    let missing = &report["missing"]["key"]["pieces"][0];
    assert!(missing["piece"] == "<b>odd & end" && missing["value"].is_string(), "{missing}");
    let share: f64 =
        report["balance"]["modes"].as_array().unwrap().iter().map(|mode| mode["share"].as_f64().unwrap()).sum();
    assert!((share - 1.0).abs() < 1e-9);
    let keys = report["pitch_classes"].as_array().unwrap();
    assert_eq!(keys.iter().map(|key| key["pieces"].as_u64().unwrap()).sum::<u64>(), 12);
    assert!(report["failures"][0]["name"].as_str().unwrap().starts_with("broken"));
}

#[test]
fn the_page_has_every_table_and_plot_and_refers_to_nothing_outside() {
    let place = workplace();
    let said = place.output("corpus inspect --corpus midi --html pages/midi.html");
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
