//! How well a piece keeps to a scale. Percussion is left out.

use super::pitch::pitch_class_counts;
use crate::key::Key;
use crate::score::Score;

/// The share of the notes whose pitch class lies in the scale of a key: 0 to 1. Minor is natural
/// minor. None if there are no notes.
///
/// Source: MusPy, `pitch_in_scale_rate`.
pub fn pitch_in_scale_rate(score: &Score, key: Key) -> Option<f64> {
    rate(&pitch_class_counts(score), key)
}

/// The largest [`pitch_in_scale_rate`] of the 24 keys: 7/12 (all pitch classes alike) to 1. None
/// if there are no notes.
///
/// Sources: MusPy, `scale_consistency`; Mogren, "C-RNN-GAN: continuous recurrent neural networks
/// with adversarial training", 2016.
pub fn scale_consistency(score: &Score) -> Option<f64> {
    let counts = pitch_class_counts(score);
    Key::all().filter_map(|key| rate(&counts, key)).max_by(f64::total_cmp)
}

fn rate(counts: &[usize; 12], key: Key) -> Option<f64> {
    let notes = counts.iter().sum::<usize>();
    let within: usize = key.scale().iter().map(|class| counts[usize::from(class.number())]).sum();
    (notes > 0).then(|| within as f64 / notes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::score;

    #[test]
    fn one_note_in_four_outside_the_scale_leaves_three_quarters() {
        let piece = score(&[(0, 60, 1), (1, 64, 1), (2, 67, 1), (3, 66, 1)]);
        assert_eq!(pitch_in_scale_rate(&piece, Key::C_MAJOR), Some(0.75));
        // E minor's scale has C, E, F# and G.
        assert_eq!(scale_consistency(&piece), Some(1.0));
    }

    #[test]
    fn all_twelve_alike_fit_every_scale_alike() {
        let notes: Vec<_> = (0..12).map(|step| (step, 60 + step as u8, 1)).collect();
        assert_eq!(scale_consistency(&score(&notes)), Some(7.0 / 12.0));
    }

    #[test]
    fn silence_keeps_to_no_scale() {
        assert_eq!((pitch_in_scale_rate(&score(&[]), Key::C_MAJOR), scale_consistency(&score(&[]))), (None, None));
    }
}
