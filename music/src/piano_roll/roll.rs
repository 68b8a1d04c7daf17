//! The systems of a piano roll: rows of pitches, lines of beats and bars, and the notes.

use svg::node::element::Group;

use super::shapes::{line, rectangle, styled, text};
use super::{MARGIN, Options};
use crate::bars::Bar;
use crate::note::Note;
use crate::pitch::Pitch;
use crate::score::{Score, Voice};
use crate::time::Tick;

/// The geometry that all systems share; coordinates count from a system's upper left corner.
pub(super) struct Roll {
    lowest: u8,
    highest: u8,
    row: f64,
    /// Pixels a tick.
    scale: f64,
}

impl Roll {
    pub(super) fn new(score: &Score, options: &Options, systems: &[&[Bar]]) -> Roll {
        let (lowest, highest) = score.pitch_range().unwrap_or((Pitch::MIDDLE_C, Pitch::MIDDLE_C));
        // A row of air on both sides, and an octave at least.
        let lowest = lowest.number().saturating_sub(1);
        let highest = (highest.number() + 1).max(lowest + 12).min(Pitch::MAX.number());
        let longest = systems.iter().map(|system| length(system)).max().unwrap_or_default();
        let width = options.width - MARGIN - MARGIN / 2.0;
        Roll { lowest, highest, row: options.row, scale: width / f64::from(longest.0.max(1)) }
    }

    pub(super) fn height(&self) -> f64 {
        f64::from(self.highest - self.lowest + 1) * self.row
    }

    fn y(&self, pitch: u8) -> f64 {
        f64::from(self.highest.saturating_sub(pitch)) * self.row
    }

    fn x(&self, system: &[Bar], at: Tick) -> f64 {
        f64::from((at - start(system)).0) * self.scale
    }

    /// The rows of the black keys shaded, and the octaves named.
    pub(super) fn rows(&self, system: &[Bar]) -> Group {
        let width = self.x(system, start(system) + length(system));
        let mut rows = Group::new();
        for pitch in (self.lowest..=self.highest).filter_map(Pitch::new) {
            let (y, class) = (self.y(pitch.number()), pitch.class().number());
            if matches!(class, 1 | 3 | 6 | 8 | 10) {
                rows = rows.add(rectangle(0.0, y, width, self.row).set("fill", "#eeeeee"));
            }
            if class == 0 {
                let label = text(pitch.to_string(), -6.0, y + self.row, 10).set("text-anchor", "end");
                rows = rows.add(line((0.0, y + self.row), (width, y + self.row), "#bbbbbb", 0.8)).add(label);
            }
        }
        rows
    }

    /// The lines of beats and bars, and the numbers of the bars.
    pub(super) fn grid(&self, system: &[Bar]) -> Group {
        let mut grid = Group::new();
        let height = self.height();
        let vertical = |x: f64, colour, width| line((x, 0.0), (x, height), colour, width);
        let spacing = bars_between_numbers(system, self.scale);
        for bar in system {
            let mut beat = bar.start + bar.pulse;
            while beat < bar.end {
                grid = grid.add(vertical(self.x(system, beat), "#c4c4c4", 0.6));
                beat += bar.pulse;
            }
            let x = self.x(system, bar.start);
            grid = grid.add(vertical(x, "#777777", 1.0));
            if (bar.number - system[0].number).is_multiple_of(spacing) {
                grid = grid.add(text(bar.number.to_string(), x + 2.0, -4.0, 10).set("fill", "#555555"));
            }
        }
        let end = self.x(system, start(system) + length(system));
        grid.add(vertical(end, "#777777", 1.0))
    }

    /// The part of every note that falls into a system.
    pub(super) fn notes(&self, system: &[Bar], voices: &[&Voice]) -> Group {
        let mut notes = Group::new();
        // The first voice is drawn last, for it is most often the melody.
        for (index, voice) in voices.iter().enumerate().rev() {
            let mut group = styled(Group::new(), index);
            for (x, y, width, height) in voice.notes.iter().filter_map(|note| self.place(system, note)) {
                group = group.add(rectangle(x, y, width, height).set("rx", 1.5));
            }
            notes = notes.add(group);
        }
        notes
    }

    /// The left and upper edge, the width and the height of the part of a note that falls into a system, if any does.
    pub(super) fn place(&self, system: &[Bar], note: &Note) -> Option<(f64, f64, f64, f64)> {
        let (left, right) = self.span(system, note.start, note.end())?;
        let y = self.y(note.pitch.number());
        Some((left + 0.5, y + 0.5, (right - left - 1.0).max(1.0), self.row - 1.0))
    }

    /// Where the part of a stretch of time that falls into a system begins and ends, if any does.
    pub(super) fn span(&self, system: &[Bar], begin: Tick, end: Tick) -> Option<(f64, f64)> {
        let (from, to) = (start(system), start(system) + length(system));
        (begin < to && end > from).then(|| (self.x(system, begin.max(from)), self.x(system, end.min(to))))
    }
}

fn start(system: &[Bar]) -> Tick {
    system.first().map_or(Tick::ZERO, |bar| bar.start)
}

fn length(system: &[Bar]) -> Tick {
    system.last().map_or(Tick::ZERO, |bar| bar.end - start(system))
}

/// Every how many bars a number has room.
fn bars_between_numbers(system: &[Bar], scale: f64) -> usize {
    const ROOM: f64 = 28.0;
    let bar = f64::from(length(system).0) * scale / system.len() as f64;
    ((ROOM / bar).ceil() as usize).next_power_of_two()
}
