//! Musical time: ticks, and how many of them make a beat.
//!
//! A beat is a quarter note everywhere in Gradus, whatever the metre.

use std::num::NonZeroU16;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

use crate::error::MusicError;

/// A moment or a length in ticks; a [`Resolution`] says how many make a beat.
///
/// Sums and differences saturate, so that no file can make them overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tick(pub u32);

impl Tick {
    /// The beginning of a piece.
    pub const ZERO: Tick = Tick(0);

    /// The tick nearest to a number of beats; negative numbers give zero.
    pub fn from_beats(beats: f64, resolution: Resolution) -> Tick {
        Tick((beats * f64::from(resolution.ticks())).round() as u32)
    }

    /// This time in beats (quarter notes).
    pub fn beats(self, resolution: Resolution) -> f64 {
        f64::from(self.0) / f64::from(resolution.ticks())
    }
}

impl Add for Tick {
    type Output = Tick;

    fn add(self, other: Tick) -> Tick {
        Tick(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Tick {
    fn add_assign(&mut self, other: Tick) {
        *self = *self + other;
    }
}

impl Sub for Tick {
    type Output = Tick;

    fn sub(self, other: Tick) -> Tick {
        Tick(self.0.saturating_sub(other.0))
    }
}

/// Ticks a beat: 1 to 32,767, which is what a MIDI file can state; 480 unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Resolution(NonZeroU16);

impl Resolution {
    /// The finest resolution: MIDI keeps one of its sixteen bits for another purpose.
    pub const MAX: u16 = 0x7FFF;

    /// A resolution of so many ticks a beat.
    pub fn new(ticks: u16) -> Result<Resolution, MusicError> {
        match NonZeroU16::new(ticks) {
            Some(number) if ticks <= Resolution::MAX => Ok(Resolution(number)),
            _ => Err(MusicError::NotAResolution { ticks }),
        }
    }

    /// Ticks a beat.
    pub fn ticks(self) -> u16 {
        self.0.get()
    }
}

impl Default for Resolution {
    fn default() -> Resolution {
        Resolution(const { NonZeroU16::new(480).expect("480 is not zero") })
    }
}

impl TryFrom<u16> for Resolution {
    type Error = MusicError;

    fn try_from(ticks: u16) -> Result<Resolution, MusicError> {
        Resolution::new(ticks)
    }
}

impl From<Resolution> for u16 {
    fn from(resolution: Resolution) -> u16 {
        resolution.ticks()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_saturates_instead_of_overflowing() {
        assert_eq!(Tick(u32::MAX) + Tick(1), Tick(u32::MAX));
        assert_eq!(Tick(1) - Tick(2), Tick::ZERO);
        assert_eq!(Tick::from_beats(-1.0, Resolution::default()), Tick::ZERO);
        assert_eq!(Tick::from_beats(1e30, Resolution::default()), Tick(u32::MAX));
    }

    #[test]
    fn beats_and_ticks_agree() {
        let resolution = Resolution::default();
        assert_eq!(Tick::from_beats(1.5, resolution), Tick(720));
        assert!((Tick(720).beats(resolution) - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_resolution_fits_a_midi_header() {
        assert!(Resolution::new(0).is_err());
        assert!(Resolution::new(0x8000).is_err());
        assert_eq!(Resolution::new(96).unwrap().ticks(), 96);
    }
}
