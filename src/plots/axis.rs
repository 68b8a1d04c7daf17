//! An axis: its range, its ticks, and how their numbers are written.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// An axis with round numbers on it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// From one end to the other.
    pub(super) range: Range<f64>,
    /// Round numbers within the range.
    pub(super) ticks: Vec<f64>,
    notation: Notation,
}

/// Numbers are written as a multiple of `unit`, with `suffix` in its place: 500000 as `0.5M`.
#[derive(Debug, Clone, PartialEq)]
struct Notation {
    unit: f64,
    suffix: String,
    decimals: usize,
}

impl Axis {
    /// An axis over a range, with about `count` ticks.
    pub(super) fn over(range: Range<f64>, count: f64) -> Self {
        let step = round_step((range.end - range.start) / count);
        let first = (range.start / step).ceil() as i64;
        let last = (range.end / step).floor() as i64;
        let largest = range.start.abs().max(range.end.abs());
        Self {
            ticks: (first..=last).map(|multiple| multiple as f64 * step).collect(),
            notation: Notation::of(largest, step),
            range,
        }
    }

    /// An axis from zero to `end`, or to the tick that is just beyond it, with room for a marker.
    pub(super) fn up_to(end: f64, count: f64) -> Self {
        let step = round_step(end / count);
        let tick = (end / step).ceil() * step;
        let end = if tick < end * 1.05 { tick } else { end };
        Self::over(0.0..end * 1.01, count)
    }

    /// An axis with room around the values; a constant stands in its middle.
    pub(super) fn around(values: impl Iterator<Item = f64> + Clone, count: f64) -> Self {
        let lowest = values.clone().fold(f64::INFINITY, f64::min);
        let highest = values.fold(f64::NEG_INFINITY, f64::max);
        let (span, size) = (highest - lowest, lowest.abs().max(highest.abs()));
        let room = if size == 0.0 {
            1.0
        } else if span < size * 1e-9 {
            size * 0.15
        } else {
            span * 0.06
        };
        Self::over(lowest - room..highest + room, count)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        start + (f64::from(end - start) * share).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, tick: &f64) -> String {
        let Notation { unit, suffix, decimals } = &self.notation;
        if *tick == 0.0 {
            return "0".to_owned();
        }
        let sign = if *tick < 0.0 { "\u{2212}" } else { "" };
        format!("{sign}{:.decimals$}{suffix}", tick.abs() / unit)
    }
}

impl Notation {
    fn of(largest: f64, step: f64) -> Self {
        let (unit, suffix) = match largest {
            size if size >= 1e9 => (1e9, "G".to_owned()),
            size if size >= 1e6 => (1e6, "M".to_owned()),
            size if size >= 1e4 => (1e3, "k".to_owned()),
            size if size >= 2e-3 => (1.0, String::new()),
            size => {
                let exponent = size.log10().floor() as i32;
                (10f64.powi(exponent), format!("e\u{2212}{}", -exponent))
            }
        };
        let decimals = (-exponent_of(step / unit)).max(0) as usize;
        Self { unit, suffix, decimals }
    }
}

/// The nearest of 1, 2, 5, 10, 20, 50, ... in proportion.
fn round_step(size: f64) -> f64 {
    let magnitude = 10f64.powi(size.log10().floor() as i32);
    let factor = match size / magnitude {
        digits if digits < 2f64.sqrt() => 1.0,
        digits if digits < 10f64.sqrt() => 2.0,
        digits if digits < 50f64.sqrt() => 5.0,
        _ => 10.0,
    };
    factor * magnitude
}

/// The decimal exponent of a round number, in spite of its rounding.
fn exponent_of(number: f64) -> i32 {
    (number.log10() + 1e-9).floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|tick| axis.format_ext(tick)).collect()
    }

    #[test]
    fn thousands_and_millions_are_shortened() {
        assert_eq!(labels(&Axis::over(0.0..1.1e6, 2.0)), ["0", "0.5M", "1.0M"]);
        assert_eq!(labels(&Axis::over(0.0..50_000.0, 3.0)), ["0", "20k", "40k"]);
        assert_eq!(labels(&Axis::over(0.0..4096.0, 2.0)), ["0", "2000", "4000"]);
    }

    #[test]
    fn decimals_follow_the_step_and_minus_is_a_minus() {
        assert_eq!(labels(&Axis::over(-0.6..0.6, 2.0)), ["\u{2212}0.5", "0", "0.5"]);
        assert_eq!(labels(&Axis::over(0.93..1.07, 3.0)), ["0.95", "1.00", "1.05"]);
    }

    #[test]
    fn small_numbers_share_one_exponent() {
        let axis = Axis::over(2.7e-4..3.3e-4, 3.0);
        assert_eq!(labels(&axis), ["2.8e\u{2212}4", "3.0e\u{2212}4", "3.2e\u{2212}4"]);
    }

    #[test]
    fn an_axis_of_steps_ends_at_a_tick_if_one_is_near() {
        let last_tick = |end| Axis::up_to(end, 2.0).ticks.pop();
        assert_eq!(last_tick(983_040.0), Some(1e6));
        assert_eq!(last_tick(920_000.0), Some(5e5));
    }

    #[test]
    fn a_constant_stands_in_the_middle_of_a_few_ticks() {
        for constant in [0.0, -7.0, 3e-4, 1e12] {
            let axis = Axis::around([constant, constant].into_iter(), 3.0);
            assert!(axis.range.contains(&constant), "{axis:?}");
            assert!((2..8).contains(&axis.ticks.len()), "{axis:?}");
        }
    }
}
