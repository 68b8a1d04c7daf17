//! Lengths, pitches, intervals, durations and rests.

use serde::Serialize;

use super::histogram::Histogram;
use super::outliers::Outliers;
use super::statistics::Statistics;
use crate::corpus::{Corpus, Piece};
use crate::note::Note;
use crate::score::Score;
use crate::time::Tick;

/// What can be counted in every piece. A quantity is missing where there is nothing to count, as in
/// a corpus without notes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantities {
    /// The lengths of the pieces, in beats (quarter notes): to the end of the last note, percussion
    /// included. One value a piece. The finest bin is 4 beats.
    pub lengths: Option<Quantity>,
    /// The MIDI numbers of all notes but percussion. One value a note. The finest bin is a semitone.
    pub pitches: Option<Quantity>,
    /// The steps of the melodies in semitones, downward ones negative; rests are passed over. One
    /// value a note of the melody but the first; [`Corpus::melody`] says which voice that is.
    /// The finest bin is a semitone.
    pub intervals: Option<Quantity>,
    /// The durations of all notes but percussion, in beats. One value a note. The finest bin is a
    /// sixteenth note.
    pub durations: Option<Quantity>,
    /// The shares of the pieces in which their melodies rest, in percent, from the start of the piece to its end. One value a
    /// piece that has a melody. The finest bin is 5 percent.
    pub rests: Option<Quantity>,
}

/// A quantity over all pieces of a corpus.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// What it is counted in.
    pub unit: &'static str,
    /// All values of all pieces in figures: long pieces have more of them.
    pub statistics: Statistics,
    /// The pieces unlike the others. Where a piece has many values, by their mean, and in intervals
    /// by the mean of their sizes, because steps up and down cancel out: the fences are those of the
    /// pieces' means, and a single odd note makes no outlier.
    pub outliers: Outliers,
    /// All values of all pieces, counted.
    pub histogram: Histogram,
}

impl Quantities {
    pub(super) fn of(corpus: &Corpus) -> Quantities {
        Quantities {
            lengths: Quantity::of(corpus, "beats", 4.0, ("length", mean), |piece| {
                vec![beats_to_the_last_note(&piece.score)]
            }),
            pitches: Quantity::of(corpus, "MIDI pitch", 1.0, ("mean pitch", mean), |piece| {
                piece.score.pitched_notes().map(|note| f64::from(note.pitch.number())).collect()
            }),
            intervals: Quantity::of(corpus, "semitones", 1.0, ("mean size of intervals", mean_size), |piece| {
                intervals(&corpus.melody(piece).notes(&piece.score))
            }),
            durations: Quantity::of(corpus, "beats", 0.25, ("mean duration", mean), |piece| {
                piece.score.pitched_notes().map(|note| note.duration.beats(piece.score.resolution)).collect()
            }),
            rests: Quantity::of(corpus, "% of the piece", 5.0, ("share of rests", mean), |piece| {
                rests(&corpus.melody(piece).notes(&piece.score), &piece.score)
            }),
        }
    }

