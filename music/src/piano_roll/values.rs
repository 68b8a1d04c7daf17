//! Numbers along a piece: notes coloured by theirs, and a strip of bars below.

use svg::node::element::path::Data;
use svg::node::element::{Group, Path, Rectangle, Title};

use super::roll::Roll;
use super::shapes::{line, px, rectangle};
use crate::bars::Bar;
use crate::note::Note;
use crate::time::Tick;

/// Numbers that go with the notes and with the steps of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// A value for each note, in the order of [`Score::pitched_notes`](crate::Score::pitched_notes).
    pub notes: Vec<Value>,
    /// Values of stretches of time, one after another.
    pub steps: Vec<Step>,
    /// The size of value that has the fullest colour, and the size of value that has the highest bar.
    pub most: (f64, f64),
}

/// A number, and what is to be said of it where it is pointed at.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Above zero it is drawn in blue; below in vermilion, and hatched.
    pub value: f64,
    /// What a pointer shows.
    pub words: String,
}

/// A stretch of time with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where it begins.
    pub from: Tick,
    /// Where it ends.
    pub to: Tick,
    /// What goes with it.
    pub value: Value,
}

/// The colour of a value: the fuller, the nearer its size is to `most`; zero is white. Blue and vermilion are told apart
/// in every common kind of colour blindness (Okabe and Ito, 2008).
pub fn tint(value: f64, most: f64) -> String {
    const ABOVE: [f64; 3] = [0.0, 114.0, 178.0];
    const BELOW: [f64; 3] = [213.0, 94.0, 0.0];
    if value == 0.0 || most <= 0.0 {
        return "#ffffff".to_owned();
    }
    // Even a small value is to be seen.
    let share = 0.15 + 0.85 * (value.abs() / most).min(1.0);
    let [red, green, blue] =
        if value > 0.0 { ABOVE } else { BELOW }.map(|part| (255.0 - share * (255.0 - part)).round() as u8);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The height of the strip and of the gap above it, in pixels.
pub(super) const STRIP: f64 = 46.0;
const GAP: f64 = 6.0;
/// The height of the highest bar.
const BAR: f64 = (STRIP - GAP) / 2.0;

impl Values {
    /// The end of the last step.
    pub(super) fn end(&self) -> Tick {
        self.steps.last().map_or(Tick::ZERO, |step| step.to)
    }

    /// The notes that fall into a system.
    pub(super) fn notes(&self, roll: &Roll, system: &[Bar], notes: &[Note]) -> Group {
        let mut group = Group::new().set("stroke", "#222222").set("stroke-width", 0.9);
        for (note, value) in notes.iter().zip(&self.notes) {
            let Some((x, y, width, height)) = roll.place(system, note) else { continue };
            let shape = rectangle(x, y, width, height).set("rx", 1.5).set("fill", tint(value.value, self.most.0));
            let mut drawn = Group::new().add(Title::new(value.words.as_str())).add(shape);
            if value.value < 0.0 {
                drawn = drawn.add(hatch(x, y, width, height));
            }
            group = group.add(drawn);
        }
        group
    }

    /// The bars of the steps that fall into a system, below its roll: upward above zero, downward below.
    pub(super) fn strip(&self, roll: &Roll, system: &[Bar]) -> Group {
        let zero = roll.height() + GAP + BAR;
        let mut group = Group::new();
        let mut right = 0.0_f64;
        for Step { from, to, value } in &self.steps {
            let Some((x, end)) = roll.span(system, *from, *to) else { continue };
            right = right.max(end);
            if value.value == 0.0 {
                continue;
            }
            let share = if self.most.1 > 0.0 { (value.value.abs() / self.most.1).min(1.0) } else { 0.0 };
            let height = (share * BAR).max(1.0);
            let top = if value.value > 0.0 { zero - height } else { zero };
            let width = (end - x - 0.5).max(0.5);
            let bar = rectangle(x, top, width, height).set("fill", tint(value.value, value.value.abs()));
            // The pointer may be anywhere above or below the bar.
            let around: Rectangle = rectangle(x, zero - BAR, width, 2.0 * BAR).set("fill-opacity", 0);
            group = group.add(Group::new().add(Title::new(value.words.as_str())).add(bar).add(around));
        }
        group.add(line((0.0, zero), (right, zero), "#777777", 0.8))
    }
}

/// Diagonal lines across a rectangle.
fn hatch(x: f64, y: f64, width: f64, height: f64) -> Path {
    const APART: f64 = 4.0;
    let mut data = Data::new();
    let mut foot = APART / 2.0;
    while foot < width + height {
        // From the lower edge up to the right, cut at the sides.
        let (left, right) = ((foot - height).max(0.0), foot.min(width));
        data = data.move_to((px(x + left), px(y + foot - left))).line_to((px(x + right), px(y + foot - right)));
        foot += APART;
    }
    Path::new().set("d", data).set("fill", "none").set("stroke-width", 0.6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colour_tells_sign_and_size() {
        assert_eq!(tint(0.0, 1.0), "#ffffff");
        assert_eq!(tint(2.0, 2.0), "#0072b2");
        assert_eq!(tint(-3.0, 2.0), "#d55e00");
        let lightness = |colour: String| {
            (1..7).step_by(2).map(|at| u32::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap())).sum::<u32>()
        };
        assert!(lightness(tint(0.1, 2.0)) > lightness(tint(1.0, 2.0)));
    }

    #[test]
    fn the_hatch_stays_within_the_note() {
        let drawn = hatch(10.0, 20.0, 7.0, 5.0).to_string();
        let data = drawn.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
        let numbers: Vec<f64> = data
            .split(['M', 'L', ',', ' '])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().unwrap())
            .collect();
        assert!(numbers.len() >= 8);
        for point in numbers.chunks(2) {
            assert!((10.0..=17.0).contains(&point[0]) && (20.0..=25.0).contains(&point[1]), "{point:?}");
        }
    }
}
