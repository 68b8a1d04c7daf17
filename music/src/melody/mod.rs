//! One melody out of many voices.

mod choice;
mod heard;
mod name;
mod skyline;
mod source;

pub use choice::{Choice, LEAST_SUNG, Reason, choose, labels};
pub(crate) use skyline::skyline;
pub use source::MelodySource;

use crate::error::MusicError;
use crate::note::Note;
use crate::score::Score;

/// The melody of a score: at each moment the highest pitch that sounds in the voices that [`choose`] chooses (the "skyline").
///
/// A score without notes has an empty melody; a voice that is asked for and is not there is an error.
pub fn extract(score: &Score, source: &MelodySource) -> Result<Vec<Note>, MusicError> {
    Ok(choose(score, source)?.notes(score))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pitch::Pitch;
    use crate::score::Voice;
    use crate::time::Tick;

    fn note(pitch: u8, start: u32, end: u32) -> Note {
        Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(end - start))
    }

    fn voice(name: &str, notes: &[Note]) -> Voice {
        Voice { name: name.to_owned(), notes: notes.to_vec(), ..Voice::default() }
    }

    fn score(voices: &[Voice]) -> Score {
        Score { voices: voices.to_vec(), ..Score::default() }
    }

    #[test]
    fn a_named_melody_is_preferred_to_a_higher_voice() {
        let score = score(&[voice("Flute", &[note(90, 0, 4)]), voice("SOPRANO 1", &[note(60, 0, 4)])]);
        assert_eq!(extract(&score, &MelodySource::Auto).unwrap(), [note(60, 0, 4)]);
        assert_eq!(extract(&score, &MelodySource::Highest).unwrap(), [note(90, 0, 4)]);
    }

    #[test]
    fn without_a_name_the_highest_voice_leads_but_never_percussion() {
        let drums = Voice { percussion: true, ..voice("", &[note(99, 0, 4)]) };
        let score = score(&[voice("", &[]), voice("", &[note(50, 0, 4)]), voice("", &[note(70, 0, 4)]), drums]);
        assert_eq!(extract(&score, &MelodySource::Auto).unwrap(), [note(70, 0, 4)]);
    }

    #[test]
    fn a_voice_that_is_not_there_is_answered_with_those_that_are() {
        let score = score(&[voice("Alto", &[]), voice("Bass", &[])]);
        assert_eq!(extract(&score, &MelodySource::Voice("alto ".to_owned())).unwrap(), []);
        let error = extract(&score, &MelodySource::Voice("Tenor".to_owned())).unwrap_err().to_string();
        assert_eq!(error, "no voice is named `Tenor`; the score has `Alto`, `Bass`");
    }

    #[test]
    fn a_score_without_notes_has_an_empty_melody() {
        assert_eq!(extract(&Score::default(), &MelodySource::Auto).unwrap(), []);
    }
}
