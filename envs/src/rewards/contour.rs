//! Curves over a piece, and how near something comes to one.

use crate::error::EnvError;

/// A line that rises from 0 at the piece's start to 1 at its climax and falls to 0 at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arch {
    climax: f32,
}

impl Arch {
    /// With its climax at a place of the piece, 0 to 1; `key` is the setting that says so.
    pub(super) fn new(climax: f32, key: &str) -> Result<Self, EnvError> {
        if (0.0..=1.0).contains(&climax) {
            return Ok(Self { climax });
        }
        let problem = format!("{climax} is no place in the piece");
        Err(EnvError::config(key, problem, "give 0 (the start) to 1 (the end)"))
    }

    /// Its height at a place of the piece, both 0 to 1.
    pub(super) fn at(self, place: f32) -> f32 {
        if place < self.climax {
            place / self.climax
        } else if self.climax < 1.0 {
            (1.0 - place) / (1.0 - self.climax)
        } else {
            1.0
        }
    }
}

/// 1 for a distance of 0, 0 at `tolerance`, -1 at twice that and beyond.
pub(super) fn closeness(distance: f32, tolerance: f32) -> f32 {
    (1.0 - distance.abs() / tolerance).max(-1.0)
}

/// A tolerance that [`closeness`] can divide by; `key` is the setting that gives it.
pub(super) fn tolerance(value: f32, key: &str, unit: &str) -> Result<f32, EnvError> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(EnvError::config(key, format!("{value} {unit} are no distance"), "give a number above 0"))
}
