//! The sheet that a figure is drawn on, measured in pixels.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::Text;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle, WHITE};

use super::PlotError;

/// A part of the sheet.
pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Units of the drawing in a pixel. plotters rounds coordinates and widths to whole units, which at
/// one unit a pixel shows as steps in a line.
const UNITS: f64 = 10.0;

/// plotters divides the size of a font by this before it writes it.
const FONT_FACTOR: f64 = 1.24;

/// The width of an average character as a share of the font size, on the wide side: the reader's
/// font is not known.
const CHARACTER_WIDTH: f64 = 0.6;

/// Draws on a white sheet of that many pixels, and returns it as an SVG document.
pub(super) fn sheet(
    (width, height): (f64, f64),
    title: &str,
    draw: impl FnOnce(&Canvas<'_>) -> Result<(), PlotError>,
) -> Result<String, PlotError> {
    let (units_wide, units_high) = (length(width), length(height));
    let mut drawn = String::new();
    let canvas = SVGBackend::with_string(&mut drawn, (units_wide, units_high)).into_drawing_area();
    canvas.fill(&WHITE)?;
    draw(&canvas)?;
    canvas.present()?;
    drop(canvas);
    // The header that plotters writes makes a pixel of every unit.
    let body = drawn.split_once('\n').map_or("", |(_header, body)| body);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {units_wide} {units_high}\" role=\"img\">\n<title>{title}</title>\n{body}"
    ))
}

/// Pixels as a coordinate of the drawing.
pub(super) fn at(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}

/// Pixels as a length in the drawing.
pub(super) fn length(pixels: f64) -> u32 {
    (pixels * UNITS).round() as u32
}

/// The width and height of a drawing area, in pixels.
pub(super) fn size(canvas: &Canvas<'_>) -> (f64, f64) {
    let (width, height) = canvas.dim_in_pixel();
    (f64::from(width) / UNITS, f64::from(height) / UNITS)
}

/// A line that many pixels wide.
pub(super) fn stroke(colour: impl Color, width: f64) -> ShapeStyle {
    colour.stroke_width(length(width))
}

/// Text of that size in pixels, placed by the middle of its left end.
pub(super) fn text(colour: RGBColor, size: f64) -> TextStyle<'static> {
    let font = ("sans-serif", size * UNITS * FONT_FACTOR).into_font();
    let style = TextStyle::from(font).pos(Pos::new(HPos::Left, VPos::Center));
    TextStyle { color: colour.to_backend_color(), ..style }
}

/// The same in bold.
pub(super) fn bold(colour: RGBColor, size: f64) -> TextStyle<'static> {
    let style = text(colour, size);
    TextStyle { font: style.font.style(FontStyle::Bold), ..style }
}

/// Writes words at a place in pixels.
pub(super) fn write(
    canvas: &Canvas<'_>,
    words: &str,
    (x, y): (f64, f64),
    style: TextStyle<'static>,
) -> Result<(), PlotError> {
    Ok(canvas.draw(&Text::new(words, (at(x), at(y)), style))?)
}

/// About how many pixels wide words of that size are.
pub(super) fn text_width(words: &str, size: f64) -> f64 {
    words.chars().count() as f64 * size * CHARACTER_WIDTH
}
