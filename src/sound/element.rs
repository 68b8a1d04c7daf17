//! Sound within a page.

use base64::{Engine, engine::general_purpose::STANDARD};
use gradus_music::Score;

use super::{Instrument, SoundError, wave};

/// Frames a second: half of what a file has, for a page carries its sounds.
const RATE: u32 = 22_050;

/// A score as an `audio` element of HTML that needs no other file, played by the built-in synthesiser. A second takes
/// about 59 kB.
pub fn audio_element(score: &Score) -> Result<String, SoundError> {
    let sound = STANDARD.encode(wave(score, &Instrument::BuiltIn, RATE)?);
    Ok(format!("<audio controls preload=\"metadata\" src=\"data:audio/wav;base64,{sound}\"></audio>"))
}
