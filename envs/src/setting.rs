//! The musical frame of a task: what is fixed before the first note.

use gradus_music::{Grid, Key, MelodyEncoding, Meter, NGram, NGramConfig, Pitch, Split, Token, Vocabulary};

use crate::{error::EnvError, library::Library};

/// The frame in which a piece is composed and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The tokens and the pitches they stand for.
    pub vocabulary: Vocabulary,
    /// The key.
    pub key: Key,
    /// The metre.
    pub meter: Meter,
    /// The grid, in steps a quarter-note beat.
    pub grid: Grid,
    /// The length of a whole piece, in steps of the grid.
    pub steps: usize,
}

impl Setting {
    /// Steps in a bar, at least 1.
    pub fn steps_per_bar(&self) -> usize {
        ((self.meter.quarters() * f64::from(self.grid.steps_per_beat())).round() as usize).max(1)
    }

    /// Steps in a quarter-note beat.
    pub fn steps_per_beat(&self) -> usize {
        usize::from(self.grid.steps_per_beat())
    }

    /// Whether a token stays in the key; note-offs and holds do.
    pub fn in_key(&self, token: Token) -> bool {
        self.vocabulary.pitch(token).is_none_or(|pitch| self.key.contains(pitch.class()))
    }

    /// An n-gram model of the training corpus, heard in this setting's vocabulary, grid and key.
    pub fn fit_ngram(&self, library: &Library, config: &NGramConfig) -> Result<NGram, EnvError> {
        let encoding = MelodyEncoding {
            vocabulary: self.vocabulary,
            grid: self.grid,
            key: Some(self.key),
            ..MelodyEncoding::default()
        };
        let melodies = library.corpus()?.melodies(Split::Train, &encoding)?;
        let sequences = melodies.iter().map(|melody| melody.encoded.tokens.as_slice());
        Ok(NGram::fit(sequences, self.vocabulary.size(), config)?)
    }

    /// The tonic nearest to middle C from below, where pieces begin and end; the RL Tuner's token 14 in C.
    ///
    /// None if the vocabulary's range holds no tonic.
    pub fn tonic(&self) -> Option<Token> {
        (0..=127)
            .filter_map(Pitch::new)
            .filter(|pitch| pitch.class() == self.key.tonic)
            .filter_map(|pitch| Some((pitch, self.vocabulary.token(pitch)?)))
            .min_by_key(|(pitch, _)| (i32::from(pitch.number()) - 60).abs())
            .map(|(_, token)| token)
    }
}
