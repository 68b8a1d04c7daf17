//! The events of a track, however odd.

use super::chunks::Chunk;
use super::faults::Faults;
use super::standard::{self, Manner};

/// What happens at a moment of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A message to a channel: its status byte and its data, the second of which is 0 where there is but one.
    Message { status: u8, data: [u8; 2] },
    /// A meta event, whose data may be shorter than its kind demands.
    Meta { kind: u8, data: &'a [u8] },
    /// An end mark, which need not stand at the end.
    End,
    /// Whatever is no music: system messages, and what cannot be read.
    Other,
    /// Bytes that are no event, nor the time before one.
    Lost,
}

/// Reads the events of a track, each with its delta time.
///
/// What is odd is read as it was meant where that is plain, and else passed over up to where events begin again; either is
/// counted as a fault. It ends with the bytes, takes no memory, and looks at each byte a bounded number of times.
pub(super) struct Events<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The status byte that holds for messages without their own; 0 before the first.
    status: u8,
    /// Whether the last event was one that the standard lets end the running status.
    interrupted: bool,
    /// Whether the bytes end within an event, or have become unreadable.
    cut: bool,
    /// Whether all that follows is known to be in order.
    whole: bool,
    track: usize,
    base: usize,
    pub(super) faults: Faults,
}

/// How many events tell that a number of bytes was right.
const SOME: usize = 2;

/// How many bytes further on is near.
const NEAR: usize = 64;

impl<'a> Events<'a> {
    pub(super) fn new(chunk: &Chunk<'a>) -> Events<'a> {
        Events {
            bytes: chunk.bytes,
            at: 0,
            status: 0,
            interrupted: false,
            cut: false,
            whole: false,
            track: chunk.number,
            base: chunk.at,
            faults: Faults::default(),
        }
    }

    /// How many bytes were read.
    pub(super) fn passed(&self) -> usize {
        self.at
    }

    /// Whether the bytes end within an event, or cannot be read any more.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Goes on behind an end mark, or ends there: whether there is anything, and all of it is in order.
    pub(super) fn goes_on_after_end(&mut self) -> bool {
        if self.at == self.bytes.len() {
            return false;
        }
        let place = self.place(self.at);
        if !self.whole {
            self.whole = standard::is_whole(self.bytes, self.at);
            self.status = 0;
        }
        if self.whole {
            self.faults.early_ends.add(place);
        } else {
            self.faults.after_ends.add(place);
            self.at = self.bytes.len();
        }
        self.whole
    }

    /// Where a byte stands in the file.
    fn place(&self, at: usize) -> (usize, usize) {
        (self.track, self.base + at)
    }

    /// Whether what stands from `at` on may well be events.
    fn plausible(&self, at: usize) -> bool {
        standard::goes_on(self.bytes, at, self.status, SOME, Manner::Lenient)
    }

    /// Whether what stands from `at` on are events to the letter.
    fn plain(&self, at: usize) -> bool {
        standard::goes_on(self.bytes, at, self.status, standard::EVIDENCE, Manner::Strict)
    }

    /// Whether what stands from `at` on are events to the letter, the first with its own status byte.
    fn restarts(&self, at: usize) -> bool {
        standard::goes_on(self.bytes, at, 0, standard::EVIDENCE, Manner::Strict)
    }

    fn delta(&mut self) -> Option<u32> {
        // Most are short.
        if let Some(&byte @ 0x00..=0x7F) = self.bytes.get(self.at) {
            self.at += 1;
            return Some(u32::from(byte));
        }
        if let Some((delta, next)) = standard::number(self.bytes, self.at) {
            self.at = next;
            return Some(delta);
        }
        self.long_delta()
    }

    /// A number of more than four bytes, unless the fifth is a status byte.
    fn long_delta(&mut self) -> Option<u32> {
        let rest = &self.bytes[self.at..];
        let Some(last) = rest.iter().position(|&byte| byte < 0x80) else { return self.end() };
        let within = standard::goes_on_within(self.bytes, self.at + 4, self.status, SOME, Manner::Strict);
        let digits = if within { &rest[..4] } else { &rest[..=last] };
        self.faults.lengths.add(self.place(self.at));
        self.at += digits.len();
        let more = |value: u32, &byte: &u8| value.saturating_mul(0x80) | u32::from(byte & 0x7F);
        Some(digits.iter().fold(0, more))
    }

    fn event(&mut self) -> Option<Event<'a>> {
        loop {
            match *self.bytes.get(self.at).unwrap_or(&0) {
                0x00..=0x7F => return self.running(),
                status @ 0x80..=0xEF => {
                    self.at += 1;
                    self.status = status;
                    self.interrupted = false;
                    return self.message();
                }
                0xF0 | 0xF7 => return self.packet(),
                0xFF => return self.meta(),
                system => {
                    if !self.system_stands_within_an_event(system) {
                        return Some(Event::Other);
                    }
                }
            }
        }
    }

