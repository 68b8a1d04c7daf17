//! The chunks of a MIDI file, whatever their lengths say.

use super::events::{Event, Events};
use super::faults::Faults;
use super::warning::Warning;

/// A file taken apart.
pub(super) struct Chunks<'a> {
    /// 0 for one track, 1 for tracks that sound together, 2 for tracks each of which is a piece.
    pub(super) format: u16,
    /// How time is counted.
    pub(super) division: u16,
    /// How many tracks the header announces.
    pub(super) announced: usize,
    pub(super) tracks: Vec<Chunk<'a>>,
    pub(super) faults: Faults,
}

/// A track chunk.
#[derive(Clone, Copy)]
pub(super) struct Chunk<'a> {
    /// Its number, counted from 1.
    pub(super) number: usize,
    /// Where its events begin in the file.
    pub(super) at: usize,
    pub(super) bytes: &'a [u8],
}

const FILE: &[u8] = b"MThd";
const TRACK: &[u8] = b"MTrk";

/// An identifier and a length.
const HEADER: usize = 8;

/// Header and data of the first chunk.
const FILE_HEADER: usize = HEADER + 6;

/// Takes a file apart, or says why that is no MIDI file.
///
/// A track ends where its length says if a chunk or the end of the file follows there. Otherwise it ends at its end mark or
/// where the next track begins, whichever comes first. Chunks of other kinds are passed over, as are bytes between chunks and
/// whatever the file is wrapped in.
pub(super) fn split(bytes: &[u8]) -> Result<Chunks<'_>, &'static str> {
    let begin = begin(bytes).ok_or("a file that does not begin with `MThd` is not a midi file")?;
    let header = bytes.get(begin..begin + FILE_HEADER).ok_or("its header is cut off")?;
    let figure = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let announced = usize::from(figure(10));
    let mut chunks =
        Chunks { format: figure(8), division: figure(12), announced, tracks: Vec::new(), faults: Faults::default() };
    let mut scanner = Scanner { bytes, stray: (begin > 0 && !is_wrapped(bytes)).then_some((begin, 0)) };

    let mut at = scanner.end_of_header(begin, &mut chunks.faults);
    // What is behind the tracks that are announced may fill up a disk's block; it is no fault.
    let mut before_last = scanner.stray;
    let mut others = 0;
    while at < bytes.len() {
        at = match scanner.kind(at) {
            Some(Kind::Track) => {
                let chunk = scanner.track(at, chunks.tracks.len() + 1, &mut chunks.faults);
                chunks.tracks.push(chunk);
                before_last = scanner.stray;
                chunk.at + chunk.bytes.len()
            }
            Some(Kind::File) if chunks.tracks.len() + others >= announced && !chunks.tracks.is_empty() => {
                chunks.faults.another_file = Some(Warning::AnotherFile { byte: at });
                break;
            }
            Some(Kind::File) => scanner.end_of_other(at),
            Some(Kind::Other) => {
                others += 1;
                scanner.end_of_other(at)
            }
            None => scanner.pass_stray(at),
        };
    }
    let found = chunks.tracks.len();
    chunks.faults.missing = announced.saturating_sub(found + others);
    chunks.faults.unannounced = found.saturating_sub(announced);
    let stray = if chunks.faults.missing > 0 { scanner.stray } else { before_last };
    chunks.faults.stray_bytes = stray.map(|(count, byte)| Warning::StrayBytes { count, byte });
    Ok(chunks)
}

/// Where the header stands: at the beginning, but for files in a wrapping.
fn begin(bytes: &[u8]) -> Option<usize> {
    const PLAIN: &[u8] = b"MThd\0\0\0\x06";
    if bytes.starts_with(FILE) {
        return Some(0);
    }
    bytes.windows(PLAIN.len()).position(|window| window == PLAIN)
}

/// Whether a file is in a RIFF wrapping, as some systems kept theirs.
fn is_wrapped(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"RMID")
}

enum Kind {
    Track,
    File,
    Other,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    /// How many bytes belong to no chunk, and where the first stands.
    stray: Option<(usize, usize)>,
}

