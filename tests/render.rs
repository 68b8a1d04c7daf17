//! `gradus render` as a user runs it: what can be heard, and what is refused.

#![allow(clippy::unwrap_used)]

mod common;

use std::f64::consts::TAU;
use std::path::Path;

use common::{Workplace, orchestra, sound_font};
use gradus::sound::{self, Instrument, SoundFont};
use gradus_music::{Change, Control, Note, Pitch, Resolution, Score, Tempo, Tick, Velocity, Voice, midi};

/// A piece of one voice at 120 beats a minute; of each note the pitch, the velocity and the beats from where to where.
fn piece(notes: &[(u8, u8, f64, f64)]) -> Score {
    let resolution = Resolution::default();
    let tick = |beats| Tick::from_beats(beats, resolution);
    let note = |&(pitch, velocity, from, to): &(u8, u8, f64, f64)| Note {
        velocity: Velocity::new(velocity).unwrap(),
        ..Note::new(Pitch::new(pitch).unwrap(), tick(from), tick(to) - tick(from))
    };
    Score {
        voices: vec![Voice { notes: notes.iter().map(note).collect(), ..Voice::default() }],
        resolution,
        ..Score::default()
    }
}

fn write(place: &Workplace, name: &str, score: &Score) {
    place.write(name, midi::to_bytes(score).unwrap());
}

/// A WAV file's first channel, -1 to 1.
struct Heard {
    rate: f64,
    samples: Vec<f64>,
}

impl Heard {
    fn read(path: &Path) -> Self {
        Self::of(&std::fs::read(path).unwrap())
    }

    fn of(wave: &[u8]) -> Self {
        let mut reader = hound::WavReader::new(wave).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.bits_per_sample, spec.sample_rate), (16, 44_100));
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert!(samples.iter().all(|sample| sample.unsigned_abs() < 30_000), "no sample is cut off");
        let channel = samples.iter().step_by(usize::from(spec.channels));
        Self {
            rate: f64::from(spec.sample_rate),
            samples: channel.map(|&sample| f64::from(sample) / 32_768.0).collect(),
        }
    }

    fn between(&self, from: f64, to: f64) -> &[f64] {
        &self.samples[(from * self.rate) as usize..(to * self.rate) as usize]
    }

    fn seconds(&self) -> f64 {
        self.samples.len() as f64 / self.rate
    }

    /// The root of the mean square between two seconds.
    fn loudness(&self, from: f64, to: f64) -> f64 {
        let part = self.between(from, to);
        (part.iter().map(|sample| sample * sample).sum::<f64>() / part.len() as f64).sqrt()
    }

    /// The strength of a frequency between two seconds, by Goertzel's sum.
    fn strength(&self, hertz: f64, from: f64, to: f64) -> f64 {
        let part = self.between(from, to);
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (index, sample) in part.iter().enumerate() {
            let angle = TAU * hertz * index as f64 / self.rate;
            real += sample * angle.cos();
            imaginary += sample * angle.sin();
        }
        real.hypot(imaginary) * 2.0 / part.len() as f64
    }

    /// The strongest frequency between 100 and 1,000 Hz, to half a hertz.
    fn pitch(&self, from: f64, to: f64) -> f64 {
        let hertz = (200..2_000).map(|half| f64::from(half) / 2.0);
        let strengths = hertz.map(|hertz| (hertz, self.strength(hertz, from, to)));
        strengths.max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap().0
    }
}

#[test]
fn a_note_sounds_at_its_pitch_for_its_time_and_then_no_more() {
    let place = Workplace::new();
    write(&place, "a.mid", &piece(&[(69, 90, 1.0, 3.0), (57, 90, 7.0, 8.0)]));
    let report = place.json("render a.mid --json");
    let heard = Heard::read(&place.path("a.wav"));

    assert_eq!(report[0]["channels"], 1);
    assert!((report[0]["seconds"].as_f64().unwrap() - heard.seconds()).abs() < 1e-6);
    assert!((4.0..4.5).contains(&heard.seconds()), "four seconds and a tail, not {}", heard.seconds());
    assert!((heard.pitch(0.6, 1.1) - 440.0).abs() < 4.4, "A4 sounds at {} Hz", heard.pitch(0.6, 1.1));
    assert!((heard.pitch(3.55, 3.95) - 220.0).abs() < 2.2);
    assert_eq!(heard.loudness(0.0, 0.49), 0.0, "nothing before the first note");
    assert!(heard.loudness(0.55, 1.0) > 0.05);
    assert!(heard.loudness(1.75, 3.4) < 1e-4, "silence between the notes");
    assert!(heard.loudness(heard.seconds() - 0.05, heard.seconds()) < 1e-3, "the end has faded");
}

