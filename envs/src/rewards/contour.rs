//! Curves over a piece, and how near something comes to one.

/// A line that rises from 0 at the piece's start to 1 at its climax and falls to 0 at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arch {
    climax: f32,
}

impl Arch {
    /// With its climax at a place of the piece, 0 to 1.
    pub(super) fn new(climax: f32) -> Self {
        Self { climax }
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
