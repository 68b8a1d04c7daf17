//! Musical metrics: numbers that say what a piece is like, as evaluations of generated music use
//! them.
//!
//! They mean what they mean in MusPy (Dong et al., "MusPy: a toolkit for symbolic music
//! generation", 2020) and bear its names; where MusPy answers "not a number", there is no value
//! here. Percussion is left out wherever a pitch matters, and counts in rhythm. Times are taken at
//! the score's own resolution; [`rhythm::groove_consistency`] alone moves them onto a grid.
//!
//! A metric is a function in one of the files below and a row in [`METRICS`].

pub mod density;
pub mod overlap;
pub mod pitch;
pub mod polyphony;
pub mod rhythm;
pub mod scale;

use serde::{Serialize, Serializer};

pub use density::Density;
pub use overlap::{inter_set_distances, intra_set_distances, overlap_area, overlap_areas};

use crate::grid::Grid;
use crate::score::Score;

/// A metric of a whole piece.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name in MusPy.
    pub name: &'static str,
    /// What it says, in one line.
    pub summary: &'static str,
    measure: fn(&Score) -> Option<f64>,
}

/// Every metric, in the order of their values in [`Metrics`].
pub const METRICS: [Metric; 12] = [
    Metric {
        name: "n_pitches_used",
        summary: "different pitches",
        measure: |score| Some(pitch::n_pitches_used(score) as f64),
    },
    Metric {
        name: "n_pitch_classes_used",
        summary: "different pitch classes",
        measure: |score| Some(pitch::n_pitch_classes_used(score) as f64),
    },
    Metric {
        name: "pitch_range",
        summary: "semitones from the lowest to the highest pitch",
        measure: |score| Some(f64::from(pitch::pitch_range(score))),
    },
    Metric {
        name: "polyphony",
        summary: "pitches that sound together on average, while any does",
        measure: polyphony::polyphony,
    },
    Metric {
        name: "polyphony_rate",
        summary: "share of the time in which more than two pitches sound",
        measure: polyphony::polyphony_rate,
    },
    Metric {
        name: "pitch_in_scale_rate",
        summary: "share of the notes in the scale of the stated key, or of the estimated one",
        measure: |score| scale::pitch_in_scale_rate(score, score.key_or_estimate()?),
    },
    Metric {
        name: "scale_consistency",
        summary: "share of the notes in the scale that fits best",
        measure: scale::scale_consistency,
    },
    Metric {
        name: "pitch_entropy",
        summary: "how evenly notes are spread over pitches, in bits",
        measure: pitch::pitch_entropy,
    },
    Metric {
        name: "pitch_class_entropy",
        summary: "how evenly notes are spread over pitch classes, in bits",
        measure: pitch::pitch_class_entropy,
    },
    Metric { name: "empty_beat_rate", summary: "share of the beats without a note", measure: rhythm::empty_beat_rate },
    Metric {
        name: "empty_measure_rate",
        summary: "share of the bars without a note",
        measure: rhythm::empty_measure_rate,
    },
    Metric {
        name: "groove_consistency",
        summary: "how alike neighbouring bars are in where notes begin, in sixteenths",
        measure: |score| rhythm::groove_consistency(score, Grid::default()),
    },
];

/// The values of every metric of one piece, as a table or as a vector of features.
///
/// ```
/// use gradus_music::{Metrics, Note, Score, Tick, Voice};
///
/// let notes = vec![
///     Note::new("C4".parse()?, Tick(0), Tick(480)),
///     Note::new("G4".parse()?, Tick(480), Tick(480)),
/// ];
/// let score = Score { voices: vec![Voice { notes, ..Voice::default() }], ..Score::default() };
/// let metrics = Metrics::of(&score);
/// assert_eq!(metrics.table()[0], ("n_pitches_used", Some(2.0)));
/// assert_eq!(metrics.get("pitch_entropy"), Some(1.0));
/// assert_eq!(metrics.get("groove_consistency"), None, "it takes two bars");
/// # Ok::<(), gradus_music::MusicError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics([Option<f64>; METRICS.len()]);

impl Metrics {
    /// Measures a piece.
    pub fn of(score: &Score) -> Metrics {
        Metrics(METRICS.map(|metric| (metric.measure)(score)))
    }

    /// The names and the values, in the order of [`METRICS`]; the docs of each metric say when it
    /// has no value.
    pub fn table(&self) -> [(&'static str, Option<f64>); METRICS.len()] {
        std::array::from_fn(|index| (METRICS[index].name, self.0[index]))
    }

    /// The values, in the order of [`METRICS`].
    pub fn values(&self) -> [Option<f64>; METRICS.len()] {
        self.0
    }

    /// The value of the metric of this name; none if it has none, or if there is no such metric.
    pub fn get(&self, name: &str) -> Option<f64> {
        let index = METRICS.iter().position(|metric| metric.name == name)?;
        self.0[index]
    }
}

/// As a map from names to values.
impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.table())
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use crate::note::Note;
    use crate::pitch::Pitch;
    use crate::score::{Score, Voice};
    use crate::time::{Resolution, Tick};

    /// A score of one voice from starts, pitches and durations in sixteenths.
    pub(crate) fn score(notes: &[(u32, u8, u32)]) -> Score {
        let note =
            |&(start, pitch, length): &(u32, u8, u32)| Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(length));
        let voice = Voice { notes: notes.iter().map(note).collect(), ..Voice::default() };
        Score { voices: vec![voice], ..Score::new(Resolution::new(4).unwrap()) }
    }

    /// The same for percussion.
    pub(crate) fn drums(notes: &[(u32, u8, u32)]) -> Score {
        let mut score = score(notes);
        score.voices[0].percussion = true;
        score
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice_and_each_is_found() {
        let metrics = Metrics::of(&testing::score(&[(0, 60, 4), (16, 64, 4)]));
        for (index, (name, value)) in metrics.table().into_iter().enumerate() {
            assert_eq!((METRICS[index].name, metrics.get(name)), (name, value));
            assert!(METRICS[..index].iter().all(|other| other.name != name), "{name}");
        }
        assert_eq!(metrics.get("tempo"), None);
    }

    #[test]
    fn without_a_voice_only_counts_have_a_value() {
        let values = Metrics::of(&Score::default()).values();
        assert_eq!(values[..3], [Some(0.0); 3]);
        assert_eq!(values[3..], [None; 9]);
    }

    #[test]
    fn they_are_written_as_a_map() {
        let json = serde_json::to_value(Metrics::of(&testing::drums(&[(0, 35, 4)]))).unwrap();
        assert_eq!((&json["pitch_range"], &json["polyphony"]), (&0.0.into(), &serde_json::Value::Null));
    }
}
