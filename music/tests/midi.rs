//! MIDI files in and out: what is odd is read and reported, and what cannot be read is refused.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::fs;

use gradus_music::midi::{self, Reading, Warning};
use gradus_music::{Change, Control, MusicError, Note, Pitch, Resolution, Score, Silence, Tempo, Tick, Voice};

const END: &[u8] = &[0x00, 0xFF, 0x2F, 0x00];

/// A file whose tracks are given without their end marks.
fn file(format: u8, division: u16, tracks: &[&[u8]]) -> Vec<u8> {
    let ended: Vec<_> = tracks.iter().map(|track| [track, END].concat()).collect();
    raw_file(format, division, &ended)
}

fn raw_file(format: u8, division: u16, tracks: &[Vec<u8>]) -> Vec<u8> {
    let division = division.to_be_bytes();
    let mut bytes = [b"MThd\0\0\0\x06\0".as_slice(), &[format, 0, tracks.len() as u8], &division].concat();
    for track in tracks {
        bytes.extend_from_slice(b"MTrk");
        bytes.extend_from_slice(&(track.len() as u32).to_be_bytes());
        bytes.extend_from_slice(track);
    }
    bytes
}

fn parse(bytes: &[u8]) -> Reading {
    midi::parse(bytes, "test.mid").unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    midi::parse(bytes, "test.mid").unwrap_err().to_string()
}

/// Pitch, start and end of every note of the only score.
fn notes(reading: &Reading) -> Vec<(u8, u32, u32)> {
    assert_eq!(reading.scores.len(), 1);
    reading.scores[0].notes().map(|note| (note.pitch.number(), note.start.0, note.end().0)).collect()
}

#[test]
fn running_status_and_velocity_zero_make_notes() {
    let reading = parse(&file(0, 96, &[&[0x00, 0x90, 60, 80, 0x60, 60, 0, 0x00, 62, 80, 0x60, 62, 0]]));
    assert_eq!(notes(&reading), [(60, 0, 96), (62, 96, 192)]);
    assert_eq!(reading.warnings, []);
}

#[test]
fn the_earliest_of_overlapping_notes_ends_first() {
    let track = [0x00, 0x90, 60, 80, 0x10, 60, 90, 0x10, 60, 0, 0x10, 60, 0];
    let reading = parse(&file(0, 96, &[&track]));
    assert_eq!(notes(&reading), [(60, 0, 32), (60, 16, 48)]);
    assert_eq!(reading.warnings, [Warning::OverlappingNotes(1)]);
}

#[test]
fn a_note_without_end_ends_with_its_track() {
    let reading = parse(&raw_file(0, 96, &[vec![0x00, 0x90, 60, 80, 0x60, 0xFF, 0x2F, 0x00]]));
    assert_eq!(notes(&reading), [(60, 0, 96)]);
    assert_eq!(reading.warnings, [Warning::UnendedNotes(1)]);
}

#[test]
fn notes_of_no_length_are_left_out_and_counted() {
    let reading = parse(&file(0, 96, &[&[0x00, 0x90, 60, 80, 0x00, 60, 0]]));
    assert_eq!((notes(&reading), reading.warnings.as_slice()), (vec![], [Warning::EmptyNotes(1)].as_slice()));
}

#[test]
fn a_single_track_is_split_by_channel() {
    let track = [
        [0x00, 0xFF, 0x03, 0x03, b'D', b'u', b'o'].as_slice(),
        &[0x00, 0xC0, 73, 0x00, 0xC1, 32, 0x00, 0xC2, 5],
        &[0x00, 0x90, 72, 80, 0x00, 0x91, 48, 80, 0x00, 0x99, 35, 80],
        &[0x60, 0x80, 72, 0, 0x00, 0x81, 48, 0, 0x00, 0x89, 35, 0],
    ];
    let score = parse(&file(0, 96, &[&track.concat()])).scores.remove(0);
    assert_eq!(score.title.as_deref(), Some("Duo"));
    let voices: Vec<_> =
        score.voices.iter().map(|voice| (voice.name.as_str(), voice.program, voice.percussion)).collect();
    assert_eq!(
        voices,
        [("Duo (channel 1)", 73, false), ("Duo (channel 2)", 32, false), ("Duo (channel 10)", 0, true)],
        "the prepared but silent channel 3 is no voice"
    );
}

