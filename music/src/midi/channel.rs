//! What holds on a channel, whichever track says it.

use rustc_hash::FxHashMap;

use super::PERCUSSION_CHANNEL;
use super::track::Track;
use crate::control::Control;
use crate::note::Note;
use crate::score::Change;
use crate::time::Tick;

/// One of the sixteen channels of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Channel {
    pub(super) port: u8,
    pub(super) number: u8,
}

impl Channel {
    pub(super) fn is_percussion(self) -> bool {
        self.number == PERCUSSION_CHANNEL
    }
}

/// What all tracks of a piece say of its channels, in order of time; on one tick, in the order of the tracks.
#[derive(Default)]
pub(super) struct Channels {
    controls: FxHashMap<Channel, Vec<Change<Control>>>,
    silences: FxHashMap<Channel, Vec<Tick>>,
}

impl Channels {
    /// Gathers what tracks say.
    pub(super) fn gather(tracks: &[Track]) -> Channels {
        let mut channels = Channels::default();
        for track in tracks {
            for &(channel, change) in &track.controls {
                channels.controls.entry(channel).or_default().push(change);
            }
            for &(channel, at) in &track.silences {
                channels.silences.entry(channel).or_default().push(at);
            }
        }
        for controls in channels.controls.values_mut() {
            controls.sort_by_key(|control| control.at);
        }
        for silences in channels.silences.values_mut() {
            silences.sort_unstable();
        }
        channels
    }

    /// All changes of a channel, its instruments among them.
    pub(super) fn changes(&self, channel: Channel) -> &[Change<Control>] {
        self.controls.get(&channel).map_or(&[], Vec::as_slice)
    }

    /// The instrument with which a channel plays from a moment on; the piano unless another is stated.
    pub(super) fn program(&self, channel: Channel, at: Tick) -> u8 {
        let programs = self.changes(channel).iter().take_while(|change| change.at <= at);
        let last = programs.filter_map(|change| match change.value {
            Control::Program(program) => Some(program),
            _ => None,
        });
        last.last().unwrap_or_default()
    }

    /// The changes of a channel but for the instruments up to a moment, of which [`Channels::program`] is the last.
    pub(super) fn controls(&self, channel: Channel, at: Tick) -> Vec<Change<Control>> {
        let later = |change: &&Change<Control>| change.at > at || !matches!(change.value, Control::Program(_));
        self.changes(channel).iter().filter(later).copied().collect()
    }

    /// When all notes of a channel end that sound after a moment, if a track says so.
    pub(super) fn silence_after(&self, channel: Channel, start: Tick) -> Option<Tick> {
        let silences = self.silences.get(&channel)?;
        silences.get(silences.partition_point(|at| *at <= start)).copied()
    }

    /// Ends notes where their channel falls silent.
    pub(super) fn silence(&self, channel: Channel, notes: &mut [Note]) {
        if !self.silences.contains_key(&channel) {
            return;
        }
        for note in notes {
            if let Some(silence) = self.silence_after(channel, note.start) {
                note.duration = note.duration.min(silence - note.start);
            }
        }
    }
}
