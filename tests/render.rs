//! `gradus render` as a user runs it: what can be heard, and what is refused.

#![allow(clippy::unwrap_used)]

mod common;

use std::f64::consts::TAU;
use std::path::Path;

use common::{Workplace, sound_font};
use gradus_music::{Change, Note, Pitch, Resolution, Score, Tempo, Tick, Velocity, Voice, midi};

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
        let mut reader = hound::WavReader::open(path).unwrap();
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
        let candidates = (200..2_000).map(|half| f64::from(half) / 2.0);
        candidates.max_by(|a, b| self.strength(*a, from, to).total_cmp(&self.strength(*b, from, to))).unwrap()
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
        let wave = gradus::sound::SoundFont::read(&path)
            .map(gradus::sound::Instrument::SoundFont)
            .and_then(|font| gradus::sound::wave(&score, &font, 16_000));
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