#[test]
fn a_first_track_that_plays_nothing_gives_the_title_and_the_changes() {
    let conductor = [
        [0x00, 0xFF, 0x03, 0x01, b'T'].as_slice(),
        &[0x00, 0xFF, 0x58, 4, 3, 2, 24, 8],
        &[0x00, 0xFF, 0x59, 2, 0xFF, 1],
        &[0x00, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20],
        &[0x60, 0xFF, 0x58, 4, 6, 3, 24, 8],
        &[0x00, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40],
    ];
    let voice = [0x00, 0xFF, 0x03, 0x01, b'V', 0x00, 0x90, 60, 80, 0x60, 60, 0];
    let score = parse(&file(1, 96, &[&conductor.concat(), &voice])).scores.remove(0);
    assert_eq!((score.title.as_deref(), score.voices[0].name.as_str()), (Some("T"), "V"));
    assert_eq!(score.key().unwrap().to_string(), "D minor");
    let meters: Vec<_> = score.meters.iter().map(|change| (change.at.0, change.value.to_string())).collect();
    assert_eq!(meters, [(0, "3/4".to_owned()), (96, "6/8".to_owned())]);
    let tempos: Vec<_> = score.tempos.iter().map(|change| (change.at.0, change.value.to_string())).collect();
    assert_eq!(tempos, [(0, "120 BPM".to_owned()), (96, "60 BPM".to_owned())]);
}

#[test]
fn of_two_changes_on_one_tick_the_last_holds() {
    let track = [0x00, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20, 0x00, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40];
    assert_eq!(parse(&file(1, 96, &[&track])).scores[0].tempos.len(), 1);
    assert_eq!(parse(&file(1, 96, &[&track])).scores[0].tempo(), Tempo::from_bpm(60.0).ok());
}

#[test]
fn impossible_changes_are_left_out_and_counted() {
    let track = [
        [0x00, 0xFF, 0x51, 3, 0, 0, 0].as_slice(),
        &[0x00, 0xFF, 0x58, 4, 0, 2, 24, 8],
        &[0x00, 0xFF, 0x58, 4, 4, 200, 24, 8],
        &[0x00, 0xFF, 0x59, 2, 9, 0],
    ];
    let reading = parse(&file(1, 96, &[&track.concat()]));
    assert_eq!(reading.warnings, [Warning::BadChanges(4)]);
    assert_eq!((reading.scores[0].tempo(), reading.scores[0].meter(), reading.scores[0].key()), (None, None, None));
}

#[test]
fn every_track_of_format_2_is_a_piece() {
    let track = [0x00, 0x90, 60, 80, 0x60, 60, 0];
    let reading = parse(&file(2, 96, &[&track, &[], &track]));
    let notes: Vec<_> = reading.scores.iter().map(|score| score.notes().count()).collect();
    assert_eq!(notes, [1, 0, 1]);
}

