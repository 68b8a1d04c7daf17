//! Counts of what had to be forgiven.

use super::warning::{Occurrences, Warning};

/// Counts of what had to be forgiven in a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    pub(super) overlapping: usize,
    pub(super) unended: usize,
    pub(super) empty: usize,
    pub(super) broken: usize,
    pub(super) missing: usize,
    pub(super) unannounced: usize,
    pub(super) bad_changes: usize,
    pub(super) controls: usize,
    pub(super) kept_status: Occurrences,
    pub(super) high_bytes: Occurrences,
    pub(super) lengths: Occurrences,
    pub(super) system: Occurrences,
    pub(super) unreadable: Occurrences,
    pub(super) early_ends: Occurrences,
    pub(super) after_ends: Occurrences,
    pub(super) chunk_lengths: Occurrences,
    pub(super) stray_bytes: Option<Warning>,
    pub(super) another_file: Option<Warning>,
    pub(super) format: Option<Warning>,
    pub(super) film_time: bool,
    /// Where a track ends in the middle of an event.
    pub(super) cut: Occurrences,
}

impl Faults {
    /// Adds the faults of a track.
    pub(super) fn add(&mut self, track: &Faults) {
        self.overlapping += track.overlapping;
        self.unended += track.unended;
        self.empty += track.empty;
        self.broken += track.broken;
        self.bad_changes += track.bad_changes;
        self.kept_status.join(track.kept_status);
        self.high_bytes.join(track.high_bytes);
        self.lengths.join(track.lengths);
        self.system.join(track.system);
        self.unreadable.join(track.unreadable);
        self.early_ends.join(track.early_ends);
        self.after_ends.join(track.after_ends);
        self.cut.join(track.cut);
    }

    /// The first place at which events were lost, if any were: its track, and its byte.
    pub(super) fn first_loss(&self) -> Option<(usize, usize)> {
        let losses = [self.unreadable, self.chunk_lengths, self.after_ends, self.cut];
        let in_tracks = losses.iter().filter(|loss| loss.track > 0);
        in_tracks.map(|loss| (loss.track, loss.byte)).min_by_key(|(_, byte)| *byte)
    }

    pub(super) fn warnings(&self) -> Vec<Warning> {
        let counted = [
            (self.overlapping, Warning::OverlappingNotes(self.overlapping)),
            (self.unended, Warning::UnendedNotes(self.unended)),
            (self.empty, Warning::EmptyNotes(self.empty)),
            (self.broken, Warning::BrokenTracks(self.broken)),
            (self.bad_changes, Warning::BadChanges(self.bad_changes)),
            (self.kept_status.count, Warning::KeptStatus(self.kept_status)),
            (self.high_bytes.count, Warning::HighBytes(self.high_bytes)),
            (self.lengths.count, Warning::WrongLengths(self.lengths)),
            (self.system.count, Warning::SystemMessages(self.system)),
            (self.unreadable.count, Warning::Unreadable(self.unreadable)),
            (self.early_ends.count, Warning::EarlyEnds(self.early_ends)),
            (self.after_ends.count, Warning::BytesAfterEnd(self.after_ends)),
            (self.chunk_lengths.count, Warning::WrongChunks(self.chunk_lengths)),
            (self.controls, Warning::TooManyControls(self.controls)),
            (self.missing, Warning::MissingTracks(self.missing)),
            (self.unannounced, Warning::UnannouncedTracks(self.unannounced)),
            (usize::from(self.film_time), Warning::FilmTime),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, warning)| warning);
        counted.chain(self.stray_bytes).chain(self.another_file).chain(self.format).collect()
    }
}
