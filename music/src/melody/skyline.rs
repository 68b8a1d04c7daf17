//! The highest of what sounds.

use crate::note::Note;
use crate::time::Tick;

/// The skyline of notes in any order: at each moment the highest pitch that sounds.
///
/// A higher note cuts a lower one, which goes on afterwards as a note of its own if it still
/// sounds; a pitch that is struck again while it sounds begins anew.
///
/// Source: Uitdenbogerd and Zobel, "Melodic matching techniques for large music databases", 1999.
pub(crate) fn skyline(mut notes: Vec<Note>) -> Vec<Note> {
    notes.sort_unstable();
    if notes.windows(2).all(|pair| pair[0].end() <= pair[1].start) {
        return notes;
    }
    let mut starts: Vec<usize> = (0..notes.len()).rev().collect();
    let mut ends = starts.clone();
    ends.sort_by_key(|&index| std::cmp::Reverse(notes[index].end()));

    let mut sounding = Sounding::default();
    let mut melody: Vec<Note> = Vec::with_capacity(notes.len());
    let mut top: Option<usize> = None;
    while let Some(now) = next_moment(&notes, &starts, &ends) {
        while let Some(index) = ends.pop_if(|index| notes[*index].end() <= now) {
            sounding.end(notes[index], index);
        }
        while let Some(index) = starts.pop_if(|index| notes[*index].start <= now) {
            if notes[index].duration > Tick::ZERO {
                sounding.start(notes[index], index);
            }
        }
        if sounding.top() == top {
            continue;
        }
        if top.is_some()
            && let Some(last) = melody.last_mut()
        {
            last.duration = now - last.start;
        }
        top = sounding.top();
        melody.extend(top.map(|index| Note { start: now, ..notes[index] }));
    }
    melody
}

/// The next start or end; both lists are sorted with the earliest last.
fn next_moment(notes: &[Note], starts: &[usize], ends: &[usize]) -> Option<Tick> {
    let end = notes[*ends.last()?].end();
    Some(starts.last().map_or(end, |&index| notes[index].start.min(end)))
}

/// Which note of each pitch sounds: the one that was struck last.
struct Sounding {
    pitches: u128,
    struck: [usize; 128],
}

impl Default for Sounding {
    fn default() -> Sounding {
        Sounding { pitches: 0, struck: [0; 128] }
    }
}

impl Sounding {
    fn start(&mut self, note: Note, index: usize) {
        self.pitches |= 1 << note.pitch.number();
        self.struck[usize::from(note.pitch.number())] = index;
    }

    fn end(&mut self, note: Note, index: usize) {
        if self.struck[usize::from(note.pitch.number())] == index {
            self.pitches &= !(1 << note.pitch.number());
        }
    }

    fn top(&self) -> Option<usize> {
        let highest = self.pitches.checked_ilog2()?;
        Some(self.struck[highest as usize])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pitch::Pitch;

    fn note(pitch: u8, start: u32, end: u32) -> Note {
        Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(end - start))
    }

    #[test]
    fn the_highest_sounding_pitch_wins_and_what_it_covers_goes_on_after_it() {
        let melody = skyline(vec![note(60, 0, 8), note(64, 2, 4), note(55, 0, 10)]);
        assert_eq!(melody, [note(60, 0, 2), note(64, 2, 4), note(60, 4, 8), note(55, 8, 10)]);
    }

    #[test]
    fn a_pitch_struck_again_begins_anew() {
        assert_eq!(skyline(vec![note(60, 0, 8), note(60, 4, 6)]), [note(60, 0, 4), note(60, 4, 6)]);
    }

    /// The highest pitch at a moment, worked out afresh; striking a pitch again cuts the note before.
    fn highest(notes: &[Note], moment: Tick) -> Option<Pitch> {
        let last_struck = |pitch| {
            let struck = notes.iter().filter(|note| note.pitch == pitch && note.start <= moment);
            struck.max_by_key(|note| (note.start, note.duration))
        };
        let sounds = |pitch: &Pitch| last_struck(*pitch).is_some_and(|note| moment < note.end());
        (0..128).rev().filter_map(Pitch::new).find(sounds)
    }

    proptest! {
        #[test]
        fn at_every_moment_the_melody_is_the_highest_sounding_pitch(
            notes in prop::collection::vec((0_u8..128, 0_u32..40, 1_u32..12), 0..30)
        ) {
            let to_note = |(pitch, start, length)| note(pitch, start, start + length);
            let notes: Vec<_> = notes.into_iter().map(to_note).collect();
            let melody = skyline(notes.clone());
            for moment in (0..60).map(Tick) {
                let sounds = |note: &&Note| note.start <= moment && moment < note.end();
                let heard: Vec<_> = melody.iter().filter(sounds).map(|note| note.pitch).collect();
                prop_assert_eq!(heard, highest(&notes, moment).into_iter().collect::<Vec<_>>());
            }
        }
    }
}