#[test]
fn film_time_becomes_beats_of_half_a_second() {
    // 24 frames of 4 ticks, 25 of 8, 29.97 of 2 (so that 30 frames last 1.001 seconds), and 25 of
    // 1, whose odd number of ticks a second is doubled. Columns: division, ticks in the note,
    // expected ticks a beat, expected seconds.
    let cases = [(0xE804, 96, 48, 1.0), (0xE708, 100, 100, 0.5), (0xE302, 60, 30, 1.001), (0xE701, 25, 25, 1.0)];
    for (division, ticks, beat, seconds) in cases {
        let reading = parse(&file(0, division, &[&[0x00, 0x90, 60, 80, ticks, 60, 0]]));
        let score = &reading.scores[0];
        assert_eq!(reading.warnings, [Warning::FilmTime]);
        assert_eq!(score.resolution.ticks(), beat, "{division:X}");
        assert!((score.seconds() - seconds).abs() < 1e-9, "{division:X}: {}", score.seconds());
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    assert!(refusal(b"").contains("empty"));
    assert!(refusal(b"hello, this is text").contains("not a midi file"));
    assert!(refusal(b"MThd").contains("header"));
    assert!(refusal(&file(1, 0, &[&[]])).contains("no ticks in a beat"));
    assert!(refusal(&file(1, 0xE800, &[&[]])).contains("no ticks in a beat"));
    assert!(refusal(&file(1, 0x8004, &[&[]])).contains("film frames"));
    assert!(refusal(&file(1, 96, &[])).contains("no tracks"));
}

#[test]
fn absurd_lengths_are_refused_with_the_reason() {
    let forever = [0x00, 0x90, 60, 80, 0xFF, 0xFF, 0xFF, 0x7F, 60, 0];
    assert!(refusal(&file(0, 96, &[&forever])).contains("beats"));
    let hour_by_hour: Vec<u8> = [0xFF, 0xFF, 0xFF, 0x7F, 0x90, 60, 80].repeat(20);
    assert!(refusal(&file(0, 0x7FFF, &[&hour_by_hour])).contains("2^32 ticks"));
    let slow = [[0x00, 0xFF, 0x51, 3, 0xFF, 0xFF, 0xFF].as_slice(), &[0x00, 0x90, 60, 80, 0x83, 0xFF, 0x7F, 60, 0]];
    assert!(refusal(&file(0, 1, &[&slow.concat()])).contains("hours"));
}

#[test]
fn a_truncated_file_gives_what_is_there() {
    let whole = file(1, 96, &[&[], &[0x00, 0x90, 60, 80, 0x60, 60, 0, 0x00, 62, 80, 0x60, 62, 0]]);
    let reading = parse(&whole[..whole.len() - 7]);
    assert_eq!(notes(&reading), [(60, 0, 96)], "the second note has no time to sound");
    assert!(reading.warnings.contains(&Warning::BrokenTracks(1)), "{:?}", reading.warnings);
    let reading = parse(&whole[..22 + 4]);
    assert_eq!(reading.warnings, [Warning::MissingTracks(1)]);
}

#[test]
fn junk_chunks_are_passed_over() {
    let mut bytes = file(1, 96, &[&[0x00, 0x90, 60, 80, 0x60, 60, 0]]);
    let track = bytes.split_off(14);
    bytes.extend_from_slice(b"JUNK\0\0\0\x03abc");
    bytes.extend_from_slice(&track);
    assert_eq!(notes(&parse(&bytes)), [(60, 0, 96)]);
}

#[test]
fn a_file_is_written_whole_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("piece.mid");
    let score = Score { title: Some("Étude".to_owned()), ..Score::default() };
    midi::write(&score, &path).unwrap();
    midi::write(&score, &path).unwrap();
    assert_eq!(midi::read(&path).unwrap().scores.first(), Some(&score));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let nowhere = folder.path().join("missing").join("piece.mid");
    assert!(matches!(midi::write(&score, &nowhere), Err(MusicError::Write { .. })));
    assert!(matches!(midi::read(&nowhere), Err(MusicError::Read { .. })));
}

#[test]
fn a_score_too_long_to_read_is_not_written() {
    let note = Note::new(Pitch::MIDDLE_C, Tick(0), Tick(u32::MAX));
    let score = Score { voices: vec![Voice { notes: vec![note], ..Voice::default() }], ..Score::default() };
    assert!(matches!(midi::to_bytes(&score), Err(MusicError::TooLong { .. })));
}

