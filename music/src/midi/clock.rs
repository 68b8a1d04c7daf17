//! How a MIDI file counts time.

use crate::meter::Tempo;
use crate::time::Resolution;

/// How a file counts time.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub(super) resolution: Resolution,
    /// How many of our ticks one tick of the file is.
    pub(super) scale: u32,
    /// The one tempo of a file that counts film frames.
    pub(super) film: Option<Tempo>,
}

impl Clock {
    /// The clock of a header's division, or what is wrong with that.
    ///
    /// Frames become beats at 120 beats a minute: half a second is a beat.
    pub(super) fn new(division: u16) -> Result<Clock, &'static str> {
        let no_ticks = |_| "it has no ticks in a beat";
        if division <= Resolution::MAX {
            return Ok(Clock { resolution: Resolution::new(division).map_err(no_ticks)?, scale: 1, film: None });
        }
        let [frames, subframes] = division.to_be_bytes();
        // Frames a second are stated as a negative number.
        let (a_second, microseconds) = match frames as i8 {
            -24 => (24, 500_000),
            -25 => (25, 500_000),
            // 29.97 frames a second: 30 frames last 1.001 seconds.
            -29 => (30, 500_500),
            -30 => (30, 500_000),
            _ => return Err("it has no known number of film frames in a second"),
        };
        let ticks = a_second * u16::from(subframes);
        let scale = 1 + ticks % 2;
        let resolution = Resolution::new(ticks * scale / 2).map_err(no_ticks)?;
        Ok(Clock { resolution, scale: u32::from(scale), film: Tempo::from_microseconds(microseconds) })
    }
}
