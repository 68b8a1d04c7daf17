//! Damage to pitches.

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngExt};

use super::share::Share;
use crate::key::Key;
use crate::note::Note;
use crate::pitch::{Pitch, PitchClass};
use crate::score::{Score, Voice};

/// Semitones by which a wrong note misses.
const STEPS: [i32; 4] = [-2, -1, 1, 2];
const OCTAVE: u8 = 12;

pub(super) fn move_by_a_step(score: &mut Score, share: Share, rng: &mut impl Rng) {
    let mut places: Vec<(usize, usize)> =
        pitched(score).enumerate().flat_map(|(voice, it)| (0..it.notes.len()).map(move |note| (voice, note))).collect();
    let ranges: Vec<_> = pitched(score).map(|voice| range(&voice.notes)).collect();
    let wrong = share.of(places.len());
    let (drawn, _) = places.partial_shuffle(rng, wrong);
    drawn.sort_unstable();
    let mut voices: Vec<&mut Voice> = pitched(score).collect();
    for &mut (voice, note) in drawn {
        let pitch = &mut voices[voice].notes[note].pitch;
        let moved: Vec<_> = STEPS.iter().filter_map(|&semitones| pitch.transpose(semitones)).collect();
        let inside = |pitch: &&Pitch| ranges[voice].is_some_and(|(low, high)| (low..=high).contains(*pitch));
        let within: Vec<_> = moved.iter().filter(inside).copied().collect();
        let choices = if within.is_empty() { moved } else { within };
        *pitch = choices.choose(rng).copied().unwrap_or(*pitch);
    }
}

pub(super) fn move_by_octaves(score: &mut Score, rng: &mut impl Rng) {
    let Some((low, high)) = score.pitch_range() else {
        return;
    };
    let up = i32::from((Pitch::MAX.number() - high.number()) / OCTAVE);
    let down = -i32::from(low.number() / OCTAVE);
    let octaves = match (down, up) {
        (0, only) | (only, 0) => only,
        (down, up) => [down, up][usize::from(rng.random_bool(0.5))],
    };
    for note in pitched(score).flat_map(|voice| &mut voice.notes) {
        note.pitch = note.pitch.transpose(octaves * i32::from(OCTAVE)).unwrap_or(note.pitch);
    }
}

/// Draws every pitch anew, among those of the allowed classes.
pub(super) fn draw(score: &mut Score, allowed: impl Fn(PitchClass) -> bool, rng: &mut impl Rng) {
    for voice in pitched(score) {
        let Some((low, high)) = range(&voice.notes) else {
            continue;
        };
        let low = low.number().min(Pitch::MAX.number() + 1 - OCTAVE);
        let high = high.number().max(low + OCTAVE - 1);
        let choices: Vec<_> = (low..=high).filter_map(Pitch::new).filter(|pitch| allowed(pitch.class())).collect();
        for note in &mut voice.notes {
            note.pitch = choices.choose(rng).copied().unwrap_or(note.pitch);
        }
    }
}

pub(super) fn hold(score: &mut Score, key: Key) {
    for voice in pitched(score) {
        let end = voice.notes.iter().map(Note::end).max();
        let Some((first, end)) = voice.notes.first().copied().zip(end) else {
            continue;
        };
        let pitch = tonic(&voice.notes, key, 0).unwrap_or(first.pitch);
        voice.notes = vec![Note { pitch, duration: end - first.start, ..first }];
    }
}

/// Gives the onsets of each voice the pitches of a pattern, in semitones above the tonic, over and
/// over again.
pub(super) fn cycle(score: &mut Score, key: Key, pattern: &[u8]) {
    let height = pattern.iter().copied().max().unwrap_or(0);
    for voice in pitched(score) {
        let Some(tonic) = tonic(&voice.notes, key, height) else {
            continue;
        };
        let mut above = pattern.iter().cycle();
        for chord in voice.notes.chunk_by_mut(|left, right| left.start == right.start) {
            let semitones = above.next().copied().unwrap_or(0);
            for note in chord {
                note.pitch = tonic.transpose(i32::from(semitones)).unwrap_or(tonic);
            }
        }
    }
}

/// A scale over one octave and back, without its last note: that is the first one of the next round.
pub(super) fn up_and_down(key: Key) -> Vec<u8> {
    let steps = key.mode.steps();
    steps.into_iter().chain([OCTAVE]).chain(steps.into_iter().skip(1).rev()).collect()
}

fn pitched(score: &mut Score) -> impl Iterator<Item = &mut Voice> {
    score.voices.iter_mut().filter(|voice| !voice.percussion)
}

fn range(notes: &[Note]) -> Option<(Pitch, Pitch)> {
    let pitches = || notes.iter().map(|note| note.pitch);
    pitches().min().zip(pitches().max())
}

/// The tonic from which a pattern of this height has its middle nearest to the mean pitch, the lower
/// one of two; none without notes.
fn tonic(notes: &[Note], key: Key, height: u8) -> Option<Pitch> {
    let (count, sum) = (notes.len() as u64, notes.iter().map(|note| u64::from(note.pitch.number())).sum::<u64>());
    // Twice the distance, times the number of notes, so that it stays whole.
    let distance = |tonic: &Pitch| (count * u64::from(2 * tonic.number() + height)).abs_diff(2 * sum);
    let tonics = (0..=Pitch::MAX.number() - height).filter_map(Pitch::new).filter(|pitch| pitch.class() == key.tonic);
    tonics.min_by_key(distance).filter(|_| count > 0)
}
