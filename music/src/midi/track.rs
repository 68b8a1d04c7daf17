//! One track of a MIDI file.

use std::collections::VecDeque;

use midly::{EventIter, MetaMessage, MidiMessage, TrackEventKind};
use rustc_hash::FxHashMap;

use super::ORIGIN;
use super::warning::Warning;
use crate::key::{Key, Mode};
use crate::meter::{Meter, Tempo};
use crate::note::Note;
use crate::pitch::{Pitch, Velocity};
use crate::score::Change;
use crate::time::Tick;

/// What a track says, and what it plays on each channel.
#[derive(Default)]
pub(super) struct Track {
    pub(super) name: Option<String>,
    /// How the piece was written, if the track says so.
    pub(super) origin: Option<String>,
    pub(super) parts: Vec<Part>,
    pub(super) tempos: Vec<Change<Tempo>>,
    pub(super) meters: Vec<Change<Meter>>,
    pub(super) keys: Vec<Change<Key>>,
    /// When its end mark stands, or its last event.
    pub(super) end: Tick,
    pub(super) faults: Faults,
}

/// What a track plays on one channel.
pub(super) struct Part {
    pub(super) channel: u8,
    pub(super) program: u8,
    pub(super) notes: Vec<Note>,
}

/// Counts of what had to be forgiven.
#[derive(Clone, Copy, Default)]
pub(super) struct Faults {
    overlapping: usize,
    unended: usize,
    empty: usize,
    broken: usize,
    bad_changes: usize,
}

/// The track is longer than ticks can count.
pub(super) struct TooManyTicks;

impl Track {
    /// Reads a track; `scale` multiplies every time.
    pub(super) fn read(events: EventIter<'_>, scale: u32) -> Result<Track, TooManyTicks> {
        let mut reader = Reader::default();
        let mut now: u64 = 0;
        let mut ended = false;
        // The parser takes its leave silently where an event is broken; the end mark is then
        // missing.
        for event in events.flatten() {
            now += u64::from(event.delta.as_int()) * u64::from(scale);
            let tick = Tick(u32::try_from(now).map_err(|_| TooManyTicks)?);
            match event.kind {
                TrackEventKind::Midi { channel, message } => {
                    reader.message(tick, channel.as_int(), message);
                }
                TrackEventKind::Meta(MetaMessage::EndOfTrack) => {
                    ended = true;
                    break;
                }
                TrackEventKind::Meta(message) => reader.meta(tick, message),
                TrackEventKind::SysEx(_) | TrackEventKind::Escape(_) => {}
            }
        }
        reader.track.faults.broken += usize::from(!ended);
        Ok(reader.finish(Tick(now as u32)))
    }
}

impl Faults {
    pub(super) fn add(&mut self, other: Faults) {
        self.overlapping += other.overlapping;
        self.unended += other.unended;
        self.empty += other.empty;
        self.broken += other.broken;
        self.bad_changes += other.bad_changes;
    }

    pub(super) fn warnings(self) -> impl Iterator<Item = Warning> {
        let all = [
            (self.overlapping, Warning::OverlappingNotes(self.overlapping)),
            (self.unended, Warning::UnendedNotes(self.unended)),
            (self.empty, Warning::EmptyNotes(self.empty)),
            (self.broken, Warning::BrokenTracks(self.broken)),
            (self.bad_changes, Warning::BadChanges(self.bad_changes)),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).map(|(_, warning)| warning)
    }
}

#[derive(Default)]
struct Reader {
    track: Track,
    /// The notes that sound, by channel and pitch; the earliest in front.
    open: FxHashMap<(u8, Pitch), VecDeque<(Tick, Velocity)>>,
}

