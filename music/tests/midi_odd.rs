//! Odd and damaged MIDI files: one odd event loses nothing but itself, and what was odd is told with its place.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use gradus_music::midi::{self, Occurrences, Reading, Warning};
use gradus_music::{MusicError, Silence};

const END: &[u8] = &[0x00, 0xFF, 0x2F, 0x00];
/// Where the events of the only track begin.
const TRACK: usize = 22;
/// Four quarter notes from middle C up, in as few bytes as they may have.
const SCALE: &[u8] =
    &[0x00, 0x90, 60, 80, 0x60, 60, 0, 0x00, 62, 80, 0x60, 62, 0, 0x00, 64, 80, 0x60, 64, 0, 0x00, 65, 80, 0x60, 65, 0];
const FOUR: [(u8, u32, u32); 4] = [(60, 0, 96), (62, 96, 192), (64, 192, 288), (65, 288, 384)];

fn header(format: u8, tracks: u8) -> Vec<u8> {
    [b"MThd\0\0\0\x06\0".as_slice(), &[format, 0, tracks, 0, 96]].concat()
}

fn chunk(events: &[u8]) -> Vec<u8> {
    stated(events.len() as u32, events)
}

/// A track chunk that states a length.
fn stated(length: u32, events: &[u8]) -> Vec<u8> {
    [b"MTrk", length.to_be_bytes().as_slice(), events].concat()
}

/// A file of one track.
fn file(events: &[&[u8]]) -> Vec<u8> {
    [header(0, 1), chunk(&events.concat())].concat()
}

/// A track of four notes, in the middle of which stands something odd, with a delta time of its own.
fn around(odd: &[u8]) -> Vec<u8> {
    let (before, after) = SCALE.split_at(13);
    file(&[before, odd, after, END])
}

/// As `around`, with notes that have each their status.
fn around_with_status(odd: &[u8]) -> Vec<u8> {
    let note = |pitch: u8| [0x00, 0x90, pitch, 80, 0x60, 0x80, pitch, 64];
    file(&[&note(60), &note(62), odd, &note(64), &note(65), END])
}

fn parse(bytes: &[u8]) -> Reading {
    midi::parse(bytes, "odd.mid").unwrap()
}

/// Pitch, start and end of every note of the only score.
fn notes(reading: &Reading) -> Vec<(u8, u32, u32)> {
    assert_eq!(reading.scores.len(), 1);
    let mut notes: Vec<_> =
        reading.scores[0].notes().map(|note| (note.pitch.number(), note.start.0, note.end().0)).collect();
    notes.sort_unstable_by_key(|&(pitch, start, _)| (start, pitch));
    notes
}

fn at(byte: usize) -> Occurrences {
    Occurrences { count: 1, track: 1, byte }
}

#[test]
fn the_status_holds_on_over_meta_events_and_system_messages() {
    let odd: [&[u8]; 5] = [
        &[0x00, 0xFF, 0x05, 2, b'l', b'a'],
        &[0x00, 0xF0, 3, 0x43, 0x10, 0xF7],
        &[0x00, 0xF7, 2, 0xF3, 1],
        &[0x00, 0xF6],
        &[0x00, 0xFF, 0x7F, 1, 0x90],
    ];
    for odd in odd {
        let reading = parse(&around(odd));
        assert_eq!(notes(&reading), FOUR, "{odd:X?}");
        let kept = Warning::KeptStatus(at(TRACK + 13 + odd.len() + 1));
        assert!(reading.warnings.contains(&kept), "{odd:X?}: {:?}", reading.warnings);
    }
}

#[test]
fn meta_events_of_any_length_lose_no_note() {
    for kind in [0x00, 0x01, 0x03, 0x05, 0x20, 0x21, 0x4B, 0x51, 0x54, 0x58, 0x59, 0x7F] {
        for length in [0_u8, 1, 2, 3, 4, 5, 6, 9, 127] {
            let odd = [[0x00, 0xFF, kind, length].as_slice(), &vec![1; usize::from(length)]].concat();
            for bytes in [around(&odd), around_with_status(&odd)] {
                assert_eq!(notes(&parse(&bytes)), FOUR, "{kind:X} of {length}");
            }
        }
    }
}

