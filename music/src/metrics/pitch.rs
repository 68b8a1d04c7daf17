//! Which pitches a piece uses, and how evenly. Percussion is left out.

use crate::pitch::Pitch;
use crate::score::Score;

/// How many different pitches there are: 0 to 128.
///
/// Source: MusPy, `n_pitches_used`.
pub fn n_pitches_used(score: &Score) -> usize {
    used(&pitch_counts(score))
}

/// How many different pitch classes there are: 0 to 12.
///
/// Source: MusPy, `n_pitch_classes_used`.
pub fn n_pitch_classes_used(score: &Score) -> usize {
    used(&pitch_class_counts(score))
}

/// The semitones from the lowest to the highest pitch: 0 to 127, and 0 where nothing has a pitch.
///
/// Source: MusPy, `pitch_range`, which gives -127 for a piece of drums alone.
pub fn pitch_range(score: &Score) -> u8 {
    score.pitch_range().map_or(0, |(lowest, highest)| highest.number() - lowest.number())
}

/// How evenly the notes are spread over the pitches, in bits: 0 (one pitch) to 7 (all 128 alike).
///
/// `-sum(p log2 p)`, where p is a pitch's share of the notes, however long they are. None if there
/// are no notes.
///
/// Source: MusPy, `pitch_entropy`; the formula is Shannon's, "A mathematical theory of
/// communication", 1948.
pub fn pitch_entropy(score: &Score) -> Option<f64> {
    entropy(&pitch_counts(score))
}

/// How evenly the notes are spread over the pitch classes, in bits: 0 (one class) to 3.585 (all
/// twelve alike). The formula and the edge case are those of [`pitch_entropy`].
///
/// Sources: MusPy, `pitch_class_entropy`; Wu and Yang, "The Jazz Transformer on the front line",
/// 2020.
pub fn pitch_class_entropy(score: &Score) -> Option<f64> {
    entropy(&pitch_class_counts(score))
}

/// The number of notes of each pitch class, C first.
pub fn pitch_class_counts(score: &Score) -> [usize; 12] {
    let mut counts = [0; 12];
    for (pitch, count) in pitch_counts(score).into_iter().enumerate() {
        counts[pitch % 12] += count;
    }
    counts
}

fn pitch_counts(score: &Score) -> [usize; Pitch::MAX.number() as usize + 1] {
    let mut counts = [0; Pitch::MAX.number() as usize + 1];
    for note in score.pitched_notes() {
        counts[usize::from(note.pitch.number())] += 1;
    }
    counts
}

fn used(counts: &[usize]) -> usize {
    counts.iter().filter(|&&count| count > 0).count()
}

fn entropy(counts: &[usize]) -> Option<f64> {
    let notes = counts.iter().sum::<usize>() as f64;
    let surprise = |&count: &usize| count as f64 / notes * (notes / count as f64).log2();
    (notes > 0.0).then(|| counts.iter().filter(|&&count| count > 0).map(surprise).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{drums, score};

    #[test]
    fn an_octave_is_two_pitches_of_one_class() {
        let octave = score(&[(0, 60, 1), (1, 72, 1), (2, 60, 1), (3, 72, 1)]);
        assert_eq!((n_pitches_used(&octave), n_pitch_classes_used(&octave), pitch_range(&octave)), (2, 1, 12));
        assert_eq!((pitch_entropy(&octave), pitch_class_entropy(&octave)), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn twelve_pitch_classes_alike_have_the_most_entropy() {
        let notes: Vec<_> = (0..12).map(|step| (step, 60 + step as u8, 1)).collect();
        let entropy = pitch_class_entropy(&score(&notes)).unwrap();
        assert!((entropy - 12_f64.log2()).abs() < 1e-12, "{entropy}");
    }

    #[test]
    fn drums_have_no_pitch() {
        let drums = drums(&[(0, 35, 1), (1, 38, 1)]);
        assert_eq!((n_pitches_used(&drums), pitch_range(&drums), pitch_entropy(&drums)), (0, 0, None));
    }
}
