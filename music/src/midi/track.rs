//! One track of a MIDI file.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::ORIGIN;
use super::channel::Channel;
use super::chunks::Chunk;
use super::events::{Event, Events};
use super::faults::Faults;
use crate::control::Control;
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
    /// What it says of channels, whoever plays on them.
    pub(super) controls: Vec<(Channel, Change<Control>)>,
    /// When it ends all that sounds on a channel.
    pub(super) silences: Vec<(Channel, Tick)>,
    pub(super) tempos: Vec<Change<Tempo>>,
    pub(super) meters: Vec<Change<Meter>>,
    pub(super) keys: Vec<Change<Key>>,
    /// When its end mark stands, or its last event.
    pub(super) end: Tick,
    pub(super) faults: Faults,
}

/// What a track plays on one channel.
pub(super) struct Part {
    pub(super) channel: Channel,
    pub(super) notes: Vec<Note>,
    /// The notes that the track does not end.
    pub(super) unended: Vec<(Tick, Pitch, Velocity)>,
    /// How many notes sound.
    sounding: usize,
}

/// The track is longer than ticks can count.
pub(super) struct TooManyTicks;

impl Track {
    /// Reads a track; `scale` multiplies every time.
    pub(super) fn read(chunk: &Chunk<'_>, scale: u32) -> Result<Track, TooManyTicks> {
        let mut reader = Reader::default();
        let mut events = Events::new(chunk);
        let mut now: u64 = 0;
        let mut ended = false;
        while let Some((delta, event)) = events.next() {
            now += u64::from(delta) * u64::from(scale);
            let tick = Tick(u32::try_from(now).map_err(|_| TooManyTicks)?);
            match event {
                Event::Message { status, data } => reader.message(tick, status, data),
                Event::Meta { kind, data } => reader.meta(tick, kind, data),
                Event::End => {
                    ended = true;
                    if !events.goes_on_after_end() {
                        break;
                    }
                }
                Event::Other | Event::Lost => {}
            }
        }
        let mut track = reader.finish(Tick(now as u32));
        track.faults.add(&events.faults);
        track.faults.broken = usize::from(!ended);
        if events.is_cut() {
            track.faults.cut.add((chunk.number, chunk.at));
        }
        Ok(track)
    }
}

#[derive(Default)]
struct Reader {
    track: Track,
    /// The notes that sound, by part and pitch; the earliest in front.
    open: FxHashMap<(usize, Pitch), VecDeque<(Tick, Velocity)>>,
    /// The port on which all that follows is played.
    port: u8,
    /// The registered parameters that data entries would set.
    parameters: FxHashMap<Channel, Parameter>,
    /// The part that was heard last.
    last: usize,
}

/// A registered parameter, by the two halves of its number; `None` is no parameter.
type Parameter = Option<(u8, u8)>;

/// The parameter that says how far bends reach.
const BEND_RANGE: Parameter = Some((0, 0));

/// The number of no parameter.
const NO_PARAMETER: u8 = 127;

impl Reader {
    fn message(&mut self, now: Tick, status: u8, [first, second]: [u8; 2]) {
        let channel = Channel { port: self.port, number: status & 0x0F };
        match status & 0xF0 {
            0x90 => match (pitch(first), Velocity::new(second)) {
                (pitch, Some(velocity)) => self.note_on(now, channel, pitch, velocity),
                (pitch, None) => self.note_off(now, channel, pitch),
            },
            0x80 => self.note_off(now, channel, pitch(first)),
            0xB0 => self.controller(now, channel, first, second),
            0xC0 => {
                self.part(channel);
                self.control(now, channel, Control::Program(first));
            }
            0xE0 => {
                let bend = i16::from(second) << 7 | i16::from(first);
                self.control(now, channel, Control::Bend(bend - 0x2000));
            }
            _ => {}
        }
    }

    fn controller(&mut self, now: Tick, channel: Channel, number: u8, value: u8) {
        match number {
            6 if self.parameters.get(&channel) == Some(&BEND_RANGE) => {
                self.control(now, channel, Control::BendRange(value));
            }
            7 => self.control(now, channel, Control::Volume(value)),
            11 => self.control(now, channel, Control::Expression(value)),
            64 => self.control(now, channel, Control::Sustain(value >= 64)),
            // A parameter that is not registered has the data entries from now on.
            98 | 99 => {
                self.parameters.insert(channel, None);
            }
            100 | 101 => {
                let (coarse, fine) =
                    self.parameters.get(&channel).copied().flatten().unwrap_or((NO_PARAMETER, NO_PARAMETER));
                let number = if number == 101 { (value, fine) } else { (coarse, value) };
                self.parameters.insert(channel, Some(number));
            }
            // All sound off, and all notes off; changes of mode end all notes too.
            120 | 123..=127 => self.silence(now, channel),
            // Reset all controllers: of these, all but the volume.
            121 => {
                self.parameters.remove(&channel);
                for control in [Control::Expression(127), Control::Sustain(false), Control::Bend(0)] {
                    self.control(now, channel, control);
                }
            }
            _ => {}
        }
    }