#[test]
fn a_meta_event_that_is_too_short_says_nothing_and_is_told() {
    let short: [&[u8]; 6] = [
        &[0x00, 0xFF, 0x59, 0],
        &[0x00, 0xFF, 0x59, 1, 2],
        &[0x00, 0xFF, 0x51, 1, 7],
        &[0x00, 0xFF, 0x58, 1, 3],
        &[0x00, 0xFF, 0x54, 0],
        &[0x00, 0xFF, 0x20, 0],
    ];
    for odd in short {
        let reading = parse(&around_with_status(odd));
        assert_eq!((notes(&reading), reading.scores[0].key()), (FOUR.to_vec(), None));
        assert_eq!(reading.warnings, [Warning::WrongLengths(at(TRACK + 17))], "{odd:X?}");
    }
}

#[test]
fn a_metre_is_read_without_its_clicks() {
    let reading = parse(&around_with_status(&[0x00, 0xFF, 0x58, 2, 3, 2]));
    assert_eq!(reading.scores[0].meter().unwrap().to_string(), "3/4");
}

#[test]
fn a_length_that_its_kind_and_what_follows_contradict_is_corrected() {
    let wrong: [&[u8]; 7] = [
        &[0x00, 0xFF, 0x51, 2, 0x0F, 0x42, 0x40],
        &[0x00, 0xFF, 0x51, 6, 0x0F, 0x42, 0x40],
        &[0x00, 0xFF, 0x59, 0, 2, 0],
        &[0x00, 0xFF, 0x58, 127, 3, 2, 24, 8],
        // Texts longer and shorter than they say, and a system exclusive message without a length.
        &[0x00, 0xFF, 0x01, 3, b'h', b'e', b'l', b'l', b'o'],
        &[0x00, 0xFF, 0x01, 11, b'h', b'e', b'l', b'l', b'o'],
        &[0x00, 0xF0, 0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00, 0xF7],
    ];
    for odd in wrong {
        let reading = parse(&around_with_status(odd));
        assert_eq!(notes(&reading), FOUR, "{odd:X?} {:?}", reading.warnings);
        assert!(!reading.warnings.is_empty(), "{odd:X?}");
    }
}

#[test]
fn data_bytes_above_127_are_cut() {
    for odd in [[0x00, 0xB0, 7, 0xFF], [0x00, 0xB0, 7, 0x90], [0x00, 0xE0, 0x80, 0x40], [0x00, 0xA0, 0xBC, 0xFF]] {
        let reading = parse(&around_with_status(&odd));
        assert_eq!(notes(&reading), FOUR, "{odd:X?}");
        let byte = TRACK + 16 + 2 + usize::from(odd[2] < 0x80);
        assert_eq!(reading.warnings, [Warning::HighBytes(at(byte))], "{odd:X?}");
    }
    let reading = parse(&around_with_status(&[0x00, 0xC0, 0xFF]));
    assert_eq!(reading.warnings, [Warning::HighBytes(at(TRACK + 18))]);
}

#[test]
fn a_note_keeps_its_key_and_sounds_if_a_byte_of_it_is_above_127() {
    for [key, velocity] in [[60 + 128, 80], [60, 0xD0], [60, 0x80]] {
        let reading =
            parse(&file(&[&[0x00, 0x90, key, velocity, 0x60, 0x80, 60, 64, 0x00, 0x90, 62, 80, 0x60, 62, 0], END]));
        assert_eq!(notes(&reading), FOUR[..2], "{key} {velocity}");
        assert_eq!(reading.warnings.len(), 1);
    }
}

#[test]
fn system_bytes_are_passed_over_by_their_known_lengths() {
    let messages: [&[u8]; 13] = [
        &[0xF1, 0x7F],
        &[0xF2, 1, 2],
        &[0xF3, 5],
        &[0xF4],
        &[0xF5],
        &[0xF6],
        &[0xF8],
        &[0xF9],
        &[0xFA],
        &[0xFB],
        &[0xFC],
        &[0xFD],
        &[0xFE],
    ];
    for message in messages {
        let odd = [&[0x00], message].concat();
        for bytes in [around(&odd), around_with_status(&odd), around_with_status(&odd.repeat(3))] {
            let reading = parse(&bytes);
            assert_eq!(notes(&reading), FOUR, "{message:X?}");
            let told = |warning: &Warning| matches!(warning, Warning::SystemMessages(_));
            assert!(reading.warnings.iter().any(told), "{message:X?}: {:?}", reading.warnings);
        }
    }
}

