//! A score as the actions that write it.

use gradus_music::{EncodedMelody, Grid, Key, MelodySource, Score, Tick, Token, Vocabulary};

use crate::{
    env::Env,
    error::EnvError,
    rewards::{Event, RewardStack},
    setting::Setting,
    space::ActionBuffer,
};

/// The settings of an environment that composes: what it needs to hear a finished piece as its own.
///
/// # Contract
/// 1. A piece that the environment has composed, written as a MIDI file and read again, is transcribed as the actions
///    that were taken, after the primer that was given.
/// 2. Whatever was transcribed can be performed, to its end.
pub trait Composing {
    /// Returns the frame of the pieces, checked.
    fn setting(&self) -> Result<Setting, EnvError>;

    /// Returns the actions that write the melody of a score, as near as they can; the length is the score's.
    ///
    /// # Errors
    /// A voice that the score lacks, or a piece that the actions cannot write.
    fn transcribe(&self, score: &Score, source: &MelodySource) -> Result<Transcript, EnvError>;

    /// Makes the environment in which a transcript can be performed: of its length, after its primer, and without masks,
    /// because a finished piece is judged whatever was allowed to its composer. `rewards` are built for the transcript's
    /// length.
    fn stage(&self, transcript: &Transcript, rewards: RewardStack) -> Result<Box<dyn Env>, EnvError>;
}

/// What writes a piece in an environment, and what it took to make it fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// What was given before the piece, as tokens.
    pub primer: Vec<Token>,
    /// The steps.
    pub steps: Vec<Transcribed>,
    /// The length of the piece in steps of the grid.
    pub length: usize,
    /// Whether the actions are those that the score says itself, as it does where it was composed here.
    pub own: bool,
    /// What was changed.
    pub fit: Fit,
}

/// One step of a transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcribed {
    /// The action.
    pub action: ActionBuffer,
    /// What it writes.
    pub event: Event,
    /// When it begins, in ticks of the setting.
    pub start: Tick,
    /// When it ends.
    pub end: Tick,
}

/// What a piece was changed by to fit an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fit {
    /// The whole silent bars before the music that were dropped.
    pub silent_bars: usize,
    /// Semitones by which the melody was moved up (down, if negative).
    pub transposition: i32,
    /// Notes moved by octaves into the range.
    pub shifted: usize,
    /// Notes left out because a longer one begins on the same step.
    pub dropped: usize,
    /// The share of the notes whose start or end was moved to the grid, 0 to 1.
    pub moved: f64,
    /// Whether the notes are no longer those that the file says Gradus wrote.
    pub edited: bool,
}

impl Fit {
    /// What it took to encode a melody.
    pub fn of(encoded: &EncodedMelody) -> Self {
        Self {
            transposition: encoded.transposition,
            shifted: encoded.shifted,
            dropped: encoded.dropped,
            moved: encoded.error.moved,
            ..Self::default()
        }
    }

    /// Says what was changed, a sentence each without its full stop; nothing where the piece is judged as it is.
    pub fn words(&self, vocabulary: Vocabulary, grid: Grid, key: Option<Key>) -> Vec<String> {
        let mut words = Vec::new();
        let counted = |count: usize, one: &str, many: &str| {
            if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
        };
        if self.edited {
            words.push("the notes were changed after Gradus wrote them: they are judged as they are now".to_owned());
        }
        if self.silent_bars > 0 {
            let bars = counted(self.silent_bars, "silent bar", "silent bars");
            words.push(format!("{bars} before the music left out"));
        }
        match self.transposition {
            0 => {}
            semitones => {
                let direction = if semitones > 0 { "up" } else { "down" };
                let size = counted(semitones.unsigned_abs() as usize, "semitone", "semitones");
                let (low, high) = (vocabulary.low(), vocabulary.high());
                let key = key.map(|key| format!("{key} and ")).unwrap_or_default();
                words.push(format!("moved {direction} {size}, into {key}{low} to {high}"));
            }
        }
        if self.shifted > 0 {
            let notes = counted(self.shifted, "note", "notes");
            words.push(format!("{notes} out of range moved by octaves"));
        }
        if self.moved > 0.0 {
            let steps = grid.steps_per_beat();
            words.push(format!("{:.0} % of the notes moved to the grid of {steps} steps a beat", 100.0 * self.moved));
        }
        if self.dropped > 0 {
            let notes = counted(self.dropped, "note", "notes");
            words.push(format!("{notes} shorter than a step left out"));
        }
        words
    }
}

/// Splits an origin, as [`Score::origin`] keeps it, into the parts that the environment `name` wrote; none if another
/// did.
pub(crate) fn origin<'a, const N: usize>(score: &'a Score, name: &str) -> Option<[&'a str; N]> {
    let rest = score.origin.as_deref()?.strip_prefix(name)?.strip_prefix(':')?;
    let parts: Vec<_> = rest.split(';').map(str::trim).collect();
    parts.try_into().ok()
}
