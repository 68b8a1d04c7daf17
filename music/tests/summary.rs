//! The figures of the embedded corpus, held to those of `numpy` in `fixtures/summary.json`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::HashMap;
use std::sync::LazyLock;

use gradus_music::{Corpus, Key, Split, Summary};
use serde::Deserialize;

static RECORD: LazyLock<Record> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/summary.json")).unwrap());
static SUMMARY: LazyLock<Summary> = LazyLock::new(|| Summary::of(&Corpus::embedded().unwrap()));

#[derive(Deserialize)]
struct Record {
    quantities: HashMap<String, RecordedQuantity>,
    keys: HashMap<Key, RecordedKey>,
}

#[derive(Deserialize)]
struct RecordedQuantity {
    #[serde(flatten)]
    statistics: HashMap<String, serde_json::Value>,
    fences: [f64; 2],
    outliers: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct RecordedKey {
    pieces: usize,
    notes: [usize; 12],
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found} instead of {expected}");
}

#[test]
fn every_figure_of_a_quantity_agrees_with_numpy() {
    for (name, quantity) in SUMMARY.quantities.by_name() {
        let found = serde_json::to_value(quantity.unwrap().statistics).unwrap();
        let found = found.as_object().unwrap();
        let expected = &RECORD.quantities[name].statistics;
        assert_eq!(found.len(), expected.len());
        for (figure, value) in found {
            assert_close(value.as_f64().unwrap(), expected[figure].as_f64().unwrap(), &format!("{figure} of {name}"));
        }
    }
}

#[test]
fn the_outliers_of_a_quantity_agree_with_numpy() {
    for (name, quantity) in SUMMARY.quantities.by_name() {
        let (found, expected) = (&quantity.unwrap().outliers, &RECORD.quantities[name]);
        assert_close(found.lower_fence, expected.fences[0], name);
        assert_close(found.upper_fence, expected.fences[1], name);
        let pieces: Vec<_> = found.pieces.iter().map(|outlier| outlier.piece.as_str()).collect();
        assert_eq!(pieces, expected.outliers);
    }
}

#[test]
fn histograms_hold_every_value() {
    for (name, quantity) in SUMMARY.quantities.by_name() {
        let quantity = quantity.unwrap();
        let (edges, counts) = (&quantity.histogram.edges, &quantity.histogram.counts);
        assert_eq!(
            (edges.len(), counts.iter().sum::<usize>()),
            (counts.len() + 1, quantity.statistics.count),
            "{name}"
        );
        assert!(edges[0] <= quantity.statistics.min && quantity.statistics.max < edges[counts.len()], "{name}");
        assert!(counts[0] > 0 && counts[counts.len() - 1] > 0, "{name}");
    }
}

#[test]
fn the_notes_of_each_key_agree_with_numpy() {
    let rows = SUMMARY.pitch_classes.iter();
    let found: HashMap<_, _> =
        rows.map(|row| (row.key, RecordedKey { pieces: row.pieces, notes: row.notes })).collect();
    assert_eq!(found, RECORD.keys);
}

#[test]
fn classes_add_up_to_the_corpus() {
    for classes in [&SUMMARY.balance.collections, &SUMMARY.balance.modes] {
        assert_eq!(classes.iter().map(|class| class.pieces).sum::<usize>(), SUMMARY.pieces);
        assert_close(classes.iter().map(|class| class.share).sum(), 1.0, "all shares");
    }
    assert_eq!(SUMMARY.balance.collections[0].name, "ryans-mammoth");
}

#[test]
fn only_what_is_not_stated_is_missing() {
    let mut corpus = Corpus::embedded().unwrap();
    corpus.pieces.retain(|piece| piece.split == Split::Test);
    corpus.pieces[0].score.keys.clear();
    corpus.pieces[2].score.tempos.clear();
    let summary = Summary::of(&corpus);
    let missing = &summary.missing;
    let counts = [missing.key.pieces.len(), missing.meter.pieces.len(), missing.tempo.pieces.len()];
    assert_eq!(counts, [summary.without_key, summary.without_meter, summary.without_tempo]);
    assert_eq!(counts, [1, 0, 1]);
    assert_eq!(missing.tempo.pieces[0].piece, corpus.pieces[2].name);
    assert_eq!(missing.key.pieces[0].value, corpus.pieces[0].score.key_or_estimate());
}
