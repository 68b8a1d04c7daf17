//! How long notes are and where they begin: over all voices together.

use gradus_music::GridNote;

use super::{Feature, Tally, mean};

/// The features of lines over so many steps; `bar` is the length of a bar in steps.
pub(super) fn features(lines: &[Vec<GridNote>], steps: usize, steps_per_beat: u32, bar: u32) -> Vec<Feature> {
    let notes = || lines.iter().flatten();
    let beats = |steps: u32| f64::from(steps) / f64::from(steps_per_beat);
    let on_beat = |note: &&GridNote| note.start.is_multiple_of(steps_per_beat);
    let share = |holds: &dyn Fn(&GridNote) -> bool| Tally::of(notes().map(holds)).share();
    let sounding: u32 = notes().map(|note| note.length).sum();
    let places = steps * lines.len();
    let repeated = |line: &Vec<GridNote>| {
        let same = |pair: &[GridNote]| pair[0].length == pair[1].length;
        Tally::of(line.windows(2).map(same))
    };
    let alike = lines
        .iter()
        .map(repeated)
        .fold(Tally::default(), |sum, line| Tally { hits: sum.hits + line.hits, count: sum.count + line.count });
    vec![
        // The mean length of a note in beats, and of those that begin on a beat and between beats.
        ("mean_beats", mean(notes().map(|note| beats(note.length)))),
        ("mean_beats_on_beat", mean(notes().filter(on_beat).map(|note| beats(note.length)))),
        ("mean_beats_off_beat", mean(notes().filter(|note| !on_beat(note)).map(|note| beats(note.length)))),
        // Shares of the notes: shorter than half a beat, at least two beats.
        ("short_notes", share(&|note| 2 * note.length < steps_per_beat)),
        ("long_notes", share(&|note| note.length >= 2 * steps_per_beat)),
        // Of the notes, those that begin on a beat, with a bar, and between beats to ring over the next one.
        ("on_beat", share(&|note| note.start.is_multiple_of(steps_per_beat))),
        ("on_bar", share(&|note| note.start.is_multiple_of(bar))),
        (
            "syncopations",
            share(&|note| {
                let after_beat = note.start % steps_per_beat;
                after_beat > 0 && after_beat + note.length > steps_per_beat
            }),
        ),
        // Of the notes, those whose length a half, a third or a multiple of a beat is not: those of odd numbers of steps.
        ("odd_lengths", share(&|note| note.length > 1 && note.length % 2 == 1)),
        // Of the notes that another follows, those as long as it.
        ("same_lengths", alike.share()),
        // The share of the time in which a voice rests.
        ("rests", (places > 0).then(|| (places as f64 - f64::from(sounding)) / places as f64)),
        // The length of the last note of the highest voice in beats.
        ("last_beats", lines.first().and_then(|line| line.last()).map(|note| beats(note.length))),
    ]
}
