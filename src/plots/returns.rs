//! How the returns of pieces are spread.

use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::PlotError;
use super::axis::Axis;
use super::canvas::{length, sheet, text, write};
use super::chart::{Chart, tick_counts};
use super::palette::{GREY, INK, Look};

/// As wide as is read on a telephone.
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 220.0;
/// Below the chart, for what the axis is of.
const FOOT: f64 = 20.0;
const BINS: usize = 24;

/// Draws a histogram of returns, and a dashed line at what the random agent earns on average. Returns that are not
/// numbers are left out; of none there is nothing to draw.
pub fn draw(returns: &[f64], random: f64) -> Result<Option<String>, PlotError> {
    let returns: Vec<f64> = returns.iter().copied().filter(|value| value.is_finite()).collect();
    if returns.is_empty() {
        return Ok(None);
    }
    let baseline = random.is_finite().then_some(random);
    let values = returns.iter().copied().chain(baseline);
    let (counts, edges) = bins(&returns);
    let most = counts.iter().copied().max().unwrap_or(1) as f64;
    let drawn = sheet((WIDTH, HEIGHT), "Returns", |canvas| {
        let inner = canvas.margin(0, length(FOOT), 0, 0);
        let (across, up) = tick_counts(&inner);
        let along = Axis::around(values.clone().chain([edges[0], edges[BINS]]), across);
        // No more ticks than counts, so that they are whole.
        let chart = Chart::new(&inner, "pieces", &along, &Axis::over(0.0..most * 1.05, up.min(most)))?;
        for (bin, &count) in edges.windows(2).zip(&counts).filter(|(_, count)| **count > 0) {
            chart.bar(bin[0]..bin[1], count as f64, Look::of(0).colour)?;
        }
        if let Some(random) = baseline {
            chart.dashes(&[(random, 0.0), (random, most * 1.05)], GREY)?;
        }
        let centred = text(INK, 12.0).pos(Pos::new(HPos::Center, VPos::Center));
        write(canvas, "return (dashed: the random agent's mean)", (WIDTH / 2.0, HEIGHT - 11.0), centred)
    })?;
    Ok(Some(drawn))
}

/// How many values lie in each of the equal bins, and the bins' edges.
fn bins(values: &[f64]) -> (Vec<usize>, Vec<f64>) {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Equal values stand in the middle of bins that have some width.
    let room = if highest > lowest { 0.0 } else { 0.5 * lowest.abs().max(1.0) / BINS as f64 };
    let (lowest, highest) = (lowest - room, highest + room);
    let width = (highest - lowest) / BINS as f64;
    let mut counts = vec![0; BINS];
    for value in values {
        counts[(((value - lowest) / width) as usize).min(BINS - 1)] += 1;
    }
    (counts, (0..=BINS).map(|edge| lowest + edge as f64 * width).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_a_bin() {
        let values: Vec<f64> = (0..100).map(|value| f64::from(value * value)).collect();
        for values in [&values[..], &[3.0, 3.0], &[-1e9, 1e9]] {
            let (counts, edges) = bins(values);
            assert_eq!(counts.iter().sum::<usize>(), values.len());
            assert!(values.iter().all(|value| (edges[0]..=edges[BINS]).contains(value)), "{edges:?}");
        }
    }

    #[test]
    fn a_histogram_has_a_bar_for_every_bin_with_something_in_it() {
        let drawn = draw(&[1.0, 1.0, 5.0, f64::NAN], 0.5).unwrap().unwrap();
        assert_eq!(drawn.matches("<polygon").count(), 2);
        assert!(!drawn.contains("NaN"));
        assert_eq!(draw(&[f64::NAN], 0.0).unwrap(), None);
        assert!(draw(&[2.0], f64::NAN).unwrap().is_some());
    }
}