#[test]
fn no_note_begins_or_ends_with_a_click() {
    let place = Workplace::new();
    let notes = (0..16).map(|step| (60 + step % 5, 100, f64::from(step) / 4.0, f64::from(step + 1) / 4.0));
    write(&place, "run.mid", &piece(&notes.collect::<Vec<_>>()));
    place.output("render run.mid");
    let heard = Heard::read(&place.path("run.wav"));
    // Partials up to 5 x 330 Hz at full level rise by less than 0.25 a sample.
    let leap = heard.samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
    assert!(leap < 0.25, "{leap}");
}

#[test]
fn velocity_and_tempo_are_heard() {
    let place = Workplace::new();
    let mut score = piece(&[(60, 127, 0.0, 1.0), (60, 50, 2.0, 3.0), (64, 90, 4.0, 8.0)]);
    let tempo =
        |beats, bpm| Change { at: Tick::from_beats(beats, score.resolution), value: Tempo::from_bpm(bpm).unwrap() };
    score.tempos = vec![tempo(0.0, 60.0), tempo(4.0, 240.0)];
    write(&place, "tempo.mid", &score);
    place.output("render tempo.mid");
    let heard = Heard::read(&place.path("tempo.wav"));

    assert!(heard.loudness(0.1, 0.9) > 3.0 * heard.loudness(2.1, 2.9));
    assert!((heard.pitch(4.1, 4.9) - 329.6).abs() < 3.3, "the third note comes after four slow beats");
    assert!((5.0..5.5).contains(&heard.seconds()), "{}", heard.seconds());
}

#[test]
fn the_same_piece_gives_the_same_bytes() {
    let place = Workplace::new();
    place.write("font.sf2", sound_font());
    write(&place, "a.mid", &piece(&[(69, 90, 0.0, 1.0), (72, 70, 0.5, 2.0)]));
    for font in ["", "--soundfont font.sf2"] {
        let render = |out: &str| {
            place.output(&format!("render a.mid {font} --force --out {out}"));
            std::fs::read(place.path(out)).unwrap()
        };
        assert_eq!(render("one.wav"), render("two.wav"));
    }
}

#[test]
fn a_sound_font_plays_in_tune_in_two_channels() {
    let place = Workplace::new();
    place.write("font.sf2", sound_font());
    write(&place, "a.mid", &piece(&[(69, 90, 0.0, 2.0), (57, 90, 4.0, 6.0)]));
    let report = place.json("render a.mid --soundfont font.sf2 --json");
    let heard = Heard::read(&place.path("a.wav"));

    assert_eq!(report[0]["channels"], 2);
    assert!((heard.pitch(0.1, 0.9) - 440.0).abs() < 4.4, "A4 sounds at {} Hz", heard.pitch(0.1, 0.9));
    assert!((heard.pitch(2.1, 2.9) - 220.0).abs() < 2.2);
    assert!(heard.loudness(0.1, 0.9) > 0.05);
    assert!(heard.loudness(1.8, 1.99) < 0.1 * heard.loudness(0.1, 0.9), "the room's echo is all that is left");
}

