//! What an instrument leaves out of a piece.

use std::collections::{BTreeMap, BTreeSet};

use gradus_music::{Control, Score};

use super::performance::Performance;
use super::polyphony::MAX_SOUNDING;
use super::{Instrument, SoundError, SoundFont, built_in};

/// What of a score an instrument does not play as it is written, a sentence each; empty where nothing is lost.
pub fn ignored(score: &Score, instrument: &Instrument) -> Result<Vec<String>, SoundError> {
    let performance = Performance::of(score)?;
    let programs = Programs::of(&performance);
    Ok(match instrument {
        Instrument::BuiltIn => by_the_built_in(&performance, &programs),
        Instrument::SoundFont(font) => by_the_sound_font(font, &programs),
    })
}

/// The programs with which some note is played.
#[derive(Default)]
struct Programs {
    pitched: BTreeSet<u8>,
    drums: bool,
}

impl Programs {
    fn of(performance: &Performance) -> Self {
        let mut programs = Self::default();
        let mut changes = performance.controls.iter().peekable();
        let mut current = BTreeMap::new();
        for note in &performance.notes {
            while let Some(change) = changes.next_if(|change| change.at <= note.start) {
                if let Control::Program(program) = change.control {
                    current.insert(change.voice, program);
                }
            }
            if note.percussion {
                programs.drums = true;
            } else {
                programs.pitched.extend(current.get(&note.voice));
            }
        }
        programs
    }
}

fn by_the_built_in(performance: &Performance, programs: &Programs) -> Vec<String> {
    let one_sound = (programs.pitched.len() > 1).then(|| {
        let count = programs.pitched.len();
        format!(
            "the built-in synthesizer plays {count} instruments with one sound; --soundfont FILE.sf2 tells them apart"
        )
    });
    let crowded = built_in::is_crowded(performance)
        .then(|| format!("the softest of more than {MAX_SOUNDING} notes that sound at once are cut short"));
    one_sound.into_iter().chain(crowded).collect()
}

/// How many missing instruments are named.
const NAMED: usize = 5;

fn by_the_sound_font(font: &SoundFont, programs: &Programs) -> Vec<String> {
    let path = font.path().display();
    let missing: Vec<_> = programs.pitched.iter().filter(|&&program| !font.has(program, false)).collect();
    let mut ignored = Vec::new();
    if !missing.is_empty() {
        // Programs are counted from 1 where people read of them.
        let named: Vec<_> = missing.iter().take(NAMED).map(|&program| (program + 1).to_string()).collect();
        let more = missing.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let plural = if missing.len() > 1 { "s" } else { "" };
        ignored.push(format!("{path} has no instrument{plural} {}{more}; another one plays instead", named.join(", ")));
    }
    if programs.drums && !font.has(0, true) {
        ignored.push(format!("{path} has no drums; another instrument plays instead"));
    }
    ignored
}
