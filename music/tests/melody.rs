//! Files of several tracks as sequencers export them: the voice that a listener would name is the melody.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use gradus_music::melody::{Choice, Reason, choose};
use gradus_music::{MelodySource, Score, midi};

/// Ticks of a sixteenth note.
const SIXTEENTH: u32 = 120;
const DRUMS: u8 = 9;

/// A note: its start in sixteenths, its pitch, and its length in sixteenths.
type Note = (u32, u8, u32);

/// A track of a file: its name, its channels, and what they play.
struct Track {
    name: &'static str,
    parts: Vec<Part>,
}

struct Part {
    channel: u8,
    program: u8,
    notes: Vec<Note>,
}

fn track(name: &'static str, channel: u8, program: u8, notes: Vec<Note>) -> Track {
    Track { name, parts: vec![Part { channel, program, notes }] }
}

/// A track that plays nothing.
fn silent(name: &'static str) -> Track {
    Track { name, parts: Vec::new() }
}

fn variable_length(mut number: u32) -> Vec<u8> {
    let mut bytes = vec![(number & 0x7F) as u8];
    while number > 0x7F {
        number >>= 7;
        bytes.insert(0, (number & 0x7F) as u8 | 0x80);
    }
    bytes
}

impl Track {
    fn bytes(&self) -> Vec<u8> {
        let mut events: Vec<(u32, u8, Vec<u8>)> = Vec::new();
        if !self.name.is_empty() {
            events.push((0, 0, [&[0xFF, 3, self.name.len() as u8], self.name.as_bytes()].concat()));
        }
        for Part { channel, program, notes } in &self.parts {
            events.push((0, 1, vec![0xC0 | channel, *program]));
            for &(start, pitch, length) in notes {
                events.push((start * SIXTEENTH, 3, vec![0x90 | channel, pitch, 80]));
                events.push(((start + length) * SIXTEENTH, 2, vec![0x80 | channel, pitch, 64]));
            }
        }
        // Ends before beginnings.
        events.sort();
        let (mut data, mut now) = (Vec::new(), 0);
        for (tick, _, event) in events {
            data.extend(variable_length(tick - now));
            data.extend(event);
            now = tick;
        }
        data.extend([0, 0xFF, 0x2F, 0]);
        [b"MTrk".as_slice(), &(data.len() as u32).to_be_bytes(), &data].concat()
    }
}

/// The piece in a file of these tracks, after it was written and read.
fn read(format: u8, tracks: &[Track]) -> Score {
    let mut bytes = b"MThd\0\0\0\x06\0".to_vec();
    bytes.extend([format, 0, tracks.len() as u8, 1, 0xE0]);
    bytes.extend(tracks.iter().flat_map(Track::bytes));
    midi::parse(&bytes, "export.mid").unwrap().scores.remove(0)
}

/// Four bars that are sung, in sixteenths and steps above the lowest note.
const PHRASE: [(u32, u8, u32); 18] = [
    (0, 4, 4),
    (4, 4, 2),
    (6, 5, 2),
    (8, 7, 6),
    (16, 7, 2),
    (18, 5, 2),
    (20, 4, 4),
    (24, 2, 6),
    (32, 0, 4),
    (36, 2, 2),
    (38, 4, 2),
    (40, 5, 4),
    (44, 4, 2),
    (46, 2, 2),
    (48, 4, 3),
    (51, 2, 1),
    (52, 2, 4),
    (56, 0, 8),
];
/// The roots of the chords, a bar each.
const ROOTS: [u8; 4] = [0, 9, 5, 7];
/// Bars of a whole piece.
const BARS: u32 = 32;

/// The tune in the bars from one to another, four bars a phrase.
fn tune(lowest: u8, from: u32, to: u32) -> Vec<Note> {
    (from / 4..to / 4)
        .flat_map(|phrase| PHRASE.map(|(at, step, length)| (phrase * 64 + at, lowest + step, length)))
        .collect()
}

/// A second voice, a third or so below the tune in other rhythm.
fn harmony(lowest: u8, from: u32, to: u32) -> Vec<Note> {
    (from..to)
        .flat_map(|bar| [(bar * 16, lowest + ROOTS[bar as usize % 4], 8), (bar * 16 + 8, lowest + 4, 6)])
        .collect()
}

/// Whole notes in three voices.
fn chords(lowest: u8) -> Vec<Note> {
    let chord = |bar: u32| [0, 4, 7].map(|step| (bar * 16, lowest + ROOTS[bar as usize % 4] + step, 16));
    (0..BARS).flat_map(chord).collect()
}

