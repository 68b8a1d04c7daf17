//! What holds for every score and every file: a written score reads back equal, and no bytes make
//! the reader panic.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use gradus_music::midi::{self, Warning};
use gradus_music::{
    Change, Key, Meter, Mode, Note, Pitch, PitchClass, Resolution, Score, Tempo, Tick, Velocity, Voice,
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

fn voice() -> impl Strategy<Value = Voice> {
    (any::<String>(), 0_u8..128, any::<bool>(), prop::collection::vec(note(), 0..40)).prop_map(
        |(name, program, percussion, notes)| Voice {
            name,
            program,
            percussion,
            notes: without_nesting(&notes),
            ..Voice::default()
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
        final_rest in (0_u32..5_000).prop_map(Tick),
        origin in prop::option::of("\\PC{1,20}"),
    ) -> Score {
        let score = Score { title, resolution: Resolution::new(ticks).unwrap(), voices, tempos, meters, keys, final_rest, origin };
        // A change beyond the end is a part of the piece.
        let Score { tempos, meters, keys, .. } = &score;
        let changes = [tempos.last().map(|it| it.at), meters.last().map(|it| it.at), keys.last().map(|it| it.at)];
        let end = changes.into_iter().flatten().fold(score.duration(), Tick::max);
        score.ending_at(end)
    }
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
