//! How lines move: over all voices together, from each note to the next of its voice.

use gradus_music::{GridNote, Key, PitchClass};

use super::{Feature, Tally, mean};

/// The smallest leap, a fourth, in semitones.
const LEAP: i32 = 5;
const OCTAVE: i32 = 12;

/// A move from one note to the next.
struct Move {
    from: GridNote,
    to: GridNote,
    /// Upward if positive.
    semitones: i32,
}

/// The features; `bar` is the length of a bar in steps.
pub(super) fn features(lines: &[Vec<GridNote>], key: Key, bar: u32) -> Vec<Feature> {
    let moves: Vec<Vec<Move>> = lines.iter().map(|line| moves(line)).collect();
    let all = || moves.iter().flatten();
    let pairs = || moves.iter().flat_map(|line| line.windows(2));
    let share = |holds: &dyn Fn(i32) -> bool| Tally::of(all().map(|it| holds(it.semitones))).share();
    let beside = |class: PitchClass| !key.contains(class);
    let leaves_scale = |it: &Move| beside(it.from.pitch.class()) || beside(it.to.pitch.class());
    let size = |over_bar_line: bool| {
        let chosen = all().filter(move |it| (it.to.start.is_multiple_of(bar)) == over_bar_line);
        mean(chosen.map(|it| f64::from(it.semitones.abs())))
    };
    let sounding = |holds: &dyn Fn(&GridNote) -> bool| -> u32 {
        lines.iter().flatten().filter(|note| holds(note)).map(|note| note.length).sum()
    };
    let sounds = sounding(&|_| true);
    let rising = |range: std::ops::RangeInclusive<i32>| {
        Tally::of(all().filter(|it| range.contains(&it.semitones.abs())).map(|it| it.semitones > 0)).share()
    };
    let lowest = moves.last();
    let bass = |wanted: [i32; 2]| {
        lowest.and_then(|line| Tally::of(line.iter().map(|it| wanted.contains(&it.semitones))).share())
    };
    vec![
        // Shares of the moves: to the same pitch, by one or two semitones, by three or four, by five and more.
        ("repeats", share(&|it| it == 0)),
        ("steps", share(&|it| (1..=2).contains(&it.abs()))),
        ("skips", share(&|it| (3..LEAP).contains(&it.abs()))),
        ("leaps", share(&|it| it.abs() >= LEAP)),
        // Of the moves, those by a semitone, to or from a note beside the scale or not.
        ("semitones", share(&|it| it.abs() == 1)),
        // Of the moves, those by a tritone, a seventh, or more than an octave.
        ("awkward_leaps", share(&|it| matches!(it.abs(), 6 | 10 | 11) || it.abs() > OCTAVE)),
        // The mean size of a move in semitones, and that of those that arrive with a bar less that of the others.
        ("mean_move", mean(all().map(|it| f64::from(it.semitones.abs())))),
        ("moves_over_bar_lines", size(true).zip(size(false)).map(|(over, within)| over - within)),
        // Of the moves, those by a semitone to or from a note beside the scale, and those by more than a tone.
        ("chromatic_moves", Tally::of(all().map(|it| it.semitones.abs() == 1 && leaves_scale(it))).share()),
        ("skips_beside_scale", Tally::of(all().map(|it| it.semitones.abs() > 2 && leaves_scale(it))).share()),
        // The share of the sounding time beside the scale.
        (
            "time_beside_scale",
            (sounds > 0).then(|| f64::from(sounding(&|note| beside(note.pitch.class()))) / f64::from(sounds)),
        ),
        // Of the leaps that something follows, those followed by a step or skip the other way.
        ("leaps_recovered", Tally::of(pairs().filter(|pair| pair[0].semitones.abs() >= LEAP).map(recovers)).share()),
        // Of the pairs of moves, those that turn.
        ("turns", Tally::of(pairs().map(|pair| pair[0].semitones * pair[1].semitones < 0)).share()),
        // Of the steps and of the leaps, those that rise: what is reversed falls instead.
        ("rising_steps", rising(1..=2)),
        ("rising_leaps", rising(LEAP..=i32::from(u8::MAX))),
        // Of the moves of the lowest voice, those of a cadence (up a fourth, down a fifth), and those the other way.
        ("bass_cadences", bass([5, -7])),
        ("bass_reversed_cadences", bass([-5, 7])),
        // Whether the lowest voice ends on the tonic of the key or of its relative.
        (
            "ends_on_tonic",
            lines.last().and_then(|line| line.last()).map(|note| {
                let class = note.pitch.class();
                f64::from(u8::from(class == key.tonic || class == key.relative().tonic))
            }),
        ),
    ]
}

fn moves(line: &[GridNote]) -> Vec<Move> {
    let step = |pair: &[GridNote]| Move {
        from: pair[0],
        to: pair[1],
        semitones: i32::from(pair[1].pitch.number()) - i32::from(pair[0].pitch.number()),
    };
    line.windows(2).map(step).collect()
}

fn recovers(pair: &[Move]) -> bool {
    let (leap, next) = (pair[0].semitones, pair[1].semitones);
    leap * next < 0 && next.abs() < LEAP
}
