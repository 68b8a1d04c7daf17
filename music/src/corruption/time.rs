//! Damage to times.

use std::cmp::Ordering;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rustc_hash::FxHashMap;

use super::share::Share;
use crate::bars::{Bar, bars};
use crate::grid::Grid;
use crate::note::Note;
use crate::score::Score;
use crate::time::Tick;

pub(super) fn reverse(score: &mut Score) {
    let end = score.end_of_notes();
    for note in score.voices.iter_mut().flat_map(|voice| &mut voice.notes) {
        note.start = end - note.end();
    }
}

pub(super) fn shuffle_bars(score: &mut Score, rng: &mut impl Rng) {
    let Some(last_onset) = score.notes().map(|note| note.start).max() else { return };
    let bars = bars(score, last_onset + Tick(1), usize::MAX);
    let full = full_bars(&bars);
    let mut goals = full.clone();
    rotate_in_one_cycle(&mut goals, rng);
    let mut moved: Vec<Tick> = bars.iter().map(|bar| bar.start).collect();
    for (from, to) in full.into_iter().zip(goals) {
        moved[from] = bars[to].start;
    }
    for voice in &mut score.voices {
        let one_at_a_time = voice.notes.windows(2).all(|pair| pair[0].end() <= pair[1].start);
        for note in &mut voice.notes {
            let bar = bars.partition_point(|bar| bar.start <= note.start).saturating_sub(1);
            note.start = moved[bar] + (note.start - bars[bar].start);
        }
        voice.notes.sort_unstable();
        if one_at_a_time {
            for index in 1..voice.notes.len() {
                let next = voice.notes[index].start;
                let note = &mut voice.notes[index - 1];
                note.duration = note.duration.min(next - note.start);
            }
        }
    }
}

/// A random permutation without a fixed point, if there are two elements: a single cycle.
///
/// Source: Sattolo, "An algorithm to generate a random cyclic permutation", 1986.
fn rotate_in_one_cycle(elements: &mut [usize], rng: &mut impl Rng) {
    for last in (1..elements.len()).rev() {
        elements.swap(last, rng.random_range(0..last));
    }
}

/// The bars of the most frequent length, the longest of several.
fn full_bars(bars: &[Bar]) -> Vec<usize> {
    let mut lengths: FxHashMap<Tick, usize> = FxHashMap::default();
    for bar in bars {
        *lengths.entry(bar.end - bar.start).or_default() += 1;
    }
    let usual = lengths.into_iter().max_by_key(|&(length, count)| (count, length)).map(|(length, _)| length);
    (0..bars.len()).filter(|&index| Some(bars[index].end - bars[index].start) == usual).collect()
}

pub(super) fn shift_onsets(score: &mut Score, share: Share, grid: Grid, rng: &mut impl Rng) {
    let step = grid.tick(1, score.resolution).max(Tick(1));
    let mut onsets: Vec<(usize, Tick)> = Vec::new();
    for (index, voice) in score.voices.iter().enumerate() {
        onsets.extend(voice.notes.iter().map(|note| (index, note.start)));
    }
    onsets.dedup();
    let mut left = share.of(onsets.len());
    onsets.shuffle(rng);
    for (voice, onset) in onsets {
        if left == 0 {
            break;
        }
        let notes = &mut score.voices[voice].notes;
        let (earlier, later) = (onset.0.checked_sub(step.0).map(Tick), Some(onset + step));
        let goals = if rng.random_bool(0.5) { [earlier, later] } else { [later, earlier] };
        if let Some(goal) = goals.into_iter().flatten().find(|&goal| fits(notes, onset, goal)) {
            shift(notes, onset, goal);
            left -= 1;
        }
    }
}

/// Whether an onset can move: between its neighbours, and before the ends of its own notes.
fn fits(notes: &[Note], onset: Tick, goal: Tick) -> bool {
    notes.iter().all(|note| match note.start.cmp(&onset) {
        Ordering::Less => note.start < goal,
        Ordering::Equal => goal < note.end(),
        Ordering::Greater => goal < note.start,
    })
}

fn shift(notes: &mut [Note], onset: Tick, goal: Tick) {
    for note in notes {
        let end = note.end();
        if note.start == onset {
            note.start = goal;
            note.duration = end - goal;
        } else if note.start < onset && (end == onset || (goal < end && end < onset)) {
            note.duration = goal - note.start;
        }
    }
}
