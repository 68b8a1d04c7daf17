//! Which voice of a score is its melody, and why.

use std::fmt;

use serde::Serialize;

use super::heard::{GROUND, Heard};
use super::name::{Role, words};
use super::skyline::skyline;
use super::source::MelodySource;
use crate::error::MusicError;
use crate::note::Note;
use crate::score::{Score, Voice};

/// The voices of a score that are its melody, and why they are.
///
/// It is written as people read it: ``track 4 `Chant`, named as the melody``.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Their places in [`Score::voices`]; none where there is no melody.
    pub voices: Vec<usize>,
    /// What they are called: ``track 4 `Chant` ``.
    pub label: String,
    /// Why they were chosen.
    pub reason: Reason,
}

/// Why voices were chosen as the melody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The name says so.
    Named,
    /// No name says which it is: of the voices that sing much of the piece and move as melodies do, it is the highest.
    Highest,
    /// There is no other.
    Only,
    /// It was asked for.
    Asked,
    /// All voices were asked for, and at each moment the highest note.
    Skyline,
    /// No voice but percussion has notes.
    #[default]
    Nothing,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Reason::Named => "named as the melody",
            Reason::Highest => "the highest that moves like a melody",
            Reason::Only => "the only voice",
            Reason::Asked => "asked for",
            Reason::Skyline => "at each moment the highest note",
            Reason::Nothing => "no voice but percussion has notes",
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{}, {}", self.label, self.reason))
    }
}

impl Choice {
    fn new(score: &Score, voices: Vec<usize>, reason: Reason) -> Choice {
        let label = match reason {
            Reason::Nothing => "none".to_owned(),
            Reason::Skyline => "all voices".to_owned(),
            _ => voices.iter().map(|&index| label(score, index)).collect::<Vec<_>>().join(", "),
        };
        Choice { voices, label, reason }
    }

    /// The melody: at each moment the highest pitch that sounds in the voices. `score` is the one that was chosen from.
    pub fn notes(&self, score: &Score) -> Vec<Note> {
        let voices = self.voices.iter().filter_map(|&index| score.voices.get(index));
        skyline(voices.flat_map(|voice| &voice.notes).copied().collect())
    }
}

/// The voices of a score as they are told apart, percussion and silent ones left out: ``track 4 `Chant` ``.
pub fn labels(score: &Score) -> Vec<String> {
    candidates(score).into_iter().map(|index| label(score, index)).collect()
}

fn label(score: &Score, index: usize) -> String {
    let voice = &score.voices[index];
    let (kind, number) = number(voice, index);
    match voice.name.trim() {
        "" => format!("{kind} {number}"),
        name => format!("{kind} {number} `{name}`"),
    }
}

/// What a voice is counted as: a track of its file, or else a voice of its score.
fn number(voice: &Voice, index: usize) -> (&'static str, usize) {
    match voice.track.0 {
        0 => ("voice", index + 1),
        track => ("track", usize::from(track)),
    }
}

/// Chooses the melody of a score among its voices.
///
/// [`MelodySource::Auto`] never takes percussion, and goes by the first of these that tells:
///
/// 1. A voice is alone.
/// 2. Names, by whole words: a lead vocal before other singers and melodies (voice, vocal, vox, melody, chant, canto, gesang,
///    sing, soprano, cantus), these before lower singers, and these before instruments that lead. Backing and harmony voices
///    are no melody, nor are instruments that are only called like voices (`Voice Oohs`, `Lead 1 (square)`). The first track's
///    name may be the title of the piece: it counts if it says nothing else. Of voices whose names say the same, the one that
///    sings most. A voice that sings less than [`LEAST_SUNG`] of what others do is passed over, an instrument that leads if it
///    plays less than half.
/// 3. The highest mean pitch, where a voice counts as lower the less of the piece it sings, the more of it is chords, and if it
///    moves as pads, tremolos, drones and broken chords do, or is named or played as accompaniment. Of voices equally high,
///    the first.
///
/// A score without notes has no melody, which is no error. The error is a voice or track that was asked for and is not there.
pub fn choose(score: &Score, source: &MelodySource) -> Result<Choice, MusicError> {
    let asked = |voices| Choice::new(score, voices, Reason::Asked);
    Ok(match source {
        MelodySource::Voice(name) => asked(voices_named(score, name)?),
        MelodySource::Track(number) => asked(voices_of_track(score, usize::from(number.get()))?),
        MelodySource::Auto | MelodySource::Highest => match *candidates(score) {
            [] => Choice::new(score, Vec::new(), Reason::Nothing),
            [only] => Choice::new(score, vec![only], Reason::Only),
            ref several if *source == MelodySource::Highest => Choice::new(score, several.to_vec(), Reason::Skyline),
            ref several => {
                let (voice, reason) = best(score, several);
                Choice::new(score, vec![voice], reason)
            }
        },
    })
}

/// The least share of the stretches that another voice sings for one to be the melody by its name.
pub const LEAST_SUNG: f64 = 0.125;
/// The same for an instrument that leads; and a voice that sings less counts as lower where no name tells.
const MUCH: f64 = 0.5;
/// Semitones by which a voice that hardly sounds counts as lower.
const RARE: f64 = 60.0;
/// Voices that sing this share of what another does sing as much.
const AS_MUCH: f64 = 0.9;