impl Reader {
    fn message(&mut self, now: Tick, channel: u8, message: MidiMessage) {
        match message {
            MidiMessage::NoteOn { key, vel } => match (pitch(key), Velocity::new(vel.as_int())) {
                (pitch, Some(velocity)) => self.note_on(now, channel, pitch, velocity),
                (pitch, None) => self.note_off(now, channel, pitch),
            },
            MidiMessage::NoteOff { key, .. } => self.note_off(now, channel, pitch(key)),
            MidiMessage::ProgramChange { program } => {
                let part = self.part(channel);
                // An instrument that enters later does not make another voice.
                if part.notes.is_empty() {
                    part.program = program.as_int();
                }
            }
            _ => {}
        }
    }

    fn meta(&mut self, now: Tick, message: MetaMessage<'_>) {
        match message {
            MetaMessage::TrackName(bytes) if self.track.name.is_none() && !bytes.is_empty() => {
                self.track.name = Some(text(bytes));
            }
            MetaMessage::Text(bytes) if self.track.origin.is_none() => {
                self.track.origin = text(bytes).strip_prefix(ORIGIN).map(str::to_owned);
            }
            MetaMessage::Tempo(microseconds) => {
                let tempo = Tempo::from_microseconds(microseconds.as_int());
                push(&mut self.track.tempos, &mut self.track.faults, now, tempo);
            }
            MetaMessage::TimeSignature(beats, power, _, _) => {
                let unit = 1_u8.checked_shl(u32::from(power));
                let meter = unit.and_then(|unit| Meter::new(beats, unit).ok());
                push(&mut self.track.meters, &mut self.track.faults, now, meter);
            }
            MetaMessage::KeySignature(sharps, minor) => {
                let key = Key::from_signature(sharps, if minor { Mode::Minor } else { Mode::Major });
                push(&mut self.track.keys, &mut self.track.faults, now, key);
            }
            _ => {}
        }
    }

    fn note_on(&mut self, now: Tick, channel: u8, pitch: Pitch, velocity: Velocity) {
        self.part(channel);
        let sounding = self.open.entry((channel, pitch)).or_default();
        self.track.faults.overlapping += usize::from(!sounding.is_empty());
        sounding.push_back((now, velocity));
    }

    fn note_off(&mut self, now: Tick, channel: u8, pitch: Pitch) {
        let earliest = self.open.get_mut(&(channel, pitch)).and_then(VecDeque::pop_front);
        if let Some((start, velocity)) = earliest {
            self.note(channel, Note { start, pitch, duration: now - start, velocity });
        }
    }

    fn note(&mut self, channel: u8, note: Note) {
        if note.duration == Tick::ZERO {
            self.track.faults.empty += 1;
        } else {
            self.part(channel).notes.push(note);
        }
    }

    fn part(&mut self, channel: u8) -> &mut Part {
        let parts = &mut self.track.parts;
        let index = parts.iter().position(|part| part.channel == channel).unwrap_or_else(|| {
            parts.push(Part { channel, program: 0, notes: Vec::new() });
            parts.len() - 1
        });
        &mut parts[index]
    }

    fn finish(mut self, end: Tick) -> Track {
        self.track.end = end;
        for ((channel, pitch), sounding) in std::mem::take(&mut self.open) {
            self.track.faults.unended += sounding.len();
            for (start, velocity) in sounding {
                self.note(channel, Note { start, pitch, duration: end - start, velocity });
            }
        }
        for part in &mut self.track.parts {
            part.notes.sort_unstable();
        }
        self.track.parts.sort_by_key(|part| part.channel);
        // A file may prepare channels on which it then plays nothing.
        if self.track.parts.len() > 1 {
            self.track.parts.retain(|part| !part.notes.is_empty());
        }
        self.track
    }
}

fn push<T>(changes: &mut Vec<Change<T>>, faults: &mut Faults, at: Tick, value: Option<T>) {
    match value {
        Some(value) => changes.push(Change { at, value }),
        None => faults.bad_changes += 1,
    }
}

fn pitch(key: midly::num::u7) -> Pitch {
    Pitch::new(key.as_int()).unwrap_or(Pitch::MAX)
}

/// UTF-8 where it is that, otherwise Latin-1, which older programs write.
fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}
