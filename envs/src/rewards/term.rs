//! What a reward term is and what it gets to see.

use std::ops::RangeInclusive;

use dyn_clone::DynClone;
use gradus_music::{GridNote, Pitch, Token};

use crate::{error::EnvError, library::Library, setting::Setting};

/// The piece up to and including the step that is being judged.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The frame: vocabulary, key, metre, grid, length.
    pub setting: &'a Setting,
    /// What was given before the first step (an opening from the corpus); belongs to no rule.
    pub primer: &'a [Token],
    /// The piece as tokens, one a step, the current one last.
    pub tokens: &'a [Token],
    /// The piece as notes, in steps from its start; the last may still be sounding.
    pub notes: &'a [GridNote],
}

impl Context<'_> {
    /// The current step, from 0.
    pub fn step(&self) -> usize {
        self.tokens.len() - 1
    }

    /// The current token.
    pub fn token(&self) -> Token {
        self.tokens[self.step()]
    }

    /// The pitch that begins at this step, if one does.
    pub fn onset(&self) -> Option<Pitch> {
        self.setting.vocabulary.pitch(self.token())
    }
}

/// One aspect by which a piece is judged.
///
/// A term is a function of the piece: called for the same steps in the same order, it gives the same
/// rewards. Environments rely on it to restore a state by replaying the piece. After construction it
/// allocates nothing.
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
}

dyn_clone::clone_trait_object!(RewardTerm);

/// The settings of a term, which make it.
pub trait TermConfig {
    /// Makes the term for pieces within `setting`; `library` holds the corpus for terms learned from it.
    fn build(&self, setting: &Setting, library: &Library) -> Result<Box<dyn RewardTerm>, EnvError>;
}
