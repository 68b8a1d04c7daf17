//! The bars of a piece, and places in them.

use std::fmt;

use crate::meter::Meter;
use crate::score::{Change, Score};
use crate::time::Tick;

/// One bar of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Counted from 1; a pickup is bar 0.
    pub number: usize,
    /// When it begins.
    pub start: Tick,
    /// When the next one begins.
    pub end: Tick,
    /// The length of what the meter counts.
    pub pulse: Tick,
}

/// A moment by its bar and beat, written as `3.2`, or `3.2+1/4` between two beats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The bar's number.
    pub bar: usize,
    /// The beat that the meter counts, from 1; between two beats a fraction of the way.
    pub beat: f64,
}

/// The first bars of a piece that lasts until `end`, at least one and at most `most`; the last bar holds the end.
///
/// A change of meter ends the bar it falls into.
pub fn bars(score: &Score, end: Tick, most: usize) -> Vec<Bar> {
    let mut changes = score.meters.iter().copied().peekable();
    let mut meter = Meter::default();
    let mut start = Tick::ZERO;
    let mut bars = Vec::new();
    let first = usize::from(score.pickup().is_none());
    while bars.len() < most && (bars.is_empty() || start < end) {
        while let Some(Change { value, .. }) = changes.next_if(|change| change.at <= start) {
            meter = value;
        }
        let full = start + meter.bar(score.resolution);
        let stop = changes.peek().map_or(full, |change| change.at.min(full));
        bars.push(Bar { number: first + bars.len(), start, end: stop, pulse: meter.pulse(score.resolution) });
        start = stop;
    }
    bars
}

impl Place {
    /// Returns the place of a moment among the bars of a piece, which are those of [`bars`]; what comes after the last is
    /// in the bar that follows it.
    pub fn of(at: Tick, bars: &[Bar]) -> Option<Place> {
        let begun = bars.partition_point(|bar| bar.start <= at);
        let bar = bars.get(begun.checked_sub(1)?)?;
        let (number, start) = if at < bar.end { (bar.number, bar.start) } else { (bar.number + 1, bar.end) };
        Some(Place { bar: number, beat: 1.0 + f64::from((at - start).0) / f64::from(bar.pulse.0) })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (beat, rest) = (self.beat.floor(), self.beat.fract());
        let on_the_beat = format!("{}.{beat}", self.bar);
        // The plainest fraction; places are steps of a grid.
        let fraction = (1..=64).find_map(|parts| {
            let count = rest * f64::from(parts);
            ((count - count.round()).abs() < 1e-6).then(|| (count.round(), parts))
        });
        formatter.pad(&match fraction {
            Some((0.0, _)) => on_the_beat,
            Some((count, parts)) => format!("{on_the_beat}+{count}/{parts}"),
            None => format!("{on_the_beat}+{rest:.3}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(meters: &[(u32, &str)]) -> Score {
        let change = |&(at, text): &(u32, &str)| Change { at: Tick(at), value: text.parse().unwrap() };
        Score { meters: meters.iter().map(change).collect(), ..Score::default() }
    }

    fn starts(bars: &[Bar]) -> Vec<u32> {
        bars.iter().map(|bar| bar.start.0).collect()
    }

    #[test]
    fn a_place_is_told_by_bar_and_beat() {
        let place = |meters: &[(u32, &str)], at| {
            Place::of(Tick(at), &bars(&score(meters), Tick(10_000), 100)).unwrap().to_string()
        };
        assert_eq!([0, 480, 600, 720, 1_920].map(|at| place(&[], at)), ["1.1", "1.2", "1.2+1/4", "1.2+1/2", "2.1"]);
        assert_eq!(place(&[], 160), "1.1+1/3");
        assert_eq!(place(&[(0, "6/8")], 480), "1.3");
        assert_eq!(place(&[(0, "3/4"), (1_440, "2/4")], 1_440 + 960), "3.1");
        assert_eq!(Place::of(Tick(1_920), &bars(&score(&[]), Tick(1_920), 9)).unwrap().to_string(), "2.1", "the end");
    }

    #[test]
    fn a_pickup_is_bar_0() {
        let numbers = |meters: &[(u32, &str)]| {
            bars(&score(meters), Tick(3_000), 100).iter().map(|bar| bar.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&[(0, "1/4"), (480, "4/4")]), [0, 1, 2]);
        assert_eq!(numbers(&[(0, "4/4"), (1_920, "1/4")])[..2], [1, 2]);
        assert_eq!(numbers(&[(0, "3/4"), (2_880, "4/4")]), [1, 2, 3], "two bars are no pickup");
    }

    #[test]
    fn a_change_of_meter_begins_a_bar() {
        let score = score(&[(0, "3/4"), (1_440, "2/4"), (2_600, "4/4")]);
        let bars = bars(&score, Tick(6_000), 100);
        assert_eq!(starts(&bars), [0, 1_440, 2_400, 2_600, 4_520]);
    }

    #[test]
    fn silence_is_one_bar_and_a_long_piece_is_cut() {
        assert_eq!(starts(&bars(&Score::default(), Tick::ZERO, 100)), [0]);
        assert_eq!(bars(&Score::default(), Tick(1_000_000), 7).len(), 7);
    }
}
