use std::collections::HashSet;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::meter::{Meter, Tempo};
use crate::note::Note;
use crate::pitch::{Pitch, Velocity};
use crate::score::{Change, Voice};
use crate::time::Tick;
use crate::token::{Token, Vocabulary};
use crate::voices::Chorale;

const STEP: u32 = 120;
const BAR: u32 = 16 * STEP;

fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn note(pitch: u8, start: u32, length: u32) -> Note {
    Note::new(Pitch::new(pitch).unwrap(), Tick(start * STEP), Tick(length * STEP))
}

fn voice(notes: &[Note]) -> Voice {
    Voice { notes: notes.to_vec(), ..Voice::default() }
}

fn score(voices: &[Voice]) -> Score {
    Score {
        voices: voices.to_vec(),
        tempos: vec![Change::at_the_start(Tempo::default())],
        meters: vec![Change::at_the_start(Meter::COMMON)],
        keys: vec![Change::at_the_start(Key::C_MAJOR)],
        ..Score::default()
    }
}

/// Four bars of eighth notes: a bar of its own pitches each.
fn tune() -> Score {
    score(&[voice(&(0..32_u8).map(|at| note(60 + 4 * (at / 8) + at % 4, 2 * u32::from(at), 2)).collect::<Vec<_>>())])
}

/// Drums on every beat, beside a score.
fn with_drums(mut score: Score) -> Score {
    let hits: Vec<_> = (0..16).map(|beat| note(36 + (beat % 2) as u8, 4 * beat, 1)).collect();
    score.voices.push(Voice { percussion: true, ..voice(&hits) });
    score
}

fn pitches(score: &Score) -> Vec<u8> {
    score.notes().map(|note| note.pitch.number()).collect()
}

fn starts(voice: &Voice) -> Vec<u32> {
    voice.notes.iter().map(|note| note.start.0).collect()
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.into_iter().collect();
    items.sort();
    items
}

fn one_at_a_time(voice: &Voice) -> bool {
    voice.notes.windows(2).all(|pair| pair[0].end() <= pair[1].start)
}

prop_compose! {
    /// One voice with a note at a time on the grid, from low to high pitches.
    fn melody()(steps in prop::collection::vec((0_u32..3, 1_u32..9, 40_u8..90, 1_u8..=127), 0..40)) -> Voice {
        let mut now = 0;
        let to_note = |(rest, length, pitch, velocity)| {
            let start = now + rest;
            now = start + length;
            Note { velocity: Velocity::new(velocity).unwrap(), ..note(pitch, start, length) }
        };
        Voice { notes: steps.into_iter().map(to_note).collect(), ..Voice::default() }
    }
}

fn any_score() -> impl Strategy<Value = Score> {
    prop::collection::vec(melody(), 0..4).prop_map(|voices| with_drums(score(&voices)))
}

fn any_key() -> impl Strategy<Value = Key> {
    (0_usize..24).prop_map(|index| Key::all().nth(index).unwrap())
}

/// Whether only pitches are touched.
fn keeps_times(corruption: Corruption) -> bool {
    use Corruption::{OutOfRange, RandomInKey, RandomOutOfKey, RepeatedNote, Scale, Trill, WrongNotes};
    matches!(corruption, WrongNotes { .. } | OutOfRange | RandomInKey | RandomOutOfKey | RepeatedNote | Scale | Trill)
}

