//! Sound within a page.

use base64::{Engine, engine::general_purpose::STANDARD};
use gradus_music::Score;

use super::{Instrument, SoundError, wave};

/// Frames a second: half of what a file has, for a page carries its sounds.
const RATE: u32 = 22_050;

/// A score as an `audio` element of HTML that needs no other file, played by the built-in synthesizer; none where there
/// is nothing to hear. A second takes about 59 kB.
pub fn audio_element(score: &Score) -> Result<Option<String>, SoundError> {
    match wave(score, &Instrument::BuiltIn, RATE) {
        Ok(wave) => {
            let sound = STANDARD.encode(wave);
            Ok(Some(format!("<audio controls preload=\"metadata\" src=\"data:audio/wav;base64,{sound}\"></audio>")))
        }
        Err(SoundError::Silent) => Ok(None),
        Err(error) => Err(error),
    }
}