    /// All of them, by name.
    pub fn by_name(&self) -> [(&'static str, Option<&Quantity>); 5] {
        [
            ("lengths", self.lengths.as_ref()),
            ("pitches", self.pitches.as_ref()),
            ("intervals", self.intervals.as_ref()),
            ("durations", self.durations.as_ref()),
            ("rests", self.rests.as_ref()),
        ]
    }
}

impl Quantity {
    fn of(
        corpus: &Corpus,
        unit: &'static str,
        finest_bin: f64,
        (by, of_piece): (&'static str, fn(&[f64]) -> f64),
        values: impl Fn(&Piece) -> Vec<f64>,
    ) -> Option<Quantity> {
        let (mut all, mut pieces) = (Vec::new(), Vec::new());
        for piece in &corpus.pieces {
            let values = values(piece);
            if !values.is_empty() {
                pieces.push((piece.name.as_str(), of_piece(&values)));
            }
            all.extend(values);
        }
        let statistics = Statistics::of(all.iter().copied())?;
        let (outliers, histogram) = (Outliers::of(by, &pieces)?, Histogram::of(&all, finest_bin));
        Some(Quantity { unit, statistics, outliers, histogram })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean, whether up or down.
fn mean_size(values: &[f64]) -> f64 {
    values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64
}

/// The length of a piece in beats, without its final rest.
pub(super) fn beats_to_the_last_note(score: &Score) -> f64 {
    score.end_of_notes().beats(score.resolution)
}

fn intervals(melody: &[Note]) -> Vec<f64> {
    let number = |index: usize| f64::from(melody[index].pitch.number());
    (1..melody.len()).map(|index| number(index) - number(index - 1)).collect()
}

/// The share of the piece in which its melody rests, if it has one.
fn rests(melody: &[Note], score: &Score) -> Vec<f64> {
    let sounding = melody.iter().fold(Tick::ZERO, |sum, note| sum + note.duration);
    let share = 1.0 - f64::from(sounding.0) / f64::from(score.duration().0.max(1));
    if melody.is_empty() { Vec::new() } else { vec![100.0 * share] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::testing::{corpus, drums, piece};

    #[test]
    fn each_quantity_counts_what_it_says() {
        // Two quarters a fifth apart; a half note after a quarter's rest, alone but for its drums.
        let first = piece("a", &[(0, 60, 4), (4, 67, 4)]);
        let second = drums(piece("b", &[(4, 72, 8)]), &[(0, 35, 1), (15, 38, 1)]);
        let quantities = Quantities::of(&corpus([first, second]));
        let figures = |quantity: Option<&Quantity>| {
            let statistics = quantity.unwrap().statistics;
            (statistics.count, statistics.min, statistics.mean, statistics.max)
        };
        let [lengths, pitches, intervals, durations, rests] =
            quantities.by_name().map(|(_, quantity)| figures(quantity));
        assert_eq!(lengths, (2, 2.0, 3.0, 4.0));
        assert_eq!(pitches, (3, 60.0, 199.0 / 3.0, 72.0));
        assert_eq!(intervals, (1, 7.0, 7.0, 7.0));
        assert_eq!(durations, (3, 1.0, 4.0 / 3.0, 2.0));
        // The second begins after a quarter and ends with its drums, a quarter after its melody.
        assert_eq!(rests, (2, 0.0, 25.0, 50.0));
    }

    #[test]
    fn outliers_of_a_quantity_of_notes_are_told_by_their_means() {
        let low = |name: &str| piece(name, &[(0, 60, 4), (4, 62, 4)]);
        // One note of `c` is the highest of all; `e` is high throughout.
        let one_high_note: Vec<_> = (0..40).map(|beat| (4 * beat, if beat == 20 { 100 } else { 60 }, 4)).collect();
        let pieces = [low("a"), low("b"), piece("c", &one_high_note), low("d"), piece("e", &[(0, 80, 4)])];
        let outliers = Quantities::of(&corpus(pieces)).pitches.unwrap().outliers;
        let names: Vec<_> = outliers.pieces.iter().map(|outlier| outlier.piece.as_str()).collect();
        assert_eq!(names, ["e"]);
    }

    #[test]
    fn a_melody_that_leaps_up_and_down_is_an_outlier_though_its_leaps_cancel_out() {
        let steps = |name: &str| piece(name, &[(0, 60, 4), (4, 62, 4), (8, 60, 4)]);
        let leaps = piece("e", &[(0, 60, 4), (4, 72, 4), (8, 60, 4)]);
        let corpus = corpus([steps("a"), steps("b"), steps("c"), steps("d"), leaps]);
        let outliers = Quantities::of(&corpus).intervals.unwrap().outliers;
        assert_eq!((outliers.statistics.median, outliers.pieces.len()), (2.0, 1));
        assert_eq!((outliers.pieces[0].piece.as_str(), outliers.pieces[0].value), ("e", 12.0));
    }

    #[test]
    fn a_melody_steps_down_as_well_as_up_and_over_rests() {
        let intervals = Quantities::of(&corpus([piece("a", &[(0, 60, 4), (8, 64, 4), (12, 59, 4)])])).intervals;
        let histogram = intervals.unwrap().histogram;
        assert_eq!((histogram.edges[0], histogram.counts[0]), (-5.0, 1));
        assert_eq!((histogram.edges[9], histogram.counts[9]), (4.0, 1));
    }

    #[test]
    fn without_pieces_there_are_no_quantities_and_without_notes_only_lengths() {
        assert!(Quantities::of(&corpus([])).by_name().iter().all(|(_, quantity)| quantity.is_none()));
        let silent = Quantities::of(&corpus([piece("a", &[])]));
        assert_eq!(silent.by_name().map(|(_, quantity)| quantity.is_some()), [true, false, false, false, false]);
    }
}
