//! Four-part pieces for critics.

use gradus_envs::range::Range;
use gradus_music::voices::{Chorale, ChoraleSet, QuarterSet, VOICES, VoiceToken, VoiceVocabulary, onsets};
use gradus_music::{Corpus, Grid, MusicError, Pitch, Score, Split};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Writing;
use super::data::{Labels, TokenCorpus, TokenPiece};
use crate::error::ModelError;
use crate::sequence::Alphabet;

/// Quarter-note beats after which the phase of a step comes round.
const BEATS: usize = 4;

/// A published set of the JSB chorales, with a split of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Benchmark {
    /// Four voices on the sixteenth grid.
    Sixteenth,
    /// The sounding pitches on the quarter grid, moved into one key by its makers; from the top down they are read as
    /// four voices.
    Quarter,
}

impl Benchmark {
    fn steps_per_beat(self) -> u8 {
        match self {
            Self::Sixteenth => 4,
            Self::Quarter => 1,
        }
    }
}

/// Four voices as tokens: soprano, alto, tenor and bass of one step after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct VoicesData {
    /// The lowest pitch, as a name or a MIDI number.
    pub low: Pitch,
    /// The highest pitch.
    pub high: Pitch,
    /// Steps in a quarter-note beat.
    #[schemars(transform = Range::at_least(1).at_most(255))]
    pub steps_per_beat: u8,
}

impl Default for VoicesData {
    fn default() -> Self {
        let vocabulary = VoiceVocabulary::default();
        Self { low: vocabulary.low(), high: vocabulary.high(), steps_per_beat: 4 }
    }
}

impl VoicesData {
    /// The pieces of a corpus that have four voices; the others are passed over.
    pub fn read(&self, corpus: &Corpus) -> Result<TokenCorpus, MusicError> {
        let grid = Grid::new(self.steps_per_beat)?;
        let part = |split| {
            corpus
                .split(split)
                .filter_map(|piece| {
                    let chorale = Chorale::from_score(&piece.score, grid).ok()?;
                    Some((piece.name.clone(), chorale, Labels::of(piece)))
                })
                .collect()
        };
        self.corpus([Split::Train, Split::Validation, Split::Test].map(part))
    }

    /// A benchmark in the file's own split, read from its JSON text; its grid must be that of the config.
    pub fn read_benchmark(&self, benchmark: Benchmark, text: &str) -> Result<TokenCorpus, ModelError> {
        let steps = benchmark.steps_per_beat();
        if self.steps_per_beat != steps {
            return Err(ModelError::OtherGrid { steps, configured: self.steps_per_beat });
        }
        let ChoraleSet { train, validation, test } = match benchmark {
            Benchmark::Sixteenth => ChoraleSet::from_json(text)?,
            Benchmark::Quarter => QuarterSet::from_json(text)?.ranked()?,
        };
        let named = |part: &str, pieces: Vec<Chorale>| {
            let named = |(index, piece)| (format!("{part} {index}"), piece, Labels::default());
            pieces.into_iter().enumerate().map(named).collect()
        };
        Ok(self.corpus([named("train", train), named("valid", validation), named("test", test)])?)
    }

    /// A score of four voices, as a critic reads it.
    pub fn piece(&self, name: &str, score: &Score) -> Result<TokenPiece, MusicError> {
        let chorale = Chorale::from_score(score, Grid::new(self.steps_per_beat)?)?;
        token_piece(name, VoiceVocabulary::new(self.low, self.high)?, &chorale)
    }

    /// How the voices are written.
    pub fn writing(&self) -> Result<Writing, MusicError> {
        Ok(Writing::voices(VoiceVocabulary::new(self.low, self.high)?, Grid::new(self.steps_per_beat)?))
    }

    fn corpus(&self, parts: [Vec<(String, Chorale, Labels)>; 3]) -> Result<TokenCorpus, MusicError> {
        let vocabulary = VoiceVocabulary::new(self.low, self.high)?;
        let piece = |(name, chorale, labels): (String, Chorale, Labels)| {
            Ok(TokenPiece { labels, ..token_piece(&name, vocabulary, &chorale)? })
        };
        let [train, validation, test] =
            parts.map(|part| part.into_iter().map(piece).collect::<Result<Vec<_>, MusicError>>());
        let phases = VOICES.len() * BEATS * usize::from(self.steps_per_beat);
        Ok(TokenCorpus {
            alphabet: Alphabet { tokens: vocabulary.size(), phases },
            writing: self.writing()?,
            pitches: VoiceToken::SPECIAL as u32..=vocabulary.size() as u32 - 1,
            train: train?,
            validation: validation?,
            test: test?,
        })
    }
}

fn token_piece(name: &str, vocabulary: VoiceVocabulary, chorale: &Chorale) -> Result<TokenPiece, MusicError> {
    let tokens = vocabulary.encode(&chorale.frames)?;
    Ok(TokenPiece {
        name: name.to_owned(),
        onsets: onsets::<{ VOICES.len() }>(&tokens).collect(),
        tokens: tokens.iter().map(|token| u32::from(token.0)).collect(),
        labels: Labels::default(),
    })
}
