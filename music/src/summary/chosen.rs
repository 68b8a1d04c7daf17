//! Which voice of a piece is its melody.

use serde::Serialize;

use crate::corpus::{Corpus, Piece};
use crate::melody::{Reason, labels};

/// The voice of a piece that is its melody, and why it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChosenVoice {
    /// The piece.
    pub piece: String,
    /// What the voice is called: ``track 4 `Chant` ``.
    pub voice: String,
    /// Why it was chosen.
    pub reason: Reason,
    /// What all voices are called among which it was chosen.
    pub voices: Vec<String>,
}

impl ChosenVoice {
    pub(super) fn of(corpus: &Corpus, piece: &Piece) -> ChosenVoice {
        let choice = corpus.melody(piece);
        ChosenVoice {
            piece: piece.name.clone(),
            voice: choice.label,
            reason: choice.reason,
            voices: labels(&piece.score),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::testing::{corpus, drums, piece};

    #[test]
    fn every_piece_has_its_choice_and_what_it_was_chosen_from() {
        let mut duet = piece("duet", &[(0, 60, 4)]);
        duet.score.voices.push(piece("", &[(0, 72, 4)]).score.voices.remove(0));
        duet.score.voices[0].name = "Vox".to_owned();
        let beat = drums(piece("beat", &[]), &[(0, 35, 1)]);
        let mut corpus = corpus([duet, beat]);
        let chosen = |corpus: &Corpus, at: usize| ChosenVoice::of(corpus, &corpus.pieces[at]);
        assert_eq!((chosen(&corpus, 0).voice.as_str(), chosen(&corpus, 0).voices.len()), ("voice 1 `Vox`", 2));
        assert_eq!((chosen(&corpus, 1).voice.as_str(), chosen(&corpus, 1).reason), ("none", Reason::Nothing));
        corpus.voice = "2".parse().unwrap();
        assert_eq!((chosen(&corpus, 0).voice.as_str(), chosen(&corpus, 0).reason), ("voice 2", Reason::Asked));
    }
}
