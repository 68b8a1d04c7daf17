//! The shapes a piano roll is made of, and how voices are told apart.

use svg::node::element::{Group, Line, Rectangle, Text};

pub(super) fn styled(group: Group, voice: usize) -> Group {
    group
        .set("fill", COLOURS[voice % COLOURS.len()])
        .set("stroke", "#222222")
        .set("stroke-width", 0.9)
        .set("stroke-dasharray", DASHES[voice % DASHES.len()])
}

pub(super) fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Rectangle {
    Rectangle::new().set("x", px(x)).set("y", px(y)).set("width", px(width)).set("height", px(height))
}

pub(super) fn line(from: (f64, f64), to: (f64, f64), colour: &str, width: f64) -> Line {
    Line::new()
        .set("x1", px(from.0))
        .set("y1", px(from.1))
        .set("x2", px(to.0))
        .set("y2", px(to.1))
        .set("stroke", colour)
        .set("stroke-width", width)
}

pub(super) fn text(content: String, x: f64, y: f64, size: u32) -> Text {
    Text::new(content).set("x", px(x)).set("y", px(y)).set("font-size", size)
}

/// Hundredths of a pixel are enough, and keep the file small.
pub(super) fn px(length: f64) -> f64 {
    (length * 100.0).round() / 100.0
}

/// Okabe and Ito's palette ("Color universal design", 2008) without its black and its yellow, which
/// white drowns.
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];
/// Outlines, so that voices differ without colour too. Their number shares no factor with that of
/// the colours but 1.
const DASHES: [&str; 5] = ["none", "3 1.5", "1 1", "6 2", "5 1 1 1"];
