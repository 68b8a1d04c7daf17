//! Where a piece is silent, and how alike its bars are in rhythm. Percussion counts.

use crate::grid::Grid;
use crate::score::Score;
use crate::time::{Resolution, Tick};

/// The share of the beats (quarter notes) in which no note sounds: 0 to below 1. None if the piece
/// has no length.
///
/// A note that lasts from tick s to tick e fills the beats from `s / resolution` to
/// `e / resolution`, both rounded down and both included: one that ends on a beat fills that beat
/// too. A piece of length n has `n / resolution + 1` beats, rounded down likewise.
///
/// Source: MusPy, `empty_beat_rate`.
pub fn empty_beat_rate(score: &Score) -> Option<f64> {
    empty_rate(score, Tick(u32::from(score.resolution.ticks())))
}

/// The share of the bars in which no note sounds: 0 to below 1. None if the piece has no length.
///
/// Bars count as beats do in [`empty_beat_rate`]. All have the length of the first stated metre, or
/// of 4/4: a change of metre is not followed.
///
/// Source: MusPy, `empty_measure_rate`.
pub fn empty_measure_rate(score: &Score) -> Option<f64> {
    empty_rate(score, score.meter_or_default().bar(score.resolution))
}

/// How alike neighbouring bars are in where notes begin: 0 to 1 (all alike). None for a piece of
/// one bar.
///
/// `1 - differences / (steps (bars - 1))`, where the differences are the steps on which a note
/// begins in one of two neighbouring bars but not in the other, and steps are those of a bar. Bars
/// count as in [`empty_measure_rate`].
///
/// Starts and ends are first moved to the nearest step: at a resolution of 480 ticks nearly every
/// step is empty in every bar, and the value close to 1 for any music. Values on different grids
/// do not compare.
///
/// Sources: MusPy, `groove_consistency`; Wu and Yang, "The Jazz Transformer on the front line",
/// 2020.
pub fn groove_consistency(score: &Score, grid: Grid) -> Option<f64> {
    let resolution = Resolution::new(u16::from(grid.steps_per_beat())).ok()?;
    let bar = score.meter_or_default().bar(resolution).0;
    let last_bar = grid.step(score.end_of_notes(), score.resolution) / bar;
    let mut onsets: Vec<_> = score.notes().map(|note| grid.step(note.start, score.resolution)).collect();
    onsets.sort_unstable();
    onsets.dedup();
    // Every onset is looked for in the bars before and after its own; a pair finds both.
    let neighbours = |onset: u32| u64::from(onset >= bar) + u64::from(onset / bar < last_bar);
    let looked_for: u64 = onsets.iter().map(|&onset| neighbours(onset)).sum();
    let pairs = onsets.iter().filter(|&&onset| onsets.binary_search(&onset.saturating_add(bar)).is_ok()).count();
    let differences = looked_for as f64 - 2.0 * pairs as f64;
    (last_bar > 0).then(|| 1.0 - differences / (f64::from(bar) * f64::from(last_bar)))
}

fn empty_rate(score: &Score, unit: Tick) -> Option<f64> {
    let length = score.end_of_notes().0;
    let mut filled: Vec<_> = score.notes().map(|note| (note.start.0 / unit.0, note.end().0 / unit.0)).collect();
    filled.sort_unstable();
    let (mut count, mut next) = (0, 0);
    for (first, last) in filled {
        let end = u64::from(last) + 1;
        count += end.saturating_sub(next.max(u64::from(first)));
        next = next.max(end);
    }
    let units = u64::from(length / unit.0) + 1;
    (length > 0).then(|| 1.0 - count as f64 / units as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{drums, score};

    #[test]
    fn a_note_that_ends_on_a_beat_fills_it() {
        // Beats 0, 1 and, by its first tick, 2; then 5 and 6 of seven.
        assert_eq!(empty_beat_rate(&score(&[(0, 60, 8), (20, 62, 4)])), Some(1.0 - 5.0 / 7.0));
    }

    #[test]
    fn a_bar_of_silence_among_three() {
        let piece = score(&[(0, 60, 15), (4, 60, 2), (32, 62, 15)]);
        assert_eq!(empty_measure_rate(&piece), Some(1.0 - 2.0 / 3.0));
    }

    #[test]
    fn drums_fill_beats() {
        assert_eq!(empty_beat_rate(&drums(&[(0, 35, 3), (4, 35, 3)])), Some(0.0));
    }

    #[test]
    fn bars_that_repeat_have_a_groove_and_one_alone_has_none() {
        let grid = Grid::default();
        let steady: Vec<_> = (0..8).map(|beat| (4 * beat, 60, 3)).collect();
        assert_eq!(groove_consistency(&score(&steady), grid), Some(1.0));
        assert_eq!(groove_consistency(&score(&steady[..4]), grid), None);
        // The fourth beat of the second bar is gone: one of sixteen steps.
        assert_eq!(groove_consistency(&score(&steady[..7]), grid), Some(15.0 / 16.0));
    }

    #[test]
    fn without_length_there_are_neither_beats_nor_bars() {
        let point = score(&[(0, 60, 0)]);
        assert_eq!((empty_beat_rate(&point), empty_measure_rate(&point)), (None, None));
        assert_eq!(groove_consistency(&point, Grid::default()), None);
    }
}