#[test]
fn a_broken_sound_font_is_named_and_nothing_is_written() {
    let place = Workplace::new();
    let whole = sound_font();
    write(&place, "a.mid", &piece(&[(69, 90, 0.0, 1.0)]));
    let refused = |bytes: &[u8], reason: &str| {
        place.write("odd.sf2", bytes);
        let error = place.error("render a.mid --soundfont odd.sf2");
        assert!(error.contains("odd.sf2") && error.contains("leave --soundfont out"), "{error}");
        assert!(error.contains(reason), "{error}");
        assert!(!place.path("a.wav").exists());
    };
    refused(b"", "does not begin with");
    refused(b"MThd\0\0\0\x06 no SoundFont", "does not begin with");
    refused(b"RIFF\x04\0\0\0WAVE", "another kind");
    refused(&whole[..whole.len() / 2], "cut short");
    let mut huge = whole.clone();
    let samples = whole.windows(4).position(|name| name == b"smpl").unwrap();
    huge[samples + 4..samples + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    refused(&huge, "its chunk `smpl` says");
    place.write("none.sf2", "");
    assert!(place.error("render a.mid --soundfont missing.sf2").contains("missing.sf2"));
}

/// Wherever a byte of a SoundFont is wrong, there is a sound or an error, and never a panic.
#[test]
fn a_sound_font_with_a_wrong_byte_anywhere_is_played_or_refused() {
    let whole = sound_font();
    let score = piece(&[(69, 90, 0.0, 0.1), (30, 90, 0.05, 0.1)]);
    let place = Workplace::new();
    let path = place.path("odd.sf2");
    let (mut played, mut refused) = (0, 0);
    let names = whole.windows(4).position(|name| name == b"pdta").unwrap();
    // The samples themselves may be anything.
    let described = (0..120).chain(names - 20..whole.len());
    for (index, byte) in described.zip([0xFF, 0x7F, 0x00].into_iter().cycle()) {
        let mut odd = whole.clone();
        odd[index] = byte;
        std::fs::write(&path, odd).unwrap();
        let wave =
            SoundFont::read(&path).map(Instrument::SoundFont).and_then(|font| sound::wave(&score, &font, 16_000));
        match wave {
            Ok(wave) => {
                assert!(hound::WavReader::new(wave.as_slice()).unwrap().duration() > 0);
                played += 1;
            }
            Err(error) => {
                assert!(error.to_string().contains("odd.sf2"), "byte {index}: {error}");
                refused += 1;
            }
        }
    }
    assert!(played > 50 && refused > 50, "{played} played, {refused} refused");
}

/// A change, so many beats from the beginning.
fn change(beats: f64, control: Control) -> Change<Control> {
    Change { at: Tick::from_beats(beats, Resolution::default()), value: control }
}

/// A piece of A4 at velocity 80 that is played as `controls` say; of each note the beats from where to where.
fn played(notes: &[(f64, f64)], controls: &[(f64, Control)]) -> Score {
    let mut score = piece(&notes.iter().map(|&(from, to)| (69, 80, from, to)).collect::<Vec<_>>());
    score.voices[0].controls = controls.iter().map(|&(beats, control)| change(beats, control)).collect();
    score
}

fn font(bytes: &[u8]) -> Instrument {
    let place = Workplace::new();
    Instrument::SoundFont(SoundFont::read(&place.write("font.sf2", bytes)).unwrap())
}

fn hear(score: &Score, instrument: &Instrument) -> Heard {
    Heard::of(&sound::wave(score, instrument, sound::RATE).unwrap())
}

/// The built-in synthesizer and a SoundFont, with how loud at most the room is after the notes, as a share of them.
fn instruments() -> [(Instrument, f64); 2] {
    [(Instrument::BuiltIn, 0.001), (font(&orchestra()), 0.1)]
}

#[test]
fn the_pedal_holds_a_note_until_it_comes_up() {
    let score = played(&[(0.0, 1.0), (8.0, 9.0)], &[(0.0, Control::Sustain(true)), (6.0, Control::Sustain(false))]);
    for (instrument, room) in instruments() {
        let heard = hear(&score, &instrument);
        let struck = heard.loudness(0.1, 0.4);
        assert!(heard.loudness(2.5, 2.9) > 0.03 * struck, "held");
        assert!(heard.loudness(3.5, 3.9) < room * struck, "let go");
        assert!(heard.loudness(4.1, 4.4) > 0.9 * struck, "and free again");
    }
}

#[test]
fn volume_and_expression_are_heard() {
    for (instrument, room) in instruments() {
        let silent = hear(&played(&[(0.0, 1.0), (1.0, 5.0)], &[(1.0, Control::Volume(0))]), &instrument);
        assert!(silent.loudness(1.0, 2.4) < room * silent.loudness(0.1, 0.4));
        for control in [Control::Volume(50), Control::Expression(64)] {
            let heard = hear(&played(&[(0.0, 1.0), (8.0, 9.0)], &[(4.0, control)]), &instrument);
            let ratio = heard.loudness(4.1, 4.4) / heard.loudness(0.1, 0.4);
            // The room of a SoundFont's synthesizer answers to loud notes alone.
            assert!((ratio - 0.25).abs() < 0.005 + room / 2.0, "half of it is a quarter of the amplitude, not {ratio}");
        }
    }
}

#[test]
fn a_piece_without_any_volume_is_refused_as_such() {
    let score = played(&[(0.0, 1.0)], &[(0.0, Control::Volume(0))]);
    for (instrument, _) in instruments() {
        let error = sound::wave(&score, &instrument, sound::RATE).unwrap_err().to_string();
        assert!(error.contains("its volume is 0"), "{error}");
    }
}

#[test]
fn a_change_of_volume_does_not_click() {
    let steps: Vec<_> = (0..16).map(|step| (f64::from(step) / 4.0, Control::Volume(127 * (step % 2)))).collect();
    let heard = hear(&played(&[(0.0, 4.0)], &steps), &Instrument::BuiltIn);
    let leap = heard.samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
    // Partials up to 5 x 440 Hz at full level rise by less than 0.3 a sample.
    assert!(leap < 0.3, "{leap}");
}

#[test]
fn a_bend_is_as_wide_as_its_range_says() {
    let up = Control::Bend(8191);
    for (instrument, _) in instruments() {
        let pitch = |controls: &[(f64, Control)]| hear(&played(&[(0.0, 2.0)], controls), &instrument).pitch(0.5, 0.7);
        for (controls, semitones) in [
            (&[(0.0, up)][..], 2.0),
            (&[(0.0, Control::Bend(-8192))], -2.0),
            (&[(0.0, Control::BendRange(12)), (0.0, up)], 12.0),
            (&[(0.5, up)], 2.0),
            (&[(0.0, up), (0.5, Control::Bend(0))], 0.0),
        ] {
            let expected = 440.0 * 2.0_f64.powf(semitones / 12.0);
            let heard = pitch(controls);
            assert!((heard / expected - 1.0).abs() < 0.005, "{controls:?}: {heard} Hz and not {expected}");
        }
    }
}

#[test]
fn each_note_is_played_by_the_instrument_of_its_moment() {
    let notes = [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0)];
    let violin = |heard: &Heard, note: u32| {
        let (from, to) = (f64::from(note) / 2.0 + 0.2, f64::from(note) / 2.0 + 0.45);
        heard.strength(1_320.0, from, to) > 5.0 * heard.strength(440.0, from, to)
    };
    let instrument = font(&orchestra());
    let changed = hear(&played(&notes, &[(2.0, Control::Program(40))]), &instrument);
    assert_eq!([0, 1, 2, 3].map(|note| violin(&changed, note)), [false, false, true, true]);
    let mut throughout = played(&notes, &[]);
    throughout.voices[0].program = 40;
    let throughout = hear(&throughout, &instrument);
    assert_eq!([0, 1, 2, 3].map(|note| violin(&throughout, note)), [true; 4]);
}

