//! What is usual in the corpus.

use gradus_music::{Note, Split, summary::quantile};

use super::measures::{Measure, Measured, Measurer};
use crate::{error::EnvError, library::Library, setting::Setting};

/// Fewer tunes than this do not say what is usual.
const LEAST_TUNES: usize = 8;
/// The least width of a band: a measure that hardly varies in the corpus may vary a little elsewhere.
const LEAST_WIDTH: f64 = 0.05;

/// Between which values each measure of the corpus mostly lies.
pub(super) type Bands = [Band; Measure::COUNT];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Band {
    low: f64,
    high: f64,
}

/// The bands of the beginnings of the training tunes: of their first bar, of their first two, and so on for `bars`. A band
/// leaves the share `tail` of the tunes below it, and as much above.
pub(super) fn of_beginnings(
    setting: &Setting,
    library: &Library,
    bars: usize,
    tail: f64,
) -> Result<Vec<Bands>, EnvError> {
    let tunes = library.corpus()?.melodies(Split::Train, &setting.encoding())?;
    let note = |tokens: &[_]| -> Vec<Note> {
        let tick = |step: u32| setting.tick(step as usize);
        let notes = setting.vocabulary.decode(tokens).into_iter();
        notes.map(|note| Note::new(note.pitch, tick(note.start), tick(note.length))).collect()
    };
    let tunes: Vec<_> = tunes.iter().map(|tune| (tune.encoded.tokens.len(), note(&tune.encoded.tokens))).collect();
    let mut measurer = Measurer::for_notes(setting.steps);
    let mut of_bars = |bars: usize| {
        let steps = bars * setting.steps_per_bar();
        let long_enough = tunes.iter().filter(|(length, _)| *length >= steps);
        let measured: Vec<Measured> =
            long_enough.map(|(_, notes)| measurer.measure(notes, setting.tick(steps), setting)).collect();
        if measured.len() < LEAST_TUNES {
            return Err(EnvError::config(
                "reward.typicality",
                format!("{} training tunes of {bars} bars or more are too few to tell what is usual", measured.len()),
                format!("shorten the pieces, or give a corpus with {LEAST_TUNES} such tunes"),
            ));
        }
        Ok(std::array::from_fn(|measure| Band::of(measured.iter().map(|measured| measured[measure]).collect(), tail)))
    };
    (1..=bars).map(&mut of_bars).collect()
}

impl Band {
    fn of(mut values: Vec<f64>, tail: f64) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self { low: quantile(&values, tail), high: quantile(&values, 1.0 - tail) }
    }

    /// How far a value lies outside, in widths of the band; 0 within.
    pub(super) fn distance(&self, value: f64) -> f64 {
        let outside = (self.low - value).max(value - self.high).max(0.0);
        outside / (self.high - self.low).max(LEAST_WIDTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_told_in_widths() {
        let band = Band::of(vec![3.0, 1.0, 2.0, 5.0, 4.0], 0.25);
        assert_eq!(band, Band { low: 2.0, high: 4.0 });
        let distances = [1.0, 2.0, 3.5, 4.0, 7.0].map(|value| band.distance(value));
        assert_eq!(distances, [0.5, 0.0, 0.0, 0.0, 1.5]);
        assert!((Band::of(vec![1.0; 9], 0.1).distance(0.9) - 0.1 / LEAST_WIDTH).abs() < 1e-12);
    }
}
