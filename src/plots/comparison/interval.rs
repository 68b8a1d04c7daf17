//! The aggregates of every algorithm with their intervals, an axis an aggregate.

use plotters::style::text_anchor::HPos;

use super::super::PlotError;
use super::super::axis::Axis;
use super::super::canvas::{bold, sheet, write};
use super::super::palette::{INK, Look};
use super::super::ruler::Ruler;
use super::{WIDTH, rows};
use crate::statistics::{Aggregates, Comparison, Estimate};

/// The widest that a name may be.
const NAME: f64 = 150.0;
/// Above the rows, for the title.
const HEAD: f64 = 24.0;
/// Below the rows, for the axis.
const FOOT: f64 = 36.0;
const RIGHT: f64 = 20.0;

/// Draws the interquartile mean and the mean; the median over tasks, where there are several, and the optimality gap, where a
/// score of 1 means something. A bar is a 95 % interval, the marker in it the estimate.
pub fn draw(comparison: &Comparison, tasks: usize, normalised: bool) -> Result<String, PlotError> {
    type Aggregate = fn(&Aggregates<Estimate>) -> Estimate;
    let mut panels: Vec<(&str, Aggregate)> = vec![("interquartile mean", |aggregates| aggregates.iqm)];
    if tasks > 1 {
        panels.push(("median over tasks", |aggregates| aggregates.median));
    }
    panels.push(("mean", |aggregates| aggregates.mean));
    if normalised {
        panels.push(("optimality gap (less is better)", |aggregates| aggregates.optimality_gap));
    }
    let algorithms = &comparison.algorithms;
    let column = rows::column(algorithms.iter().map(|compared| compared.name.as_str()), NAME);
    let height = HEAD + rows::ROW * algorithms.len() as f64 + FOOT;
    sheet((WIDTH, height * panels.len() as f64), "Aggregates", |canvas| {
        for (index, (title, aggregate)) in panels.iter().enumerate() {
            let top = height * index as f64;
            write(canvas, title, (7.0, top + 11.0), bold(INK, 12.0))?;
            let estimates: Vec<_> = algorithms.iter().map(|compared| aggregate(&compared.aggregates)).collect();
            let axis = Axis::around(
                estimates.iter().flat_map(|estimate| [estimate.ci[0], estimate.ci[1], estimate.point]),
                4.0,
            );
            let ruler = Ruler { canvas, axis: &axis, left: column, right: WIDTH - RIGHT };
            for (row, (compared, estimate)) in algorithms.iter().zip(&estimates).enumerate() {
                let y = top + HEAD + rows::ROW * (row as f64 + 0.5);
                rows::name(canvas, &compared.name, (0.0, y), column, HPos::Left)?;
                rows::estimate(&ruler, estimate, y, Look::of(row))?;
            }
            ruler.draw_axis(top + height - FOOT + 4.0)?;
        }
        Ok(())
    })
}