#[test]
fn real_time_bytes_within_a_message_are_passed_over() {
    for byte in [0xF8, 0xFE] {
        let notes_with = |note: &[u8]| {
            notes(&parse(&file(&[note, &[0x83, 0x60, 0x80, 60, 0, 0x00, 0x90, 62, 80, 0x60, 62, 0], END])))
        };
        let expected = [(60, 0, 480), (62, 480, 576)];
        assert_eq!(notes_with(&[0x00, 0x90, byte, 60, 80]), expected);
        assert_eq!(notes_with(&[0x00, 0x90, 60, byte, 80]), expected);
        assert_eq!(notes_with(&[0x00, byte, 0x90, 60, 80]), expected);
    }
}

#[test]
fn a_number_of_more_than_four_bytes_is_read_to_its_end() {
    let reading = parse(&around_with_status(&[0x80, 0x80, 0x80, 0x80, 0x00, 0xFF, 0x01, 0]));
    assert_eq!(notes(&reading), FOUR);
    assert_eq!(reading.warnings, [Warning::WrongLengths(at(TRACK + 16))]);
}

#[test]
fn bytes_that_are_no_event_are_passed_over_up_to_the_next() {
    // Data without any status before it, a kind of meta event that there is not, a reset, a packet without end.
    let odd: [&[u8]; 3] = [&[0x00, 0xFF, 0x90, 3, 1, 2], &[0x00, 0xFF], &[0x00, 0xF0, 0xFF, 0x7F]];
    for odd in odd {
        let reading = parse(&around_with_status(odd));
        assert_eq!(notes(&reading), FOUR, "{odd:X?} {:?}", reading.warnings);
        assert_eq!(reading.warnings.len(), 1, "{odd:X?}");
    }
    let reading = parse(&file(&[&[0x00, 60, 80], SCALE, END]));
    assert_eq!(notes(&reading), FOUR);
    assert_eq!(reading.warnings, [Warning::Unreadable(at(TRACK + 1))]);
}

#[test]
fn many_odd_events_in_one_track_are_all_told() {
    let odd: [&[u8]; 6] = [
        &[0x00, 0xB0, 7, 0xFF],
        &[0x00, 0xB0, 10, 0xFF],
        &[0x00, 0xFF, 0x59, 0],
        &[0x00, 0xF8],
        &[0x00, 0xFF, 0x51, 1, 7],
        &[0x00, 0xFE],
    ];
    let reading = parse(&around_with_status(&odd.concat()));
    assert_eq!(notes(&reading), FOUR);
    let counts: Vec<_> = reading.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        counts,
        [
            format!("2 data bytes above 127 were cut (first in track 1, byte {})", TRACK + 19),
            format!("2 events have the wrong length (first in track 1, byte {})", TRACK + 25),
            format!("2 system messages were passed over (first in track 1, byte {})", TRACK + 29),
        ]
    );
}

#[test]
fn a_key_of_no_known_mode_is_left_out_and_told() {
    for (sharps, mode) in [(0xFE, 0xFF), (0, 2), (8, 0), (0xEE, 1)] {
        let reading = parse(&around_with_status(&[0x00, 0xFF, 0x59, 2, sharps, mode]));
        assert_eq!((notes(&reading), reading.scores[0].key()), (FOUR.to_vec(), None));
        assert_eq!(reading.warnings, [Warning::BadChanges(1)]);
    }
}

#[test]
fn events_behind_an_end_mark_are_read_and_anything_else_is_not() {
    let reading = parse(&around_with_status(END));
    assert_eq!((notes(&reading), reading.warnings), (FOUR.to_vec(), vec![Warning::EarlyEnds(at(TRACK + 16 + 3 + 1))]));
    for filling in [[0; 9].as_slice(), b"\r\n", b"filled up with words"] {
        let reading = parse(&file(&[SCALE, END, filling]));
        assert_eq!(notes(&reading), FOUR);
        let after = Warning::BytesAfterEnd(at(TRACK + SCALE.len() + END.len()));
        assert_eq!(reading.warnings, [after], "{filling:?}");
    }
}

#[test]
fn a_missing_end_mark_loses_nothing() {
    let reading = parse(&file(&[SCALE]));
    assert_eq!((notes(&reading), reading.warnings), (FOUR.to_vec(), vec![Warning::BrokenTracks(1)]));
}

