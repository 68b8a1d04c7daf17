//! Named features of a piece: the musical metrics of `gradus_music`, then those of its lines, and for four voices those of
//! what sounds together. A share of nothing has no value.

mod lines;
mod rhythm;
mod vertical;

use gradus_music::{Change, Key, Metrics};

use crate::critics::Writing;

/// A feature of a piece, if it has a value there.
pub(super) type Feature = (&'static str, Option<f64>);

/// What the features are called, in their order.
pub(super) fn names(writing: Writing) -> Vec<&'static str> {
    measure(writing, &[]).into_iter().map(|(name, _)| name).collect()
}

/// The features of a piece, in the order of [`names`].
pub(super) fn features(writing: Writing, tokens: &[u32]) -> Vec<Option<f64>> {
    measure(writing, tokens).into_iter().map(|(_, value)| value).collect()
}

fn measure(writing: Writing, tokens: &[u32]) -> Vec<Feature> {
    let mut score = writing.score(tokens);
    let lines = writing.lines(tokens);
    let frames = writing.frames(tokens);
    let notation = writing.notation();
    // Melodies are moved into one key; four voices keep theirs, which tokens leave unsaid.
    let key = if frames.is_none() { Some(notation.key) } else { score.estimate_key().map(|estimate| estimate.key) };
    let key = key.unwrap_or(Key::C_MAJOR);
    score.keys = vec![Change::at_the_start(key)];
    let steps_per_beat = u32::from(notation.grid.steps_per_beat());
    let bar = (notation.meter.quarters() * f64::from(steps_per_beat)).round().max(1.0) as u32;
    let mut features = Metrics::of(&score).table().to_vec();
    features.extend(lines::features(&lines, key, bar));
    features.extend(rhythm::features(&lines, writing.steps(tokens.len()), steps_per_beat, bar));
    features.extend(frames.into_iter().flat_map(|frames| vertical::features(&frames, steps_per_beat)));
    features
}

/// Counts how often something holds.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    hits: usize,
    count: usize,
}

impl Tally {
    fn of(cases: impl IntoIterator<Item = bool>) -> Self {
        let mut tally = Self::default();
        for case in cases {
            tally.hits += usize::from(case);
            tally.count += 1;
        }
        tally
    }

    /// The share of the cases in which it held: 0 to 1; none without a case.
    fn share(self) -> Option<f64> {
        (self.count > 0).then(|| self.hits as f64 / self.count as f64)
    }
}

/// The mean of numbers; none of none.
fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.into_iter().fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use gradus_music::{Grid, Token, Vocabulary, VoiceVocabulary};

    use super::*;

    fn feature(writing: Writing, tokens: &[u32], name: &str) -> Option<f64> {
        let features = measure(writing, tokens);
        features.into_iter().find(|(each, _)| *each == name).unwrap_or_else(|| panic!("no `{name}`")).1
    }

    fn melody(pitches: &[u8]) -> Vec<u32> {
        let token = |pitch: &u8| if *pitch == 0 { 1 } else { u32::from(pitch - 48) + Token::SPECIAL as u32 };
        pitches.iter().map(token).collect()
    }

    #[test]
    fn names_are_the_same_for_every_piece_and_none_stands_twice() {
        let writings = [
            Writing::melody(Vocabulary::default(), Grid::default(), Key::C_MAJOR),
            Writing::voices(VoiceVocabulary::default(), Grid::default()),
        ];
        for writing in writings {
            let mut names = names(writing);
            assert_eq!(features(writing, &[20, 24, 27, 30, 20, 23, 27, 31]).len(), names.len());
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        }
    }

    #[test]
    fn moves_are_told_by_their_size() {
        let writing = Writing::melody(Vocabulary::default(), Grid::default(), Key::C_MAJOR);
        // C D D F# G c: a step, a repeat, a skip to and a semitone from a note beside the scale, a leap.
        let tokens = melody(&[60, 62, 62, 66, 67, 72]);
        let shares = ["repeats", "steps", "skips", "leaps"].map(|name| feature(writing, &tokens, name));
        assert_eq!(shares, [Some(0.2), Some(0.4), Some(0.2), Some(0.2)]);
        assert_eq!(feature(writing, &tokens, "chromatic_moves"), Some(0.2));
        assert_eq!(feature(writing, &tokens, "skips_beside_scale"), Some(0.2));
        assert_eq!(feature(writing, &tokens, "time_beside_scale"), Some(1.0 / 6.0));
        assert_eq!(feature(writing, &tokens, "ends_on_tonic"), Some(1.0));
        assert_eq!(feature(writing, &melody(&[0, 0]), "repeats"), None);
    }

    #[test]
    fn notes_are_told_by_their_place_and_length() {
        let writing = Writing::melody(Vocabulary::default(), Grid::default(), Key::C_MAJOR);
        // A quarter, an eighth and a quarter that rings over the next beat; three sixteenths of rest.
        let tokens = [14, 1, 1, 1, 16, 1, 18, 1, 1, 1, 0, 1, 1];
        let value = |name| feature(writing, &tokens, name);
        assert_eq!((value("on_beat"), value("syncopations")), (Some(2.0 / 3.0), Some(1.0 / 3.0)));
        assert_eq!(
            (value("rests"), value("mean_beats"), value("last_beats")),
            (Some(3.0 / 13.0), Some(2.5 / 3.0), Some(1.0))
        );
    }

    #[test]
    fn chords_and_parallels_are_told() {
        let writing = Writing::voices(VoiceVocabulary::default(), Grid::default());
        let chord = |pitches: [u32; 4]| pitches.map(|pitch| pitch - 35);
        // C major; the same a tone higher, all voices in parallel; C D F# B, which is no chord.
        let tokens = [chord([72, 67, 64, 48]), chord([74, 69, 66, 50]), chord([71, 66, 62, 48])].concat();
        let value = |name| feature(writing, &tokens, name);
        assert_eq!((value("triads"), value("tertian")), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!(value("dissonant"), Some(1.0 / 3.0));
        // Soprano and bass an octave apart, alto and bass a fifth: two of the six pairs, in one of two moves.
        assert_eq!(value("parallel_perfects"), Some(2.0 / 12.0));
        assert_eq!(value("crossings"), Some(0.0));
    }
}
