//! Where bars and systems begin and end.

use crate::meter::Meter;
use crate::score::{Change, Score};
use crate::time::Tick;

/// One bar of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) start: Tick,
    pub(super) end: Tick,
    /// The length of what the metre counts.
    pub(super) pulse: Tick,
}

/// The first bars of a piece that lasts until `end`, at least one and at most `most`; the last bar holds the end.
///
/// A change of metre ends the bar it falls into.
pub(super) fn bars(score: &Score, end: Tick, most: usize) -> Vec<Bar> {
    let mut changes = score.meters.iter().copied().peekable();
    let mut meter = Meter::default();
    let mut start = Tick::ZERO;
    let mut bars = Vec::new();
    while bars.len() < most && (bars.is_empty() || start < end) {
        while let Some(Change { value, .. }) = changes.next_if(|change| change.at <= start) {
            meter = value;
        }
        let full = start + meter.bar(score.resolution);
        let stop = changes.peek().map_or(full, |change| change.at.min(full));
        bars.push(Bar { number: bars.len() + 1, start, end: stop, pulse: meter.pulse(score.resolution) });
        start = stop;
    }
    bars
}

/// Parts bars into as few lines as do not exceed `longest`, about equally long; a line has one bar
/// at least.
pub(super) fn systems(bars: &[Bar], longest: Tick) -> Vec<&[Bar]> {
    let few = fill(bars, longest).len() as u32;
    let whole = bars.last().map_or(Tick::ZERO, |bar| bar.end);
    let longest_bar = bars.iter().map(|bar| bar.end - bar.start).max().unwrap_or_default();
    // Every line but the last then holds more than its share, so that there are no more lines.
    fill(bars, longest.min(Tick(whole.0.div_ceil(few.max(1))) + longest_bar))
}

fn fill(bars: &[Bar], longest: Tick) -> Vec<&[Bar]> {
    let mut systems = Vec::new();
    let mut rest = bars;
    while let Some(first) = rest.first() {
        let fit = rest.iter().take_while(|bar| bar.end - first.start <= longest).count();
        let (system, after) = rest.split_at(fit.max(1));
        systems.push(system);
        rest = after;
    }
    systems
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

    #[test]
    fn a_system_holds_the_bars_that_fit_and_one_at_least() {
        let bars = bars(&Score::default(), Tick(6 * 1_920), 100);
        let sizes = |longest| systems(&bars, Tick(longest)).iter().map(|system| system.len()).collect::<Vec<_>>();
        assert_eq!(sizes(6 * 1_920), [6]);
        assert_eq!(sizes(5 * 1_920), [4, 2], "not 5 and 1");
        assert_eq!(sizes(1), [1; 6]);
    }
}
