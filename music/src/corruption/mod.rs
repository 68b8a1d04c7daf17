//! Controlled damage to a piece, for judging critics: one that is worth its reward prefers the piece
//! to what is left of it.
//!
//! ```
//! use gradus_music::corruption::Corruption;
//! use gradus_music::{Key, Note, Score, Tick, Voice};
//! use rand::SeedableRng;
//!
//! let note = |name: &str, start| Ok::<_, gradus_music::MusicError>(Note::new(name.parse()?, Tick(start), Tick(480)));
//! let notes = vec![note("C4", 0)?, note("E4", 480)?, note("G4", 960)?];
//! let score = Score { voices: vec![Voice { notes, ..Voice::default() }], ..Score::default() };
//!
//! let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(1);
//! let reversed = Corruption::Reversed.apply(&score, Key::C_MAJOR, &mut rng);
//! let names: Vec<_> = reversed.notes().map(|note| note.pitch.to_string()).collect();
//! assert_eq!(names, ["G4", "E4", "C4"]);
//! # Ok::<(), gradus_music::MusicError>(())
//! ```

mod pitches;
mod share;
#[cfg(test)]
mod tests;
mod time;
mod tokens;

use std::fmt;

use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use share::Share;
pub use tokens::Notation;

use crate::grid::Grid;
use crate::key::Key;
use crate::score::Score;

/// One way of damaging a piece.
///
/// What concerns pitches leaves every note its time, and percussion alone; what concerns times
/// leaves every note its pitch. All else of the score stays: voices, tempos, metres and keys. A
/// piece with nothing to damage comes back as it was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Corruption {
    /// A share of the notes moves by a semitone or a whole tone, up or down as drawn, within the
    /// range of its voice, so that the range alone does not betray the damage. (A voice of one
    /// single pitch has no such range; its notes leave it.)
    WrongNotes {
        /// How many of the notes.
        #[serde(default)]
        share: Share,
    },
    /// The bars come in another order: drawn, the same for all voices, and so that none stays in its
    /// place.
    ///
    /// Bars of another length than most, such as an upbeat or those of a passage in another metre,
    /// stay. A note goes with the bar in which it begins; where it rings over the bar line in a
    /// voice that sang one note at a time, the next note cuts it off. With fewer than two bars
    /// nothing changes.
    ShuffledBars,
    /// A share of the onsets moves by one step of a grid, earlier or later as drawn.
    ///
    /// The notes keep their ends and their order; a note that touched the moved one still does, and
    /// none vanishes. An onset without room on either side cannot move, and another one moves
    /// instead; in a piece of the shortest notes fewer than the share may move. A chord in one voice
    /// has one onset. The step is at least one tick.
    ShiftedRhythm {
        /// How many of the onsets.
        #[serde(default)]
        share: Share,
        /// The grid.
        #[serde(default)]
        grid: Grid,
    },
    /// All notes move by octaves, up or down as drawn, as far as MIDI allows. Where it allows only
    /// one direction that is taken; where none, nothing changes.
    OutOfRange,
    /// Each pitch is drawn from the scale of the key, within the range of its voice, which counts as
    /// an octave at least.
    RandomInKey,
    /// Each pitch is drawn from the five beside the scale, in the same range.
    RandomOutOfKey,
    /// The piece from its end to its beginning.
    Reversed,
    /// Each voice holds the tonic nearest to its mean pitch, from its first onset to its last end.
    HeldNote,
    /// Each note becomes the tonic nearest to the mean pitch of its voice.
    RepeatedNote,
    /// Each voice plays the scale of the key from the tonic up to the octave and down again, a degree
    /// an onset, in the octave whose middle is nearest to its mean pitch.
    Scale,
    /// Each voice alternates between the tonic and the degree above it, nearest to its mean pitch.
    Trill,
    /// No notes at all, percussion included.
    Silence,
}

impl Corruption {
    /// Each of them once, with a share of a quarter and a grid of sixteenths where they have one.
    pub fn all() -> [Corruption; 12] {
        let (share, grid) = (Share::default(), Grid::default());
        [
            Corruption::WrongNotes { share },
            Corruption::ShuffledBars,
            Corruption::ShiftedRhythm { share, grid },
            Corruption::OutOfRange,
            Corruption::RandomInKey,
            Corruption::RandomOutOfKey,
            Corruption::Reversed,
            Corruption::HeldNote,
            Corruption::RepeatedNote,
            Corruption::Scale,
            Corruption::Trill,
            Corruption::Silence,
        ]
    }

    /// Its name, which is also that in a config, such as `wrong-notes`.
    pub const fn name(&self) -> &'static str {
        match self {
            Corruption::WrongNotes { .. } => "wrong-notes",
            Corruption::ShuffledBars => "shuffled-bars",
            Corruption::ShiftedRhythm { .. } => "shifted-rhythm",
            Corruption::OutOfRange => "out-of-range",
            Corruption::RandomInKey => "random-in-key",
            Corruption::RandomOutOfKey => "random-out-of-key",
            Corruption::Reversed => "reversed",
            Corruption::HeldNote => "held-note",
            Corruption::RepeatedNote => "repeated-note",
            Corruption::Scale => "scale",
            Corruption::Trill => "trill",
            Corruption::Silence => "silence",
        }
    }

    /// The damaged piece, which depends on the piece, the key and the generator alone. Whatever key
    /// the score states, `key` is the one that counts.
    #[must_use]
    pub fn apply(&self, score: &Score, key: Key, rng: &mut impl Rng) -> Score {
        let mut damaged = score.clone();
        let it = &mut damaged;
        match *self {
            Corruption::WrongNotes { share } => pitches::move_by_a_step(it, share, rng),
            Corruption::ShuffledBars => time::shuffle_bars(it, rng),
            Corruption::ShiftedRhythm { share, grid } => time::shift_onsets(it, share, grid, rng),
            Corruption::OutOfRange => pitches::move_by_octaves(it, rng),
            Corruption::RandomInKey => pitches::draw(it, |class| key.contains(class), rng),
            Corruption::RandomOutOfKey => pitches::draw(it, |class| !key.contains(class), rng),
            Corruption::Reversed => time::reverse(it),
            Corruption::HeldNote => pitches::hold(it, key),
            Corruption::RepeatedNote => pitches::cycle(it, key, &[0]),
            Corruption::Scale => pitches::cycle(it, key, &pitches::up_and_down(key)),
            Corruption::Trill => pitches::cycle(it, key, &[0, key.mode.steps()[1]]),
            Corruption::Silence => it.voices.iter_mut().for_each(|voice| voice.notes.clear()),
        }
        // Notes that begin together are ordered by pitch, and pitches have changed.
        for voice in &mut damaged.voices {
            voice.notes.sort_unstable();
        }
        damaged
    }
}

impl fmt::Display for Corruption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
