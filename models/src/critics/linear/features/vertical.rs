//! What sounds together in four voices, at the steps where any voice changes.

use gradus_music::Pitch;
use gradus_music::voices::VoiceFrame;

use super::{Feature, Tally, mean};

/// Chords as semitones above their root: the triads first, then those with a diminished fifth or a seventh.
const CHORDS: [&[u8]; 8] =
    [&[0, 4, 7], &[0, 3, 7], &[0, 3, 6], &[0, 4, 7, 10], &[0, 3, 7, 10], &[0, 4, 7, 11], &[0, 3, 6, 10], &[0, 3, 6, 9]];
/// How many of the chords are consonant triads.
const TRIADS: usize = 2;
/// The widest that neighbouring upper voices should stand apart, in semitones.
const WIDE: i32 = 12;

/// The features.
pub(super) fn features(frames: &[VoiceFrame], steps_per_beat: u32) -> Vec<Feature> {
    let changes: Vec<usize> = (0..frames.len()).filter(|&step| step == 0 || frames[step] != frames[step - 1]).collect();
    let on_beat = |step: &usize| step.is_multiple_of(steps_per_beat as usize);
    let chords = |holds: &dyn Fn(VoiceFrame) -> bool, chosen: &dyn Fn(&usize) -> bool| {
        let together = changes.iter().filter(|step| chosen(step)).map(|&step| frames[step]);
        Tally::of(together.filter(|frame| frame.iter().flatten().count() > 1).map(holds)).share()
    };
    let (any, beat, between) = (|_: &usize| true, on_beat, |step: &usize| !on_beat(step));
    let pairs = |classes: [u8; 2]| {
        let intervals = changes.iter().flat_map(|&step| intervals(frames[step]));
        Tally::of(intervals.map(|interval| classes.contains(&(interval.rem_euclid(12) as u8)))).share()
    };
    let moves = || changes.iter().filter(|step| **step > 0).map(|&step| (frames[step - 1], frames[step]));
    vec![
        // Of the sounds of two and more voices, those with a second, a seventh or a tritone in them.
        ("dissonant", chords(&dissonant, &any)),
        ("dissonant_on_beat", chords(&dissonant, &beat)),
        ("dissonant_off_beat", chords(&dissonant, &between)),
        // Of the same, those that are part of a major or minor triad, or of that, a diminished triad or a seventh chord.
        ("triads", chords(&|frame| is_part_of(frame, &CHORDS[..TRIADS]), &any)),
        ("triads_on_beat", chords(&|frame| is_part_of(frame, &CHORDS[..TRIADS]), &beat)),
        ("tertian", chords(&|frame| is_part_of(frame, &CHORDS), &any)),
        ("tertian_on_beat", chords(&|frame| is_part_of(frame, &CHORDS), &beat)),
        // Of the pairs of voices that sound, those a semitone or a major seventh apart, and so on, whatever the octave.
        ("pairs_in_minor_seconds", pairs([1, 11])),
        ("pairs_in_major_seconds", pairs([2, 10])),
        ("pairs_in_tritones", pairs([6, 6])),
        ("pairs_in_octaves", pairs([0, 0])),
        // How many pitch classes sound together on average.
        ("classes_together", mean(changes.iter().map(|&step| f64::from(classes(frames[step]).count_ones())))),
        // Of the sounds, those where a voice is above a higher one, and where neighbours among the upper three stand wide.
        ("crossings", chords(&|frame| neighbours(frame).any(|gap| gap < 0), &any)),
        ("wide_spacing", chords(&|frame| neighbours([frame[0], frame[1], frame[2], None]).any(|gap| gap > WIDE), &any)),
        // Of the pairs of voices that sound on both sides of a change, those that move the same way from a fifth to a fifth,
        // or from an octave or unison to another; and those where the two voices move in opposite ways.
        ("parallel_perfects", Tally::of(moves().flat_map(|(from, to)| parallels(from, to))).share()),
        ("contrary_moves", Tally::of(moves().flat_map(|(from, to)| contraries(from, to))).share()),
    ]
}

/// Each pair of voices, the higher first.
fn voices() -> impl Iterator<Item = (usize, usize)> {
    (0..4).flat_map(|upper| (upper + 1..4).map(move |lower| (upper, lower)))
}

/// How far the upper voice is above the lower, in semitones, for each pair that sounds.
fn intervals(frame: VoiceFrame) -> impl Iterator<Item = i32> {
    voices().filter_map(move |(upper, lower)| interval(frame, upper, lower))
}

fn interval(frame: VoiceFrame, upper: usize, lower: usize) -> Option<i32> {
    Some(number(frame[upper]?) - number(frame[lower]?))
}

fn number(pitch: Pitch) -> i32 {
    i32::from(pitch.number())
}

/// The gaps between neighbouring voices.
fn neighbours(frame: VoiceFrame) -> impl Iterator<Item = i32> {
    (0..3).filter_map(move |upper| interval(frame, upper, upper + 1))
}

fn dissonant(frame: VoiceFrame) -> bool {
    intervals(frame).any(|interval| matches!(interval.rem_euclid(12), 1 | 2 | 6 | 10 | 11))
}

/// The pitch classes that sound, a bit each.
fn classes(frame: VoiceFrame) -> u16 {
    frame.iter().flatten().fold(0, |classes, pitch| classes | 1 << pitch.class().number())
}

fn is_part_of(frame: VoiceFrame, chords: &[&[u8]]) -> bool {
    let sounding = classes(frame);
    let of = |root: u8, chord: &[u8]| chord.iter().fold(0_u16, |classes, above| classes | 1 << ((root + above) % 12));
    chords.iter().any(|chord| (0..12).any(|root| sounding & !of(root, chord) == 0))
}

/// How each pair of voices that sounds before and after moves: their intervals, and by how many semitones each moves.
fn pair_moves(from: VoiceFrame, to: VoiceFrame) -> impl Iterator<Item = ([i32; 2], [i32; 2])> {
    voices().filter_map(move |(upper, lower)| {
        let moved = |voice: usize| Some(number(to[voice]?) - number(from[voice]?));
        let intervals = [interval(from, upper, lower)?, interval(to, upper, lower)?];
        Some((intervals, [moved(upper)?, moved(lower)?]))
    })
}

fn parallels(from: VoiceFrame, to: VoiceFrame) -> impl Iterator<Item = bool> {
    pair_moves(from, to).map(|(intervals, moved)| {
        let [before, after] = intervals.map(|interval| interval.rem_euclid(12));
        before == after && matches!(before, 0 | 7) && moved[0] * moved[1] > 0
    })
}

fn contraries(from: VoiceFrame, to: VoiceFrame) -> impl Iterator<Item = bool> {
    pair_moves(from, to).map(|(_, moved)| moved[0] * moved[1] < 0)
}