    /// A message without its own status byte.
    fn running(&mut self) -> Option<Event<'a>> {
        if self.at >= self.bytes.len() {
            return self.end();
        }
        if self.interrupted {
            let goes_on = standard::goes_on_within(self.bytes, self.at, self.status, SOME, Manner::Lenient);
            if !goes_on || self.is_out_of_step(self.at) {
                return self.find_again(self.at).map(|_| Event::Lost);
            }
            self.faults.kept_status.add(self.place(self.at));
            self.interrupted = false;
        }
        if self.status == 0 {
            return self.find_again(self.at);
        }
        self.message()
    }

    /// Whether what looks like a message without a status byte is none, as when a text is longer or shorter than it says: a
    /// message with a status byte for the same channel is near, and what begins here does not lead to it.
    fn is_out_of_step(&self, at: usize) -> bool {
        let Some(next) = self.near_message(at) else { return false };
        standard::ends(self.bytes, at, self.status).find(|&end| end >= next) != Some(next)
    }

    /// The next message for the channel of the last, if it is near and has its own status byte.
    fn near_message(&self, at: usize) -> Option<usize> {
        let near = at..(at + NEAR).min(self.bytes.len());
        standard::places(self.bytes, near).find(|&at| {
            let status = standard::number(self.bytes, at).and_then(|(_, at)| self.bytes.get(at));
            status.is_some_and(|status| *status < 0xF0 && status & 0x0F == self.status & 0x0F)
        })
    }

    fn message(&mut self) -> Option<Event<'a>> {
        let length = standard::data_length(self.status);
        let data = match self.bytes[self.at..] {
            [first, second, ..] if length == 2 && (first | second) < 0x80 => [first, second],
            [first, ..] if length == 1 && first < 0x80 => [first, 0],
            _ => return self.odd_message(length),
        };
        self.at += length;
        Some(Event::Message { status: self.status, data })
    }

    /// A message with a byte above 127 among its data, or cut off.
    fn odd_message(&mut self, length: usize) -> Option<Event<'a>> {
        let rest = &self.bytes[self.at..];
        let next = self.at + length;
        if rest.len() < length || !self.plain(next) {
            // Real-time bytes may stand within a message; on the wire they may stand anywhere.
            let mut data = [0; 2];
            let musical = rest.iter().enumerate().filter(|(_, byte)| !matches!(byte, 0xF8..=0xFE));
            let mut read = 0;
            let mut behind = 0;
            for (index, &byte) in musical.take(length).take_while(|(_, byte)| **byte < 0x80) {
                data[read] = byte;
                read += 1;
                behind = index + 1;
            }
            if read == length && self.plain(self.at + behind) {
                self.faults.system.add(self.place(self.at));
                self.at += behind;
                return Some(Event::Message { status: self.status, data });
            }
            // A message may lack its data.
            let there = rest.iter().take(length).take_while(|byte| **byte < 0x80).count();
            if there < rest.len() && self.plain(self.at + there) {
                self.faults.unreadable.add(self.place(self.at));
                self.at += there;
                return Some(Event::Other);
            }
            if rest.len() < length {
                return self.end();
            }
        }
        let mut data = [rest[0], if length == 2 { rest[1] } else { 0 }];
        let high = usize::from(data[0] < 0x80);
        self.faults.high_bytes.add(self.place(self.at + high));
        // What is numbered, keys and controllers, loses the bit too many; what is measured is as much as there can be.
        let numbered = matches!(self.status, 0x80..=0xBF);
        data[0] = if numbered { data[0] & 0x7F } else { data[0].min(0x7F) };
        data[1] = data[1].min(0x7F);
        self.at = next;
        Some(Event::Message { status: self.status, data })
    }

    /// A system exclusive message, or any other packet of bytes.
    fn packet(&mut self) -> Option<Event<'a>> {
        let start = self.at;
        self.interrupted = true;
        let stated = standard::data(self.bytes, start + 1).map(|data| data.end);
        let right = |end: &usize| self.bytes[end - 1] == 0xF7 || self.plausible(*end);
        if let Some(end) = stated.filter(right) {
            self.at = end;
            return Some(Event::Other);
        }
        // As on the wire: without a length, up to the byte that ends it.
        let wire = self.bytes[start + 1..].iter().position(|byte| matches!(byte, 0x80..=0xF7));
        let wire =
            wire.map(|length| start + 1 + length).filter(|&last| self.bytes[last] == 0xF7 && self.plain(last + 1));
        if let Some(last) = wire {
            self.faults.lengths.add(self.place(start));
            self.at = last + 1;
            return Some(Event::Other);
        }
        match stated {
            Some(end) => {
                self.at = end;
                Some(Event::Other)
            }
            None => self.find_again(start + 1),
        }
    }

    fn meta(&mut self) -> Option<Event<'a>> {
        let start = self.at;
        let Some(&kind) = self.bytes.get(start + 1) else { return self.end() };
        let interrupted = std::mem::replace(&mut self.interrupted, true);
        let stated = standard::data(self.bytes, start + 2).filter(|_| kind < 0x80);
        let is_text = matches!(kind, 0x01..=0x0F);
        let length = standard::meta_length(kind);
        let begin = standard::number(self.bytes, start + 2).map_or(self.bytes.len(), |(_, begin)| begin);
        if let Some(data) = &stated {
            let sure = length.map_or(!is_text && data.len() < 0x80, |length| length == data.len());
            let doubtful = || {
                let odd = standard::goes_on(self.bytes, data.end, 0, SOME, Manner::Lenient);
                let known = length.is_some_and(|length| !odd && self.restarts(begin + length));
                let out_of_step = || {
                    let event = standard::number(self.bytes, data.end).map(|(_, event)| event);
                    event.is_some_and(|event| self.bytes.get(event) < Some(&0x80) && self.is_out_of_step(event))
                };
                known || is_text && out_of_step() || data.len() >= 0x80 && !is_text && self.restarts(start + 1)
            };
            if sure || self.plausible(data.end) && !doubtful() {
                return Some(self.meta_of(kind, data.start, data.end));
            }
        }
        // What follows is no event: the length may be wrong. On the wire the same byte resets a system, and is all of the
        // message.
        if self.restarts(start + 1) {
            self.faults.system.add(self.place(start));
            (self.at, self.interrupted) = (start + 1, interrupted);
            return Some(Event::Other);
        }
        // The kind may know better.
        if let Some(length) = length
            && begin + length <= self.bytes.len()
            && self.plain(begin + length)
        {
            self.faults.lengths.add(self.place(start));
            return Some(self.meta_of(kind, begin, begin + length));
        }
        // A text that is shorter than it says swallows events.
        let end = stated.as_ref().map_or(self.bytes.len(), |data| data.end);
        if is_text && let Some(next) = standard::places(self.bytes, begin..end).next() {
            self.faults.lengths.add(self.place(start));
            return Some(self.meta_of(kind, begin, next));
        }
        match stated {
            Some(data) => Some(self.meta_of(kind, data.start, data.end)),
            None => self.find_again(start + 1),
        }
    }

    fn meta_of(&mut self, kind: u8, begin: usize, end: usize) -> Event<'a> {
        if !standard::may_last(kind, end - begin) {
            self.faults.lengths.add(self.place(self.at));
        }
        self.at = end;
        if kind == 0x2F { Event::End } else { Event::Meta { kind, data: &self.bytes[begin..end] } }
    }

    /// Passes over a system common or real-time message, which has no place in a file: whether it stands between a delta time
    /// and its event, and so without a delta time of its own.
    fn system_stands_within_an_event(&mut self, system: u8) -> bool {
        self.faults.system.add(self.place(self.at));
        self.at += 1;
        self.interrupted |= system < 0xF8;
        let length = standard::system_length(system);
        let there = self.bytes[self.at..].iter().take(length).take_while(|byte| **byte < 0x80).count();
        self.at += (0..=there).rev().find(|length| self.plausible(self.at + length)).unwrap_or(there);
        !self.plausible(self.at) && standard::goes_on_within(self.bytes, self.at, self.status, SOME, Manner::Strict)
    }

    /// Passes over what makes no sense, up to where events begin again.
    fn find_again(&mut self, from: usize) -> Option<Event<'a>> {
        self.faults.unreadable.add(self.place(self.at));
        // Times and data in a row may look like messages for another channel.
        let next = self.near_message(from);
        match next.or_else(|| standard::places(self.bytes, from..self.bytes.len()).next()) {
            Some(next) => {
                self.at = next;
                Some(Event::Other)
            }
            None => self.end(),
        }
    }

    /// Ends before the end.
    fn end<T>(&mut self) -> Option<T> {
        self.cut = true;
        self.at = self.bytes.len();
        None
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = (u32, Event<'a>);

    fn next(&mut self) -> Option<(u32, Event<'a>)> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let delta = self.delta()?;
        let event = self.event()?;
        Some((if event == Event::Lost { 0 } else { delta }, event))
    }
}
