//! Pieces to listen to: a score becomes a WAV file.
//!
//! A score is first laid out in seconds ([`performance`]), then played by an [`Instrument`]: the synthesizer that is
//! built in, or a SoundFont. Both play block after block, so the memory that is needed is that of the file. A piece is
//! played twice, first to find its peak, which then becomes the same in every file; so no sample is cut off.

mod built_in;
mod channels;
mod element;
mod error;
mod ignored;
mod performance;
mod player;
mod polyphony;
mod riff;
mod samples;
mod sound_font;
mod wave;

pub use element::audio_element;
pub use error::SoundError;
pub use ignored::ignored;
pub use performance::MAX_MINUTES;
pub use sound_font::SoundFont;
pub use wave::{RATE, wave};

/// What plays a piece.
#[derive(Clone, Debug)]
pub enum Instrument {
    /// The synthesizer that is always there: every part sounds like a soft electric piano, drums like short noise.
    BuiltIn,
    /// The instruments of a SoundFont, each part by its General MIDI programs.
    SoundFont(SoundFont),
}
