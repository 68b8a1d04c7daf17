//! Standard MIDI Files, in and out.

/// The longest piece read or written, in hours at its own tempo.
pub const MAX_HOURS: f64 = 24.0;
/// The longest piece read or written, in beats.
pub const MAX_BEATS: f64 = 1e6;
