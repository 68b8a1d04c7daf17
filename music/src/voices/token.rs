//! One token a step and voice.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::MusicError;
use crate::pitch::Pitch;

/// What one voice sounds on one step: silence, or a pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VoiceToken(pub u8);

impl VoiceToken {
    /// The voice rests.
    pub const SILENCE: VoiceToken = VoiceToken(0);
    /// How many tokens are not pitches.
    pub const SPECIAL: usize = 1;

    /// The token as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for VoiceToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Which pitches have a token: those from `low` to `high`, from token 1 up; token 0 is silence.
///
/// By default C2 to A5 (MIDI 36 to 81), which is what the voices of Bach's chorales sing: 47 tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct VoiceVocabulary {
    low: Pitch,
    high: Pitch,
}

impl VoiceVocabulary {
    /// The vocabulary of silence and the pitches from `low` to `high`, both included.
    pub fn new(low: Pitch, high: Pitch) -> Result<VoiceVocabulary, MusicError> {
        if low > high {
            return Err(MusicError::EmptyVocabulary { low, high });
        }
        Ok(VoiceVocabulary { low, high })
    }

    /// The pitch of token 1.
    pub fn low(self) -> Pitch {
        self.low
    }

    /// The pitch of the last token.
    pub fn high(self) -> Pitch {
        self.high
    }

    /// How many tokens there are: the pitches and silence; at most 129.
    pub fn size(self) -> usize {
        usize::from(self.high.number() - self.low.number()) + 1 + VoiceToken::SPECIAL
    }

    /// The pitch of a token; none for silence and for tokens beyond the vocabulary.
    pub fn pitch(self, token: VoiceToken) -> Option<Pitch> {
        let above_low = token.index().checked_sub(VoiceToken::SPECIAL)?;
        let pitch = self.low.transpose(above_low as i32)?;
        (pitch <= self.high).then_some(pitch)
    }

    /// The token of a pitch, if that is in range.
    pub fn token(self, pitch: Pitch) -> Option<VoiceToken> {
        if pitch > self.high {
            return None;
        }
        let above_low = pitch.number().checked_sub(self.low.number())?;
        Some(VoiceToken(above_low + VoiceToken::SPECIAL as u8))
    }

    /// The frames of V voices as tokens, frame by frame and voice by voice within a frame.
    ///
    /// A pitch out of range is an error, not moved by octaves as melodies are: likelihoods of a
    /// benchmark must be those of its own notes.
    pub fn encode<const V: usize>(self, frames: &[[Option<Pitch>; V]]) -> Result<Vec<VoiceToken>, MusicError> {
        let mut tokens = Vec::with_capacity(frames.len() * V);
        for (step, frame) in frames.iter().enumerate() {
            for (voice, &pitch) in frame.iter().enumerate() {
                let token = match pitch {
                    None => VoiceToken::SILENCE,
                    Some(pitch) => self.token(pitch).ok_or(MusicError::OutsideVocabulary {
                        pitch,
                        voice,
                        step,
                        low: self.low,
                        high: self.high,
                    })?,
                };
                tokens.push(token);
            }
        }
        Ok(tokens)
    }

    /// The frames of V voices that tokens stand for.
    ///
    /// Tokens beyond the vocabulary are silence, and so are the voices that an unfinished last frame
    /// lacks.
    pub fn decode<const V: usize>(self, tokens: &[VoiceToken]) -> Vec<[Option<Pitch>; V]> {
        const { assert!(V > 0, "a frame has at least one voice") }
        let frame =
            |tokens: &[VoiceToken]| std::array::from_fn(|voice| tokens.get(voice).and_then(|&token| self.pitch(token)));
        tokens.chunks(V).map(frame).collect()
    }
}

impl Default for VoiceVocabulary {
    fn default() -> VoiceVocabulary {
        const LOW: Pitch = Pitch::new(36).expect("36 is a pitch");
        const HIGH: Pitch = Pitch::new(81).expect("81 is a pitch");
        VoiceVocabulary { low: LOW, high: HIGH }
    }
}

