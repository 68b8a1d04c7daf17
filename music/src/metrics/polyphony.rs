//! How many pitches sound together. Percussion is left out.

use crate::pitch::Pitch;
use crate::score::Score;

/// How many different pitches sound on average while any does: 1 to 128. None if nothing with a
/// pitch sounds for any time.
///
/// Notes of one pitch that overlap, in one voice or in several, sound once.
///
/// Source: MusPy, `polyphony`.
pub fn polyphony(score: &Score) -> Option<f64> {
    let ticks = ticks_by_pitches(score);
    let sounding: u64 = ticks[1..].iter().sum();
    let pitches: u64 = (0..).zip(&ticks).map(|(pitches, &ticks)| pitches * ticks).sum();
    (sounding > 0).then(|| pitches as f64 / sounding as f64)
}

/// The share of the time, silence and percussion included, in which more than two different pitches
/// sound: 0 to 1. None if the piece has no length.
///
/// Source: MusPy, `polyphony_rate` with its default threshold.
pub fn polyphony_rate(score: &Score) -> Option<f64> {
    let crowded: u64 = ticks_by_pitches(score)[3..].iter().sum();
    let length = score.end_of_notes().0;
    (length > 0).then(|| crowded as f64 / f64::from(length))
}

const PITCHES: usize = Pitch::MAX.number() as usize + 1;

/// For how many ticks exactly so many different pitches sound. The time goes from one start or end
/// of a note to the next, so that long pieces take no longer than short ones.
fn ticks_by_pitches(score: &Score) -> [u64; PITCHES + 1] {
    let mut moments: Vec<_> = score
        .pitched_notes()
        .flat_map(|note| [(note.start, note.pitch, true), (note.end(), note.pitch, false)])
        .collect();
    moments.sort_unstable_by_key(|&(tick, ..)| tick);
    let mut ticks = [0; PITCHES + 1];
    let mut notes = [0_i32; PITCHES];
    let mut sounding = 0;
    for (index, &(now, pitch, starts)) in moments.iter().enumerate() {
        let notes = &mut notes[usize::from(pitch.number())];
        let before = *notes > 0;
        *notes += if starts { 1 } else { -1 };
        match (before, *notes > 0) {
            (false, true) => sounding += 1,
            (true, false) => sounding -= 1,
            _ => {}
        }
        let next = moments.get(index + 1).map_or(now, |&(tick, ..)| tick);
        ticks[sounding] += u64::from((next - now).0);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{drums, score};

    #[test]
    fn a_triad_that_a_fifth_follows() {
        let piece = score(&[(0, 60, 2), (0, 64, 2), (0, 67, 2), (2, 60, 2), (2, 67, 2)]);
        assert_eq!((polyphony(&piece), polyphony_rate(&piece)), (Some(2.5), Some(0.5)));
    }

    #[test]
    fn silence_thins_the_rate_but_not_the_mean() {
        let piece = score(&[(2, 60, 1), (2, 64, 1), (2, 67, 1)]);
        assert_eq!((polyphony(&piece), polyphony_rate(&piece)), (Some(3.0), Some(1.0 / 3.0)));
    }

    #[test]
    fn a_pitch_that_overlaps_itself_sounds_once() {
        assert_eq!(polyphony(&score(&[(0, 60, 4), (1, 60, 1), (2, 60, 4)])), Some(1.0));
    }

    #[test]
    fn a_note_without_length_sounds_for_no_time() {
        assert_eq!((polyphony(&score(&[(0, 60, 0)])), polyphony_rate(&score(&[(0, 60, 0)]))), (None, None));
        assert_eq!(polyphony(&score(&[(0, 60, 4), (2, 72, 0)])), Some(1.0));
    }

    #[test]
    fn drums_have_length_but_no_pitch() {
        let drums = drums(&[(0, 35, 1), (0, 38, 1), (0, 42, 1)]);
        assert_eq!((polyphony(&drums), polyphony_rate(&drums)), (None, Some(0.0)));
    }
}
