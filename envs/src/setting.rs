//! The musical frame of a task: what is fixed before the first note.

use gradus_music::{Grid, Key, MelodyEncoding, Meter, NGram, NGramConfig, Pitch, Tick, Token, Vocabulary};

use crate::{error::EnvError, library::Library, rewards::Aspect};

/// The frame in which a piece is composed and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The environment's name in the registry.
    pub env: &'static str,
    /// What it writes besides the notes.
    pub aspects: &'static [Aspect],
    /// The range of pitches, and the tokens that stand for them.
    pub vocabulary: Vocabulary,
    /// The key.
    pub key: Key,
    /// The metre.
    pub meter: Meter,
    /// The grid, in steps a quarter-note beat.
    pub grid: Grid,
    /// Ticks in a step of the grid, at least 1: all times of the piece are in such ticks.
    pub ticks_per_step: u16,
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

    /// When the step `step` of the grid begins.
    pub fn tick(&self, step: usize) -> Tick {
        Tick((step * usize::from(self.ticks_per_step)) as u32)
    }

    /// The step of the grid nearest to a tick; half-way between two steps, the later one.
    pub fn grid_step(&self, tick: Tick) -> usize {
        let ticks = u32::from(self.ticks_per_step);
        (tick.0.saturating_add(ticks / 2) / ticks) as usize
    }

    /// The length of a whole piece.
    pub fn length(&self) -> Tick {
        self.tick(self.steps)
    }

    /// Where a tick lies in the piece: 0 at its start, 1 at its end.
    pub fn place(&self, tick: Tick) -> f32 {
        (f64::from(tick.0) / f64::from(self.length().0.max(1))) as f32
    }

    /// Whether a token stays in the key; note-offs and holds do.
    pub fn in_key(&self, token: Token) -> bool {
        self.vocabulary.pitch(token).is_none_or(|pitch| self.key.contains(pitch.class()))
    }

    /// How a melody is heard in this setting's vocabulary, grid and key.
    pub fn encoding(&self) -> MelodyEncoding {
        MelodyEncoding {
            vocabulary: self.vocabulary,
            grid: self.grid,
            key: Some(self.key),
            ..MelodyEncoding::default()
        }
    }

    /// An n-gram model of the training corpus, heard in this setting's vocabulary, grid and key.
    pub fn fit_ngram(&self, library: &Library, config: &NGramConfig) -> Result<NGram, EnvError> {
        let melodies = library.training_melodies(&self.encoding())?;
        let sequences = melodies.iter().map(|melody| melody.encoded.tokens.as_slice());
        Ok(NGram::fit(sequences, self.vocabulary.size(), config)?)
    }

    /// The tonic nearest to middle C from below, where pieces begin and end; the RL Tuner's token 14 in C.
    ///
    /// None if the range holds no tonic.
    pub fn tonic_pitch(&self) -> Option<Pitch> {
        (0..=127)
            .filter_map(Pitch::new)
            .filter(|pitch| pitch.class() == self.key.tonic && self.vocabulary.token(*pitch).is_some())
            .min_by_key(|pitch| (i32::from(pitch.number()) - 60).abs())
    }

    /// The token of [`Setting::tonic_pitch`].
    pub fn tonic(&self) -> Option<Token> {
        self.vocabulary.token(self.tonic_pitch()?)
    }
}
