//! How many notes the built-in synthesizer plays at once.

use super::performance::TimedNote;

/// The most notes that sound at once, as on a large synthesizer: without a bound, notes that come by the thousand would
/// take minutes to play.
pub(super) const MAX_SOUNDING: usize = 128;

/// In how many seconds a note fades once it is let go.
pub(super) const RELEASE: f64 = 0.2;
/// In how many seconds a note fades that makes room for another.
const HASTE: f64 = 0.006;

/// A note and how it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SoundingNote {
    pub(super) note: TimedNote,
    /// In how many seconds it fades once it is let go.
    pub(super) release: f64,
}

/// The notes with their ends, in the same order. Wherever more than [`MAX_SOUNDING`] would sound, the softest makes
/// room, of several the one that began first; `loudness` says how loud a note is so many seconds after it began. One
/// that makes room at its very beginning is left out.
pub(super) fn bounded(notes: &[TimedNote], loudness: impl Fn(&TimedNote, f64) -> f32) -> Vec<SoundingNote> {
    let mut all: Vec<_> = notes.iter().map(|&note| SoundingNote { note, release: RELEASE }).collect();
    let mut sounding: Vec<usize> = Vec::with_capacity(MAX_SOUNDING);
    for next in 0..all.len() {
        let now = all[next].note.start;
        sounding.retain(|&index| all[index].note.end + all[index].release > now);
        if sounding.len() == MAX_SOUNDING {
            let loudness = |index: usize| {
                let SoundingNote { note, release } = &all[index];
                let faded = ((now - note.end) / release).clamp(0.0, 1.0);
                loudness(note, now - note.start) * (1.0 - faded as f32)
            };
            let softest = (0..MAX_SOUNDING).min_by(|&a, &b| loudness(sounding[a]).total_cmp(&loudness(sounding[b])));
            let gone = &mut all[sounding.remove(softest.expect("some note sounds"))];
            gone.note.end = gone.note.end.min(now);
            gone.release = (now - gone.note.end).max(HASTE);
        }
        sounding.push(next);
    }
    all.retain(|it| it.note.end > it.note.start || it.release == RELEASE);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradus_music::{Pitch, Velocity};

    fn note(start: f64, end: f64, velocity: u8) -> TimedNote {
        let velocity = Velocity::new(velocity).unwrap();
        TimedNote { start, end, pitch: Pitch::MIDDLE_C, velocity, voice: 0, percussion: false }
    }

    fn played(notes: &[TimedNote]) -> Vec<SoundingNote> {
        bounded(notes, |note, _| f32::from(note.velocity.number()))
    }

    #[test]
    fn as_many_as_there_is_room_for_are_left_alone() {
        let notes = [vec![note(0.0, 1.0, 80); MAX_SOUNDING], vec![note(1.3, 2.0, 80)]].concat();
        assert!(played(&notes).iter().zip(&notes).all(|(it, note)| it.note == *note && it.release == RELEASE));
    }

    #[test]
    fn the_softest_makes_room() {
        let mut notes = vec![note(0.0, 2.0, 80); MAX_SOUNDING];
        notes[5].velocity = Velocity::new(20).unwrap();
        notes.push(note(1.0, 2.0, 80));
        let played = played(&notes);
        assert_eq!((played[5].note.end, played[5].release), (1.0, HASTE));
        assert_eq!(played.iter().filter(|it| it.release == HASTE).count(), 1);
    }

    #[test]
    fn of_thousands_at_one_moment_the_last_are_heard() {
        let notes: Vec<_> = (0..10_000).map(|_| note(0.0, 1.0, 80)).collect();
        assert_eq!(played(&notes).len(), MAX_SOUNDING);
    }

    #[test]
    fn never_more_than_the_bound_sound_but_for_those_that_fade() {
        let notes: Vec<_> = (0..5_000_u32).map(|step| note(f64::from(step) / 5_000.0, 3.0, 80)).collect();
        let played = played(&notes);
        for moment in [0.1, 0.5, 0.9999] {
            let sounding = |it: &&SoundingNote| it.note.start <= moment && moment < it.note.end;
            assert!(played.iter().filter(sounding).count() <= MAX_SOUNDING);
        }
    }
}
