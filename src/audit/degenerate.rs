//! Degenerate policies: habits that an agent can fall into, each with all the pieces that it can write.

use gradus_envs::Setting;
use gradus_music::{Pitch, Token};

/// A habit.
pub(super) struct Policy {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Its pieces within a setting, none of their notes shorter than so many steps.
    pub(super) pieces: fn(&Setting, usize) -> Vec<Vec<Token>>,
    /// Why there may be none.
    pub(super) impossible: &'static str,
}

/// Every one that is tried. A rhythm is even: a note every 1, 2, 4, ... steps, up to a bar.
pub(super) const POLICIES: [Policy; 5] = [
    Policy {
        name: "silence",
        about: "no note at all",
        pieces: |setting, _| vec![vec![Token::HOLD; setting.steps]],
        impossible: "there are no rests to write it with",
    },
    Policy {
        name: "held-note",
        about: "one note of the key, held from the first step to the last",
        pieces: |setting, _| cycles(setting, setting.steps, |_| vec![0]),
        impossible: "no note of the key can be written",
    },
    Policy {
        name: "repeated-note",
        about: "one note of the key, again and again in an even rhythm",
        pieces: |setting, shortest| in_even_rhythms(setting, shortest, |_| vec![0]),
        impossible: "no note of the key can be written",
    },
    Policy {
        name: "scale",
        about: "the scale of the key from any of its notes up an octave and down again, in an even rhythm",
        pieces: |setting, shortest| in_even_rhythms(setting, shortest, up_and_down),
        impossible: "the environment's range is less than an octave",
    },
    Policy {
        name: "trill",
        about: "two neighbouring notes of the key in turn, in an even rhythm",
        pieces: |setting, shortest| in_even_rhythms(setting, shortest, |_| vec![0, 1]),
        impossible: "no two notes of the key can be written",
    },
];

/// Degrees above the first, up a whole octave and down to before the first.
fn up_and_down(octave: usize) -> Vec<usize> {
    (0..=octave).chain((1..octave).rev()).collect()
}

/// A pattern in every even rhythm.
fn in_even_rhythms(setting: &Setting, shortest: usize, pattern: fn(usize) -> Vec<usize>) -> Vec<Vec<Token>> {
    let longest = setting.steps_per_bar().max(shortest).min(setting.steps);
    let lengths = std::iter::successors(Some(1), |length| Some(2 * length)).take_while(|length| *length <= longest);
    lengths.filter(|length| *length >= shortest).flat_map(|length| cycles(setting, length, pattern)).collect()
}

/// From every note of the key from which it stays in range, a pattern over and over again, a note every `length` steps. The
/// pattern counts degrees above the first note, and is given those of an octave.
fn cycles(setting: &Setting, length: usize, pattern: fn(usize) -> Vec<usize>) -> Vec<Vec<Token>> {
    let (low, high) = (setting.vocabulary.low().number(), setting.vocabulary.high().number());
    let scale: Vec<Token> = (low..=high)
        .filter_map(Pitch::new)
        .filter(|pitch| setting.key.contains(pitch.class()))
        .filter_map(|pitch| setting.vocabulary.token(pitch))
        .collect();
    let pattern = pattern(setting.key.mode.steps().len());
    let highest = pattern.iter().copied().max().unwrap_or(0);
    let piece = |first: usize| {
        let token = |step: usize| match step % length {
            0 => scale[first + pattern[step / length % pattern.len()]],
            _ => Token::HOLD,
        };
        (0..setting.steps).map(token).collect()
    };
    (0..scale.len().saturating_sub(highest)).map(piece).collect()
}