#[test]
fn a_name_that_looks_like_a_header_is_a_name() {
    let title = Some("MThd\0\0\0\u{6}\0\u{1}\0\u{400}".to_owned());
    let score = Score { title, ..Score::default() };
    let bytes = midi::to_bytes(&score).unwrap();
    let like_a_header = |window: &[u8]| window.starts_with(b"MThd") && window[12] == 0x80;
    assert!(bytes.windows(13).any(like_a_header), "of a frame rate that is refused");
    assert_eq!(parse(&bytes).scores, [score]);
}

#[test]
fn a_silence_longer_than_one_event_can_wait_is_written_and_read_back() {
    let note = |start| Note::new(Pitch::MIDDLE_C, Tick(start), Tick(9));
    let score = Score {
        voices: vec![Voice { notes: vec![note(0), note(3 << 28)], ..Voice::default() }],
        ..Score::new(Resolution::new(32_767).unwrap())
    };
    let reading = parse(&midi::to_bytes(&score).unwrap());
    assert!(reading.scores == [score] && reading.warnings.is_empty(), "{reading:?}");
}

#[test]
fn forty_voices_share_channels_and_read_back_apart() {
    let voice = |index: u8| Voice {
        name: format!("Voice {index}"),
        program: index % 20,
        percussion: index % 10 == 9,
        notes: vec![Note::new(Pitch::MIDDLE_C, Tick(u32::from(index)), Tick(480))],
        ..Voice::default()
    };
    let score = Score { voices: (0..40).map(voice).collect(), ..Score::default() };
    assert_eq!(parse(&midi::to_bytes(&score).unwrap()).scores, [score]);
}

#[test]
fn what_a_score_says_of_its_origin_is_kept_and_other_texts_are_not() {
    let score = Score { origin: Some("melody: 14 1 é".to_owned()), ..Score::default() };
    let reading = parse(&midi::to_bytes(&score).unwrap());
    assert_eq!(reading.scores, [score]);
    let other = [0x00, 0xFF, 0x01, 0x05, b'G', b'r', b'a', b'd', b'e'];
    assert_eq!(parse(&file(1, 96, &[&other])).scores[0].origin, None);
}

/// A quarter note of each pitch, one after the other, on a channel.
fn quarters(channel: u8, pitches: &[u8]) -> Vec<u8> {
    let quarter = |pitch: &u8| [0x00, 0x90 | channel, *pitch, 80, 0x60, 0x80 | channel, *pitch, 64];
    pitches.iter().flat_map(quarter).collect()
}

fn changes(voice: &Voice) -> Vec<(u32, Control)> {
    voice.controls.iter().map(|change| (change.at.0, change.value)).collect()
}

#[test]
fn a_transposing_part_does_not_give_the_key_wherever_it_stands() {
    let conductor = [0x00, 0xFF, 0x59, 2, 0, 0];
    let flute = [vec![0x00, 0xFF, 0x59, 2, 0, 0], quarters(0, &[72, 74, 76, 72])].concat();
    let clarinet = [vec![0x00, 0xFF, 0x59, 2, 2, 0], quarters(1, &[60, 60, 62, 60])].concat();
    let orders: [&[&[u8]]; 4] = [
        &[&conductor, &flute, &clarinet],
        &[&conductor, &clarinet, &flute],
        &[&clarinet, &clarinet, &flute],
        &[&flute, &clarinet],
    ];
    for order in orders {
        assert_eq!(parse(&file(1, 96, order)).scores[0].key().unwrap().to_string(), "C major");
    }
}

#[test]
fn a_key_that_no_other_part_contradicts_holds_whoever_states_it() {
    let bass = [quarters(0, &[48, 48]), vec![0x00, 0xFF, 0x59, 2, 1, 0], quarters(0, &[50, 50])].concat();
    let score = parse(&file(1, 96, &[&[0x00, 0xFF, 0x59, 2, 0, 0], &bass])).scores.remove(0);
    let keys: Vec<_> = score.keys.iter().map(|change| (change.at.0, change.value.to_string())).collect();
    assert_eq!(keys, [(0, "C major".to_owned()), (192, "G major".to_owned())]);
}

