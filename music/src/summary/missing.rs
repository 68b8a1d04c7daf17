//! What pieces do not state, and what stands in for it.

use serde::Serialize;

use crate::corpus::Corpus;
use crate::key::Key;
use crate::meter::{Meter, Tempo};
use crate::score::Score;

/// What pieces do not state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Missing {
    /// Keys. [`Score::key_or_estimate`] is what stands in.
    pub key: Gap<Key>,
    /// Metres. [`Score::meter_or_default`] is what stands in.
    pub meter: Gap<Meter>,
    /// Tempos, in beats a minute. [`Score::tempo_or_default`] is what stands in.
    pub tempo: Gap<Tempo>,
}

/// The pieces that do not state one thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap<T> {
    /// How it is imputed wherever it is needed.
    pub rule: &'static str,
    /// The pieces, in the order of the corpus.
    pub pieces: Vec<Imputed<T>>,
}

/// A piece that does not state one thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Imputed<T> {
    /// Its name.
    pub piece: String,
    /// What stands in for what it does not state; none where nothing can.
    pub value: Option<T>,
}

impl Missing {
    pub(super) fn of(corpus: &Corpus) -> Missing {
        Missing {
            key: Gap::of(
                corpus,
                "estimated from how long each pitch class sounds (Krumhansl and Schmuckler's method); none without notes",
                |score| score.key().is_some(),
                Score::key_or_estimate,
            ),
            meter: Gap::of(
                corpus,
                "4/4, as MIDI has it",
                |score| score.meter().is_some(),
                |score| Some(score.meter_or_default()),
            ),
            tempo: Gap::of(
                corpus,
                "120 quarter notes a minute, as MIDI has it",
                |score| score.tempo().is_some(),
                |score| Some(score.tempo_or_default()),
            ),
        }
    }
}

impl<T> Gap<T> {
    fn of(
        corpus: &Corpus,
        rule: &'static str,
        is_stated: impl Fn(&Score) -> bool,
        impute: impl Fn(&Score) -> Option<T>,
    ) -> Gap<T> {
        let without = corpus.pieces.iter().filter(|piece| !is_stated(&piece.score));
        let imputed = without.map(|piece| Imputed { piece: piece.name.clone(), value: impute(&piece.score) });
        Gap { rule, pieces: imputed.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::testing::{corpus, in_key, piece};

    #[test]
    fn what_is_not_stated_is_named_with_what_stands_in_for_it() {
        let triad = [(0, 67, 8), (8, 71, 4), (12, 74, 4), (16, 67, 4)];
        let missing =
            Missing::of(&corpus([piece("a", &triad), in_key(piece("b", &triad), "C major"), piece("c", &[])]));
        let keys: Vec<_> = missing.key.pieces.iter().map(|gap| (gap.piece.as_str(), gap.value)).collect();
        assert_eq!(keys, [("a", Some("G major".parse().unwrap())), ("c", None)]);
        assert_eq!(missing.meter.pieces.len(), 3);
        assert_eq!(missing.meter.pieces[0].value, Some(Meter::COMMON));
        assert_eq!(missing.tempo.pieces[2].value.map(Tempo::bpm), Some(120.0));
    }

    #[test]
    fn the_rules_say_what_the_defaults_are() {
        let missing = Missing::of(&corpus([]));
        assert!(missing.meter.rule.starts_with(&Meter::default().to_string()));
        assert!(missing.tempo.rule.starts_with(&Tempo::default().bpm().to_string()));
    }

    #[test]
    fn imputed_values_are_written_as_people_read_them() {
        let json = serde_json::to_value(Missing::of(&corpus([piece("a", &[(0, 60, 4)])]))).unwrap();
        assert_eq!(json["meter"]["pieces"][0], serde_json::json!({ "piece": "a", "value": "4/4" }));
        assert_eq!(json["tempo"]["pieces"][0]["value"], 120.0);
    }
}
