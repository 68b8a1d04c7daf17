//! What a reward term is and what it gets to see.

use std::ops::{Range, RangeInclusive};

use dyn_clone::DynClone;
use gradus_music::{Note, Pitch, Tick, Token, Vocabulary};

use super::{Aspect, Fault};
use crate::{critic::RewardCritic, error::EnvError, library::Library, setting::Setting};

/// The piece up to and including the step that is being judged.
///
/// A step is one action: a step of the grid where tokens are written, a whole note or rest where events are. A term
/// that pays by what a step writes and by the time that it spans is right for both.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The frame: pitches, key, metre, times, length.
    pub setting: &'a Setting,
    /// What was given before the first step (an opening from the corpus); belongs to no rule.
    pub primer: &'a [Token],
    /// The piece as tokens, one a step, the current one last; empty without [`Aspect::Tokens`].
    pub tokens: &'a [Token],
    /// The piece as notes, in ticks of the setting from its start; the last may still be sounding.
    pub notes: &'a [Note],
    /// The current step, from 0.
    pub step: usize,
    /// What the current step writes.
    pub event: Event,
    /// When the current step begins.
    pub start: Tick,
    /// When it ends.
    pub end: Tick,
}

/// What a step writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A note begins.
    Onset(Pitch),
    /// A rest begins.
    Rest,
    /// The note sounds on, or the rest lasts.
    Hold,
}

impl Event {
    /// What a token writes.
    pub(crate) fn of_token(token: Token, vocabulary: Vocabulary) -> Self {
        match (token, vocabulary.pitch(token)) {
            (_, Some(pitch)) => Self::Onset(pitch),
            (Token::NOTE_OFF, None) => Self::Rest,
            (_, None) => Self::Hold,
        }
    }
}

impl<'a> Context<'a> {
    /// The last of `tokens` as the current step of a piece written in tokens, which is `notes` so far.
    ///
    /// # Panics
    /// If there is no token.
    pub fn of_tokens(setting: &'a Setting, primer: &'a [Token], tokens: &'a [Token], notes: &'a [Note]) -> Self {
        let step = tokens.len() - 1;
        let event = Event::of_token(tokens[step], setting.vocabulary);
        let (start, end) = (setting.tick(step), setting.tick(step + 1));
        Self { setting, primer, tokens, notes, step, event, start, end }
    }

    /// The pitch that begins at this step, if one does.
    pub fn onset(&self) -> Option<Pitch> {
        match self.event {
            Event::Onset(pitch) => Some(pitch),
            Event::Rest | Event::Hold => None,
        }
    }

    /// The note that sounds during this step, if one does.
    pub fn sounding(&self) -> Option<&'a Note> {
        self.notes.last().filter(|note| note.end() == self.end)
    }

    /// The piece in print: its tokens, or its notes with their ticks where it has none.
    pub(super) fn piece(&self) -> String {
        if self.setting.aspects.contains(&Aspect::Tokens) {
            return format!("{:?}", self.tokens.iter().map(|token| token.0).collect::<Vec<_>>());
        }
        let notes = self.notes.iter();
        let notes =
            notes.map(|note| format!("{} {}..{} ({})", note.pitch, note.start.0, note.end().0, note.velocity.number()));
        format!("[{}]", notes.collect::<Vec<_>>().join(", "))
    }

    /// The share of the whole piece that this step spans, 0 to 1.
    pub fn share(&self) -> f32 {
        self.setting.place(self.end - self.start)
    }

    /// The mean of a quantity over this step's time, taken in the middle of each part of about a grid step; the
    /// quantity is a function of the place in the piece, 0 to 1.
    pub fn mean(&self, quantity: impl Fn(f32) -> f32) -> f32 {
        let parts = (self.end - self.start).0.div_ceil(u32::from(self.setting.ticks_per_step)).max(1);
        let (start, part) = (self.setting.place(self.start), self.share() / parts as f32);
        (0..parts).map(|index| quantity(start + part * (index as f32 + 0.5))).sum::<f32>() / parts as f32
    }

    /// The steps of the grid that this step spans; each but the first is a hold. The nearest ones, off the grid.
    pub fn grid_steps(&self) -> Range<usize> {
        self.setting.grid_step(self.start)..self.setting.grid_step(self.end)
    }
}

/// One aspect by which a piece is judged.
///
/// A term is a function of the piece: called for the same steps in the same order, it gives the same
/// rewards. Environments rely on it to restore a state by replaying the piece. After construction it
/// allocates nothing, unless [`TermConfig::ALLOCATES`] says so.
pub trait RewardTerm: DynClone + Send {
    /// Back to before the first step.
    fn reset(&mut self);

    /// The reward of the current step.
    fn on_step(&mut self, context: &Context<'_>) -> f32;

    /// What is added to the last step's reward when the piece is finished.
    fn on_end(&mut self, _context: &Context<'_>) -> f32 {
        0.0
    }

    /// Between which values the reward of a single step lies, end included.
    fn range(&self) -> RangeInclusive<f32>;

    /// Why the last reward is NaN, where the term knows.
    fn fault(&self) -> Option<&Fault> {
        None
    }
}

dyn_clone::clone_trait_object!(RewardTerm);

/// The settings of a term, which make it.
pub trait TermConfig {
    /// What the term needs beyond the notes. Where an environment does not write it, the term is refused before it
    /// is made.
    const NEEDS: &'static [Aspect] = &[];

    /// Whether the term can be made with its default settings.
    const READY: bool = true;

    /// Whether the term allocates as it judges.
    const ALLOCATES: bool = false;

    /// What the term is called, where a config says; the name in the registry otherwise.
    fn label(&self) -> Option<&str> {
        None
    }

    /// Makes the term for pieces within `setting`; `library` holds the corpus for terms learned from it.
    fn build(&self, setting: &Setting, library: &Library) -> Result<Box<dyn RewardTerm>, EnvError>;

    /// The critic that judges in the term's name once a piece is there, if one does.
    fn critic(&self, _setting: &Setting, _library: &Library) -> Option<Result<Box<dyn RewardCritic>, EnvError>> {
        None
    }

    /// Whether that critic's scores are brought to mean 0 and standard deviation 1.
    fn normalises(&self) -> bool {
        false
    }
}
