//! What a synthesizer is to the writer of the file.

/// Frames that are played at a time.
pub(super) const BLOCK: usize = 64;

/// A synthesizer in the course of a performance.
pub(super) trait Player {
    /// How many channels it plays, 1 or 2.
    fn channels(&self) -> usize;

    /// How long it sounds after the last note is let go, in seconds.
    fn tail(&self) -> f64;

    /// Plays the next [`BLOCK`] frames; where there is one channel, only the left is written.
    fn play(&mut self, left: &mut [f32; BLOCK], right: &mut [f32; BLOCK]);
}
