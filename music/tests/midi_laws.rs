//! What holds for every score and every file: a written score reads back equal, and no bytes make
//! the reader panic.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use gradus_music::midi::{self, Warning};
use gradus_music::{
    Change, Control, Key, Meter, Mode, Note, Pitch, PitchClass, Resolution, Score, Tempo, Tick, Velocity, Voice,
};
use proptest::prelude::*;

fn note() -> impl Strategy<Value = Note> {
    (0_u32..5_000, 1_u32..2_000, 55_u8..70, 1_u8..=127).prop_map(|(start, duration, pitch, velocity)| Note {
        start: Tick(start),
        pitch: Pitch::new(pitch).unwrap(),
        duration: Tick(duration),
        velocity: Velocity::new(velocity).unwrap(),
    })
}

/// Pairs starts and ends of each pitch in order, so that no note lies inside another of its pitch.
fn without_nesting(notes: &[Note]) -> Vec<Note> {
    let mut result = Vec::new();
    for number in 0..=127 {
        let same: Vec<_> = notes.iter().filter(|note| note.pitch.number() == number).collect();
        let mut starts: Vec<_> = same.iter().map(|note| (note.start, note.velocity)).collect();
        let mut ends: Vec<_> = same.iter().map(|note| note.end()).collect();
        starts.sort_unstable();
        ends.sort_unstable();
        let pair = |((start, velocity), end): ((Tick, Velocity), Tick)| Note {
            start,
            pitch: Pitch::new(number).unwrap(),
            duration: end - start,
            velocity,
        };
        result.extend(starts.into_iter().zip(ends).map(pair));
    }
    result.sort_unstable();
    result
}

fn control() -> impl Strategy<Value = Control> {
    prop_oneof![
        (0_u8..128).prop_map(Control::Program),
        (0_u8..128).prop_map(Control::Volume),
        (0_u8..128).prop_map(Control::Expression),
        any::<bool>().prop_map(Control::Sustain),
        (-0x2000_i16..0x2000).prop_map(Control::Bend),
        (0_u8..128).prop_map(Control::BendRange),
    ]
}

/// Changes in order of time, but no instrument before the first note has begun.
fn in_order(controls: &[(u32, Control)], notes: &[Note]) -> Vec<Change<Control>> {
    let begin = notes.first().map_or(Tick::ZERO, |note| note.start);
    let change = |&(at, value)| Change { at: Tick(at), value };
    let later = |change: &Change<Control>| change.at > begin || !matches!(change.value, Control::Program(_));
    let mut controls: Vec<_> = controls.iter().map(change).filter(later).collect();
    controls.sort_by_key(|control| control.at);
    controls
}

fn voice() -> impl Strategy<Value = Voice> {
    let notes = prop::collection::vec(note(), 0..40);
    let controls = prop_oneof![Just(Vec::new()), prop::collection::vec((0_u32..6_000, control()), 0..20)];
    (any::<String>(), 0_u8..128, any::<bool>(), notes, controls).prop_map(
        |(name, program, percussion, notes, controls)| {
            let notes = without_nesting(&notes);
            Voice { name, program, percussion, controls: in_order(&controls, &notes), notes, ..Voice::default() }
        },
    )
}

fn changes<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<Change<T>>> {
    prop::collection::btree_map(0_u32..9_000, value, 0..4)
        .prop_map(|map| map.into_iter().map(|(at, value)| Change { at: Tick(at), value }).collect())
}

fn meter() -> impl Strategy<Value = Meter> {
    (1_u8.., 0_u32..7).prop_map(|(beats, power)| Meter::new(beats, 1 << power).unwrap())
}

