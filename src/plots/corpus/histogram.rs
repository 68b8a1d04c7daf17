//! A histogram: how many values lie in each bin.

use gradus_music::summary::Quantity;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::super::PlotError;
use super::super::axis::Axis;
use super::super::canvas::{length, sheet, text, write};
use super::super::chart::{Chart, tick_counts};
use super::super::palette::{INK, Look};
use super::WIDTH;

const HEIGHT: f64 = 250.0;
/// Below the chart, for the unit.
const FOOT: f64 = 20.0;

/// Draws the histogram of a quantity: a bar a bin, from zero up.
pub fn draw(quantity: &Quantity) -> Result<String, PlotError> {
    let histogram = &quantity.histogram;
    let most = histogram.counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let edge = |index: usize| histogram.edges.get(index).copied().unwrap_or_default();
    let last = edge(histogram.edges.len().saturating_sub(1));
    let bin = edge(1) - edge(0);
    sheet((WIDTH, HEIGHT), "Histogram", |canvas| {
        let inner = canvas.margin(0, length(FOOT), 0, 0);
        let (across, up) = tick_counts(&inner);
        // No more ticks than counts, so that they are whole.
        let (values, counts) = (Axis::over(edge(0)..last, across), Axis::over(0.0..most * 1.05, up.min(most)));
        let unit = if bin == 1.0 { quantity.unit.trim_end_matches('s') } else { quantity.unit };
        let chart = Chart::new(&inner, &format!("values in each bin of {bin} {unit}"), &values, &counts)?;
        for (bin, &count) in histogram.edges.windows(2).zip(&histogram.counts).filter(|(_, count)| **count > 0) {
            chart.bar(bin[0]..bin[1], count as f64, Look::of(0).colour)?;
        }
        let centred = text(INK, 12.0).pos(Pos::new(HPos::Center, VPos::Center));
        write(canvas, quantity.unit, (WIDTH / 2.0, HEIGHT - 11.0), centred)
    })
}