#[test]
fn an_instrument_belongs_to_its_channel_in_whichever_track_it_stands() {
    let programs = [0x00, 0xC2, 40, 0x00, 0xC3, 73];
    let score = parse(&file(1, 96, &[&programs, &quarters(2, &[69, 69]), &quarters(3, &[81])])).scores.remove(0);
    let voices: Vec<_> = score.voices.iter().map(|voice| (voice.program, voice.notes.len())).collect();
    assert_eq!(voices, [(40, 2), (73, 1)], "a track that prepares instruments and plays nothing is no voice");
    let alone = parse(&file(1, 96, &[&programs[..3], &quarters(2, &[69])])).scores.remove(0);
    assert_eq!((alone.voices.len(), alone.voices[0].program), (1, 40));
}

#[test]
fn an_instrument_that_enters_later_is_a_change_from_any_track() {
    let other = [0x81, 0x40, 0xC2, 40, 0x60, 0xC2, 41];
    for tracks in [[&other[..], &quarters(2, &[69; 4])], [&quarters(2, &[69; 4]), &other[..]]] {
        let score = parse(&file(1, 96, &tracks)).scores.remove(0);
        let voice = score.voices.iter().find(|voice| !voice.notes.is_empty()).unwrap();
        assert_eq!(voice.program, 0);
        assert_eq!(changes(voice), [(192, Control::Program(40)), (288, Control::Program(41))]);
    }
    // What is stated before the first note, on its own tick even behind it, is what the voice begins with.
    let late = [vec![0x60, 0x90, 69, 80, 0x00, 0xC0, 7, 0x60, 0x80, 69, 64]].concat();
    let score = parse(&file(1, 96, &[&[0x00, 0xC0, 1], &late])).scores.remove(0);
    let voice = &score.voices[0];
    assert_eq!((voice.program, changes(voice)), (7, vec![]));
}

#[test]
fn instruments_of_another_port_are_others() {
    let on_port = |port, program| [vec![0x00, 0xFF, 0x21, 1, port, 0x00, 0xC0, program], quarters(0, &[60])].concat();
    let score = parse(&file(1, 96, &[&on_port(0, 11), &on_port(1, 22)])).scores.remove(0);
    assert_eq!(score.voices.iter().map(|voice| voice.program).collect::<Vec<_>>(), [11, 22]);
    assert_eq!(parse(&midi::to_bytes(&score).unwrap()).scores, [score]);
}

#[test]
fn controllers_are_read_for_every_voice_of_their_channel() {
    let controls = [
        [0x00, 0xB0, 7, 90].as_slice(),
        &[0x00, 0xB0, 11, 64, 0x00, 0xB0, 64, 63, 0x10, 0xB0, 64, 64],
        // The bend range, then another parameter, whose data are nobody's.
        &[0x00, 0xB0, 101, 0, 0x00, 100, 0, 0x00, 6, 12, 0x00, 100, 1, 0x00, 6, 3],
        &[0x10, 0xE0, 0, 0, 0x00, 0x7F, 0x7F, 0x00, 0, 0x40],
        // Without number a data entry sets nothing; a parameter that is not registered takes it.
        &[0x00, 0xB0, 101, 0, 0x00, 100, 0, 0x00, 98, 1, 0x00, 6, 9],
        &[0x10, 0xB0, 121, 0, 0x00, 6, 9, 0x00, 10, 3, 0x00, 0xD0, 5, 0x00, 0xA0, 60, 9],
    ];
    let tracks: [&[u8]; 4] = [&controls.concat(), &quarters(0, &[60]), &quarters(0, &[64]), &quarters(1, &[67])];
    let score = parse(&file(1, 96, &tracks)).scores.remove(0);
    let expected = [
        (0, Control::Volume(90)),
        (0, Control::Expression(64)),
        (0, Control::Sustain(false)),
        (16, Control::Sustain(true)),
        (16, Control::BendRange(12)),
        (32, Control::Bend(-8192)),
        (32, Control::Bend(8191)),
        (32, Control::Bend(0)),
        (48, Control::Expression(127)),
        (48, Control::Sustain(false)),
        (48, Control::Bend(0)),
    ];
    assert_eq!(changes(&score.voices[0]), expected);
    assert_eq!(changes(&score.voices[1]), expected);
    assert_eq!(changes(&score.voices[2]), []);
    assert_eq!(parse(&midi::to_bytes(&score).unwrap()).scores, [score]);
}