/// What a vocabulary looks like in a config.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename = "VoiceVocabulary")]
struct Bounds {
    low: Pitch,
    high: Pitch,
}

impl Default for Bounds {
    fn default() -> Bounds {
        VoiceVocabulary::default().into()
    }
}

impl TryFrom<Bounds> for VoiceVocabulary {
    type Error = MusicError;

    fn try_from(bounds: Bounds) -> Result<VoiceVocabulary, MusicError> {
        VoiceVocabulary::new(bounds.low, bounds.high)
    }
}

impl From<VoiceVocabulary> for Bounds {
    fn from(vocabulary: VoiceVocabulary) -> Bounds {
        Bounds { low: vocabulary.low, high: vocabulary.high }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pitch(name: &str) -> Pitch {
        name.parse().unwrap()
    }

    #[test]
    fn the_default_vocabulary_holds_the_voices_of_the_chorales() {
        let vocabulary = VoiceVocabulary::default();
        assert_eq!(vocabulary.size(), 47);
        assert_eq!(
            (vocabulary.pitch(VoiceToken(1)), vocabulary.pitch(VoiceToken(46))),
            (Pitch::new(36), Pitch::new(81))
        );
        assert_eq!((vocabulary.pitch(VoiceToken::SILENCE), vocabulary.pitch(VoiceToken(47))), (None, None));
        assert_eq!((vocabulary.token(pitch("B1")), vocabulary.token(pitch("A#5"))), (None, None));
    }

    #[test]
    fn the_largest_vocabulary_holds_every_pitch() {
        let all = VoiceVocabulary::new(pitch("0"), pitch("127")).unwrap();
        assert_eq!((all.size(), all.token(Pitch::MAX)), (129, Some(VoiceToken(128))));
        assert_eq!(all.pitch(VoiceToken(255)), None);
    }

    #[test]
    fn a_vocabulary_in_a_config_is_read_by_its_ends_and_refused_upside_down() {
        let read = serde_json::from_str::<VoiceVocabulary>;
        assert_eq!(read("{}").unwrap(), VoiceVocabulary::default());
        assert_eq!(read(r#"{"low": "C3"}"#).unwrap().low(), pitch("C3"));
        assert!(read(r#"{"low": "C5", "high": "C4"}"#).unwrap_err().to_string().contains("C5"));
        assert!(read(r#"{"lowest": 60}"#).is_err());
    }

    #[test]
    fn a_pitch_without_a_token_is_named_with_its_place_and_the_remedy() {
        let frames = [[Some(pitch("C4")); 2], [None, Some(pitch("C6"))]];
        let error = VoiceVocabulary::default().encode(&frames).unwrap_err();
        assert!(matches!(error, MusicError::OutsideVocabulary { voice: 1, step: 1, .. }), "{error:?}");
        assert!(error.to_string().contains("C6") && error.to_string().contains("C2 to A5"), "{error}");
    }

    #[test]
    fn an_unfinished_frame_is_filled_with_silence() {
        let vocabulary = VoiceVocabulary::default();
        let frames = vocabulary.decode::<3>(&[1, 2, 200, 3].map(VoiceToken));
        assert_eq!(frames, [[Pitch::new(36), Pitch::new(37), None], [Pitch::new(38), None, None]]);
        assert_eq!(vocabulary.decode::<4>(&[]), Vec::<[_; 4]>::new());
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_encoded(
            frames in prop::collection::vec(prop::array::uniform4(prop::option::of(36_u8..=81)), 0..40)
        ) {
            let frames: Vec<_> = frames.into_iter().map(|frame| frame.map(|number| number.and_then(Pitch::new))).collect();
            let vocabulary = VoiceVocabulary::default();
            let tokens = vocabulary.encode(&frames).unwrap();
            prop_assert_eq!(tokens.len(), 4 * frames.len());
            prop_assert!(tokens.iter().all(|token| token.index() < vocabulary.size()));
            prop_assert_eq!(vocabulary.decode::<4>(&tokens), frames);
        }
    }
}