/// A whole note a bar.
fn pad(lowest: u8) -> Vec<Note> {
    (0..BARS).map(|bar| (bar * 16, lowest + ROOTS[bar as usize % 4], 16)).collect()
}

/// Sixteenths on one pitch, a pitch a bar.
fn tremolo(lowest: u8) -> Vec<Note> {
    (0..BARS * 16).map(|at| (at, lowest + ROOTS[(at / 16) as usize % 4], 1)).collect()
}

/// Broken chords in eighths.
fn arpeggio(lowest: u8) -> Vec<Note> {
    (0..BARS * 8)
        .map(|at| (at * 2, lowest + ROOTS[(at / 8) as usize % 4] + [0, 4, 7, 12][at as usize % 4], 2))
        .collect()
}

fn bass() -> Vec<Note> {
    (0..BARS * 4).map(|at| (at * 4, 36 + ROOTS[(at / 4) as usize % 4], 4)).collect()
}

fn drums() -> Track {
    track("Drums", DRUMS, 0, (0..BARS * 8).map(|at| (at * 2, 42, 1)).collect())
}

/// A run of sixteenths up and down in two bars.
fn solo(lowest: u8, bar: u32) -> Vec<Note> {
    let step = |at: u32| [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2, 0, 2][at as usize % 16];
    (0..32).map(|at| (bar * 16 + at, lowest + step(at), 1)).collect()
}

/// What an export is, its format, its tracks, and which voice a listener would call the melody.
type Export = (&'static str, u8, Vec<Track>, &'static str);

#[rustfmt::skip]
fn exports() -> Vec<Export> {
    vec![
        ("a high pad, and vocals called Vox", 1, vec![
            silent("Verse one"), drums(), track("Pad", 1, 89, pad(84)), track("Vox", 2, 54, tune(57, 4, 28)), track("Bass", 3, 33, bass()),
        ], "track 4 `Vox`"),
        ("a plainchant under strings", 1, vec![
            silent(""), track("Strings", 0, 48, chords(76)), track("Organ", 1, 19, chords(48)), track("Chant", 2, 52, tune(60, 0, 32)),
        ], "track 4 `Chant`"),
        ("lead and backing vocals, the backing above and first", 1, vec![
            silent("Song"), track("Backing Vocals", 0, 53, harmony(72, 0, 32)), track("Lead Vocals", 1, 53, tune(60, 4, 28)),
            track("Guitar", 2, 25, chords(52)),
        ], "track 3 `Lead Vocals`"),
        ("a melody doubled in the octave above, after it", 1, vec![
            silent("Octaves"), track("Melody", 0, 73, tune(60, 0, 32)), track("Flute 8va", 1, 73, tune(72, 0, 32)), track("Bass", 2, 32, bass()),
        ], "track 2 `Melody`"),
        ("a bass that a synthesizer calls Voice Oohs", 1, vec![
            silent("Oohs"), track("Voice Oohs", 0, 53, bass()), track("Alto Sax", 1, 65, tune(60, 0, 32)), track("Piano", 2, 0, chords(52)),
        ], "track 3 `Alto Sax`"),
        ("drums called lead, and two empty tracks", 1, vec![
            silent("Vocals"), silent("Melody"), track("Lead", DRUMS, 0, drums().parts.remove(0).notes), track("Fiddle", 1, 40, tune(62, 0, 32)),
            track("Banjo", 2, 105, arpeggio(50)),
        ], "track 4 `Fiddle`"),
        ("one track of four channels that bears a misleading title", 0, vec![Track { name: "Lead Me On", parts: vec![
            Part { channel: 0, program: 32, notes: bass() }, Part { channel: 1, program: 48, notes: chords(64) },
            Part { channel: 3, program: 73, notes: tune(67, 0, 32) }, Part { channel: DRUMS, program: 0, notes: drums().parts.remove(0).notes },
        ]}], "track 1 `Lead Me On (channel 4)`"),
        ("a guitar solo of two bars above unnamed vocals", 1, vec![
            silent("Ballad"), track("", 0, 30, solo(79, 16)), track("", 1, 0, chords(52)), track("", 2, 52, tune(57, 4, 28)), drums(),
        ], "track 4"),
        ("a lead guitar of few bars, and a singer", 1, vec![
            silent("Rock"), track("Lead Guitar", 0, 30, solo(76, 12)), track("Rhythm Guitar", 1, 29, chords(52)),
            track("Singer", 2, 85, tune(57, 4, 28)), track("Bass", 3, 34, bass()), drums(),
        ], "track 4 `Singer`"),
        ("a flute without a name under a tremolo of strings", 1, vec![
            silent("Nocturne"), track("", 0, 44, tremolo(84)), track("", 1, 73, tune(67, 0, 32)), track("", 2, 42, bass()),
        ], "track 3"),
        ("a flute without a name under a harp", 1, vec![
            silent("Serenade"), track("", 0, 46, arpeggio(76)), track("", 1, 73, tune(69, 0, 32)), track("", 2, 32, bass()),
        ], "track 3"),
        ("a first track that plays and bears the title", 1, vec![
            track("Unchained Melody", 0, 32, bass()), track("Piano", 1, 0, chords(55)), track("Clarinet", 2, 71, tune(62, 0, 32)),
        ], "track 3 `Clarinet`"),
        ("two singers of one rank, one of whom has a verse", 1, vec![
            silent("Duet"), track("Vocal 1", 0, 52, tune(67, 0, 8)), track("Vocal 2", 1, 52, tune(60, 0, 32)), track("Piano", 2, 0, chords(48)),
        ], "track 3 `Vocal 2`"),
        ("a choir of four, the sopranos last", 1, vec![
            silent("Motet"), track("Bass", 0, 52, bass()), track("Tenor", 1, 52, harmony(50, 0, 32)), track("Alto", 2, 52, harmony(57, 0, 32)),
            track("Soprano", 3, 52, tune(67, 0, 32)),
        ], "track 5 `Soprano`"),
        ("a piano in two staves, the right hand in thirds", 1, vec![
            silent("Study"), track("Piano left", 0, 0, harmony(45, 0, 32)),
            track("Piano right", 0, 0, [tune(68, 0, 32), tune(72, 0, 32)].concat()),
        ], "track 3 `Piano right`"),
        ("names in capitals and without spaces, and a vocal double", 1, vec![
            silent("Mix 3"), track("VOX_DBL", 0, 53, tune(72, 0, 32)), track("LeadVox", 1, 53, tune(60, 0, 28)), track("SynthLead", 2, 81, tune(84, 0, 32)),
            track("BGV", 3, 53, harmony(72, 8, 32)),
        ], "track 3 `LeadVox`"),
    ]
}

