//! What can go wrong with sound.

use std::io;
use std::path::PathBuf;

use super::performance::MAX_MINUTES;

/// An error of sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SoundError {
    /// There is nothing to play.
    #[error("the piece has no notes, or its volume is 0 throughout, so there is nothing to hear")]
    Silent,

    /// More than a file of reasonable size can hold.
    #[error(
        "the piece lasts {minutes:.0} minutes at its own tempo, and at most {MAX_MINUTES} are rendered; \
         cut it, or look for a tempo, a last note or a pedal that is not meant"
    )]
    TooLong {
        /// How long it lasts.
        minutes: f64,
    },

    /// A SoundFont that cannot be read at all.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// A file that is no SoundFont, or a broken one.
    #[error(
        "{} is not a SoundFont that can be played: {reason}; give a whole, uncompressed .sf2 file, \
         or leave --soundfont out",
        path.display()
    )]
    NotASoundFont {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A SoundFont that has no sound for any note.
    #[error(
        "{} has no sound for the notes of this piece; give a SoundFont with the General MIDI instruments, \
         or leave --soundfont out",
        .0.display()
    )]
    Mute(PathBuf),

    /// The WAV file could not be put together.
    #[error("cannot write the sound as WAV")]
    Wav(#[from] hound::Error),
}