/// The voices that may be a melody.
fn candidates(score: &Score) -> Vec<usize> {
    let sings = |voice: &Voice| !voice.percussion && !voice.notes.is_empty();
    (0..score.voices.len()).filter(|&index| sings(&score.voices[index])).collect()
}

/// The best of several candidates.
fn best(score: &Score, candidates: &[usize]) -> (usize, Reason) {
    let voices: Vec<_> = candidates.iter().map(|&index| &score.voices[index]).collect();
    let heard: Vec<_> = voices.iter().map(|voice| Heard::of(voice, score.resolution)).collect();
    let roles: Vec<_> = voices.iter().map(|voice| role(score, voice)).collect();
    let most = f64::from(heard.iter().map(|heard| heard.stretches).max().unwrap_or(0).max(1));
    let sung = |at: usize| f64::from(heard[at].stretches) / most;
    let height = |at: usize| {
        let ground = if roles[at] == Role::Accompaniment { GROUND } else { 0.0 };
        heard[at].height - ground - RARE * (1.0 - sung(at) / MUCH).max(0.0)
    };
    // Of equals, the first.
    let highest =
        |all: &[usize]| all.iter().rev().copied().max_by(|&left, &right| height(left).total_cmp(&height(right)));

    let sings_enough = |at: &usize| match roles[*at] {
        Role::Accompaniment | Role::Unknown => false,
        Role::Lead => sung(*at) >= MUCH,
        Role::Part | Role::Melody | Role::LeadMelody => sung(*at) >= LEAST_SUNG,
    };
    let mut named: Vec<_> = (0..voices.len()).filter(sings_enough).collect();
    let foremost = named.iter().map(|&at| roles[at]).max();
    named.retain(|&at| Some(roles[at]) == foremost);
    let longest = named.iter().map(|&at| heard[at].sounding.0).max().unwrap_or(0);
    named.retain(|&at| f64::from(heard[at].sounding.0) >= AS_MUCH * f64::from(longest));
    if let Some(at) = highest(&named) {
        return (candidates[at], Reason::Named);
    }
    let all: Vec<_> = (0..voices.len()).collect();
    (candidates[highest(&all).unwrap_or(0)], Reason::Highest)
}

/// What a voice is by its name, in so far as that is not the title of its piece.
fn role(score: &Score, voice: &Voice) -> Role {
    match &score.title {
        // Every channel of one track bears the title.
        Some(title) if voice.name.strip_prefix(title.as_str()).is_some_and(|rest| rest.starts_with(" (channel ")) => {
            Role::Unknown
        }
        Some(title) if *title == voice.name => Role::of_possible_title(&voice.name),
        // By the standard, the first track's name is that of the piece, whether it plays or not.
        None if voice.track.0 == 1 => Role::of_possible_title(&voice.name),
        _ => Role::of(&voice.name),
    }
}

fn voices_named(score: &Score, wanted: &str) -> Result<Vec<usize>, MusicError> {
    let with = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..score.voices.len()).filter(|&index| fits(&score.voices[index].name)).collect()
    };
    let found = with(&|name| name.trim().to_lowercase() == wanted.trim().to_lowercase());
    if !found.is_empty() {
        return Ok(found);
    }
    let asked = words(wanted);
    let found = with(&|name| !asked.is_empty() && words(name).windows(asked.len()).any(|part| part == asked));
    if found.is_empty() {
        let names = score.voices.iter().map(|voice| voice.name.clone()).collect();
        return Err(MusicError::NoSuchVoice { wanted: wanted.to_owned(), names });
    }
    Ok(found)
}