fn chosen(format: u8, tracks: &[Track]) -> Choice {
    choose(&read(format, tracks), &MelodySource::Auto).unwrap()
}

#[test]
fn the_voice_that_a_listener_would_name_is_the_melody() {
    let wrong: Vec<_> = exports()
        .into_iter()
        .map(|(about, format, tracks, expected)| (about, chosen(format, &tracks).label, expected))
        .filter(|(_, found, expected)| found != expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_choice_says_the_voice_and_the_reason() {
    for (about, format, tracks, expected) in exports() {
        let choice = chosen(format, &tracks);
        assert!(matches!(choice.reason, Reason::Named | Reason::Highest), "{about}: {choice}");
        assert_eq!(choice.to_string(), format!("{expected}, {}", choice.reason), "{about}");
    }
}

#[test]
fn every_voice_that_plays_can_be_asked_for_by_its_number_and_its_name() {
    for (about, format, tracks, _) in exports() {
        let score = read(format, &tracks);
        for voice in score.voices.iter().filter(|voice| !voice.notes.is_empty()) {
            let number = voice.track.0.to_string();
            let by_number = choose(&score, &number.parse().unwrap()).unwrap();
            assert_eq!(by_number.reason, Reason::Asked, "{about}");
            assert!(
                by_number.voices.iter().all(|&index| score.voices[index].track.0 == voice.track.0),
                "{about}: {number}"
            );
            if !voice.name.is_empty() {
                let by_name = choose(&score, &MelodySource::Voice(voice.name.clone())).unwrap();
                assert!(
                    by_name.voices.iter().all(|&index| score.voices[index].name == voice.name),
                    "{about}: {by_name}"
                );
            }
        }
    }
}

#[test]
fn drums_alone_are_no_melody() {
    let choice = chosen(1, &[silent("Beat"), drums()]);
    assert_eq!((choice.voices.len(), choice.reason), (0, Reason::Nothing));
}

#[test]
fn titles_of_a_format_that_has_one_track_name_no_voice() {
    for title in ["Unchained Melody", "Lead Me On", "Sunday Morning", "Melody"] {
        let parts = vec![
            Part { channel: 0, program: 0, notes: bass() },
            Part { channel: 3, program: 0, notes: tune(60, 0, 32) },
        ];
        let found = chosen(0, &[Track { name: title, parts }]).label;
        assert!(found.ends_with("(channel 4)`"), "{title}: {found}");
    }
}
