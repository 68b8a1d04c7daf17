//! Events as the standard writes them: what tells a right reading of odd bytes from a wrong one.
//!
//! Source: Standard MIDI Files 1.0, and the MIDI 1.0 Detailed Specification for the lengths of messages.

use std::iter;
use std::ops::Range;

/// How many events tell that bytes are read from the right place.
pub(super) const EVIDENCE: usize = 3;

/// How exactly bytes must follow the standard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// To the letter.
    Strict,
    /// But for what is odd and plain at once: a meta event that is too short, a data byte above 127 behind a status byte, a
    /// system message.
    Lenient,
}

/// A number of at most four bytes and the place behind it, if one stands at `at`.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.get(at..)?.iter().take(4).enumerate() {
        value = value << 7 | u32::from(byte & 0x7F);
        if byte < 0x80 {
            return Some((value, at + index + 1));
        }
    }
    None
}

/// How many data bytes a channel message has.
pub(super) fn data_length(status: u8) -> usize {
    if matches!(status, 0xC0..=0xDF) { 1 } else { 2 }
}

/// How many data bytes a system message has that is neither a packet nor a meta event.
pub(super) fn system_length(status: u8) -> usize {
    match status {
        0xF1 | 0xF3 => 1,
        0xF2 => 2,
        _ => 0,
    }
}

/// The data of a meta event: where it begins and where it ends, if it ends within the bytes. `at` is where its length stands.
pub(super) fn data(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let (length, start) = number(bytes, at)?;
    let end = start + length as usize;
    (end <= bytes.len()).then_some(start..end)
}

/// How long the data of a meta event is that has one length.
pub(super) fn meta_length(kind: u8) -> Option<usize> {
    match kind {
        0x00 | 0x59 => Some(2),
        0x20 | 0x21 => Some(1),
        0x2F => Some(0),
        0x51 => Some(3),
        0x54 => Some(5),
        0x58 => Some(4),
        _ => None,
    }
}

/// Whether a meta event may be so long. Whatever comes after what is known is for later versions of the standard; a sequence
/// number may be left out.
pub(super) fn may_last(kind: u8, length: usize) -> bool {
    match (kind, length) {
        (0x00, 0) => true,
        (0x2F, length) => length == 0,
        _ => meta_length(kind).is_none_or(|least| length >= least),
    }
}

/// Whether events go on from `at`, where a delta time is to stand: so many of them, or fewer up to an end.
pub(super) fn goes_on(bytes: &[u8], at: usize, status: u8, events: usize, manner: Manner) -> bool {
    let (mut at, mut status) = (at, status);
    for _ in 0..events {
        if at == bytes.len() {
            return true;
        }
        let step = number(bytes, at).and_then(|(_, at)| step(bytes, at, status, manner));
        match step {
            Some(Step { ends: true, .. }) => return true,
            Some(step) => (at, status) = (step.next, step.status),
            None => return false,
        }
    }
    true
}

/// Whether events go on from `at`, where the first stands without its delta time.
pub(super) fn goes_on_within(bytes: &[u8], at: usize, status: u8, events: usize, manner: Manner) -> bool {
    step(bytes, at, status, manner)
        .is_some_and(|step| step.ends || goes_on(bytes, step.next, step.status, events - 1, manner))
}

/// Whether all that follows are events, of which the first has its own status byte.
pub(super) fn is_whole(bytes: &[u8], at: usize) -> bool {
    let (mut at, mut status) = (at, 0);
    while at < bytes.len() {
        let step = number(bytes, at).and_then(|(_, at)| step(bytes, at, status, Manner::Strict));
        let Some(step) = step else { return false };
        (at, status) = (step.next, step.status);
    }
    true
}

/// The places within a range where events begin beyond doubt: each is as it should be, and the first has its own status byte.
pub(super) fn places(bytes: &[u8], range: Range<usize>) -> impl Iterator<Item = usize> {
    range.filter(|&at| goes_on(bytes, at, 0, EVIDENCE, Manner::Strict))
}

/// The ends of events that follow, the first of which stands without its delta time.
pub(super) fn ends(bytes: &[u8], at: usize, status: u8) -> impl Iterator<Item = usize> {
    let follow = move |(at, status): (usize, u8)| {
        let step = number(bytes, at).and_then(|(_, at)| step(bytes, at, status, Manner::Lenient))?;
        Some((step.next, step.status))
    };
    let first = step(bytes, at, status, Manner::Lenient).map(|step| (step.next, step.status));
    iter::successors(first, move |&place| follow(place)).map(|(end, _)| end)
}

/// An event that was passed.
struct Step {
    next: usize,
    status: u8,
    /// Whether it is an end mark.
    ends: bool,
}

/// Passes the event at `at`, behind its delta time; a `status` of 0 is none.
fn step(bytes: &[u8], at: usize, status: u8, manner: Manner) -> Option<Step> {
    let first = *bytes.get(at)?;
    let pass = |next| Some(Step { next, status, ends: false });
    match first {
        0x00..=0x7F if status == 0 => None,
        0x00..=0x7F => message(bytes, at, status, Manner::Strict),
        0x80..=0xEF => message(bytes, at + 1, first, manner),
        0xF0 | 0xF7 => pass(data(bytes, at + 1)?.end),
        0xF1..=0xF6 | 0xF8..=0xFE if manner == Manner::Lenient => pass(at + 1 + system_length(first)),
        0xF1..=0xF6 | 0xF8..=0xFE => None,
        0xFF => {
            let kind = *bytes.get(at + 1)?;
            let data = data(bytes, at + 2)?;
            let right = manner == Manner::Lenient || may_last(kind, data.len());
            (kind < 0x80 && right).then_some(Step { next: data.end, status, ends: kind == 0x2F })
        }
    }
}

fn message(bytes: &[u8], at: usize, status: u8, manner: Manner) -> Option<Step> {
    let next = at + data_length(status);
    let data = bytes.get(at..next)?;
    let right = manner == Manner::Lenient || data.iter().all(|&byte| byte < 0x80);
    right.then_some(Step { next, status, ends: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_at_most_four_bytes_and_must_end() {
        assert_eq!(number(&[0x00], 0), Some((0, 1)));
        assert_eq!(number(&[0x90, 0x83, 0x60], 1), Some((480, 3)));
        assert_eq!(number(&[0xFF, 0xFF, 0xFF, 0x7F], 0), Some((0x0FFF_FFFF, 4)));
        assert_eq!(number(&[0x80, 0x80, 0x80, 0x80, 0x00], 0), None);
        assert_eq!((number(&[0x80], 0), number(&[], 0), number(&[0], 2)), (None, None, None));
    }

    #[test]
    fn events_are_found_again_behind_bytes_that_are_none() {
        let bytes = [0x6C, 0x61, 0x00, 0x90, 60, 80, 0x60, 0x80, 60, 64, 0x00, 0xFF, 0x2F, 0x00];
        assert_eq!(places(&bytes, 0..bytes.len()).next(), Some(2));
        assert!(is_whole(&bytes, 2) && !is_whole(&bytes, 0));
    }

    #[test]
    fn running_status_is_evidence_only_where_there_is_a_status() {
        let bytes = [0x00, 60, 80, 0x60, 60, 0];
        assert!(goes_on(&bytes, 0, 0x90, 3, Manner::Strict));
        assert!(!goes_on(&bytes, 0, 0, 3, Manner::Strict));
        assert!(goes_on_within(&bytes, 1, 0x90, 2, Manner::Strict));
    }
}
