//! What an agent sees of a melody.

use gradus_music::Token;

use super::config::Features;
use crate::setting::Setting;

/// Where each feature begins in the flat observation.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    features: Features,
    tokens: usize,
    bar_steps: usize,
    bars: usize,
    size: usize,
}

/// What the features are made from.
pub(super) struct View<'a> {
    pub(super) primer: &'a [Token],
    pub(super) tokens: &'a [Token],
    /// Notes begun so far, by pitch class.
    pub(super) pitch_classes: &'a [u16; 12],
}

impl Layout {
    pub(super) fn new(features: Features, setting: &Setting) -> Self {
        let tokens = setting.vocabulary.size();
        let bar_steps = setting.steps_per_bar();
        let bars = setting.steps.div_ceil(bar_steps);
        let on = |shown: bool, size: usize| if shown { size } else { 0 };
        let size = features.history * tokens
            + on(features.bar_position, bar_steps)
            + on(features.bar_number, bars)
            + on(features.pitch_classes, 12);
        Self { features, tokens, bar_steps, bars, size }
    }

    /// Entries of the whole observation.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn write(&self, view: &View<'_>, observation: &mut [f32]) {
        observation.fill(0.0);
        let mut rest = observation;
        let latest = view.tokens.iter().rev().chain(view.primer.iter().rev());
        for (slot, token) in rest[..self.features.history * self.tokens].chunks_exact_mut(self.tokens).zip(latest) {
            slot[usize::from(token.0)] = 1.0;
        }
        rest = &mut rest[self.features.history * self.tokens..];
        let step = view.tokens.len();
        if self.features.bar_position {
            rest[step % self.bar_steps] = 1.0;
            rest = &mut rest[self.bar_steps..];
        }
        if self.features.bar_number {
            // A finished piece has no next bar to be in.
            if let Some(bar) = rest[..self.bars].get_mut(step / self.bar_steps) {
                *bar = 1.0;
            }
            rest = &mut rest[self.bars..];
        }
        if self.features.pitch_classes {
            let notes: u16 = view.pitch_classes.iter().sum();
            let share = 1.0 / f32::from(notes.max(1));
            for (slot, &count) in rest.iter_mut().zip(view.pitch_classes) {
                *slot = f32::from(count) * share;
            }
        }
    }
}
