//! Musical metrics, held to recorded values of MusPy and of `scipy` in `fixtures/metrics.json`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gradus_music::metrics::{
    METRICS, Metrics, inter_set_distances, intra_set_distances, overlap_area, rhythm::groove_consistency,
};
use gradus_music::{Change, Corpus, Grid, Key, Meter, Note, Pitch, Resolution, Score, Tick, Voice};
use serde::Deserialize;

static RECORD: LazyLock<Record> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/metrics.json")).unwrap());

#[derive(Deserialize)]
struct Record {
    pieces: Vec<RecordedPiece>,
    overlaps: Vec<RecordedOverlap>,
}

#[derive(Deserialize)]
struct RecordedPiece {
    name: String,
    resolution: Resolution,
    meter: Meter,
    key: Key,
    voices: Vec<RecordedVoice>,
    metrics: BTreeMap<String, Option<f64>>,
}

#[derive(Deserialize)]
struct RecordedVoice {
    percussion: bool,
    /// Start, pitch, duration.
    notes: Vec<(u32, u8, u32)>,
}

#[derive(Deserialize)]
struct RecordedOverlap {
    left: Vec<f64>,
    right: Vec<f64>,
    area: f64,
    /// The distances within the left set, and from it to the right one.
    intra: Vec<f64>,
    inter: Vec<f64>,
    distance_area: Option<f64>,
}

impl RecordedPiece {
    fn score(&self) -> Score {
        let start = Tick::ZERO;
        Score {
            resolution: self.resolution,
            voices: self.voices.iter().map(RecordedVoice::voice).collect(),
            meters: vec![Change { at: start, value: self.meter }],
            keys: vec![Change { at: start, value: self.key }],
            ..Score::default()
        }
    }
}

impl RecordedVoice {
    fn voice(&self) -> Voice {
        let note =
            |&(start, pitch, length): &(u32, u8, u32)| Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(length));
        Voice { percussion: self.percussion, notes: self.notes.iter().map(note).collect(), ..Voice::default() }
    }
}

fn assert_close(found: Option<f64>, expected: Option<f64>, what: &str) {
    let close = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
        (found, expected) => found == expected,
    };
    assert!(close, "{what}: {found:?} instead of {expected:?}");
}

#[test]
fn every_metric_agrees_with_muspy() {
    assert!(RECORD.pieces.len() >= 40);
    for piece in &RECORD.pieces {
        let table = Metrics::of(&piece.score()).table();
        for (name, found) in table {
            let mut expected = piece.metrics[name];
            // The highest of no pitches less the lowest, which MusPy starts at 0 and 127.
            if expected == Some(-127.0) {
                expected = Some(0.0);
            }
            assert_close(found, expected, &format!("{name} of `{}`", piece.name));
        }
    }
}

#[test]
fn the_groove_on_a_finer_grid_agrees_with_muspy() {
    let grid = Grid::new(24).unwrap();
    for piece in &RECORD.pieces {
        let expected = piece.metrics["groove_consistency_fine"];
        assert_close(groove_consistency(&piece.score(), grid), expected, &piece.name);
    }
}

#[test]
fn every_metric_is_recorded_with_and_some_without_a_value() {
    for metric in METRICS {
        let values = || RECORD.pieces.iter().map(|piece| piece.metrics[metric.name]);
        assert!(values().flatten().count() >= 40, "{}", metric.name);
    }
    assert!(RECORD.pieces.iter().any(|piece| piece.metrics["polyphony"].is_none()));
}

#[test]
fn the_recorded_notes_are_those_of_the_embedded_corpus() {
    let corpus = Corpus::embedded().unwrap();
    let mut found = 0;
    for recorded in &RECORD.pieces {
        let Some(piece) = corpus.pieces.iter().find(|piece| piece.name == recorded.name) else { continue };
        found += 1;
        let notes =
            |score: &Score| -> Vec<_> { score.notes().map(|note| (note.start, note.pitch, note.duration)).collect() };
        assert_eq!(notes(&piece.score), notes(&recorded.score()), "{}", piece.name);
        let stated = (Some(recorded.meter), Some(recorded.key));
        assert_eq!((piece.score.meter(), piece.score.key()), stated, "{}", piece.name);
    }
    assert!(found >= 20, "{found}");
}

#[test]
fn the_overlap_of_densities_agrees_with_scipy() {
    for recorded in &RECORD.overlaps {
        let what = format!("{:?} and {:?}", recorded.left, recorded.right);
        assert_close(overlap_area(&recorded.left, &recorded.right), Some(recorded.area), &what);
    }
    assert!((RECORD.overlaps[0].area - 0.60896).abs() < 1e-5);
}

#[test]
fn distances_within_and_between_sets_and_their_overlap_agree_with_mgeval() {
    for recorded in &RECORD.overlaps {
        let vectors = |numbers: &[f64]| -> Vec<[f64; 1]> { numbers.iter().map(|&number| [number]).collect() };
        let (left, right) = (vectors(&recorded.left), vectors(&recorded.right));
        let (intra, inter) = (intra_set_distances(&left), inter_set_distances(&left, &right));
        assert_eq!((&intra, &inter), (&recorded.intra, &recorded.inter));
        assert_close(overlap_area(&intra, &inter), recorded.distance_area, &format!("{:?}", recorded.left));
    }
}
