//! From ticks to the steps of a grid.

use std::num::NonZeroU8;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::MusicError;
use crate::note::Note;
use crate::pitch::Pitch;
use crate::time::{Resolution, Tick};

/// So many steps a beat: 4 are sixteenth notes, which is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(extend("minimum" = 1, "maximum" = 255))]
pub struct Grid(NonZeroU8);

/// A note on a grid; its times count steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GridNote {
    /// What sounds.
    pub pitch: Pitch,
    /// The step on which it begins.
    pub start: u32,
    /// For how many steps it sounds; at least 1.
    pub length: u32,
}

/// A melody that was moved onto a grid, and what that cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantized {
    /// The notes: one at a time, in order.
    pub notes: Vec<GridNote>,
    /// How far the notes were moved.
    pub error: QuantizationError,
    /// Notes left out because a longer one begins on the same step.
    pub dropped: usize,
}

/// How far starts and ends of notes lie from the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuantizationError {
    /// The mean distance over all starts and ends, in beats: 0 to half a step.
    pub mean: f64,
    /// The largest distance, in beats: 0 to half a step.
    pub max: f64,
    /// The share of the notes whose start or end lies off the grid: 0 to 1.
    pub moved: f64,
}

impl Grid {
    /// A grid of so many steps a beat.
    pub fn new(steps_per_beat: u8) -> Result<Grid, MusicError> {
        NonZeroU8::new(steps_per_beat).map(Grid).ok_or(MusicError::NotAGrid)
    }

    /// Steps a beat.
    pub fn steps_per_beat(self) -> u8 {
        self.0.get()
    }

    /// The step nearest to a tick; half-way between two steps, the later one.
    pub fn step(self, tick: Tick, resolution: Resolution) -> u32 {
        let (steps, ticks) = (u64::from(self.steps_per_beat()), u64::from(resolution.ticks()));
        saturate((2 * u64::from(tick.0) * steps + ticks) / (2 * ticks))
    }

    /// The tick nearest to a step.
    pub fn tick(self, step: u32, resolution: Resolution) -> Tick {
        let (steps, ticks) = (u64::from(self.steps_per_beat()), u64::from(resolution.ticks()));
        Tick(saturate((2 * u64::from(step) * ticks + steps) / (2 * steps)))
    }
}

impl Default for Grid {
    fn default() -> Grid {
        Grid(const { NonZeroU8::new(4).expect("4 is not zero") })
    }
}

impl TryFrom<u8> for Grid {
    type Error = MusicError;

    fn try_from(steps_per_beat: u8) -> Result<Grid, MusicError> {
        Grid::new(steps_per_beat)
    }
}

impl From<Grid> for u8 {
    fn from(grid: Grid) -> u8 {
        grid.steps_per_beat()
    }
}

/// Moves the notes of a melody to the nearest steps.
///
/// A note that would vanish keeps one step. Of the notes that come to begin on one step the longest
/// stays, and a note ends where the next begins. The notes must be ordered by start, as
/// [`extract`](crate::melody::extract) gives them.
pub fn quantize(melody: &[Note], resolution: Resolution, grid: Grid) -> Quantized {
    let mut kept: Vec<(GridNote, Tick)> = Vec::with_capacity(melody.len());
    let mut distances = Distances::default();
    let mut dropped = 0;
    for note in melody {
        let (start, end) = (grid.step(note.start, resolution), grid.step(note.end(), resolution));
        distances.add(note, [grid.tick(start, resolution), grid.tick(end, resolution)]);
        let new = (GridNote { pitch: note.pitch, start, length: (end - start).max(1) }, note.duration);
        match kept.last_mut() {
            Some(last) if last.0.start == start => {
                dropped += 1;
                if last.1 < new.1 {
                    *last = new;
                }
            }
            Some((last, _)) => {
                last.length = last.length.min(start - last.start);
                kept.push(new);
            }
            None => kept.push(new),
        }
    }
    let notes = kept.into_iter().map(|(note, _)| note).collect();
    Quantized { notes, error: distances.error(resolution), dropped }
}

#[derive(Default)]
struct Distances {
    notes: usize,
    moved: usize,
    sum: u64,
    max: u32,
}

