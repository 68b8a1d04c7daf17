//! What an agent sees of a phrase.

use gradus_music::{Note, Tick};

use super::{
    axes::{Axes, Written},
    config::Features,
};
use crate::setting::Setting;

/// Where each feature begins in the flat observation.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    history: usize,
    bar_steps: usize,
}

/// What the features are made from.
pub(super) struct View<'a> {
    pub(super) setting: &'a Setting,
    pub(super) axes: &'a Axes,
    pub(super) written: &'a [Written],
    pub(super) notes: &'a [Note],
    /// The heights of the first, the lowest and the highest note so far; 0 without notes.
    pub(super) landmarks: [f32; 3],
    /// When the next event begins.
    pub(super) now: Tick,
}

/// What is shown of an event: whether it is a note, whether a rest, pitch, length and velocity.
const EVENT: usize = 5;

impl Layout {
    pub(super) fn new(features: Features, setting: &Setting) -> Self {
        Self { history: features.history, bar_steps: setting.steps_per_bar() }
    }

    /// Entries of the whole observation.
    pub(super) fn size(&self) -> usize {
        2 + self.bar_steps + 1 + 3 + 12 + self.history * EVENT
    }

    pub(super) fn write(&self, view: &View<'_>, observation: &mut [f32]) {
        let View { setting, axes, now, .. } = *view;
        observation.fill(0.0);
        let (time, rest) = observation.split_at_mut(2);
        time[0] = setting.place(now);
        time[1] = ((setting.length() - now).0 as f32 / axes.longest as f32).min(1.0);

        let (bar, rest) = rest.split_at_mut(self.bar_steps + 1);
        let ticks = u32::from(setting.ticks_per_step);
        bar[(now.0 / ticks) as usize % self.bar_steps] = 1.0;
        bar[self.bar_steps] = (now.0 % ticks) as f32 / ticks as f32;

        let (landmarks, rest) = rest.split_at_mut(3);
        landmarks.copy_from_slice(&view.landmarks);

        let (degrees, events) = rest.split_at_mut(12);
        if let Some(note) = view.notes.last() {
            degrees[usize::from(note.pitch.class().above(setting.key.tonic))] = 1.0;
        }
        for (slot, event) in events.chunks_exact_mut(EVENT).zip(view.written.iter().rev()) {
            match event.note {
                Some((pitch, velocity)) => {
                    slot[0] = 1.0;
                    slot[2] = axes.height(pitch);
                    slot[4] = f32::from(velocity.number()) / 127.0;
                }
                None => slot[1] = 1.0,
            }
            slot[3] = axes.relative_length(event.length);
        }
    }
}
