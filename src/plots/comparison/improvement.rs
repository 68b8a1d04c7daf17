//! The probability of improvement of every pair of algorithms.

use plotters::style::text_anchor::HPos;

use super::super::PlotError;
use super::super::axis::Axis;
use super::super::canvas::{bold, sheet, write};
use super::super::palette::{INK, Look, RULE};
use super::super::ruler::Ruler;
use super::{WIDTH, rows};
use crate::statistics::{Comparison, Improvement};

/// The widest that a name may be.
const NAME: f64 = 110.0;
const HEAD: f64 = 24.0;
const FOOT: f64 = 36.0;

/// Draws a row a pair: how probable it is that a run of the left one scores higher than a run of the right one, and a line at
/// one half, where neither does. The left one is that which rather does.
pub fn draw(comparison: &Comparison) -> Result<String, PlotError> {
    let turned = |pair: &Improvement| if pair.estimate.point < 0.5 { pair.reversed() } else { pair.clone() };
    let pairs: Vec<_> = comparison.pairs.iter().map(|(pair, _)| turned(pair)).collect();
    let left = rows::column(pairs.iter().map(|pair| pair.x.as_str()), NAME);
    let right = WIDTH - rows::column(pairs.iter().map(|pair| pair.y.as_str()), NAME);
    let bottom = HEAD + rows::ROW * pairs.len() as f64;
    sheet((WIDTH, bottom + FOOT), "Probability of improvement", |canvas| {
        write(canvas, "probability that left scores higher than right", (7.0, 11.0), bold(INK, 12.0))?;
        let axis = Axis::over(0.0..1.0, 5.0);
        let ruler = Ruler { canvas, axis: &axis, left, right };
        ruler.line((0.5, HEAD), (0.5, bottom + 4.0), RULE, 1.0)?;
        for (row, pair) in pairs.iter().enumerate() {
            let y = HEAD + rows::ROW * (row as f64 + 0.5);
            rows::name(canvas, &pair.x, (0.0, y), left, HPos::Left)?;
            rows::name(canvas, &pair.y, (WIDTH, y), WIDTH - right, HPos::Right)?;
            let index = comparison.algorithms.iter().position(|compared| compared.name == pair.x);
            rows::estimate(&ruler, &pair.estimate, y, Look::of(index.unwrap_or(0)))?;
        }
        ruler.draw_axis(bottom + 4.0)
    })
}
