//! Four voices on a grid.

use crate::error::MusicError;
use crate::grid::{Grid, GridNote, quantize};
use crate::key::Key;
use crate::melody::skyline;
use crate::meter::{Meter, Tempo};
use crate::note::Note;
use crate::pitch::Pitch;
use crate::score::{Change, Score, Voice};
use crate::time::Resolution;

/// The voices of a chorale, from the top.
pub const VOICES: [&str; 4] = ["Soprano", "Alto", "Tenor", "Bass"];

/// What the four voices sound on one step, in the order of [`VOICES`]; none is silence.
pub type VoiceFrame = [Option<Pitch>; 4];

/// A four-part piece as frames, one a step of a grid.
///
/// Frames say what sounds and not what begins: equal pitches of a voice that follow each other are
/// one held note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chorale {
    /// The frames, from the beginning.
    pub frames: Vec<VoiceFrame>,
}

impl Chorale {
    /// The four voices of a score on a grid, to the end of its last note.
    ///
    /// The score must have four voices, percussion apart. If they bear the names of [`VOICES`],
    /// whatever their capitals, the names decide which is which, otherwise their order does. Of
    /// each voice the highest note counts where several sound, and each note moves to the nearest
    /// steps, as [`quantize`] says.
    pub fn from_score(score: &Score, grid: Grid) -> Result<Chorale, MusicError> {
        Ok(Chorale::from_voices(four_voices(score)?, score.resolution, grid))
    }

    /// The first four of these voices, from the top, on a grid.
    pub(crate) fn from_voices<'a>(
        voices: impl IntoIterator<Item = &'a Voice>,
        resolution: Resolution,
        grid: Grid,
    ) -> Chorale {
        let mut chorale = Chorale::default();
        for (index, voice) in voices.into_iter().take(VOICES.len()).enumerate() {
            for note in quantize(&skyline(voice.notes.clone()), resolution, grid).notes {
                let (start, end) = (note.start as usize, note.start as usize + note.length as usize);
                if chorale.frames.len() < end {
                    chorale.frames.resize(end, VoiceFrame::default());
                }
                for frame in &mut chorale.frames[start..end] {
                    frame[index] = Some(note.pitch);
                }
            }
        }
        chorale
    }

    /// The notes of one voice, 0 (soprano) to 3 (bass): each run of equal pitches is one note. There
    /// are none for other voices.
    pub fn notes(&self, voice: usize) -> Vec<GridNote> {
        let mut notes: Vec<GridNote> = Vec::new();
        let sounding = |frame: &VoiceFrame| frame.get(voice).copied().flatten();
        for (start, frame) in (0..).zip(&self.frames) {
            let Some(pitch) = sounding(frame) else {
                continue;
            };
            match notes.last_mut() {
                Some(last) if last.pitch == pitch && last.start + last.length == start => last.length += 1,
                _ => notes.push(GridNote { pitch, start, length: 1 }),
            }
        }
        notes
    }

    /// The piece as a score of four voices named as in [`VOICES`], at the default resolution.
    pub fn score(&self, grid: Grid, meter: Meter, key: Option<Key>, tempo: Tempo) -> Score {
        let resolution = Resolution::default();
        let note = |note: GridNote| {
            let start = grid.tick(note.start, resolution);
            Note::new(note.pitch, start, grid.tick(note.start + note.length, resolution) - start)
        };
        let voice = |(index, name): (usize, &&str)| Voice {
            name: (*name).to_owned(),
            notes: self.notes(index).into_iter().map(note).collect(),
            ..Voice::default()
        };
        Score {
            title: None,
            resolution,
            voices: VOICES.iter().enumerate().map(voice).collect(),
            tempos: vec![Change::at_the_start(tempo)],
            meters: vec![Change::at_the_start(meter)],
            keys: key.map(Change::at_the_start).into_iter().collect(),
            ..Score::default()
        }
        .ending_at(grid.tick(self.frames.len() as u32, resolution))
    }
}

