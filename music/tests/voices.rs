//! The embedded chorales as frames and tokens.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::sync::LazyLock;

use gradus_music::voices::{Accuracy, VOICES, copy_last};
use gradus_music::{Chorale, Corpus, Grid, Key, Meter, Piece, Tempo, VoiceVocabulary};

static CHORALES: LazyLock<Vec<Piece>> = LazyLock::new(|| {
    let pieces = Corpus::embedded().unwrap().pieces;
    pieces.into_iter().filter(|piece| piece.collection == "bach-chorales").collect()
});

fn frames(piece: &Piece) -> Chorale {
    Chorale::from_score(&piece.score, Grid::default()).unwrap()
}

#[test]
fn every_embedded_chorale_has_tokens_in_the_default_vocabulary() {
    let vocabulary = VoiceVocabulary::default();
    for piece in CHORALES.iter() {
        let chorale = frames(piece);
        let tokens = vocabulary.encode(&chorale.frames).unwrap();
        let beats = piece.score.end_of_notes().beats(piece.score.resolution);
        assert_eq!(tokens.len() as f64, 16.0 * beats, "{}", piece.name);
        assert_eq!(vocabulary.decode::<4>(&tokens), chorale.frames, "{}", piece.name);
    }
}

#[test]
fn an_embedded_chorale_sounds_the_same_after_the_way_through_frames() {
    for piece in CHORALES.iter() {
        let chorale = frames(piece);
        let score = chorale.score(Grid::default(), Meter::COMMON, Some(Key::C_MAJOR), Tempo::default());
        assert_eq!(score.voices.iter().map(|voice| voice.name.as_str()).collect::<Vec<_>>(), VOICES);
        assert_eq!(Chorale::from_score(&score, Grid::default()).unwrap(), chorale, "{}", piece.name);
        assert!(score.notes().count() <= piece.score.notes().count(), "{}", piece.name);
    }
}

#[test]
fn bach_s_voices_hold_their_notes_on_three_of_four_sixteenths() {
    let vocabulary = VoiceVocabulary::default();
    let of_piece = |piece: &Piece| {
        let tokens = vocabulary.encode(&frames(piece).frames).unwrap();
        Accuracy::of::<4>(&tokens, copy_last::<4>(&tokens))
    };
    let accuracy: Accuracy = CHORALES.iter().map(of_piece).sum();
    assert!((0.7..0.85).contains(&accuracy.overall().unwrap()), "{accuracy:?}");
    assert_eq!(accuracy.on_onsets(), Some(0.0));
}