#[test]
fn many_voices_do_not_disturb_each_other() {
    // The first is loud to the end; each of the others is a silent violin that ends the same pitch sooner.
    let mut score = played(&[(0.0, 4.0)], &[]);
    let mut other = played(&[(0.0, 1.0)], &[(0.0, Control::Volume(0))]).voices.remove(0);
    other.program = 40;
    score.voices.extend(vec![other; 40]);
    let alone = hear(&played(&[(0.0, 4.0)], &[]), &font(&orchestra()));
    let heard = hear(&score, &font(&orchestra()));
    for (from, to) in [(0.1, 0.4), (0.6, 1.9)] {
        assert!((heard.strength(440.0, from, to) / alone.strength(440.0, from, to) - 1.0).abs() < 0.01);
        assert!(heard.strength(1_320.0, from, to) < 0.01);
    }
}

#[test]
fn ten_thousand_notes_at_once_are_as_many_as_can_sound() {
    let notes: Vec<_> = (0..10_000_u32).map(|it| (40 + (it % 50) as u8, 80, f64::from(it) / 1e4, 2.0)).collect();
    let score = piece(&notes);
    let wave = || sound::wave(&score, &Instrument::BuiltIn, sound::RATE).unwrap();
    let first = wave();
    assert!(Heard::of(&first).loudness(0.0, 1.0) > 0.05);
    assert_eq!(first, wave(), "those that are cut short are the same each time");
    let ignored = sound::ignored(&score, &Instrument::BuiltIn).unwrap();
    assert!(ignored.len() == 1 && ignored[0].contains("more than 128 notes"), "{ignored:?}");
}

