//! The melodies of a corpus for critics.

use gradus_envs::{Setting, range::Range};
use gradus_music::{Corpus, Grid, Key, MelodyEncoding, MusicError, PieceMelody, Pitch, Split, Token, Vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Writing;
use super::data::{Labels, TokenCorpus, TokenPiece};
use crate::sequence::Alphabet;

/// Quarter-note beats after which the phase of a place comes round.
const BEATS: usize = 4;

/// Melodies as tokens, one a step of a grid: what environments that speak in tokens are judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct MelodyData {
    /// The lowest pitch, as a name or a MIDI number.
    pub low: Pitch,
    /// The highest pitch.
    pub high: Pitch,
    /// Steps in a quarter-note beat.
    #[schemars(transform = Range::at_least(1).at_most(255))]
    pub steps_per_beat: u8,
    /// The key into which every melody is moved.
    pub key: Key,
    /// Leaves every melody in its own key instead.
    pub keep_keys: bool,
    /// The collections of the corpus to take, such as `bach-chorales`; all if none is named.
    pub collections: Vec<String>,
}

impl Default for MelodyData {
    fn default() -> Self {
        let vocabulary = Vocabulary::default();
        Self {
            low: vocabulary.low(),
            high: vocabulary.high(),
            steps_per_beat: 4,
            key: Key::C_MAJOR,
            keep_keys: false,
            collections: Vec::new(),
        }
    }
}

impl MelodyData {
    /// How a piece becomes tokens.
    pub fn encoding(&self) -> Result<MelodyEncoding, MusicError> {
        Ok(MelodyEncoding {
            vocabulary: Vocabulary::new(self.low, self.high)?,
            grid: Grid::new(self.steps_per_beat)?,
            key: (!self.keep_keys).then_some(self.key),
            ..MelodyEncoding::default()
        })
    }

    /// How the melodies are written.
    pub fn writing(&self) -> Result<Writing, MusicError> {
        let MelodyEncoding { vocabulary, grid, .. } = self.encoding()?;
        Ok(Writing::melody(vocabulary, grid, self.key))
    }

    /// In what the melodies differ from those of a task, if they do.
    pub fn difference(&self, setting: &Setting) -> Result<Option<String>, MusicError> {
        let MelodyEncoding { vocabulary, grid, key, .. } = self.encoding()?;
        let range = |vocabulary: Vocabulary| format!("{} to {}", vocabulary.low(), vocabulary.high());
        if vocabulary != setting.vocabulary {
            let (ours, theirs) = (range(vocabulary), range(setting.vocabulary));
            return Ok(Some(format!("pitches {ours}, where `{}` has {theirs}", setting.env)));
        }
        if grid != setting.grid {
            let (ours, theirs) = (grid.steps_per_beat(), setting.grid.steps_per_beat());
            return Ok(Some(format!("{ours} steps a beat, where `{}` has {theirs}", setting.env)));
        }
        if let Some(key) = key.filter(|key| *key != setting.key) {
            return Ok(Some(format!("all in {key}, where `{}` composes in {}", setting.env, setting.key)));
        }
        Ok(None)
    }

    /// The melodies of a corpus.
    pub fn read(&self, corpus: &Corpus) -> Result<TokenCorpus, MusicError> {
        let encoding = self.encoding()?;
        let part = |split| -> Result<Vec<TokenPiece>, MusicError> {
            let melodies = corpus.melodies(split, &encoding)?.into_iter();
            let wanted = |piece: usize| {
                self.collections.is_empty() || self.collections.contains(&corpus.pieces[piece].collection)
            };
            let melodies = melodies.filter(|melody| wanted(melody.piece));
            let labelled = |melody: PieceMelody| {
                let piece = &corpus.pieces[melody.piece];
                TokenPiece { labels: Labels::of(piece), ..token_piece(&piece.name, &melody.encoded.tokens) }
            };
            Ok(melodies.map(labelled).collect())
        };
        let tokens = encoding.vocabulary.size();
        Ok(TokenCorpus {
            alphabet: alphabet(encoding.vocabulary, encoding.grid),
            writing: self.writing()?,
            pitches: Token::SPECIAL as u32..=tokens as u32 - 1,
            train: part(Split::Train)?,
            validation: part(Split::Validation)?,
            test: part(Split::Test)?,
        })
    }
}

/// What melodies are made of for a model that reads them.
pub fn alphabet(vocabulary: Vocabulary, grid: Grid) -> Alphabet {
    Alphabet { tokens: vocabulary.size(), phases: BEATS * usize::from(grid.steps_per_beat()) }
}

/// A melody as a critic reads it.
pub fn token_piece(name: &str, tokens: &[Token]) -> TokenPiece {
    TokenPiece {
        name: name.to_owned(),
        tokens: tokens.iter().map(|token| u32::from(token.0)).collect(),
        onsets: tokens.iter().map(|token| token.index() >= Token::SPECIAL).collect(),
        labels: Labels::default(),
    }
}
