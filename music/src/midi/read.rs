//! From a MIDI file to scores.

use std::fs;
use std::path::Path;

use super::channel::Channels;
use super::chunks;
use super::clock::Clock;
use super::faults::Faults;
use super::keys;
use super::track::{Part, Track};
use super::warning::Warning;
use super::{MAX_CONTROLS, check_length};
use crate::error::MusicError;
use crate::note::Note;
use crate::score::{Change, Score, TrackNumber, Voice};
use crate::time::Tick;

/// What was read from a MIDI file.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The pieces: one, but for files of format 2, where every track is a piece.
    pub scores: Vec<Score>,
    /// What had to be forgiven.
    pub warnings: Vec<Warning>,
}

/// Reads a MIDI file.
pub fn read(path: impl AsRef<Path>) -> Result<Reading, MusicError> {
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(|source| MusicError::Read { path: path.to_owned(), source })?;
    parse(&bytes, &path.display().to_string())
}

/// Reads a MIDI file from memory; `name` is what errors call it.
///
/// Every channel of every track becomes a voice. The first track of a format 1 file, if it plays
/// nothing, gives the title; so does the one track of format 0, and every track of format 2.
///
/// Instruments and controllers belong to a channel, whichever track states them, and so does the end of all its notes. A
/// file of which nothing but damage could be read is an error.
pub fn parse(bytes: &[u8], name: &str) -> Result<Reading, MusicError> {
    let not_midi = |reason: &str| MusicError::NotMidi { name: name.to_owned(), reason: reason.to_owned() };
    let damaged = |reason: String| MusicError::Damaged { name: name.to_owned(), reason };
    if bytes.is_empty() {
        return Err(not_midi("it is empty"));
    }
    let chunks = chunks::split(bytes).map_err(not_midi)?;
    let clock = Clock::new(chunks.division).map_err(not_midi)?;
    match (chunks.tracks.len(), chunks.announced) {
        (0, 0) => return Err(not_midi("it has no tracks")),
        (0, announced) => return Err(damaged(format!("none of its {announced} tracks can be found"))),
        _ => {}
    }

    let too_long = |_| MusicError::TooLong { name: name.to_owned(), length: "it has more than 2^32 ticks".to_owned() };
    let tracks = chunks.tracks.iter().map(|chunk| Track::read(chunk, clock.scale).map_err(too_long));
    let tracks = tracks.collect::<Result<Vec<_>, _>>()?;
    let mut faults = chunks.faults;
    for track in &tracks {
        faults.add(&track.faults);
    }

    let scores = match chunks.format {
        2 => tracks.into_iter().map(|track| score(clock, vec![track], Titles::Every, &mut faults)).collect(),
        0 => vec![score(clock, tracks, Titles::Every, &mut faults)],
        format => {
            faults.format = (format != 1).then_some(Warning::UnknownFormat(format));
            vec![score(clock, tracks, Titles::Silent, &mut faults)]
        }
    };
    for score in &scores {
        check_length(score, name)?;
    }
    if let Some((track, byte)) = faults.first_loss()
        && scores.iter().all(|score| score.notes().next().is_none())
    {
        return Err(damaged(format!("track {track} cannot be read from byte {byte} on, and there are no notes")));
    }
    faults.film_time = clock.film.is_some();
    Ok(Reading { scores, warnings: faults.warnings() })
}

/// Which first tracks give the title of a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Titles {
    Every,
    /// Those that play nothing; whatever instruments they prepare, they are no voice.
    Silent,
}

/// The piece that tracks make.
fn score(clock: Clock, mut tracks: Vec<Track>, titles: Titles, faults: &mut Faults) -> Score {
    let channels = Channels::gather(&tracks);
    for track in &mut tracks {
        for part in &mut track.parts {
            complete(part, &channels, track.end, faults);
        }
        // A file may prepare channels on which it then plays nothing.
        if track.parts.len() > 1 {
            track.parts.retain(|part| !part.notes.is_empty());
        }
    }
    let mut score = Score::new(clock.resolution);
    if let Some(first) = tracks.first_mut() {
        let silent = first.parts.iter().all(|part| part.notes.is_empty());
        if titles == Titles::Silent && silent {
            first.parts.clear();
        }
        if titles == Titles::Every || silent {
            score.title.clone_from(&first.name);
        }
    }

    let parts = || tracks.iter().flat_map(|track| &track.parts);
    let changes: usize = parts().map(|part| channels.changes(part.channel).len()).sum();
    let controlled = changes <= MAX_CONTROLS;
    faults.controls += if controlled { 0 } else { changes };
    let end = tracks.iter().map(|track| track.end).max().unwrap_or_default();
    let mut stated = Vec::with_capacity(tracks.len());
    for (index, mut track) in tracks.into_iter().enumerate() {
        score.tempos.append(&mut track.tempos);
        score.meters.append(&mut track.meters);
        score.origin = score.origin.or(track.origin);
        settle(&mut track.keys);
        stated.push(track.keys);
        let several = track.parts.len() > 1;
        let name = track.name.unwrap_or_default();
        let number = TrackNumber(u16::try_from(index + 1).unwrap_or_default());
        let voice = |part| Voice { track: number, ..voice(part, &name, several, &channels, controlled) };
        score.voices.extend(track.parts.into_iter().map(voice));
    }
    if let Some(tempo) = clock.film {
        score.tempos = vec![Change { at: Tick::ZERO, value: tempo }];
    }
    settle(&mut score.tempos);
    settle(&mut score.meters);
    score.keys = keys::in_common(stated, &score);
    score.ending_at(end)
}

/// Ends what the part's own track does not end, and puts the notes in order.
fn complete(part: &mut Part, channels: &Channels, end: Tick, faults: &mut Faults) {
    channels.silence(part.channel, &mut part.notes);
    for (start, pitch, velocity) in std::mem::take(&mut part.unended) {
        let silence = channels.silence_after(part.channel, start);
        faults.unended += usize::from(silence.is_none());
        let duration = silence.unwrap_or(end) - start;
        if duration == Tick::ZERO {
            faults.empty += 1;
        } else {
            part.notes.push(Note { start, pitch, duration, velocity });
        }
    }
    part.notes.sort_unstable();
}

fn voice(part: Part, track: &str, several: bool, channels: &Channels, controlled: bool) -> Voice {
    let channel = part.channel;
    let name = match (several, track) {
        (false, name) => name.to_owned(),
        (true, "") => format!("Channel {}", channel.number + 1),
        (true, name) => format!("{name} (channel {})", channel.number + 1),
    };
    let begin = part.notes.first().map_or(Tick::ZERO, |note| note.start);
    let controls = if controlled { channels.controls(channel, begin) } else { Vec::new() };
    let program = channels.program(channel, begin);
    Voice { name, program, percussion: channel.is_percussion(), notes: part.notes, controls, ..Voice::default() }
}

/// Orders changes by tick; of several on one tick the last holds.
fn settle<T: Copy>(changes: &mut Vec<Change<T>>) {
    changes.sort_by_key(|change| change.at);
    changes.dedup_by(|later, kept| {
        let same_tick = later.at == kept.at;
        if same_tick {
            *kept = *later;
        }
        same_tick
    });
}