impl Distances {
    fn add(&mut self, note: &Note, on_grid: [Tick; 2]) {
        let start = note.start.0.abs_diff(on_grid[0].0);
        let end = note.end().0.abs_diff(on_grid[1].0);
        self.notes += 1;
        self.moved += usize::from(start + end > 0);
        self.sum += u64::from(start) + u64::from(end);
        self.max = self.max.max(start).max(end);
    }

    fn error(&self, resolution: Resolution) -> QuantizationError {
        if self.notes == 0 {
            return QuantizationError::default();
        }
        let beat = f64::from(resolution.ticks());
        QuantizationError {
            mean: self.sum as f64 / (2 * self.notes) as f64 / beat,
            max: f64::from(self.max) / beat,
            moved: self.moved as f64 / self.notes as f64,
        }
    }
}

fn saturate(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn note(pitch: u8, start: u32, end: u32) -> Note {
        Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(end - start))
    }

    fn on_grid(pitch: u8, start: u32, length: u32) -> GridNote {
        GridNote { pitch: Pitch::new(pitch).unwrap(), start, length }
    }

    fn quantized(notes: &[Note]) -> Quantized {
        quantize(notes, Resolution::default(), Grid::default())
    }

    #[test]
    fn notes_on_the_grid_stay_without_error() {
        let result = quantized(&[note(60, 0, 480), note(62, 600, 720)]);
        assert_eq!(result.notes, [on_grid(60, 0, 4), on_grid(62, 5, 1)]);
        assert_eq!((result.error, result.dropped), (QuantizationError::default(), 0));
    }

    #[test]
    fn triplets_move_to_the_nearest_sixteenth_and_are_measured() {
        let result = quantized(&[note(60, 0, 160), note(62, 160, 320), note(64, 320, 480)]);
        assert_eq!(result.notes, [on_grid(60, 0, 1), on_grid(62, 1, 2), on_grid(64, 3, 1)]);
        assert!((result.error.max - 40.0 / 480.0).abs() < 1e-12);
        assert!((result.error.mean - 4.0 * 40.0 / 6.0 / 480.0).abs() < 1e-12);
        assert!((result.error.moved - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_grace_note_gives_way_to_the_note_it_adorns() {
        let result = quantized(&[note(62, 470, 480), note(60, 480, 960)]);
        assert_eq!((result.notes, result.dropped), (vec![on_grid(60, 4, 4)], 1));
    }

    #[test]
    fn a_very_short_note_keeps_one_step() {
        assert_eq!(quantized(&[note(60, 0, 10)]).notes, [on_grid(60, 0, 1)]);
    }

    #[test]
    fn an_empty_melody_has_no_error() {
        assert_eq!(quantized(&[]), Quantized::default());
    }

    proptest! {
        #[test]
        fn the_result_is_monophonic_and_no_note_is_empty_or_lost_unseen(
            gaps in prop::collection::vec((0_u32..700, 1_u32..900), 0..40),
            steps_per_beat in 1_u8..=24,
            ticks in 1_u16..=960,
        ) {
            let mut now = 0;
            let notes: Vec<_> = gaps.iter().map(|&(gap, length)| {
                let start = now + gap;
                now = start + length;
                note(60, start, now)
            }).collect();
            let (resolution, grid) = (Resolution::new(ticks), Grid::new(steps_per_beat));
            let result = quantize(&notes, resolution.unwrap(), grid.unwrap());
            prop_assert_eq!(result.notes.len() + result.dropped, notes.len());
            prop_assert!(result.notes.iter().all(|note| note.length > 0));
            let apart = |pair: &[GridNote]| pair[0].start + pair[0].length <= pair[1].start;
            prop_assert!(result.notes.windows(2).all(apart));
            let half_a_step = 0.5 / f64::from(steps_per_beat) + 0.5 / f64::from(ticks);
            prop_assert!(result.error.max <= half_a_step, "{:?}", result.error);
        }

        #[test]
        fn the_tick_of_a_step_lies_on_that_step(
            step in 0_u32..100_000,
            steps_per_beat in 1_u8..=24,
        ) {
            let grid = Grid::new(steps_per_beat).unwrap();
            let resolution = Resolution::default();
            prop_assert_eq!(grid.step(grid.tick(step, resolution), resolution), step);
        }
    }
}
