//! What the four numbers of an action mean.

use gradus_music::{Pitch, Tick, Velocity};
use serde::{Deserialize, Serialize};

/// A note or a rest, as long as it will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    /// What is struck; None for a rest.
    pub(super) note: Option<(Pitch, Velocity)>,
    /// How long it lasts.
    pub(super) length: Tick,
}

/// The ranges that actions map to.
#[derive(Clone, Debug)]
pub(super) struct Axes {
    /// The lowest pitch of the range, whether it can be written or not.
    pub(super) low: Pitch,
    pub(super) high: Pitch,
    /// The pitches that can be written, from the lowest up; at least one.
    pub(super) pitches: Vec<Pitch>,
    /// The shortest length in ticks, at least 1.
    pub(super) shortest: u32,
    pub(super) longest: u32,
    /// Lengths are multiples of so many ticks.
    pub(super) unit: u32,
    pub(super) softest: Velocity,
    pub(super) loudest: Velocity,
    /// A gate above this is a rest.
    pub(super) rest_above: f32,
}

impl Axes {
    /// Dimensions of an action: pitch, duration, velocity, rest gate.
    pub(super) const DIMENSIONS: usize = 4;

    /// What an action writes; values outside -1 to 1 count as the nearest bound.
    pub(super) fn read(&self, action: [f32; Self::DIMENSIONS]) -> Written {
        let [pitch, duration, velocity, gate] = action.map(|value| value.clamp(-1.0, 1.0));
        let unit = |value: f32| f32::midpoint(value, 1.0);
        Written {
            note: (gate <= self.rest_above).then(|| (self.pitch(unit(pitch)), self.velocity(unit(velocity)))),
            length: self.length(unit(duration)),
        }
    }

    /// An action that writes this event, or the nearest one that can be written. Where there are no rests, it writes a
    /// note in place of one.
    pub(super) fn write(&self, Written { note, length }: Written) -> [f32; Self::DIMENSIONS] {
        let (pitch, velocity) = note.map_or((0.5, 0.5), |(pitch, velocity)| {
            let number = |pitch: Pitch| f32::from(pitch.number());
            let span = f32::from(self.loudest.number() - self.softest.number());
            let above = f32::from(velocity.number()) - f32::from(self.softest.number());
            let loudness = if span > 0.0 { above / span } else { 0.5 };
            ((number(pitch) - number(self.low) + 0.5) / (number(self.high) - number(self.low) + 1.0), loudness)
        });
        let octaves = |ticks: u32| (ticks as f32 / self.shortest as f32).log2();
        let most = octaves(self.longest);
        let duration = if most > 0.0 { octaves(length.0.max(1)) / most } else { 0.5 };
        let gate = if note.is_some() { -1.0 } else { 1.0 };
        let value = |unit: f32| (2.0 * unit - 1.0).clamp(-1.0, 1.0);
        [value(pitch), value(duration), value(velocity), gate]
    }

    /// Whether actions can write a piece of these events, whose last one fills what is left.
    pub(super) fn can_write(&self, events: &[Written]) -> bool {
        let Some((last, others)) = events.split_last() else { return false };
        others.iter().all(|event| self.read(self.write(*event)) == *event)
            && self.read(self.write(*last)).note == last.note
            && last.length > Tick::ZERO
    }

    /// Whether there are rests.
    pub(super) fn has_rests(&self) -> bool {
        self.rest_above < 1.0
    }

    /// Where a pitch lies in the range, 0 to 1.
    pub(super) fn height(&self, pitch: Pitch) -> f32 {
        let above = |pitch: Pitch| f32::from(pitch.number().saturating_sub(self.low.number()));
        (above(pitch) / above(self.high).max(1.0)).min(1.0)
    }

    /// Where a length lies between the shortest and the longest, on a logarithmic scale from 0 to 1.
    pub(super) fn relative_length(&self, length: Tick) -> f32 {
        let octaves = |ticks: u32| (ticks as f32 / self.shortest as f32).log2();
        let most = octaves(self.longest);
        if most > 0.0 { (octaves(length.0.max(1)) / most).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Each semitone of the range has an equal part of the axis; the nearest pitch there is, of two the lower.
    fn pitch(&self, at: f32) -> Pitch {
        let (low, high) = (f32::from(self.low.number()), f32::from(self.high.number()));
        let wanted = low - 0.5 + at * (high - low + 1.0);
        let above = self.pitches.partition_point(|pitch| f32::from(pitch.number()) < wanted);
        let distance = |pitch: Pitch| (f32::from(pitch.number()) - wanted).abs();
        match (self.pitches[..above].last(), self.pitches.get(above)) {
            (Some(&below), Some(&above)) => {
                if distance(above) < distance(below) {
                    above
                } else {
                    below
                }
            }
            (Some(&only), None) | (None, Some(&only)) => only,
            (None, None) => self.low,
        }
    }

    /// From the shortest to the longest, each doubling an equal part of the axis, in whole units.
    fn length(&self, at: f32) -> Tick {
        let ratio = self.longest as f32 / self.shortest as f32;
        let units = (self.shortest as f32 * ratio.powf(at) / self.unit as f32).round() as u32;
        Tick((units * self.unit).clamp(self.shortest, self.longest))
    }

    /// From the softest to the loudest in a straight line.
    fn velocity(&self, at: f32) -> Velocity {
        let (softest, loudest) = (f32::from(self.softest.number()), f32::from(self.loudest.number()));
        Velocity::new((softest + at * (loudest - softest)).round() as u8).unwrap_or(self.softest)
    }
}