#[test]
fn more_controls_than_are_kept_are_left_out_and_told() {
    // Each of so many voices would have all changes of their channel.
    let bends = [0x00, 0xE0, 0, 0x40].repeat(10_000);
    let voice = quarters(0, &[60]);
    let tracks: Vec<&[u8]> =
        std::iter::once(bends.as_slice()).chain(std::iter::repeat_n(voice.as_slice(), 200)).collect();
    let mut bytes = file(1, 96, &tracks);
    bytes[10..12].copy_from_slice(&201_u16.to_be_bytes());
    assert!(parse(&bytes).warnings.is_empty());
    let tracks: Vec<&[u8]> =
        std::iter::once(bends.as_slice()).chain(std::iter::repeat_n(voice.as_slice(), 1700)).collect();
    let mut bytes = file(1, 96, &tracks);
    bytes[10..12].copy_from_slice(&1701_u16.to_be_bytes());
    let reading = parse(&bytes);
    assert_eq!(reading.warnings, [Warning::TooManyControls(17_000_000)]);
    assert_eq!((reading.scores[0].voices.len(), reading.scores[0].voices[9].controls.len()), (1700, 0));
}

#[test]
fn a_pickup_is_no_metre_and_of_two_metres_at_once_the_last_holds() {
    let conductor = [0x00, 0xFF, 0x58, 4, 1, 2, 24, 8, 0x60, 0xFF, 0x58, 4, 4, 2, 24, 8];
    let score = parse(&file(1, 96, &[&conductor, &quarters(0, &[67, 60, 62, 64, 65])])).scores.remove(0);
    assert_eq!((score.meter().unwrap().to_string(), score.pickup()), ("4/4".to_owned(), Some(Tick(96))));
    let two = [vec![0x00, 0xFF, 0x58, 4, 4, 2, 24, 8, 0x00, 0xFF, 0x58, 4, 3, 2, 24, 8], quarters(0, &[60])].concat();
    let score = parse(&file(0, 96, &[&two])).scores.remove(0);
    assert_eq!((score.meter().unwrap().to_string(), score.pickup()), ("3/4".to_owned(), None));
}

#[test]
fn drums_alone_and_nothing_at_all_are_told_apart() {
    let silence = |tracks: &[&[u8]]| parse(&file(1, 96, tracks)).scores[0].silence();
    assert_eq!(silence(&[&[]]), Some(Silence::NoNotes));
    assert_eq!(silence(&[&quarters(9, &[36, 38])]), Some(Silence::OnlyDrums));
    assert_eq!(silence(&[&quarters(9, &[36, 38]), &quarters(0, &[60])]), None);
}

#[test]
fn the_end_of_the_piece_is_its_end_mark() {
    let rest = [quarters(0, &[60, 62]), vec![0x81, 0x40, 0xFF, 0x2F, 0x00]].concat();
    let score = parse(&raw_file(0, 96, &[rest])).scores.remove(0);
    assert_eq!((score.duration(), score.final_rest), (Tick(384), Tick(192)));
}

#[test]
fn a_voice_without_notes_keeps_its_instruments() {
    let controls = vec![Change { at: Tick(100), value: Control::Program(9) }];
    let voice = Voice { program: 5, controls, ..Voice::default() };
    let score = Score { voices: vec![voice.clone(), voice], ..Score::default() }.ending_at(Tick(200));
    assert_eq!(parse(&midi::to_bytes(&score).unwrap()).scores, [score]);
}
