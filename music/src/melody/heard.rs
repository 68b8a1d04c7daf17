//! A voice as it is heard: how much of the piece it sings, how high, and whether it moves as melodies do.

use super::skyline::skyline;
use crate::note::Note;
use crate::score::Voice;
use crate::time::{Resolution, Tick};

/// What the notes of a voice say of it.
pub(super) struct Heard {
    /// How long it sounds, rests left out.
    pub(super) sounding: Tick,
    /// Stretches of four beats in which it sounds.
    pub(super) stretches: u32,
    /// How high it is for a melody: its mean MIDI pitch, less what keeps it from being heard as one.
    pub(super) height: f64,
}

/// Beats in a stretch.
const STRETCH: u32 = 4;
/// Semitones off the height of a voice that does not move as a melody does.
const STILL: f64 = 30.0;
/// Semitones off the height of a voice of chords, if at least two of its notes sound at a time.
const CHORDAL: f64 = 15.0;
/// Up to so many notes at a time are a melody with notes held over into the next.
const HELD_OVER: f64 = 1.3;
/// Semitones off the height of an instrument that plays no melodies, or that is named as accompaniment.
pub(super) const GROUND: f64 = 30.0;
/// The least share of a melody's notes that are new: other than the two before.
const LEAST_NEW: f64 = 0.2;
/// The least number of new notes of a melody in a stretch in which it sounds.
const LEAST_NEW_A_STRETCH: f64 = 1.25;
/// The least share of seconds in a melody's intervals: what has fewer is a broken chord.
const LEAST_SECONDS: f64 = 0.2;
/// A voice of fewer notes says nothing of how it moves.
const FEWEST_NOTES: usize = 8;

impl Heard {
    /// What is heard of a voice that has notes.
    pub(super) fn of(voice: &Voice, resolution: Resolution) -> Heard {
        let line = skyline(voice.notes.clone());
        let sounding = line.iter().fold(Tick::ZERO, |sum, note| sum + note.duration);
        let stretches = stretches(&line, resolution);
        let mut height = mean_pitch(&voice.notes);
        if !moves(&line, stretches) {
            height -= STILL;
        }
        let all: f64 = voice.notes.iter().map(|note| f64::from(note.duration.0)).sum();
        let at_a_time = all / f64::from(sounding.0.max(1));
        height -= CHORDAL * ((at_a_time - HELD_OVER) / (2.0 - HELD_OVER)).clamp(0.0, 1.0);
        if is_ground(voice.program) {
            height -= GROUND;
        }
        Heard { sounding, stretches, height }
    }
}

fn mean_pitch(notes: &[Note]) -> f64 {
    notes.iter().map(|note| f64::from(note.pitch.number())).sum::<f64>() / notes.len() as f64
}

/// In how many stretches a line of notes sounds that follow each other.
fn stretches(line: &[Note], resolution: Resolution) -> u32 {
    let ticks = STRETCH * u32::from(resolution.ticks());
    let (mut count, mut counted_to) = (0, 0);
    for note in line {
        let (first, end) = (note.start.0 / ticks, note.end().0.saturating_sub(1) / ticks + 1);
        count += end.saturating_sub(first.max(counted_to));
        counted_to = counted_to.max(end);
    }
    count
}

/// Whether a line moves as melodies do, and not as pads, tremolos, trills, drones and broken chords.
fn moves(line: &[Note], stretches: u32) -> bool {
    let pitches: Vec<_> = line.iter().map(|note| note.pitch.number()).collect();
    let is_new = |at: usize| pitches[at.saturating_sub(2)..at].iter().all(|&before| before != pitches[at]);
    let new = (1..pitches.len()).filter(|&at| is_new(at)).count() as f64;
    if new < LEAST_NEW_A_STRETCH * f64::from(stretches) && stretches > 1 {
        return false;
    }
    if pitches.len() < FEWEST_NOTES {
        return true;
    }
    let intervals = pitches.windows(2).map(|pair| pair[0].abs_diff(pair[1]));
    let (mut seconds, mut moving) = (0.0, 0.0);
    for interval in intervals.filter(|&interval| interval > 0) {
        moving += 1.0;
        seconds += f64::from(u8::from(interval <= 2));
    }
    new >= LEAST_NEW * pitches.len() as f64 && seconds >= LEAST_SECONDS * moving
}

/// Whether an instrument of General MIDI plays no melodies: basses, tremolo strings, timpani, pads, effects, percussion and
/// noises.
fn is_ground(program: u8) -> bool {
    matches!(program, 32..=39 | 44 | 47 | 88..=103 | 112..=127)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pitch::Pitch;

    /// A voice of starts, pitches and durations in sixteenths.
    fn voice(notes: &[(u32, u8, u32)]) -> Voice {
        let note = |&(start, pitch, length): &(u32, u8, u32)| {
            Note::new(Pitch::new(pitch).unwrap(), Tick(start * 120), Tick(length * 120))
        };
        Voice { notes: notes.iter().map(note).collect(), ..Voice::default() }
    }

    fn heard(notes: &[(u32, u8, u32)]) -> Heard {
        Heard::of(&voice(notes), Resolution::default())
    }

    /// Eight bars of a pattern of pitches, a note each `length` sixteenths.
    fn pattern(pitches: &[u8], length: u32) -> Heard {
        let notes: Vec<_> =
            (0..128 / length).map(|at| (at * length, pitches[at as usize % pitches.len()], length)).collect();
        heard(&notes)
    }

    #[test]
    fn stretches_are_those_in_which_something_sounds() {
        let voice = heard(&[(0, 60, 4), (4, 62, 4), (16, 64, 16), (60, 65, 8), (72, 67, 1)]);
        assert_eq!(voice.stretches, 4);
        assert_eq!(voice.sounding, Tick(33 * 120));
    }

    #[test]
    fn a_tune_is_as_high_as_it_is_and_what_does_not_move_like_one_is_lower() {
        let tune = pattern(&[72, 74, 76, 77, 79, 77, 76, 74], 4);
        assert!((tune.height - 75.625).abs() < 1e-9, "{}", tune.height);
        let tremolo = pattern(&[88], 1);
        let trill = pattern(&[88, 91], 1);
        let arpeggio = pattern(&[84, 88, 91, 96], 2);
        let pad = pattern(&[88, 86, 84, 86], 16);
        for still in [tremolo, trill, arpeggio, pad] {
            assert!(still.height < tune.height, "{}", still.height);
        }
    }

    #[test]
    fn chords_and_grounds_are_lower_than_a_line_of_their_pitch() {
        let tune: Vec<_> =
            [72, 74, 76, 77, 79, 77, 76, 74].iter().zip(0..).map(|(&pitch, at)| (at * 4, pitch, 4)).collect();
        let thirds: Vec<_> =
            tune.iter().flat_map(|&(at, pitch, length)| [(at, pitch - 4, length), (at, pitch, length)]).collect();
        assert!(heard(&thirds).height < heard(&tune).height - 15.0);
        let pad = Voice { program: 88, ..voice(&tune) };
        assert!(Heard::of(&pad, Resolution::default()).height < heard(&tune).height - 29.0);
    }
}