#[test]
fn what_an_instrument_ignores_is_said_once() {
    let place = Workplace::new();
    place.write("piano.sf2", sound_font());
    place.write("orchestra.sf2", orchestra());
    let mut duet = piece(&[(69, 90, 0.0, 1.0)]);
    duet.voices.push(Voice { program: 40, ..duet.voices[0].clone() });
    for name in ["a.mid", "b.mid"] {
        write(&place, name, &duet);
    }
    let told = |arguments: &str| {
        let output = place.gradus(arguments).assert().success().get_output().stderr.clone();
        String::from_utf8(output).unwrap()
    };
    let built_in = told("render a.mid b.mid --out one");
    assert_eq!(built_in.matches("2 instruments with one sound").count(), 1, "{built_in}");
    assert!(built_in.contains("a.mid and 1 more"), "{built_in}");
    assert!(told("render a.mid --soundfont piano.sf2 --out two").contains("no instrument 41"));
    assert_eq!(told("render a.mid --soundfont orchestra.sf2 --out three"), "");
    let report = place.json("render a.mid --out four --json");
    assert!(report[0]["ignored"][0].as_str().unwrap().contains("one sound"), "{report}");

    // One instrument, whichever it is, loses nothing that matters.
    duet.voices.remove(0);
    write(&place, "c.mid", &duet);
    assert_eq!(told("render c.mid --out five"), "");
}

/// Many files say nonsense of the loops of samples that are not looped.
#[test]
fn a_sample_whose_loop_lies_nowhere_is_played() {
    const LAST: u32 = 399;
    let place = Workplace::new();
    let whole = sound_font();
    let at = |name: &[u8]| whole.windows(4).position(|window| window == name).unwrap() + 8;
    write(&place, "a.mid", &piece(&[(69, 90, 0.0, 1.0)]));
    for (mode, start, end) in
        [(0, LAST, 0), (1, 0, 0), (3, 0, 0), (0, 0, 100_000), (1, 0, 100_000), (0, 200_000, u32::MAX), (3, 9_000, 100)]
    {
        let mut odd = whole.clone();
        odd[at(b"igen") + 2] = mode;
        odd[at(b"shdr") + 28..][..4].copy_from_slice(&u32::to_le_bytes(start));
        odd[at(b"shdr") + 32..][..4].copy_from_slice(&u32::to_le_bytes(end));
        place.write("odd.sf2", odd);
        place.output("render a.mid --soundfont odd.sf2 --force");
        let heard = Heard::read(&place.path("a.wav"));
        assert!(heard.loudness(0.001, 0.008) > 0.1, "loop mode {mode}, from {start} to {end}");
    }
    let mut outside = whole.clone();
    outside[at(b"shdr") + 24..][..4].copy_from_slice(&u32::to_le_bytes(100_000));
    place.write("odd.sf2", outside);
    let error = place.error("render a.mid --soundfont odd.sf2 --force");
    assert!(error.contains("outside of the sample data"), "{error}");
}

