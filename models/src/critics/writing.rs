//! Tokens read as music again.

use gradus_music::corruption::{Corruption, Notation};
use gradus_music::voices::{Chorale, VoiceToken, VoiceVocabulary};
use gradus_music::{Grid, Key, Meter, Score, Tempo, Token, Vocabulary};
use rand::Rng;

/// How music was written as tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// A melody, a token a step.
    Melody {
        /// What the tokens are.
        vocabulary: Vocabulary,
        /// How long a step is, the bars, and the key.
        notation: Notation,
    },
    /// Four voices, a token a voice and step.
    Voices {
        /// What the tokens are.
        vocabulary: VoiceVocabulary,
        /// How long a step is, the bars, and the key.
        notation: Notation,
    },
}

impl Writing {
    /// A melody on a grid, in bars of four beats.
    pub fn melody(vocabulary: Vocabulary, grid: Grid, key: Key) -> Self {
        Self::Melody { vocabulary, notation: Notation { grid, meter: Meter::default(), key } }
    }

    /// Four voices on a grid, in bars of four beats.
    pub fn voices(vocabulary: VoiceVocabulary, grid: Grid) -> Self {
        Self::Voices { vocabulary, notation: Notation { grid, meter: Meter::default(), key: Key::C_MAJOR } }
    }

    /// The piece that tokens stand for.
    pub fn score(&self, tokens: &[u32]) -> Score {
        match *self {
            Self::Melody { vocabulary, notation: Notation { grid, meter, key } } => {
                vocabulary.score(&melody_tokens(tokens), grid, meter, Some(key), Tempo::default())
            }
            Self::Voices { vocabulary, notation: Notation { grid, meter, key } } => {
                chorale(vocabulary, tokens).score(grid, meter, Some(key), Tempo::default())
            }
        }
    }

    /// The damaged piece, as many tokens; none if the damage cannot be written in them.
    pub fn corrupted(&self, tokens: &[u32], corruption: Corruption, rng: &mut impl Rng) -> Option<Vec<u32>> {
        match *self {
            Self::Melody { vocabulary, notation } => {
                let damaged = corruption.apply_to_melody(&melody_tokens(tokens), vocabulary, notation, rng)?;
                Some(damaged.into_iter().map(|token| u32::from(token.0)).collect())
            }
            Self::Voices { vocabulary, notation } => {
                let damaged = corruption.apply_to_chorale(&chorale(vocabulary, tokens), notation, rng);
                let tokens = vocabulary.encode(&damaged.frames).ok()?;
                Some(tokens.into_iter().map(|token| u32::from(token.0)).collect())
            }
        }
    }
}

fn melody_tokens(tokens: &[u32]) -> Vec<Token> {
    tokens.iter().map(|&token| Token(token as u8)).collect()
}

fn chorale(vocabulary: VoiceVocabulary, tokens: &[u32]) -> Chorale {
    let tokens: Vec<VoiceToken> = tokens.iter().map(|&token| VoiceToken(token as u8)).collect();
    Chorale { frames: vocabulary.decode(&tokens) }
}