#[test]
fn chunks_of_the_wrong_length_are_read_to_the_next() {
    let quiet = [[0x00, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40].as_slice(), END].concat();
    let music = [SCALE, END].concat();
    let (quiet_length, length) = (quiet.len() as u32, music.len() as u32);
    let any = [0, 1, 4, 7, 9, 10, 12, 13, 14, 15, 17, 19, 23, 40, 4096, 0x7FFF_FFFF, u32::MAX];
    for wrong in any.into_iter().filter(|any| *any != quiet_length) {
        let bytes = [header(1, 2), stated(wrong, &quiet), chunk(&music)].concat();
        let reading = parse(&bytes);
        assert_eq!(notes(&reading), FOUR, "first {wrong}");
        assert_eq!(reading.scores[0].tempo().unwrap().to_string(), "60 BPM", "first {wrong}");
        assert_eq!(reading.warnings, [Warning::WrongChunks(at(14))], "first {wrong}");
    }
    for wrong in any.into_iter().filter(|any| *any != length) {
        let bytes = [header(1, 2), chunk(&quiet), stated(wrong, &music)].concat();
        let reading = parse(&bytes);
        assert_eq!(notes(&reading), FOUR, "last {wrong}");
        let place = Occurrences { track: 2, ..at(14 + 8 + quiet.len()) };
        assert_eq!(reading.warnings, [Warning::WrongChunks(place)], "last {wrong}");
    }
    // A length that reaches over the whole of the next track.
    let bytes = [header(1, 2), stated(quiet_length + 8 + length, &quiet), chunk(&music)].concat();
    assert_eq!(notes(&parse(&bytes)), FOUR);
}

#[test]
fn bytes_and_chunks_between_tracks_are_passed_over() {
    let music = chunk(&[SCALE, END].concat());
    for between in [[0x85, 0x30, 0x51, 0x03].as_slice(), b"\0", b"\r\n\r\n", &[0xFF; 50]] {
        let bytes = [header(1, 2).as_slice(), &chunk(END), between, &music].concat();
        let reading = parse(&bytes);
        assert_eq!(notes(&reading), FOUR, "{between:X?}");
        assert_eq!(reading.warnings, [Warning::StrayBytes { count: between.len(), byte: 26 }], "{between:X?}");
    }
    for between in [b"XFIH\0\0\0\x03\x01\x02\x03".as_slice(), b"JUNK\0\0\0\0"] {
        let reading = parse(&[header(1, 3).as_slice(), &chunk(END), between, &music].concat());
        assert_eq!((notes(&reading), reading.warnings), (FOUR.to_vec(), vec![]), "{between:X?}");
    }
    let behind = [header(0, 1), music, b"\r\n".to_vec()].concat();
    assert_eq!(parse(&behind).warnings, [], "a file that is filled up lacks nothing");
}

#[test]
fn a_header_is_read_whatever_its_length_and_counts_say() {
    let music = chunk(&[SCALE, END].concat());
    let longer = [b"MThd\0\0\0\x08\0\0\0\x01\0\x60ab".as_slice(), &music].concat();
    assert_eq!((notes(&parse(&longer)), parse(&longer).warnings), (FOUR.to_vec(), vec![]));
    for length in [0, 5, 7, 4096, u32::MAX] {
        let mut bytes = [header(0, 1), music.clone()].concat();
        bytes[4..8].copy_from_slice(&length.to_be_bytes());
        let reading = parse(&bytes);
        assert_eq!(notes(&reading), FOUR, "{length}");
        assert_eq!(reading.warnings, [Warning::WrongChunks(Occurrences { track: 0, ..at(0) })], "{length}");
    }
    for (announced, warning) in [(0, Warning::UnannouncedTracks(1)), (3, Warning::MissingTracks(2))] {
        let reading = parse(&[header(1, announced), music.clone()].concat());
        assert_eq!((notes(&reading), reading.warnings), (FOUR.to_vec(), vec![warning]));
    }
    let mut bytes = [header(1, 1), music.clone()].concat();
    bytes[8..10].copy_from_slice(&[0, 7]);
    assert_eq!((notes(&parse(&bytes)), parse(&bytes).warnings), (FOUR.to_vec(), vec![Warning::UnknownFormat(7)]));
    let twice = [header(0, 1), header(0, 1), music].concat();
    assert_eq!(notes(&parse(&twice)), FOUR);
}

#[test]
fn a_second_file_within_a_file_is_left_out_and_told() {
    let one = file(&[SCALE, END]);
    let reading = parse(&[one.clone(), one.clone()].concat());
    assert_eq!((notes(&reading), reading.warnings), (FOUR.to_vec(), vec![Warning::AnotherFile { byte: one.len() }]));
}

