//! Pieces against their damaged copies: what critics learn from, and what they are judged by.

use gradus_envs::seeding::{Role, stream};
use gradus_music::Corruption;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Critic, Excerpt, TokenPiece, Writing};
use crate::evaluation::auc;

/// A corruption with its usual settings, by its name in a config, such as `wrong-notes`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct CorruptionKind(usize);

impl CorruptionKind {
    /// A quarter of the notes moved by a semitone or a whole tone.
    pub const WRONG_NOTES: Self = Self(0);

    /// Each of them once.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Corruption::all().len()).map(Self)
    }

    /// The corruption itself.
    pub fn corruption(self) -> Corruption {
        Corruption::all()[self.0]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.corruption().name()
    }
}

impl TryFrom<String> for CorruptionKind {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::all().find(|kind| kind.name() == name).ok_or_else(|| {
            let names: Vec<String> = Self::all().map(|kind| format!("`{}`", kind.name())).collect();
            format!("unknown corruption `{name}`, expected one of {}", names.join(", "))
        })
    }
}

impl From<CorruptionKind> for String {
    fn from(kind: CorruptionKind) -> Self {
        kind.name().to_owned()
    }
}

/// The damaged copy of each piece, none where the damage cannot be written in tokens; each copy is drawn from a stream of
/// its own, so that it depends on the seed, the kind of damage and the piece's number alone.
pub fn corrupted(pieces: &[TokenPiece], writing: Writing, kind: CorruptionKind, seed: u64) -> Vec<Option<Vec<u32>>> {
    let kinds = Corruption::all().len();
    let copy = |(number, piece): (usize, &TokenPiece)| {
        let mut rng = stream(seed, Role::Corruption, (number * kinds + kind.0) as u64);
        writing.corrupted(&piece.tokens, kind.corruption(), &mut rng)
    };
    pieces.par_iter().enumerate().map(copy).collect()
}

/// How well a critic tells pieces from their damaged copies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// The damage.
    pub corruption: &'static str,
    /// The pieces whose damaged copies can be written.
    pub pieces: usize,
    /// The probability that a piece is found more real than a damaged copy of any piece, ties counted half: 0 to 1; none
    /// without pieces.
    pub auc: Option<f64>,
    /// Each piece and copy by whether it is real, and how real it is found.
    #[serde(skip)]
    pub examples: Vec<(bool, f64)>,
}

impl Trial {
    /// Below this a damage counts as not noticed.
    pub const NOTICED: f64 = 0.6;

    /// Whether the damage passes as music.
    pub fn is_unnoticed(&self) -> bool {
        self.auc.is_some_and(|auc| auc < Self::NOTICED)
    }
}

/// A trial a kind of damage; none for a critic that does not say how real music is.
pub fn trials(critic: &Critic, pieces: &[TokenPiece], writing: Writing, seed: u64) -> Option<Vec<Trial>> {
    let tokens: Vec<Excerpt<'_>> = pieces.iter().map(|piece| piece.tokens.as_slice().into()).collect();
    let real = critic.realness(&tokens)?;
    let trial = |kind: CorruptionKind| {
        let copies = corrupted(pieces, writing, kind, seed);
        let written: Vec<Excerpt<'_>> = copies.iter().flatten().map(|copy| copy.as_slice().into()).collect();
        let originals = copies.iter().zip(&real).filter(|(copy, _)| copy.is_some()).map(|(_, score)| (true, *score));
        let damaged = critic.realness(&written)?.into_iter().map(|score| (false, score));
        let examples: Vec<(bool, f64)> = originals.chain(damaged).collect();
        Some(Trial { corruption: kind.name(), pieces: written.len(), auc: auc(&examples), examples })
    };
    CorruptionKind::all().map(trial).collect()
}