fn voices_of_track(score: &Score, wanted: usize) -> Result<Vec<usize>, MusicError> {
    let all = 0..score.voices.len();
    let mut found: Vec<_> = all.clone().filter(|&index| number(&score.voices[index], index).1 == wanted).collect();
    if found.is_empty() {
        return Err(MusicError::NoSuchTrack { wanted, there: all.map(|index| label(score, index)).collect() });
    }
    if found.iter().any(|&index| !score.voices[index].percussion) {
        found.retain(|&index| !score.voices[index].percussion);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pitch::Pitch;
    use crate::score::TrackNumber;
    use crate::time::Tick;

    const TUNE: [u8; 8] = [0, 2, 4, 5, 7, 5, 4, 2];

    /// A voice that sings a tune above `lowest` in so many bars.
    fn voice(name: &str, lowest: u8, bars: u32) -> Voice {
        let note = |at: u32| {
            let pitch = lowest + TUNE[at as usize % TUNE.len()];
            Note::new(Pitch::new(pitch).unwrap(), Tick(at * 480), Tick(480))
        };
        Voice { name: name.to_owned(), notes: (0..bars * 4).map(note).collect(), ..Voice::default() }
    }

    fn score(voices: &[Voice]) -> Score {
        Score { voices: voices.to_vec(), ..Score::default() }
    }

    fn chosen(voices: &[Voice]) -> String {
        choose(&score(voices), &MelodySource::Auto).unwrap().to_string()
    }

    #[test]
    fn the_choice_says_the_voice_and_the_reason() {
        let (flute, vox) = (voice("Flute", 80, 8), voice("Vox", 60, 8));
        assert_eq!(chosen(&[flute.clone(), vox.clone()]), "voice 2 `Vox`, named as the melody");
        let in_file = Voice { track: TrackNumber(5), ..vox.clone() };
        assert_eq!(chosen(&[flute.clone(), in_file]), "track 5 `Vox`, named as the melody");
        assert_eq!(chosen(&[voice("", 60, 8), flute.clone()]), "voice 2 `Flute`, the highest that moves like a melody");
        assert_eq!(chosen(&[voice(" ", 60, 8)]), "voice 1, the only voice");
        assert_eq!(chosen(&[]), "none, no voice but percussion has notes");
        let asked = |source| choose(&score(&[flute.clone(), vox.clone()]), &source).unwrap().to_string();
        assert_eq!(asked(MelodySource::Highest), "all voices, at each moment the highest note");
        assert_eq!(asked("1".parse().unwrap()), "voice 1 `Flute`, asked for");
    }

    #[test]
    fn of_voices_named_alike_the_one_that_sings_most_is_taken() {
        assert!(chosen(&[voice("Vocal 1", 72, 3), voice("Vocal 2", 60, 8)]).contains("Vocal 2"));
        assert!(chosen(&[voice("Vocal 1", 60, 8), voice("Vocal 2", 72, 8)]).contains("Vocal 2"));
        assert!(chosen(&[voice("Vocal 1", 60, 8), voice("Vocal 2", 60, 8)]).contains("Vocal 1"));
    }

    #[test]
    fn a_name_does_not_help_a_voice_that_hardly_sings() {
        assert!(chosen(&[voice("Vox", 60, 1), voice("Flute", 60, 16)]).contains("Flute"));
        assert!(chosen(&[voice("Lead guitar", 80, 4), voice("", 60, 16)]).contains("voice 2"));
        assert!(chosen(&[voice("Lead guitar", 60, 12), voice("", 80, 16)]).contains("Lead guitar"));
    }

    #[test]
    fn a_high_voice_of_few_notes_is_not_the_melody() {
        assert!(chosen(&[voice("", 96, 1), voice("", 60, 16)]).starts_with("voice 2"));
        assert!(chosen(&[voice("", 72, 5), voice("", 60, 16)]).starts_with("voice 2"));
        assert!(chosen(&[voice("", 72, 8), voice("", 60, 16)]).starts_with("voice 1"));
    }

    #[test]
    fn a_first_track_may_bear_the_title() {
        let first = |name: &str| Voice { track: TrackNumber(1), ..voice(name, 40, 8) };
        let flute = Voice { track: TrackNumber(2), ..voice("Flute", 70, 8) };
        assert!(chosen(&[first("Unchained Melody"), flute.clone()]).contains("Flute"));
        assert!(chosen(&[first("Melody"), flute.clone()]).contains("Melody"));
        let second = |name: &str| Voice { track: TrackNumber(3), ..voice(name, 40, 8) };
        assert!(chosen(&[flute.clone(), second("Erik's chant")]).contains("chant"));
        let titled = Score { title: Some("Melody".to_owned()), ..score(&[voice("Melody (channel 1)", 40, 8), flute]) };
        assert!(choose(&titled, &MelodySource::Auto).unwrap().label.contains("Flute"));
    }

    #[test]
    fn a_voice_is_asked_for_by_its_name_or_by_words_of_it() {
        let voices = [voice("Vox", 60, 8), voice("Vox Backing", 64, 8), voice("Duo (channel 4)", 67, 8)];
        let asked = |name: &str| choose(&score(&voices), &name.parse().unwrap()).map(|choice| choice.voices);
        assert_eq!(asked("vox").unwrap(), [0]);
        assert_eq!(asked("backing").unwrap(), [1]);
        assert_eq!(asked("channel 4").unwrap(), [2]);
        assert!(asked("back").is_err() && asked("-").is_err());
        assert_eq!(choose(&score(&voices), &"3".parse().unwrap()).unwrap().voices, [2]);
    }

    #[test]
    fn a_track_that_is_not_there_is_answered_with_those_that_are() {
        let voices = [Voice { track: TrackNumber(2), ..voice("Alto", 60, 1) }];
        let error = choose(&score(&voices), &"7".parse().unwrap()).unwrap_err().to_string();
        assert_eq!(error, "no track 7 has notes; the score has track 2 `Alto`");
    }

    #[test]
    fn a_track_asked_for_is_heard_without_its_drums() {
        let on_track = |voice: Voice| Voice { track: TrackNumber(1), ..voice };
        let drums = Voice { percussion: true, ..voice("", 35, 8) };
        let voices = [on_track(drums.clone()), on_track(voice("", 60, 8))];
        assert_eq!(choose(&score(&voices), &"1".parse().unwrap()).unwrap().voices, [1]);
        assert_eq!(choose(&score(&[drums]), &"1".parse().unwrap()).unwrap().voices, [0]);
    }
}