#[test]
fn a_wrapped_file_is_unwrapped() {
    let inner = file(&[SCALE, END]);
    let length = |bytes: usize| (bytes as u32).to_le_bytes();
    let riff = [b"RIFF", length(inner.len() + 12).as_slice(), b"RMIDdata", &length(inner.len()), &inner].concat();
    assert_eq!((notes(&parse(&riff)), parse(&riff).warnings), (FOUR.to_vec(), vec![]));
    let in_a_mac_wrapping = [vec![0; 128], inner].concat();
    let reading = parse(&in_a_mac_wrapping);
    assert_eq!((notes(&reading), reading.warnings), (FOUR.to_vec(), vec![Warning::StrayBytes { count: 128, byte: 0 }]));
}

#[test]
fn a_file_of_which_nothing_can_be_read_is_damaged_and_not_empty() {
    let damaged = [
        [header(1, 2), b"only stray bytes".to_vec()].concat(),
        file(&[&[0x00, 60, 80, 60, 80, 60, 80]]),
        [header(0, 1), stated(4096, &[0x00, 0xFF, 0x03, 90, b'c', b'u', b't'])].concat(),
    ];
    for bytes in damaged {
        let error = midi::parse(&bytes, "odd.mid").unwrap_err();
        assert!(matches!(error, MusicError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("`odd.mid` is damaged: "), "{error}");
    }
    let reading = parse(&file(&[END]));
    assert_eq!(reading.scores[0].silence(), Some(Silence::NoNotes));
}

#[test]
fn all_notes_off_ends_the_notes_of_its_channel() {
    for number in [120, 123, 124, 125, 126, 127] {
        let track =
            [0x00, 0x90, 60, 80, 0x00, 0x91, 48, 80, 0x60, 0xB0, number, 0, 0x60, 0x81, 48, 0, 0x20, 0xFF, 0x01, 0];
        let reading = parse(&file(&[&track, END]));
        assert_eq!(notes(&reading), [(48, 0, 192), (60, 0, 96)], "{number}");
        assert_eq!(reading.warnings, []);
    }
}

#[test]
fn all_notes_off_in_another_track_ends_notes_too() {
    let other = [0x00, 0xB0, 123, 0, 0x60, 0xB0, 123, 0, 0x00, 0xB1, 123, 0];
    let music = [0x00, 0x90, 60, 80, 0x40, 62, 80, 0x60, 62, 0, 0x00, 64, 80, 0x20, 64, 0];
    for order in [[&other[..], &music], [&music, &other]] {
        let tracks = order.map(|track| chunk(&[track, END].concat())).concat();
        let reading = parse(&[header(1, 2), tracks].concat());
        assert_eq!(notes(&reading), [(60, 0, 96), (62, 64, 96), (64, 160, 192)]);
        assert_eq!(reading.warnings, []);
    }
}

/// No file of a megabyte of anything may take long: what looks ahead looks a bounded way.
#[test]
fn large_nonsense_is_read_in_a_moment() {
    let nonsense: [&[u8]; 14] = [
        &[0xF8],
        &[0x80],
        &[0xF0],
        &[0xFF],
        &[0xF0, 0x7F],
        &[0x00, 0xFF, 0x2F, 0x00],
        &[0x00, 0xFF, 0x01, 0xFF, 0xFF, 0x7F],
        &[0x00, 0xFF, 0x05, 0x00, 0x00, 60, 80],
        &[0x00, 0xFF, 0x05, 0x02, 0x00],
        &[0x00, 0x90, 60, 80, 0x00, 0xB0, 123, 0],
        &[0x00, 0x90, 0xF8, 0xF8, 0xF8],
        b"MTrk\xFF\xFF\xFF\xFF",
        b"MTrk\0\0\0\x05 ",
        b"ABCD\0\0\0\0x",
    ];
    for nonsense in nonsense {
        let bytes = [header(1, 9), chunk(&nonsense.repeat((1 << 20) / nonsense.len()))].concat();
        let begin = std::time::Instant::now();
        let _ = midi::parse(&bytes, "nonsense.mid");
        let unwrapped = [header(1, 9), nonsense.repeat((1 << 20) / nonsense.len())].concat();
        let _ = midi::parse(&unwrapped, "nonsense.mid");
        assert!(begin.elapsed().as_secs() < 20, "{nonsense:X?}: {:?}", begin.elapsed());
    }
}
