//! From a score to a MIDI file.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, PitchBend, Timing, TrackEvent, TrackEventKind};

use super::{ORIGIN, PERCUSSION_CHANNEL, check_length};
use crate::control::Control;
use crate::error::MusicError;
use crate::key::Mode;
use crate::note::Note;
use crate::score::{Score, Voice};
use crate::time::Tick;

/// Writes a score as a MIDI file, wholly or not at all: to a temporary file beside `path`, which
/// then takes its name.
pub fn write(score: &Score, path: impl AsRef<Path>) -> Result<(), MusicError> {
    let path = path.as_ref();
    let bytes = to_bytes(score)?;
    let temporary = temporary_beside(path);
    let written = write_synced(&temporary, &bytes).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| {
        // Nothing more can be done about a temporary file that will not go; the first error says
        // more.
        let _ = fs::remove_file(&temporary);
        MusicError::Write { path: path.to_owned(), source }
    })
}

/// The bytes of a score as a MIDI file of format 1: a track for title, tempos, metres and keys,
/// then one track a voice.
///
/// Percussion plays on channel 10, every other voice on a channel of its own. Voices beyond the
/// fifteen that are left share the channel of the first voice with their instrument, or take turns;
/// having their own tracks, they read back apart. Of voices on one channel, those with other
/// instruments or controls are on other ports, since both belong to the channel. Notes of no length
/// are left out.
pub fn to_bytes(score: &Score) -> Result<Vec<u8>, MusicError> {
    check_length(score, score.title.as_deref().unwrap_or("untitled"))?;
    let channels = channels(&score.voices);
    let ports = ports(&score.voices, &channels);
    let origin = score.origin.as_ref().map(|origin| format!("{ORIGIN}{origin}"));
    let mut tracks = vec![conductor(score, origin.as_deref())];
    for ((voice, channel), port) in score.voices.iter().zip(channels).zip(ports) {
        tracks.push(voice_track(voice, channel, port, score));
    }
    let resolution = Timing::Metrical(u15::new(score.resolution.ticks()));
    let mut bytes = Vec::new();
    midly::write(&Header::new(Format::Parallel, resolution), &tracks, &mut bytes)
        .map_err(|reason| unwritable(score, reason))?;
    Ok(bytes)
}

fn conductor<'a>(score: &'a Score, origin: Option<&'a str>) -> Vec<TrackEvent<'a>> {
    let mut events: Vec<(Tick, TrackEventKind<'_>)> = Vec::new();
    if let Some(origin) = origin {
        events.push((Tick::ZERO, TrackEventKind::Meta(MetaMessage::Text(origin.as_bytes()))));
    }
    for meter in &score.meters {
        let (beats, power) = (meter.value.beats(), meter.value.unit().trailing_zeros() as u8);
        events.push((meter.at, TrackEventKind::Meta(MetaMessage::TimeSignature(beats, power, 24, 8))));
    }
    for key in &score.keys {
        let minor = key.value.mode == Mode::Minor;
        events.push((key.at, TrackEventKind::Meta(MetaMessage::KeySignature(key.value.signature(), minor))));
    }
    for tempo in &score.tempos {
        let microseconds = u24::new(tempo.value.microseconds());
        events.push((tempo.at, TrackEventKind::Meta(MetaMessage::Tempo(microseconds))));
    }
    events.sort_by_key(|(at, _)| *at);
    track(score.title.as_deref().unwrap_or_default(), events, score)
}

fn voice_track<'a>(voice: &'a Voice, channel: u8, port: Port, score: &Score) -> Vec<TrackEvent<'a>> {
    let channel = u4::new(channel);
    let program = MidiMessage::ProgramChange { program: u7::new(voice.program.min(127)) };
    let mut events = Vec::new();
    // The first port needs no mention.
    if port.number > 0 {
        events.push((Tick::ZERO, TrackEventKind::Meta(MetaMessage::MidiPort(u7::new(port.number)))));
    }
    events.push((Tick::ZERO, TrackEventKind::Midi { channel, message: program }));

    let mut notes: Vec<&Note> = voice.notes.iter().filter(|note| note.duration > Tick::ZERO).collect();
    notes.sort_unstable();
    let mut timed: Vec<(Tick, Order, MidiMessage)> = Vec::with_capacity(2 * notes.len());
    for note in notes {
        // A note-on without velocity ends a note; it lets one status byte serve the whole track.
        let message = |velocity| MidiMessage::NoteOn { key: u7::new(note.pitch.number()), vel: u7::new(velocity) };
        timed.push((note.start, Order::Start, message(note.velocity.number())));
        timed.push((note.end(), Order::End, message(0)));
    }
    if port.is_first {
        for control in &voice.controls {
            timed.extend(messages(control.value).map(|message| (control.at, Order::Control, message)));
        }
    }
    timed.sort_by_key(|&(at, order, _)| (at, order));
    events.extend(timed.into_iter().map(|(at, _, message)| (at, TrackEventKind::Midi { channel, message })));
    track(&voice.name, events, score)
}

/// In which order the events of one moment stand: ends before starts, so that a repeated note does not end itself, and what
/// changes the sound between them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    End,
    Control,
    Start,
}

/// The messages that state a control.
fn messages(control: Control) -> impl Iterator<Item = MidiMessage> {
    let controller = |number, value: u8| {
        Some(MidiMessage::Controller { controller: u7::new(number), value: u7::new(value.min(127)) })
    };
    let messages = match control {
        Control::Program(program) => {
            [Some(MidiMessage::ProgramChange { program: u7::new(program.min(127)) }), None, None]
        }
        Control::Volume(value) => [controller(7, value), None, None],
        Control::Expression(value) => [controller(11, value), None, None],
        Control::Sustain(down) => [controller(64, if down { 127 } else { 0 }), None, None],
        Control::Bend(bend) => [Some(MidiMessage::PitchBend { bend: PitchBend::from_int(bend) }), None, None],
        // Registered parameter 0.
        Control::BendRange(semitones) => [controller(101, 0), controller(100, 0), controller(6, semitones)],
    };
    messages.into_iter().flatten()
}