#[test]
fn every_piece_of_a_file_is_rendered_and_named() {
    let place = Workplace::new();
    let track = |title: &str, key: u8| {
        let name = [&[0, 0xFF, 3, title.len() as u8], title.as_bytes()].concat();
        let events = [0, 0x90, key, 80, 0x83, 0x60, 0x80, key, 0, 0, 0xFF, 0x2F, 0];
        [b"MTrk".to_vec(), ((name.len() + events.len()) as u32).to_be_bytes().to_vec(), name, events.to_vec()].concat()
    };
    let header = [b"MThd".to_vec(), vec![0, 0, 0, 6, 0, 2, 0, 2, 1, 0xE0]].concat();
    place.write("a.mid", [header, track("one", 69), track("two", 57)].concat());
    let output = place.output("render a.mid");
    assert!(output.contains("a-1.wav") && output.contains("piece 1 of 2, one"), "{output}");
    assert!(output.contains("a-2.wav") && output.contains("piece 2 of 2, two"), "{output}");
    assert!((Heard::read(&place.path("a-2.wav")).pitch(0.1, 0.4) - 220.0).abs() < 2.2);
    let report = place.json("render a.mid --force --json");
    assert_eq!((&report[1]["piece"], &report[1]["pieces"], &report[1]["title"]), (&2.into(), &2.into(), &"two".into()));
}

#[test]
fn a_name_may_be_as_long_as_the_file_system_allows() {
    let place = Workplace::new();
    for length in [230, 247, 251] {
        let name = "n".repeat(length);
        write(&place, &format!("{name}.mid"), &piece(&[(69, 90, 0.0, 1.0)]));
        place.output(&format!("render {name}.mid"));
        assert!(Heard::read(&place.path(&format!("{name}.wav"))).seconds() > 0.5);
    }
}

#[test]
fn what_cannot_be_rendered_is_refused_with_a_reason() {
    let place = Workplace::new();
    write(&place, "a.mid", &piece(&[(69, 90, 0.0, 1.0)]));
    write(&place, "b.mid", &piece(&[(69, 90, 0.0, 1.0)]));
    write(&place, "sub/a.mid", &piece(&[(69, 90, 0.0, 1.0)]));
    write(&place, "empty.mid", &piece(&[]));
    let mut hours = piece(&[(69, 90, 0.0, 1.0), (69, 90, 9_000.0, 9_001.0)]);
    hours.tempos = vec![Change::at_the_start(Tempo::from_bpm(60.0).unwrap())];
    write(&place, "hours.mid", &hours);
    place.write("text.mid", "no music");

    for (arguments, reason) in [
        ("render nowhere.mid", "nowhere.mid"),
        ("render text.mid", "text.mid"),
        ("render empty.mid", "no notes"),
        ("render hours.mid", "150 minutes"),
        ("render a.mid b.mid --out both.wav", "one file for 2 pieces"),
        ("render a.mid sub/a.mid --out here", "would be written twice"),
        ("render", "FILE.mid"),
    ] {
        let error = place.error(arguments);
        assert!(error.contains(reason), "{arguments}: {error}");
    }
    assert!(!common::files(&place.path("")).iter().any(|(path, _)| path.extension().is_some_and(|name| name == "wav")));
}

#[test]
fn nothing_is_overwritten_unless_that_is_said() {
    let place = Workplace::new();
    write(&place, "a.mid", &piece(&[(69, 90, 0.0, 1.0)]));
    write(&place, "b.mid", &piece(&[(60, 90, 0.0, 1.0)]));
    place.write("sounds/b.wav", "mine");
    let error = place.error("render a.mid b.mid --out sounds");
    assert!(error.contains("b.wav") && error.contains("--force"), "{error}");
    assert!(!place.path("sounds/a.wav").exists(), "all is checked before anything is written");
    assert_eq!(std::fs::read(place.path("sounds/b.wav")).unwrap(), b"mine");
    place.output("render a.mid b.mid --out sounds --force");
    assert!(Heard::read(&place.path("sounds/a.wav")).seconds() > 0.5);
    assert!(Heard::read(&place.path("sounds/b.wav")).seconds() > 0.5);
}