    fn meta(&mut self, now: Tick, kind: u8, data: &[u8]) {
        match (kind, data) {
            (0x03, [_, ..]) if self.track.name.is_none() => self.track.name = Some(text(data)),
            (0x01, data) if self.track.origin.is_none() && data.starts_with(ORIGIN.as_bytes()) => {
                self.track.origin = text(data).strip_prefix(ORIGIN).map(str::to_owned);
            }
            (0x21, [port, ..]) => self.port = *port,
            (0x51, [a, b, c, ..]) => {
                let tempo = Tempo::from_microseconds(u32::from_be_bytes([0, *a, *b, *c]));
                push(&mut self.track.tempos, &mut self.track.faults, now, tempo);
            }
            (0x58, [beats, power, ..]) => {
                let unit = 1_u8.checked_shl(u32::from(*power));
                let meter = unit.and_then(|unit| Meter::new(*beats, unit).ok());
                push(&mut self.track.meters, &mut self.track.faults, now, meter);
            }
            (0x59, [sharps, mode, ..]) => {
                let mode = match mode {
                    0 => Some(Mode::Major),
                    1 => Some(Mode::Minor),
                    _ => None,
                };
                let key = mode.and_then(|mode| Key::from_signature(*sharps as i8, mode));
                push(&mut self.track.keys, &mut self.track.faults, now, key);
            }
            _ => {}
        }
    }

    fn control(&mut self, at: Tick, channel: Channel, value: Control) {
        self.track.controls.push((channel, Change { at, value }));
    }

    fn note_on(&mut self, now: Tick, channel: Channel, pitch: Pitch, velocity: Velocity) {
        let part = self.part(channel);
        self.track.parts[part].sounding += 1;
        let sounding = self.open.entry((part, pitch)).or_default();
        self.track.faults.overlapping += usize::from(!sounding.is_empty());
        sounding.push_back((now, velocity));
    }

    fn note_off(&mut self, now: Tick, channel: Channel, pitch: Pitch) {
        let Some(part) = self.find(channel) else { return };
        let earliest = self.open.get_mut(&(part, pitch)).and_then(VecDeque::pop_front);
        if let Some((start, velocity)) = earliest {
            self.note(part, Note { start, pitch, duration: now - start, velocity });
        }
    }

    /// Ends every note of a channel.
    fn silence(&mut self, now: Tick, channel: Channel) {
        self.track.silences.push((channel, now));
        let Some(part) = self.find(channel) else { return };
        let mut pitches = (0..=127).filter_map(Pitch::new);
        while self.track.parts[part].sounding > 0
            && let Some(pitch) = pitches.next()
        {
            for (start, velocity) in self.open.remove(&(part, pitch)).unwrap_or_default() {
                self.note(part, Note { start, pitch, duration: now - start, velocity });
            }
        }
    }

    fn note(&mut self, part: usize, note: Note) {
        let part = &mut self.track.parts[part];
        part.sounding -= 1;
        if note.duration == Tick::ZERO {
            self.track.faults.empty += 1;
        } else {
            part.notes.push(note);
        }
    }

    fn find(&mut self, channel: Channel) -> Option<usize> {
        let is_it = |part: &Part| part.channel == channel;
        if !self.track.parts.get(self.last).is_some_and(is_it) {
            self.last = self.track.parts.iter().position(is_it)?;
        }
        Some(self.last)
    }

    fn part(&mut self, channel: Channel) -> usize {
        self.find(channel).unwrap_or_else(|| {
            self.track.parts.push(Part { channel, notes: Vec::new(), unended: Vec::new(), sounding: 0 });
            self.last = self.track.parts.len() - 1;
            self.last
        })
    }

    fn finish(mut self, end: Tick) -> Track {
        self.track.end = end;
        for ((part, pitch), sounding) in self.open {
            let unended = sounding.into_iter().map(|(start, velocity)| (start, pitch, velocity));
            self.track.parts[part].unended.extend(unended);
        }
        self.track.parts.sort_by_key(|part| part.channel);
        self.track
    }
}

fn push<T>(changes: &mut Vec<Change<T>>, faults: &mut Faults, at: Tick, value: Option<T>) {
    match value {
        Some(value) => changes.push(Change { at, value }),
        None => faults.bad_changes += 1,
    }
}

fn pitch(key: u8) -> Pitch {
    Pitch::new(key).unwrap_or(Pitch::MAX)
}

/// UTF-8 where it is that, otherwise Latin-1, which older programs write.
fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}
