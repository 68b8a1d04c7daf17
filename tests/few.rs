//! Music of nothing or of almost nothing: refused, or said beside the figures.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;
use gradus_music::{Corpus, midi};

const CRITIC: &str = "[data.melody]\nkey = 'C major'\n[critic.markov]\norder = 2";

/// A place with a folder `midi` of so many tunes.
fn with_tunes(count: usize) -> Workplace {
    let place = Workplace::new();
    let corpus = Corpus::embedded().unwrap();
    for piece in corpus.pieces.iter().step_by(corpus.pieces.len() / count).take(count) {
        place.write(&format!("midi/{}.mid", piece.name), midi::to_bytes(&piece.score).unwrap());
    }
    place.write("critic.toml", CRITIC);
    place
}

#[test]
fn nothing_to_learn_from_is_refused_before_a_folder_is_made() {
    let place = with_tunes(1);
    place.write("bad/one.mid", "no MIDI");
    place.write("bad/two.mid", "");
    // A drum on channel 10, and nothing else.
    let drum = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x0c\0\x99\x24\x40\x60\x89\x24\0\0\xff\x2f\0";
    place.write("drums/only.mid", drum);
    for (folder, reason) in
        [("bad", "2 of 2 files could not be read"), ("drums", "1 of 1 pieces are in it and have none")]
    {
        for command in ["train tiny.toml", "critic fit critic.toml", "critic fit critic.toml --split 0.8,0.1,0.1"] {
            let error = place.error(&format!("{command} --corpus {folder}"));
            let told = format!("no melody in the training part: {reason}");
            assert!(error.contains(&told), "{command} --corpus {folder}: {error}");
        }
    }
    assert!(!place.path("results").exists());
}

#[test]
fn almost_nothing_to_learn_from_is_warned_of() {
    let place = with_tunes(4);
    let fit = place.gradus("critic fit critic.toml --corpus midi --out critic").assert().success();
    let error = String::from_utf8(fit.get_output().stderr.clone()).unwrap();
    assert!(error.contains("to learn from: what is learned from fewer than 10 says little about music"), "{error}");
}

#[test]
fn figures_from_few_test_pieces_carry_their_intervals() {
    let place = with_tunes(6);
    place.output("critic fit critic.toml --out critic");
    let eval = "critic eval critic --corpus midi --split 0,0,1";
    let text = place.output(eval);
    assert!(text.contains("only 6 test pieces: 95 % intervals"), "{text}");
    let judged = place.json(&format!("{eval} --json"));
    let few = &judged["few_test_pieces"];
    assert_eq!(few["pieces"], 6);
    for figure in ["log_loss", "accuracy"] {
        let [low, high] = [0, 1].map(|end| few["intervals"][figure][end].as_f64().unwrap());
        let point = judged[figure].as_f64().unwrap();
        assert!(low < point && point < high, "{figure}: {low} {point} {high}");
    }
    let auc = few["intervals"]["auc/wrong-notes"].as_array().unwrap();
    assert!(auc.iter().all(|end| (0.0..=1.0).contains(&end.as_f64().unwrap())), "{auc:?}");
    assert_eq!(judged, {
        let mut again = place.json(&format!("{eval} --json"));
        for clock in ["seconds", "tokens_per_second"] {
            again[clock] = judged[clock].clone();
        }
        again
    });
}

#[test]
fn one_test_piece_has_no_interval_and_enough_pieces_need_none() {
    let place = with_tunes(1);
    place.output("critic fit critic.toml --out critic");
    let one = place.output("critic eval critic --corpus midi --split 0,0,1");
    assert!(one.contains("only 1 test piece: how far these figures would move with others cannot be told"), "{one}");
    let enough = place.json("critic eval critic --json");
    assert!(enough["pieces"].as_u64().unwrap() >= 10 && enough.get("few_test_pieces").is_none());
}

#[test]
fn a_fit_says_of_its_figures_that_they_come_from_few_pieces() {
    let place = with_tunes(30);
    let text = place.output("critic fit critic.toml --corpus midi --split 0.6,0.2,0.2 --out critic");
    let kept = std::fs::read_to_string(place.path("critic/split.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let count = kept["test"].as_array().unwrap().len();
    assert!((2..10).contains(&count), "{count}");
    assert!(text.contains(&format!("only {count} test pieces: 95 % intervals")), "{text}");
}
