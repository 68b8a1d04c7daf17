//! `gradus score` judges a file as it is, and shows the user's own music.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;
use gradus_music::{Change, Key, Meter, Note, Pitch, Score, Tempo, Tick, Voice, midi};
use serde_json::Value;

const PLAIN: &str = "[env.melody]\nlow = 36\nhigh = 84\n[[reward]]\ntonic = {}\n[[reward]]\nkey = {}\n[agent.random]\n";

fn tune(pitches: &[u8]) -> Score {
    let note =
        |(index, &pitch): (usize, &u8)| Note::new(Pitch::new(pitch).unwrap(), Tick(480 * index as u32), Tick(480));
    Score {
        voices: vec![Voice { notes: pitches.iter().enumerate().map(note).collect(), ..Voice::default() }],
        ..Score::default()
    }
}

fn scored(place: &Workplace, score: &Score, more: &str) -> Value {
    place.write("tune.mid", midi::to_bytes(score).unwrap());
    place.json(&format!("score tune.mid --json {more}"))[0].take()
}

/// Pitch names, bar and beat of each onset.
fn onsets(report: &Value) -> Vec<(String, u64, f64)> {
    let steps = report["steps"].as_array().unwrap().iter();
    let onset = |step: &Value| {
        let event = step["event"].as_str().unwrap();
        (!matches!(event, "-" | "rest"))
            .then(|| (event.to_owned(), step["bar"].as_u64().unwrap(), step["beat"].as_f64().unwrap()))
    };
    steps.filter_map(onset).collect()
}

#[test]
fn what_was_composed_is_scored_as_it_was_composed() {
    let place = Workplace::new();
    place.write(
        "phrase.toml",
        "compositions = 6\ntotal-steps = 1\n[env.phrase]\n[[reward]]\narch = {}\n[agent.random]\n",
    );
    place.write(
        "ramp.toml",
        "compositions = 6\ntotal-steps = 1\n[env.melody]\nlow = 40\n[[reward]]\nkey = { weight = { from = 0.0, to = 3.0 } }\n\
         [[reward]]\nrepeat = {}\n[[reward]]\nautocorrelation = { eval-only = true }\n[agent.random]\n",
    );
    for config in ["tiny", "phrase", "ramp"] {
        place.output(&format!("train {config}.toml"));
        let pieces = place.json(&format!("compose results/{config} -n 6 --seed 5 --out {config} --json"));
        for piece in pieces.as_array().unwrap() {
            let file = piece["midi"].as_str().unwrap();
            for judge in [format!("{config}.toml"), format!("results/{config}")] {
                let report = place.json(&format!("score {file} --json --config {judge}"))[0].take();
                assert_eq!(report["changes"].as_array().unwrap().len(), 0, "{report}");
                assert_eq!(report["total"], piece["return"], "{file} by {judge}");
            }
        }
    }
}

#[test]
fn a_tune_that_fits_stays_where_it_is() {
    let place = Workplace::new();
    place.write("plain.toml", PLAIN);
    let score = Score { keys: vec![Change::at_the_start(Key::C_MAJOR)], ..tune(&[48, 50, 52, 53, 55, 53, 52, 48]) };
    let report = scored(&place, &score, "--config plain.toml");
    let names: Vec<_> = onsets(&report).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["C3", "D3", "E3", "F3", "G3", "F3", "E3", "C3"]);
    assert_eq!(report["changes"], serde_json::json!([]));
}

#[test]
fn a_tune_in_another_key_is_judged_in_the_configs_and_shown_in_its_own() {
    let place = Workplace::new();
    place.write("plain.toml", PLAIN);
    let score = Score {
        keys: vec![Change::at_the_start("F major".parse().unwrap())],
        meters: vec![Change::at_the_start(Meter::new(3, 4).unwrap())],
        tempos: vec![Change::at_the_start(Tempo::from_bpm(90.0).unwrap())],
        ..tune(&[65, 67, 69, 70, 72])
    };
    let report = scored(&place, &score, "--config plain.toml");
    assert_eq!(report["totals"]["key"], 0.0, "every note is of the scale once it is moved");
    assert_eq!(onsets(&report)[3], ("Bb4".to_owned(), 2, 1.0));
    let changes = report["changes"].to_string();
    assert!(changes.contains("moved down 5 semitones, into C major"), "{changes}");
    let about = report["about"].as_str().unwrap();
    assert!(about.contains("2 bars") && about.contains("3/4; F major; 90 BPM"), "{about}");
    place.output("score tune.mid --config plain.toml --html page.html");
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    assert!(page.contains("Bb4, 2.1 to 2.2") && page.contains("3/4; F major; 90 BPM"), "the user's own music");
}

#[test]
fn a_final_rest_belongs_to_the_piece() {
    let place = Workplace::new();
    place.write("plain.toml", PLAIN);
    let report = scored(&place, &tune(&[60, 62, 64, 65, 67, 60]).ending_at(Tick(8 * 480)), "--config plain.toml");
    assert_eq!(report["steps"].as_array().unwrap().len(), 32);
}

#[test]
fn every_piece_of_a_file_of_format_2_is_judged_and_silent_ones_are_named() {
    let place = Workplace::new();
    place.write("plain.toml", PLAIN);
    let track = |events: &[u8]| {
        let events = [events, &[0, 0xFF, 0x2F, 0]].concat();
        [b"MTrk", (events.len() as u32).to_be_bytes().as_slice(), &events].concat()
    };
    let note = |pitch| track(&[0, 0x90, pitch, 80, 96, pitch, 0]);
    let header = [b"MThd\0\0\0\x06\0\x02\0\x03\0".as_slice(), &[96]].concat();
    place.write("two.mid", [header, note(60), track(&[]), note(64)].concat());
    let run = place.gradus("score two.mid --json --config plain.toml").assert().success();
    let reports: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let names: Vec<_> = reports.as_array().unwrap().iter().map(|report| report["name"].clone()).collect();
    assert_eq!(names, ["two.mid#1", "two.mid#3"]);
    let told = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(told.contains("two.mid#2 is not judged: it holds no notes"), "{told}");
}