#[test]
fn every_corruption_is_read_by_its_name_and_has_its_own() {
    let names: HashSet<_> = Corruption::all().iter().map(Corruption::name).collect();
    assert_eq!(names.len(), Corruption::all().len());
    for corruption in Corruption::all() {
        let written = serde_json::to_string(&corruption).unwrap();
        assert!(written.contains(&format!("\"{corruption}\"")), "{written}");
        assert_eq!(serde_json::from_str::<Corruption>(&written).unwrap(), corruption);
    }
    let read = serde_json::from_str::<Corruption>(r#"{"wrong-notes": {"share": 0.5}}"#).unwrap();
    assert_eq!(read, Corruption::WrongNotes { share: Share::new(0.5).unwrap() });
    assert!(serde_json::from_str::<Corruption>(r#"{"wrong-notes": {"share": 2}}"#).is_err());
    assert!(serde_json::from_str::<Corruption>(r#"{"wrong-notes": {"part": 0.5}}"#).is_err());
}

#[test]
fn the_same_generator_does_the_same_damage_in_every_release() {
    let damaged = |corruption: Corruption| pitches(&corruption.apply(&tune(), Key::C_MAJOR, &mut generator(7)));
    assert_eq!(damaged(Corruption::RandomInKey)[..8], GOLDEN_IN_KEY);
    assert_eq!(damaged(Corruption::ShuffledBars).iter().step_by(8).copied().collect::<Vec<_>>(), GOLDEN_BARS);
}

const GOLDEN_IN_KEY: [u8; 8] = [60, 62, 71, 65, 74, 67, 71, 64];
const GOLDEN_BARS: [u8; 4] = [72, 60, 64, 68];

#[test]
fn exactly_the_share_of_the_notes_is_wrong_by_a_semitone_or_a_tone() {
    for (percent, wrong) in [(0, 0), (25, 8), (26, 8), (27, 9), (100, 32)] {
        let share = Share::new(f64::from(percent) / 100.0).unwrap();
        let damaged = Corruption::WrongNotes { share }.apply(&tune(), Key::C_MAJOR, &mut generator(1));
        let (before, after) = (pitches(&tune()), pitches(&damaged));
        let missed: Vec<_> = before.iter().zip(&after).map(|(&before, &after)| before.abs_diff(after)).collect();
        assert_eq!(missed.iter().filter(|&&by| by != 0).count(), wrong, "{percent} %");
        assert!(missed.iter().all(|&by| by <= 2), "{missed:?}");
    }
}

#[test]
fn every_kind_of_wrong_note_occurs() {
    let damaged = |seed| {
        let share = Share::new(1.0).unwrap();
        Corruption::WrongNotes { share }.apply(&tune(), Key::C_MAJOR, &mut generator(seed))
    };
    let missed: HashSet<_> = (0..10)
        .flat_map(|seed| pitches(&damaged(seed)).into_iter().zip(pitches(&tune())).collect::<Vec<_>>())
        .map(|(after, before)| i32::from(after) - i32::from(before))
        .collect();
    assert_eq!(missed, HashSet::from([-2, -1, 1, 2]));
}

#[test]
fn a_wrong_note_in_a_voice_of_one_pitch_leaves_it_but_never_midi() {
    for pitch in [0, 64, 127] {
        let score = score(&[voice(&[note(pitch, 0, 4), note(pitch, 4, 4)])]);
        let share = Share::new(1.0).unwrap();
        let damaged = Corruption::WrongNotes { share }.apply(&score, Key::C_MAJOR, &mut generator(3));
        assert!(pitches(&damaged).iter().all(|&after| after != pitch && after.abs_diff(pitch) <= 2));
    }
}

#[test]
fn shuffled_bars_stand_elsewhere_and_stay_whole() {
    for seed in 0..20 {
        let damaged = Corruption::ShuffledBars.apply(&tune(), Key::C_MAJOR, &mut generator(seed));
        let (before, after) = (pitches(&tune()), pitches(&damaged));
        for (bar, content) in after.chunks(8).enumerate() {
            assert_ne!(content, &before[8 * bar..8 * bar + 8]);
            assert!(before.chunks(8).any(|other| other == content));
        }
        assert_eq!(sorted(after), sorted(before));
        assert_eq!(starts(&damaged.voices[0]), starts(&tune().voices[0]));
    }
}

#[test]
fn an_upbeat_and_a_lone_bar_in_another_metre_stay() {
    let mut score = tune();
    let three_four = Meter::new(3, 4).unwrap();
    let change = |at: u32, value| Change { at: Tick(at * STEP), value };
    // An upbeat of one beat, three bars of four beats, one of three.
    score.meters = vec![change(0, Meter::new(1, 4).unwrap()), change(4, Meter::COMMON), change(52, three_four)];
    for seed in 0..10 {
        let damaged = Corruption::ShuffledBars.apply(&score, Key::C_MAJOR, &mut generator(seed));
        let (before, after) = (pitches(&score), pitches(&damaged));
        assert_eq!((&after[..2], &after[26..]), (&before[..2], &before[26..]));
        assert_ne!(after[2..10], before[2..10]);
        assert_eq!(sorted(after), sorted(before));
    }
}

#[test]
fn a_piece_of_one_bar_cannot_be_shuffled() {
    let score = score(&[voice(&[note(60, 0, 4), note(62, 4, 40)])]);
    assert_eq!(Corruption::ShuffledBars.apply(&score, Key::C_MAJOR, &mut generator(0)), score);
}

#[test]
fn a_note_that_rings_over_the_bar_line_is_cut_off_by_the_next() {
    let score = score(&[voice(&[note(60, 0, 4), note(62, 12, 8), note(64, 20, 12)])]);
    let damaged = Corruption::ShuffledBars.apply(&score, Key::C_MAJOR, &mut generator(0));
    assert_eq!(damaged.voices[0].notes, [note(64, 4, 12), note(60, 16, 4), note(62, 28, 8)]);
    let score = self::score(&[voice(&[note(60, 8, 24), note(67, 16, 16)])]);
    let damaged = Corruption::ShuffledBars.apply(&score, Key::C_MAJOR, &mut generator(0));
    assert_eq!(damaged.voices[0].notes, [note(67, 0, 16), note(60, 24, 24)], "two at a time may ring on");
}

#[test]
fn exactly_the_share_of_the_onsets_moves_by_one_step() {
    for (percent, moved) in [(0, 0), (25, 8), (50, 16)] {
        let share = Share::new(f64::from(percent) / 100.0).unwrap();
        let corruption = Corruption::ShiftedRhythm { share, grid: Grid::default() };
        let damaged = corruption.apply(&tune(), Key::C_MAJOR, &mut generator(5));
        assert_eq!(pitches(&damaged), pitches(&tune()));
        let (before, after) = (starts(&tune().voices[0]), starts(&damaged.voices[0]));
        let by: Vec<_> = before.iter().zip(&after).map(|(&before, &after)| before.abs_diff(after)).collect();
        assert_eq!(by.iter().filter(|&&by| by == STEP).count(), moved, "{percent} %");
        assert_eq!(by.iter().filter(|&&by| by == 0).count(), 32 - moved, "{percent} %");
        let touching = |pair: &[Note]| pair[0].end() == pair[1].start;
        assert!(damaged.voices[0].notes.windows(2).all(touching), "what touched still does");
    }
}

#[test]
fn onsets_without_room_stay() {
    let sixteenths: Vec<_> = (0..8).map(|at| note(60, at, 1)).collect();
    let corruption = Corruption::ShiftedRhythm { share: Share::new(1.0).unwrap(), grid: Grid::default() };
    let score = score(&[voice(&sixteenths)]);
    assert_eq!(corruption.apply(&score, Key::C_MAJOR, &mut generator(0)), score);
    let chord = self::score(&[voice(&[note(60, 0, 2), note(64, 0, 3)])]);
    let damaged = corruption.apply(&chord, Key::C_MAJOR, &mut generator(0));
    assert_eq!(damaged.voices[0].notes, [note(60, 1, 1), note(64, 1, 2)], "a chord moves as one");
}

#[test]
fn out_of_range_is_as_far_as_octaves_go() {
    let lowest: HashSet<_> = (0..20)
        .map(|seed| pitches(&Corruption::OutOfRange.apply(&tune(), Key::C_MAJOR, &mut generator(seed)))[0])
        .collect();
    assert_eq!(lowest, HashSet::from([0, 60 + 48]));
    let low = score(&[voice(&[note(3, 0, 4), note(90, 4, 4)])]);
    let damaged = Corruption::OutOfRange.apply(&low, Key::C_MAJOR, &mut generator(0));
    assert_eq!(pitches(&damaged), [39, 126], "only up");
    let wide = score(&[voice(&[note(3, 0, 4), note(120, 4, 4)])]);
    assert_eq!(Corruption::OutOfRange.apply(&wide, Key::C_MAJOR, &mut generator(0)), wide);
}

#[test]
fn a_held_note_lasts_from_the_first_onset_to_the_last_end() {
    let score = score(&[voice(&[note(66, 2, 2), note(69, 6, 1), note(68, 8, 4)]), Voice::default()]);
    let damaged = Corruption::HeldNote.apply(&score, "G major".parse().unwrap(), &mut generator(0));
    assert_eq!(damaged.voices[0].notes, [note(67, 2, 10)]);
    assert_eq!(damaged.voices[1].notes, []);
}

#[test]
fn a_repeated_note_a_scale_and_a_trill_follow_the_rhythm_and_the_register() {
    let melody = score(&[voice(&(0..15).map(|at| note(66, 3 * at, 2)).collect::<Vec<_>>())]);
    let damaged = |corruption: Corruption, key: &str| {
        pitches(&corruption.apply(&melody, key.parse().unwrap(), &mut generator(0)))
    };
    assert_eq!(damaged(Corruption::RepeatedNote, "C minor"), [60; 15], "the lower of two equally near");
    assert_eq!(damaged(Corruption::Scale, "C minor"), [60, 62, 63, 65, 67, 68, 70, 72, 70, 68, 67, 65, 63, 62, 60]);
    assert_eq!(damaged(Corruption::Trill, "E minor")[..4], [64, 66, 64, 66]);
    assert_eq!(damaged(Corruption::Scale, "F# major")[7], 66, "the octave's middle is nearest to the mean");
}

#[test]
fn chords_count_as_one_onset_of_a_pattern() {
    let chords = score(&[voice(&[note(60, 0, 2), note(64, 0, 2), note(67, 2, 2)])]);
    assert_eq!(pitches(&Corruption::Trill.apply(&chords, Key::C_MAJOR, &mut generator(0))), [60, 60, 62]);
}

#[test]
fn every_corruption_of_a_melody_keeps_its_number_of_tokens() {
    let vocabulary = Vocabulary::default();
    let tokens: Vec<_> = melody_tokens().collect();
    for corruption in Corruption::all() {
        let damaged = corruption.apply_to_melody(&tokens, vocabulary, notation(), &mut generator(2));
        assert_eq!(
            damaged.as_ref().map(Vec::len),
            (corruption != Corruption::OutOfRange).then_some(32),
            "{corruption}"
        );
        assert_ne!(damaged.as_deref(), Some(tokens.as_slice()), "{corruption}");
    }
    let silence = Corruption::Silence.apply_to_melody(&tokens, vocabulary, notation(), &mut generator(2)).unwrap();
    assert!(silence.iter().all(|&token| token == Token::HOLD));
    let reversed = Corruption::Reversed.apply_to_melody(&tokens, vocabulary, notation(), &mut generator(2)).unwrap();
    assert_eq!(reversed[..8], [21, 1, 1, 1, 16, 1, 14, 1].map(Token));
}

fn notation() -> Notation {
    Notation { grid: Grid::default(), meter: Meter::COMMON, key: Key::C_MAJOR }
}

/// Two bars that differ.
fn melody_tokens() -> impl Iterator<Item = Token> {
    let bars =
        [[14, 1, 16, 1, 18, 1, 19, 1, 21, 1, 1, 1, 18, 1, 1, 1], [19, 1, 1, 1, 18, 1, 1, 1, 14, 1, 16, 1, 21, 1, 1, 1]];
    bars.into_iter().flatten().map(Token)
}

#[test]
fn every_corruption_of_a_chorale_keeps_its_number_of_frames() {
    let names = ["C5", "G4", "E4", "C3"];
    let frame = |step: i32| {
        names.map(|name| name.parse::<Pitch>().unwrap().transpose([0, 2, 4, 5, 7, 5, 4][(step / 4 % 7) as usize]))
    };
    let chorale = Chorale { frames: (0..40).map(frame).chain([[None; 4]]).collect() };
    for corruption in Corruption::all() {
        let damaged = corruption.apply_to_chorale(&chorale, notation(), &mut generator(4));
        assert_eq!(damaged.frames.len(), 41, "{corruption}");
        assert_ne!(damaged, chorale, "{corruption}");
    }
}

proptest! {
    #[test]
    fn damage_depends_on_the_generator_alone_and_leaves_the_rest_of_the_score(
        score in any_score(), key in any_key(), seed in any::<u64>()
    ) {
        for corruption in Corruption::all() {
            let damaged = corruption.apply(&score, key, &mut generator(seed));
            prop_assert_eq!(&damaged, &corruption.apply(&score, key, &mut generator(seed)));
            let frame = |score: &Score| {
                let mut frame = score.clone();
                frame.voices.iter_mut().for_each(|voice| voice.notes.clear());
                frame
            };
            prop_assert_eq!(frame(&damaged), frame(&score));
            for (before, after) in score.voices.iter().zip(&damaged.voices) {
                prop_assert!(after.notes.is_sorted(), "{}", corruption);
                prop_assert!(after.notes.iter().all(|note| note.duration > Tick::ZERO), "{}", corruption);
                prop_assert!(one_at_a_time(after), "{}", corruption);
                if keeps_times(corruption) {
                    let times = |voice: &Voice| -> Vec<_> {
                        voice.notes.iter().map(|note| (note.start, note.duration, note.velocity)).collect()
                    };
                    prop_assert_eq!(times(before), times(after));
                    prop_assert!(!before.percussion || before == after, "{}", corruption);
                }
            }
        }
    }

    #[test]
    fn random_notes_are_in_key_or_out_of_it_and_near_their_voice(
        score in any_score(), key in any_key(), seed in any::<u64>()
    ) {
        for (corruption, in_key) in [(Corruption::RandomInKey, true), (Corruption::RandomOutOfKey, false)] {
            let damaged = corruption.apply(&score, key, &mut generator(seed));
            prop_assert!(damaged.pitched_notes().all(|note| key.contains(note.pitch.class()) == in_key));
            for (before, after) in score.voices.iter().zip(&damaged.voices) {
                let low = before.notes.iter().map(|note| note.pitch).min();
                prop_assert!(after.notes.iter().all(|note| Some(note.pitch) >= low));
            }
        }
    }

    #[test]
    fn shuffled_bars_keep_their_notes_at_their_places_in_the_bar(score in any_score(), seed in any::<u64>()) {
        let damaged = Corruption::ShuffledBars.apply(&score, Key::C_MAJOR, &mut generator(seed));
        for (before, after) in score.voices.iter().zip(&damaged.voices) {
            let places = |voice: &Voice| sorted(voice.notes.iter().map(|note| (note.pitch, note.start.0 % BAR)));
            prop_assert_eq!(places(before), places(after));
            let within = before.notes.iter().all(|note| note.start.0 / BAR == (note.end().0 - 1) / BAR);
            let whole = |voice: &Voice| sorted(voice.notes.iter().map(|note| (note.pitch, note.duration, note.velocity)));
            prop_assert!(!within || whole(before) == whole(after));
        }
    }

    #[test]
    fn what_is_reversed_twice_is_the_piece(mut score in any_score(), seed in any::<u64>()) {
        score.voices.push(voice(&[note(60, 0, 1)]));
        let once = Corruption::Reversed.apply(&score, Key::C_MAJOR, &mut generator(seed));
        prop_assert_eq!(once.duration(), score.duration());
        prop_assert_eq!(Corruption::Reversed.apply(&once, Key::C_MAJOR, &mut generator(seed)), score);
    }

    #[test]
    fn shifted_onsets_keep_their_order_and_move_by_a_step(score in any_score(), seed in any::<u64>()) {
        let corruption = Corruption::ShiftedRhythm { share: Share::default(), grid: Grid::default() };
        let damaged = corruption.apply(&score, Key::C_MAJOR, &mut generator(seed));
        let mut moved = 0;
        for (before, after) in score.voices.iter().zip(&damaged.voices) {
            for (before, after) in before.notes.iter().zip(&after.notes) {
                prop_assert_eq!(before.pitch, after.pitch);
                prop_assert!([0, STEP].contains(&before.start.0.abs_diff(after.start.0)));
                moved += usize::from(before.start != after.start);
            }
        }
        prop_assert!(moved <= Share::default().of(score.notes().count()));
    }

    #[test]
    fn silence_is_silent_and_an_empty_piece_stays_so(score in any_score(), seed in any::<u64>()) {
        let silent = Corruption::Silence.apply(&score, Key::C_MAJOR, &mut generator(seed));
        prop_assert_eq!(silent.notes().count(), 0);
        for corruption in Corruption::all() {
            prop_assert_eq!(&corruption.apply(&silent, Key::C_MAJOR, &mut generator(seed)), &silent);
        }
    }
}