fn four_voices(score: &Score) -> Result<[&Voice; 4], MusicError> {
    let pitched: Vec<&Voice> = score.voices.iter().filter(|voice| !voice.percussion).collect();
    let names = || score.voices.iter().map(|voice| voice.name.clone()).collect();
    let in_order: [&Voice; 4] = pitched.try_into().map_err(|_| MusicError::NotFourVoices { names: names() })?;
    let named = VOICES.map(|name| in_order.iter().position(|voice| voice.name.eq_ignore_ascii_case(name)));
    Ok(match named {
        [Some(soprano), Some(alto), Some(tenor), Some(bass)] => {
            [soprano, alto, tenor, bass].map(|index| in_order[index])
        }
        _ => in_order,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::Tick;

    fn note(pitch: u8, start: u32, end: u32) -> Note {
        Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(end - start))
    }

    fn voice(name: &str, notes: &[Note]) -> Voice {
        Voice { name: name.to_owned(), notes: notes.to_vec(), ..Voice::default() }
    }

    fn quartet(names: [&str; 4]) -> Score {
        let voices = (0..).zip(names).map(|(index, name)| voice(name, &[note(72 - 7 * index, 0, 120)]));
        Score { voices: voices.collect(), ..Score::default() }
    }

    fn numbers(chorale: &Chorale) -> Vec<[u8; 4]> {
        chorale.frames.iter().map(|frame| frame.map(|pitch| pitch.map_or(0, Pitch::number))).collect()
    }

    fn score(chorale: &Chorale) -> Score {
        chorale.score(Grid::default(), Meter::default(), Some(Key::C_MAJOR), Tempo::default())
    }

    #[test]
    fn a_score_becomes_frames_with_rests_before_between_and_after_the_notes() {
        let mut score = quartet(["", "", "", ""]);
        score.voices[0].notes = vec![note(72, 120, 240), note(74, 360, 600)];
        let frames = numbers(&Chorale::from_score(&score, Grid::default()).unwrap());
        assert_eq!(frames, [[0, 65, 58, 51], [72, 0, 0, 0], [0; 4], [74, 0, 0, 0], [74, 0, 0, 0]]);
    }

    #[test]
    fn a_note_struck_again_looks_like_one_held() {
        let mut score = quartet(["", "", "", ""]);
        score.voices[0].notes = vec![note(72, 0, 120), note(72, 120, 360)];
        let chorale = Chorale::from_score(&score, Grid::default()).unwrap();
        assert_eq!(chorale.notes(0), [GridNote { pitch: Pitch::new(72).unwrap(), start: 0, length: 3 }]);
        assert_eq!(chorale.notes(4), []);
    }

    #[test]
    fn names_decide_which_voice_is_which_and_otherwise_their_order_does() {
        let frame = |names| numbers(&Chorale::from_score(&quartet(names), Grid::default()).unwrap())[0];
        assert_eq!(frame(["BASS", "tenor", "Soprano", "Alto"]), [58, 51, 65, 72]);
        assert_eq!(frame(["Bass", "Bass", "Soprano", "Alto"]), [72, 65, 58, 51]);
    }

    #[test]
    fn a_score_of_other_than_four_voices_is_refused_and_percussion_does_not_count() {
        let mut score = quartet(["a", "b", "c", "d"]);
        score.voices.push(Voice { percussion: true, ..voice("Drums", &[note(35, 0, 120)]) });
        assert!(Chorale::from_score(&score, Grid::default()).is_ok());
        score.voices.remove(1);
        let error = Chorale::from_score(&score, Grid::default()).unwrap_err().to_string();
        assert!(error.contains("`a`, `c`, `d`"), "{error}");
    }

    #[test]
    fn a_piece_without_notes_has_no_frames() {
        let silent = score(&Chorale::default());
        assert_eq!(silent.voices.iter().map(|voice| voice.name.as_str()).collect::<Vec<_>>(), VOICES);
        assert_eq!(Chorale::from_score(&silent, Grid::default()).unwrap(), Chorale::default());
    }

    proptest! {
        #[test]
        fn frames_survive_the_way_through_a_score_up_to_the_last_note(
            frames in prop::collection::vec(prop::array::uniform4(prop::option::of(36_u8..=81)), 0..40)
        ) {
            let read = |frame: [Option<u8>; 4]| frame.map(|number| number.and_then(Pitch::new));
            let mut chorale = Chorale { frames: frames.into_iter().map(read).collect() };
            let again = Chorale::from_score(&score(&chorale), Grid::default()).unwrap();
            while chorale.frames.pop_if(|frame| *frame == VoiceFrame::default()).is_some() {}
            prop_assert_eq!(again, chorale);
        }
    }
}
