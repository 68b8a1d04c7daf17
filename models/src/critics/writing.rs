//! Tokens read as music again.

use gradus_music::corruption::{Corruption, Notation};
use gradus_music::voices::{Chorale, VOICES, VoiceFrame, VoiceToken, VoiceVocabulary};
use gradus_music::{Grid, GridNote, Key, Meter, Mode, Pitch, PitchClass, Score, Tempo, Token, Vocabulary};
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

    /// What a token says: a pitch, `-` for what goes on (or for silence in four voices), `off` for the end of a note.
    pub fn token_name(&self, token: u32) -> String {
        let pitch = match *self {
            Self::Melody { vocabulary, .. } => vocabulary.pitch(Token(token as u8)),
            Self::Voices { vocabulary, .. } => vocabulary.pitch(VoiceToken(token as u8)),
        };
        match pitch {
            Some(pitch) => pitch.to_string(),
            None if matches!(self, Self::Melody { .. }) && token == u32::from(Token::NOTE_OFF.0) => "off".to_owned(),
            None => "-".to_owned(),
        }
    }

    /// Where a token stands: the beat and the step within it, from 1, and which voice where there are several.
    pub fn place_name(&self, place: usize) -> String {
        let steps_per_beat = usize::from(self.notation().grid.steps_per_beat());
        let beat = |step: usize| format!("beat {:>3}.{}", step / steps_per_beat + 1, step % steps_per_beat + 1);
        match self {
            Self::Melody { .. } => beat(place),
            Self::Voices { .. } => format!("{}  {}", beat(place / VOICES.len()), VOICES[place % VOICES.len()]),
        }
    }

    /// The notes of each voice, from high to low.
    pub(super) fn lines(self, tokens: &[u32]) -> Vec<Vec<GridNote>> {
        match self {
            Self::Melody { vocabulary, .. } => vec![vocabulary.decode(&melody_tokens(tokens))],
            Self::Voices { vocabulary, .. } => {
                let chorale = chorale(vocabulary, tokens);
                (0..VOICES.len()).map(|voice| chorale.notes(voice)).collect()
            }
        }
    }

    /// What sounds at each step, for four voices.
    pub(super) fn frames(self, tokens: &[u32]) -> Option<Vec<VoiceFrame>> {
        match self {
            Self::Melody { .. } => None,
            Self::Voices { vocabulary, .. } => Some(chorale(vocabulary, tokens).frames),
        }
    }

    /// Tokens of each step.
    pub fn tokens_a_step(self) -> usize {
        match self {
            Self::Melody { .. } => 1,
            Self::Voices { .. } => VOICES.len(),
        }
    }

    /// Steps in so many tokens.
    pub fn steps(self, tokens: usize) -> usize {
        tokens.div_ceil(self.tokens_a_step())
    }

    /// How long a step is, the bars, and the key.
    pub(super) fn notation(self) -> Notation {
        match self {
            Self::Melody { notation, .. } | Self::Voices { notation, .. } => notation,
        }
    }

    /// As numbers, to be kept with a critic.
    pub(super) fn numbers(self) -> Vec<f32> {
        let (voices, low, high) = match self {
            Self::Melody { vocabulary, .. } => (1, vocabulary.low(), vocabulary.high()),
            Self::Voices { vocabulary, .. } => (VOICES.len() as u8, vocabulary.low(), vocabulary.high()),
        };
        let Notation { grid, key, .. } = self.notation();
        let numbers = [voices, low.number(), high.number(), grid.steps_per_beat(), key.tonic.number(), key.mode as u8];
        numbers.map(f32::from).to_vec()
    }

    /// What was kept as [`Writing::numbers`]; none if they are not of one.
    pub(super) fn from_numbers(numbers: &[f32]) -> Option<Self> {
        let &[voices, low, high, steps, tonic, mode] = numbers else { return None };
        let (low, high, grid) = (Pitch::new(low as u8)?, Pitch::new(high as u8)?, Grid::new(steps as u8).ok()?);
        let mode = if mode == f32::from(Mode::Minor as u8) { Mode::Minor } else { Mode::Major };
        let key = Key { tonic: PitchClass::C.transpose(tonic as i32), mode };
        if voices == 1.0 {
            Some(Self::melody(Vocabulary::new(low, high).ok()?, grid, key))
        } else {
            Some(Self::voices(VoiceVocabulary::new(low, high).ok()?, grid))
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