prop_compose! {
    fn score()(
        title in prop::option::of("\\PC{1,20}"),
        ticks in 1_u16..=Resolution::MAX,
        voices in prop::collection::vec(voice(), 0..20),
        tempos in changes((4.0..200.0).prop_map(|bpm| Tempo::from_bpm(bpm).unwrap())),
        meters in changes(meter()),
        keys in changes((0_u8..12, any::<bool>()).prop_map(|(tonic, minor)| Key {
            tonic: PitchClass::new(tonic).unwrap(),
            mode: if minor { Mode::Minor } else { Mode::Major },
        })),
        rest in (0_u32..5_000).prop_map(Tick),
        origin in prop::option::of("\\PC{1,20}"),
    ) -> Score {
        let resolution = Resolution::new(ticks).unwrap();
        let score = Score { title, resolution, voices, tempos, meters, keys, final_rest: Tick::ZERO, origin };
        let end = last_change(&score).max(score.duration()) + rest;
        score.ending_at(end)
    }
}

/// When the last thing changes, which is within a piece.
fn last_change(score: &Score) -> Tick {
    let tempos = score.tempos.iter().map(|change| change.at);
    let meters = score.meters.iter().map(|change| change.at);
    let keys = score.keys.iter().map(|change| change.at);
    let controls = score.voices.iter().flat_map(|voice| &voice.controls).map(|change| change.at);
    tempos.chain(meters).chain(keys).chain(controls).max().unwrap_or_default()
}

proptest! {
    #[test]
    fn a_written_score_reads_back_equal_and_has_always_the_same_bytes(score in score()) {
        // At a coarse resolution and a slow tempo such a score may last longer than a day.
        prop_assume!(score.seconds() < 86_000.0);
        let bytes = midi::to_bytes(&score).unwrap();
        prop_assert_eq!(&bytes, &midi::to_bytes(&score.clone()).unwrap());
        let reading = midi::parse(&bytes, "written").unwrap();
        let harmless = |warning: &Warning| matches!(warning, Warning::OverlappingNotes(_));
        prop_assert!(reading.warnings.iter().all(harmless));
        prop_assert_eq!(reading.scores, vec![score]);
    }

    #[test]
    fn voices_on_one_channel_read_back_with_their_own_controls(voices in prop::collection::vec(voice(), 30..60)) {
        let score = Score { voices, ..Score::default() };
        let end = last_change(&score).max(score.duration());
        let score = score.ending_at(end);
        let reading = midi::parse(&midi::to_bytes(&score).unwrap(), "written").unwrap();
        prop_assert_eq!(reading.scores, vec![score]);
    }

    #[test]
    fn without_leading_bars_a_score_has_none_and_loses_no_note(score in score(), silence in 0_u32..40_000) {
        let mut later = score;
        for voice in &mut later.voices {
            voice.notes.iter_mut().for_each(|note| note.start += Tick(silence));
        }
        let moved = later.clone().without_leading_bars();
        prop_assert_eq!(moved.leading_bars(), 0);
        prop_assert!(moved.notes().map(|note| (note.pitch, note.duration)).eq(
            later.notes().map(|note| (note.pitch, note.duration))));
        prop_assert_eq!(moved.final_rest, later.final_rest);
    }

    #[test]
    fn what_is_read_of_a_damaged_file_reads_back_equal(
        score in score(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        prop_assume!(score.seconds() < 86_000.0);
        let mut bytes = midi::to_bytes(&score).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(reading) = midi::parse(&bytes, "damaged") {
            for score in reading.scores {
                let again = midi::parse(&midi::to_bytes(&score).unwrap(), "again").unwrap();
                prop_assert_eq!(again.scores, vec![score]);
            }
        }
    }

    #[test]
    fn random_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = midi::parse(&bytes, "random");
        let header = b"MThd\0\0\0\x06\0\x01\0\x02\0\x60MTrk\0\0\x01\0";
        let headed = [header.as_slice(), &bytes].concat();
        let _ = midi::parse(&headed, "random");
    }

    #[test]
    fn a_damaged_file_does_not_panic_and_what_is_read_from_it_can_be_written(
        score in score(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        prop_assume!(score.seconds() < 86_000.0);
        let mut bytes = midi::to_bytes(&score).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for bytes in [bytes.as_slice(), &bytes[..cut.index(bytes.len())]] {
            if let Ok(reading) = midi::parse(bytes, "damaged") {
                for score in reading.scores {
                    let _ = midi::to_bytes(&score);
                }
            }
        }
    }
}
