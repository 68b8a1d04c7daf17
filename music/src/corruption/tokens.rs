//! Damage to pieces that are written as tokens or frames.

use rand::Rng;

use super::Corruption;
use crate::grid::{Grid, quantize};
use crate::key::Key;
use crate::meter::{Meter, Tempo};
use crate::token::{Token, Vocabulary};
use crate::voices::{Chorale, VoiceFrame};

/// What steps leave unsaid: how long they are, how many make a bar, and the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notation {
    /// How long a step is.
    pub grid: Grid,
    /// The bars.
    pub meter: Meter,
    /// The key.
    pub key: Key,
}

impl Corruption {
    /// The damaged melody, with as many tokens as before; what would last longer is cut.
    ///
    /// A pitch that leaves the vocabulary moves by octaves into it, as [`Vocabulary::encode`] says.
    /// So [`Corruption::OutOfRange`] cannot be written in tokens, and gives none.
    #[must_use]
    pub fn apply_to_melody(
        &self,
        tokens: &[Token],
        vocabulary: Vocabulary,
        notation: Notation,
        rng: &mut impl Rng,
    ) -> Option<Vec<Token>> {
        if *self == Corruption::OutOfRange {
            return None;
        }
        let Notation { grid, meter, key } = notation;
        let score = vocabulary.score(tokens, grid, meter, Some(key), Tempo::default());
        let damaged = self.apply(&score, key, rng);
        let notes: Vec<_> = damaged.notes().copied().collect();
        let quantized = quantize(&notes, damaged.resolution, grid);
        Some(vocabulary.encode(&quantized.notes, tokens.len()).tokens)
    }

    /// The damaged chorale, with as many frames as before; what would last longer is cut.
    ///
    /// Frames show no onsets, so a repeated note is a held one there, and rhythm shifts where a pitch
    /// changes. The pitches may leave a vocabulary: with [`Corruption::OutOfRange`] they do, and with
    /// random notes they may where a voice spans less than an octave.
    #[must_use]
    pub fn apply_to_chorale(&self, chorale: &Chorale, notation: Notation, rng: &mut impl Rng) -> Chorale {
        let Notation { grid, meter, key } = notation;
        let score = chorale.score(grid, meter, Some(key), Tempo::default());
        let damaged = self.apply(&score, key, rng);
        let mut result = Chorale::from_voices(&damaged.voices, damaged.resolution, grid);
        result.frames.resize(chorale.frames.len(), VoiceFrame::default());
        result
    }
}
