//! From a MIDI file to scores.

use std::fs;
use std::path::Path;

use midly::{Format, Fps, Timing};

use super::track::{Faults, Part, Track};
use super::warning::Warning;
use super::{PERCUSSION_CHANNEL, check_length};
use crate::error::MusicError;
use crate::meter::Tempo;
use crate::score::{Change, Score, Voice};
use crate::time::{Resolution, Tick};

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
pub fn parse(bytes: &[u8], name: &str) -> Result<Reading, MusicError> {
    let not_midi = |reason: String| MusicError::NotMidi { name: name.to_owned(), reason };
    if bytes.is_empty() {
        return Err(not_midi("it is empty".to_owned()));
    }
    if counts_minus_128_frames(bytes) {
        return Err(not_midi("it has no known number of film frames in a second".to_owned()));
    }
    let (header, chunks) = midly::parse(bytes).map_err(|error| not_midi(error.to_string()))?;
    let clock = Clock::new(header.timing).ok_or_else(|| not_midi("it has no ticks in a beat".to_owned()))?;
    let announced = chunks.size_hint().0;

    let too_long = |_| MusicError::TooLong { name: name.to_owned(), length: "it has more than 2^32 ticks".to_owned() };
    let tracks = chunks.flatten().map(|events| Track::read(events, clock.scale).map_err(too_long));
    let tracks = tracks.collect::<Result<Vec<_>, _>>()?;
    if tracks.is_empty() {
        return Err(not_midi("it has no tracks".to_owned()));
    }

    let warnings = warnings(&tracks, announced, clock);
    let scores = match header.format {
        Format::Sequential => tracks.into_iter().map(|track| clock.score(vec![track], true)).collect(),
        Format::SingleTrack => vec![clock.score(tracks, true)],
        Format::Parallel => vec![clock.score(tracks, false)],
    };
    for score in &scores {
        check_length(score, name)?;
    }
    Ok(Reading { scores, warnings })
}

/// Whether a header, of which damaged files may have several, states a frame rate at which midly 0.5.3
/// panics in builds that check for overflow.
fn counts_minus_128_frames(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"MThd") {
        // Wrapped in RIFF, where it stands in the chunk of one of several kinds.
        return bytes.windows(13).any(|window| window.starts_with(b"MThd") && window[12] == 0x80);
    }
    let mut rest = bytes;
    while let Some(([id @ .., a, b, c, d], after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (data, next) = after.split_at(length.min(after.len()));
        if id == b"MThd" && data.get(4) == Some(&0x80) {
            return true;
        }
        rest = next;
    }
    false
}

/// How a file counts time.
#[derive(Clone, Copy)]
struct Clock {
    resolution: Resolution,
    /// How many of our ticks one tick of the file is.
    scale: u32,
    /// The one tempo of a file that counts film frames.
    film: Option<Tempo>,
}

impl Clock {
    /// Frames become beats at 120 beats a minute: half a second is a beat.
    fn new(timing: Timing) -> Option<Clock> {
        let (frames, subframes) = match timing {
            Timing::Metrical(ticks) => {
                return Some(Clock { resolution: Resolution::new(ticks.as_int()).ok()?, scale: 1, film: None });
            }
            Timing::Timecode(frames, subframes) => (frames, u16::from(subframes)),
        };
        let (a_second, microseconds) = match frames {
            Fps::Fps24 => (24, 500_000),
            Fps::Fps25 => (25, 500_000),
            // 29.97 frames a second: 30 frames last 1.001 seconds.
            Fps::Fps29 => (30, 500_500),
            Fps::Fps30 => (30, 500_000),
        };
        let ticks = a_second * subframes;
        let scale = 1 + ticks % 2;
        let resolution = Resolution::new(ticks * scale / 2).ok()?;
        Some(Clock { resolution, scale: u32::from(scale), film: Tempo::from_microseconds(microseconds) })
    }

    fn score(self, tracks: Vec<Track>, every_track_is_a_piece: bool) -> Score {
        let mut score = Score::new(self.resolution);
        let end = tracks.iter().map(|track| track.end).max().unwrap_or_default();
        for (index, mut track) in tracks.into_iter().enumerate() {
            score.tempos.append(&mut track.tempos);
            score.meters.append(&mut track.meters);
            score.keys.append(&mut track.keys);
            if index == 0 && (every_track_is_a_piece || track.parts.is_empty()) {
                score.title.clone_from(&track.name);
            }
            let several = track.parts.len() > 1;
            let name = track.name.unwrap_or_default();
            score.voices.extend(track.parts.into_iter().map(|part| voice(part, &name, several)));
        }
        if let Some(tempo) = self.film {
            score.tempos = vec![Change { at: Tick::ZERO, value: tempo }];
        }
        settle(&mut score.tempos);
        settle(&mut score.meters);
        settle(&mut score.keys);
        score.ending_at(end)
    }
}

fn warnings(tracks: &[Track], announced: usize, clock: Clock) -> Vec<Warning> {
    let mut faults = Faults::default();
    for track in tracks {
        faults.add(track.faults);
    }
    let missing = announced.saturating_sub(tracks.len());
    let missing = (missing > 0).then_some(Warning::MissingTracks(missing));
    let film = clock.film.map(|_| Warning::FilmTime);
    faults.warnings().chain(missing).chain(film).collect()
}

fn voice(part: Part, track: &str, several: bool) -> Voice {
    let name = match (several, track) {
        (false, name) => name.to_owned(),
        (true, "") => format!("Channel {}", part.channel + 1),
        (true, name) => format!("{name} (channel {})", part.channel + 1),
    };
    Voice {
        name,
        program: part.program,
        percussion: part.channel == PERCUSSION_CHANNEL,
        notes: part.notes,
        controls: Vec::new(),
    }
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