/// A named track of events in order of time.
fn track<'a>(name: &'a str, timed: Vec<(Tick, TrackEventKind<'a>)>, score: &Score) -> Vec<TrackEvent<'a>> {
    let end = timed.last().map_or(Tick::ZERO, |(at, _)| *at).max(score.duration());
    let name = (!name.is_empty()).then_some(TrackEventKind::Meta(MetaMessage::TrackName(name.as_bytes())));
    let timed = name.map(|name| (Tick::ZERO, name)).into_iter().chain(timed);
    let mut now = Tick::ZERO;
    let mut events = Vec::new();
    for (at, kind) in timed.chain([(end, TrackEventKind::Meta(MetaMessage::EndOfTrack))]) {
        let mut wait = (at - now).0;
        // An event comes at most 2^28 - 1 ticks after the last; words that say nothing fill a longer silence.
        while wait > u28::max_value().as_int() {
            events.push(TrackEvent { delta: u28::max_value(), kind: TrackEventKind::Meta(MetaMessage::Text(b"")) });
            wait -= u28::max_value().as_int();
        }
        events.push(TrackEvent { delta: u28::new(wait), kind });
        now = at;
    }
    events
}

/// A channel for each voice.
fn channels(voices: &[Voice]) -> Vec<u8> {
    const MELODIC: [u8; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15];
    let mut programs: Vec<u8> = Vec::new();
    let channel = |voice: &Voice| {
        if voice.percussion {
            return PERCUSSION_CHANNEL;
        }
        let shared = programs.iter().take(MELODIC.len()).position(|&program| program == voice.program);
        let own = programs.len();
        programs.push(voice.program);
        if own < MELODIC.len() { MELODIC[own] } else { MELODIC[shared.unwrap_or(own % MELODIC.len())] }
    };
    voices.iter().map(channel).collect()
}

/// The port of a voice, and whether it is the first on its channel there: one voice states what holds for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Port {
    number: u8,
    is_first: bool,
}

/// A port for each voice, so that only voices with the same instrument and controls share a channel. Voices beyond the last
/// port share it.
fn ports(voices: &[Voice], channels: &[u8]) -> Vec<Port> {
    const LAST: usize = 127;
    let mut different: [Vec<&Voice>; 16] = Default::default();
    let mut ports = Vec::with_capacity(voices.len());
    for (voice, &channel) in voices.iter().zip(channels) {
        let different = &mut different[usize::from(channel)];
        let alike = |other: &&Voice| other.program == voice.program && other.controls == voice.controls;
        let shared = different.iter().position(alike);
        ports.push(Port { number: shared.unwrap_or(different.len()).min(LAST) as u8, is_first: shared.is_none() });
        if shared.is_none() {
            different.push(voice);
        }
    }
    ports
}

fn unwritable(score: &Score, reason: &str) -> MusicError {
    let name = score.title.clone().unwrap_or_else(|| "untitled".to_owned());
    MusicError::TooLong { name, length: reason.to_owned() }
}

/// A hidden file for this process and this path. Its name stands for that of the path and does not bear it, for that
/// may be as long as a name can be.
fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = DefaultHasher::new();
    path.file_name().unwrap_or_default().hash(&mut name);
    path.with_file_name(format!(".{:016x}.{}.tmp", name.finish(), process::id()))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Change;

    fn voice(program: u8, percussion: bool) -> Voice {
        Voice { program, percussion, ..Voice::default() }
    }

    #[test]
    fn a_file_name_may_be_as_long_as_the_file_system_allows() {
        let folder = tempfile::tempdir().unwrap();
        let score = Score { voices: vec![voice(0, false)], ..Score::default() };
        for length in 236..=255 {
            let path = folder.path().join("n".repeat(length));
            write(&score, &path).unwrap();
            assert_eq!(fs::read(&path).unwrap(), to_bytes(&score).unwrap());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 20, "and nothing is left beside them");
    }

    #[test]
    fn fifteen_melodic_voices_have_channels_of_their_own_and_drums_the_tenth() {
        let mut voices: Vec<_> = (0..15).map(|program| voice(program, false)).collect();
        voices.insert(3, voice(0, true));
        let mut used = channels(&voices);
        assert_eq!(used[3], PERCUSSION_CHANNEL);
        used.sort_unstable();
        assert_eq!(used, (0..16).collect::<Vec<_>>());
    }

    #[test]
    fn the_sixteenth_melodic_voice_shares_the_channel_of_its_instrument() {
        let mut voices: Vec<_> = (0..15).map(|program| voice(program, false)).collect();
        voices.push(voice(7, false));
        assert_eq!(channels(&voices)[15], channels(&voices)[7]);
    }

    #[test]
    fn voices_on_one_channel_share_a_port_if_they_are_played_alike() {
        let soft = Voice { controls: vec![Change::at_the_start(Control::Volume(20))], ..voice(0, true) };
        let voices = [voice(0, true), voice(8, true), voice(0, true), soft.clone(), soft];
        let ports = ports(&voices, &channels(&voices));
        let ports: Vec<_> = ports.iter().map(|port| (port.number, port.is_first)).collect();
        assert_eq!(ports, [(0, true), (1, true), (0, false), (2, true), (2, false)]);
    }
}
