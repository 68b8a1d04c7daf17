//! What is measured of a melody.

use gradus_music::{Note, Tick};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::setting::Setting;

/// A quantity that says what a melody is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Notes a beat.
    Density,
    /// The share of the time in which a note sounds.
    Sounding,
    /// Semitones from the lowest to the highest pitch.
    Range,
    /// The entropy of the pitch classes, in bits.
    PitchClasses,
    /// The entropy of the intervals between neighbours, in bits.
    Intervals,
    /// The share of the intervals that repeat a pitch.
    Unisons,
    /// The share of the intervals wider than a major third.
    Leaps,
    /// The share of the moves that go the other way than the move before.
    Turns,
    /// The share of the notes in the key.
    InKey,
    /// The entropy of the times between onsets, in bits.
    Rhythm,
    /// The share of the figures of three intervals that were heard before.
    Repetition,
    /// The share of the notes that begin on a beat.
    OnBeat,
}

impl Measure {
    pub(super) const COUNT: usize = 12;
    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Density,
        Self::Sounding,
        Self::Range,
        Self::PitchClasses,
        Self::Intervals,
        Self::Unisons,
        Self::Leaps,
        Self::Turns,
        Self::InKey,
        Self::Rhythm,
        Self::Repetition,
        Self::OnBeat,
    ];
}

/// Every measure of a melody, in the order of [`Measure::ALL`].
pub(super) type Measured = [f64; Measure::COUNT];

/// The widest interval that is told from wider ones, in semitones.
const WIDEST: i32 = 24;
/// The widest interval that is no leap: a major third.
const NO_LEAP: i32 = 4;

/// Measures melodies. It keeps the room that it needs, so that measuring allocates nothing up to a number of notes.
#[derive(Debug)]
pub(super) struct Measurer {
    most: usize,
    intervals: Vec<i32>,
    room: Vec<u32>,
}

/// Nothing is kept from one melody to the next but the room, which the copy of a vector would lack.
impl Clone for Measurer {
    fn clone(&self) -> Self {
        Self::for_notes(self.most)
    }
}

impl Measurer {
    pub(super) fn for_notes(most: usize) -> Self {
        Self { most, intervals: Vec::with_capacity(most), room: Vec::with_capacity(most + 1) }
    }

    /// The measures of the notes that begin before `until`, as far as they sound before it. Shares of nothing are 0.
    pub(super) fn measure(&mut self, notes: &[Note], until: Tick, setting: &Setting) -> Measured {
        let notes = &notes[..notes.partition_point(|note| note.start < until)];
        let beat = setting.tick(setting.steps_per_beat()).0;
        let sounding: u32 = notes.iter().map(|note| note.end().min(until).0 - note.start.0).sum();
        let pitches = notes.iter().map(|note| u32::from(note.pitch.number()));
        let range = pitches.clone().max().zip(pitches.clone().min()).map_or(0, |(highest, lowest)| highest - lowest);
        let in_key = notes.iter().filter(|note| setting.key.contains(note.pitch.class())).count();
        let on_beat = notes.iter().filter(|note| note.start.0 % beat == 0).count();
        let onsets = notes.iter().map(|note| note.start.0).chain([until.0]);
        let waits = onsets.clone().zip(onsets.skip(1)).map(|(one, next)| next - one);

        let Self { intervals, room, .. } = self;
        let number = |note: &Note| i32::from(note.pitch.number());
        intervals.clear();
        intervals.extend(notes.windows(2).map(|pair| (number(&pair[1]) - number(&pair[0])).clamp(-WIDEST, WIDEST)));
        let unisons = intervals.iter().filter(|&&interval| interval == 0).count();
        let leaps = intervals.iter().filter(|interval| interval.abs() > NO_LEAP).count();
        let moves = intervals.len() - unisons;
        let mut turns = 0;
        let _ = intervals.iter().filter(|&&interval| interval != 0).fold(0, |before, interval| {
            turns += usize::from(before * interval < 0);
            interval.signum()
        });
        let code = |interval: &i32| (interval + WIDEST) as u32;
        let figures = intervals.windows(3).map(|figure| figure.iter().fold(0, |sum, next| 64 * sum + code(next)));
        let heard_before = figures.len() - different(room, figures);
        [
            notes.len() as f64 * f64::from(beat) / f64::from(until.0),
            f64::from(sounding) / f64::from(until.0),
            f64::from(range),
            entropy(room, pitches.map(|pitch| pitch % 12)),
            entropy(room, intervals.iter().map(code)),
            share(unisons, intervals.len()),
            share(leaps, intervals.len()),
            share(turns, moves.saturating_sub(1)),
            share(in_key, notes.len()),
            entropy(room, waits),
            share(heard_before, intervals.len().saturating_sub(2)),
            share(on_beat, notes.len()),
        ]
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// How many different values there are.
fn different(room: &mut Vec<u32>, values: impl Iterator<Item = u32>) -> usize {
    sort(room, values).chunk_by(|one, next| one == next).count()
}

/// Shannon's entropy of values, in bits.
fn entropy(room: &mut Vec<u32>, values: impl Iterator<Item = u32>) -> f64 {
    let sorted = sort(room, values);
    let of_equal = |equal: &[u32]| {
        let share = equal.len() as f64 / sorted.len() as f64;
        -share * share.log2()
    };
    sorted.chunk_by(|one, next| one == next).map(of_equal).sum()
}

fn sort(room: &mut Vec<u32>, values: impl Iterator<Item = u32>) -> &[u32] {
    room.clear();
    room.extend(values);
    room.sort_unstable();
    room
}
