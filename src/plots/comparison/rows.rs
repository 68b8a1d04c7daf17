//! Rows of estimates above one axis.

use plotters::element::{Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, WHITE};

use super::super::PlotError;
use super::super::canvas::{Canvas, at, text, text_width, write};
use super::super::palette::{INK, Look};
use super::super::ruler::Ruler;
use crate::statistics::Estimate;

/// The height of a row.
pub(in crate::plots) const ROW: f64 = 19.0;
/// The size of the names.
const SIZE: f64 = 11.0;
/// Around names.
const GAP: f64 = 7.0;

/// The width of a column of names, none of them wider than `most` pixels.
pub(in crate::plots) fn column<'a>(names: impl Iterator<Item = &'a str>, most: f64) -> f64 {
    names.map(|name| text_width(name, SIZE)).fold(0.0, f64::max).min(most) + 2.0 * GAP
}

/// Writes a name from the left of a place, or to the right of it, without what does not fit into a column.
pub(in crate::plots) fn name(
    canvas: &Canvas<'_>,
    name: &str,
    place: (f64, f64),
    column: f64,
    side: HPos,
) -> Result<(), PlotError> {
    let (x, y) = place;
    let (x, room) = (if matches!(side, HPos::Right) { x - GAP } else { x + GAP }, column - 2.0 * GAP);
    write(canvas, &shortened(name, room), (x, y), text(INK, SIZE).pos(Pos::new(side, VPos::Center)))
}

/// Draws an interval as a bar and its point as a marker.
pub(in crate::plots) fn estimate(
    ruler: &Ruler<'_, '_>,
    estimate: &Estimate,
    y: f64,
    look: Look,
) -> Result<(), PlotError> {
    let [low, high] = estimate.ci.map(|end| ruler.x(end));
    let bar = Rectangle::new([(low, at(y - 4.0)), (high, at(y + 4.0))], look.colour.mix(0.35).filled());
    ruler.canvas.draw(&bar)?;
    for (radius, colour) in [(5.5, WHITE), (4.2, look.colour)] {
        let corner = |(right, down)| (ruler.x(estimate.point) + at(right), at(y + down));
        let corners: Vec<_> = look.marker.outline(radius).map(corner).collect();
        ruler.canvas.draw(&Polygon::new(corners, colour.filled()))?;
    }
    Ok(())
}

/// A name that fits; names differ at their ends as often as at their beginnings, so it is the middle that goes.
fn shortened(name: &str, room: f64) -> String {
    let characters: Vec<_> = name.chars().collect();
    let fitting = (room / text_width("0", SIZE)).floor().max(3.0) as usize;
    if characters.len() <= fitting {
        return name.to_owned();
    }
    let (front, back) = ((fitting - 1).div_ceil(2), (fitting - 1) / 2);
    let ends = [&characters[..front], &['…'], &characters[characters.len() - back..]];
    ends.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_loses_its_middle() {
        let room = text_width("0123456", SIZE) + 0.01;
        assert_eq!(shortened("melody-prior-kl-0.3", room), "mel…0.3");
        assert_eq!(shortened("melody", room), "melody");
    }
}