impl<'a> Scanner<'a> {
    /// The chunk that begins at a place, if one does.
    fn kind(&self, at: usize) -> Option<Kind> {
        let id = &self.bytes.get(at..at + HEADER)?[..4];
        let fits = || at + HEADER + self.length(at) <= self.bytes.len();
        match id {
            TRACK => Some(Kind::Track),
            FILE => fits().then_some(Kind::File),
            _ => (id.iter().all(|byte| matches!(byte, b' '..=b'~')) && fits()).then_some(Kind::Other),
        }
    }

    /// The stated length of a chunk.
    fn length(&self, at: usize) -> usize {
        let bytes: [u8; 4] = self.bytes[at + 4..at + HEADER].try_into().unwrap_or_default();
        u32::from_be_bytes(bytes) as usize
    }

    /// Whether a chunk may end here: the file does, or another chunk begins.
    fn is_boundary(&self, at: usize) -> bool {
        at == self.bytes.len() || self.kind(at).is_some()
    }

    /// Where the next track begins.
    fn track_from(&self, at: usize) -> Option<usize> {
        // A header needs as much room again for its length.
        let last = self.bytes.len().checked_sub(HEADER - 1)?;
        let mut at = at;
        loop {
            at += self.bytes.get(at..last)?.iter().position(|byte| *byte == TRACK[0])?;
            if self.bytes[at..].starts_with(TRACK) {
                return Some(at);
            }
            at += 1;
        }
    }

    fn end_of_header(&self, begin: usize, faults: &mut Faults) -> usize {
        let least = begin + FILE_HEADER;
        let stated = begin + HEADER + self.length(begin);
        if stated == least || stated > least && self.is_boundary(stated) {
            return stated;
        }
        faults.chunk_lengths.add((0, begin));
        least
    }

    fn track(&self, at: usize, number: usize, faults: &mut Faults) -> Chunk<'a> {
        let begin = at + HEADER;
        let stated = begin + self.length(at);
        let end = self.end_of_track(begin, stated);
        if end != stated && (end < self.bytes.len() || self.ends_with_mark(begin, end)) {
            faults.chunk_lengths.add((number, at));
        }
        Chunk { number, at: begin, bytes: &self.bytes[begin..end] }
    }

    fn end_of_track(&self, begin: usize, stated: usize) -> usize {
        if self.is_boundary(stated) {
            // A length that reaches over whole chunks ends where one begins, too.
            let over = self.track_from(begin).is_some_and(|next| next < stated);
            let mark = if over { self.end_mark(begin, stated, stated).0 } else { None };
            return mark.filter(|&mark| self.bytes[mark..].starts_with(TRACK)).unwrap_or(stated);
        }
        let limit = self.track_from(begin).unwrap_or(self.bytes.len());
        let (mark, between_events) = self.end_mark(begin, limit, stated);
        match mark {
            Some(mark) => {
                if mark < stated && stated <= limit {
                    stated
                } else {
                    mark
                }
            }
            None if between_events => stated,
            None => limit,
        }
    }

    /// Where the first end mark of a track ends, and whether another place, up to there, is between two events.
    fn end_mark(&self, begin: usize, limit: usize, place: usize) -> (Option<usize>, bool) {
        let mut events = Events::new(&Chunk { number: 0, at: begin, bytes: &self.bytes[begin..limit] });
        let mut between = false;
        while let Some((_, event)) = events.next() {
            let end = begin + events.passed();
            between |= end == place;
            if event == Event::End {
                return (Some(end), between);
            }
        }
        (None, between)
    }

    fn ends_with_mark(&self, begin: usize, end: usize) -> bool {
        self.end_mark(begin, end, end).0 == Some(end)
    }

    /// Where a chunk ends that is no track.
    fn end_of_other(&self, at: usize) -> usize {
        let stated = at + HEADER + self.length(at);
        if self.is_boundary(stated) { stated } else { self.track_from(at + HEADER).unwrap_or(stated) }
    }

    /// Passes over bytes that are no chunk, up to the next track.
    fn pass_stray(&mut self, at: usize) -> usize {
        let next = self.track_from(at).unwrap_or(self.bytes.len());
        let (count, byte) = self.stray.unwrap_or((0, at));
        self.stray = Some((count + next - at, byte));
        next
    }
}
