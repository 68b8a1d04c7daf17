//! Colours and markers that tell runs apart, also for the colour-blind and in black and white.

use std::f64::consts::TAU;

use plotters::style::{Color, RGBAColor, RGBColor};

/// The palette of Okabe and Ito (2008), less its yellow, which is too pale on white.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x00, 0x00, 0x00),
];

/// As many as no multiple of the colours: 35 runs pass before one looks like another.
const MARKERS: [Marker; 5] = [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::Wedge];

/// Titles and names.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Labels and captions.
pub(super) const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);
/// Axes.
pub(super) const RULE: RGBColor = RGBColor(0x99, 0x99, 0x99);
/// The mesh behind the data.
pub(super) const MESH: RGBColor = RGBColor(0xe8, 0xe8, 0xe8);

/// How a run looks in every panel of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub(super) colour: RGBColor,
    pub(super) marker: Marker,
}

/// The shape of a run's markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Wedge,
}

impl Look {
    /// The look of the run with that index.
    pub(super) fn of(run: usize) -> Self {
        Self { colour: COLOURS[run % COLOURS.len()], marker: MARKERS[run % MARKERS.len()] }
    }

    /// The colour of the raw lines behind the thick one.
    pub(super) fn pale(self) -> RGBAColor {
        self.colour.mix(0.3)
    }

    /// The colour of the band between the seeds.
    pub(super) fn faint(self) -> RGBAColor {
        self.colour.mix(0.15)
    }
}

impl Marker {
    /// The corners in pixels from the centre, right and down. A circle has many.
    pub(super) fn outline(self, radius: f64) -> impl Iterator<Item = (f64, f64)> {
        // Corners stand out from a circle of the same area.
        let (corners, turn, radius) = match self {
            Self::Circle => (24, 0.0, radius),
            Self::Square => (4, 0.125, radius * 1.2),
            Self::Triangle => (3, 0.75, radius * 1.3),
            Self::Diamond => (4, 0.0, radius * 1.3),
            Self::Wedge => (3, 0.25, radius * 1.3),
        };
        (0..corners).map(move |corner| {
            let (sine, cosine) = (TAU * (turn + f64::from(corner) / f64::from(corners))).sin_cos();
            (radius * cosine, radius * sine)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_five_runs_look_different() {
        let looks: Vec<_> = (0..35).map(Look::of).collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks[..index].contains(look), "run {index}");
        }
    }
}
