//! The synthesizer that is always there.

use std::collections::BTreeMap;

use fundsp::prelude32::*;
use gradus_music::{Control, Pitch};

use super::performance::{Performance, TimedControl, TimedNote};
use super::player::{BLOCK, Player};
use super::polyphony::{RELEASE, SoundingNote, bounded};

/// In how many seconds a note swells, so that it does not click.
const ATTACK: f64 = 0.006;

/// Notes as sums of partials that fade one by one, the higher the sooner, somewhat like an electric piano. Played
/// harder, a note is louder and brighter. There is one sound for every instrument.
pub(super) struct BuiltIn {
    /// The notes to come, the next one last.
    upcoming: Vec<SoundingNote>,
    /// The changes to come, the next one last.
    changes: Vec<TimedControl>,
    parts: BTreeMap<usize, Part>,
    sequencer: Sequencer,
    buffer: BufferVec,
    rate: f64,
    played: u64,
}

impl BuiltIn {
    pub(super) fn new(performance: &Performance, rate: u32) -> Self {
        let mut sequencer = Sequencer::new(0, 1, ReplayMode::None);
        sequencer.set_sample_rate(f64::from(rate));
        let mut upcoming = bounded(&performance.notes, loudness);
        upcoming.reverse();
        Self {
            upcoming,
            changes: performance.controls.iter().rev().copied().collect(),
            parts: BTreeMap::new(),
            sequencer,
            buffer: BufferVec::new(1),
            rate: f64::from(rate),
            played: 0,
        }
    }

    fn strike(&mut self, SoundingNote { note, release }: &SoundingNote) {
        let end = note.end.max(note.start + ATTACK) + release;
        let part = self.parts.entry(note.voice).or_default();
        let unit = if note.percussion { drum(note, part) } else { string(note, part, self.rate) };
        self.sequencer.push(note.start, end, Fade::Smooth, ATTACK, *release, unit);
    }
}

/// Whether more notes sound at once than the built-in synthesizer plays.
pub(super) fn is_crowded(performance: &Performance) -> bool {
    bounded(&performance.notes, loudness).iter().map(|it| it.note).ne(performance.notes.iter().copied())
}

impl Player for BuiltIn {
    fn channels(&self) -> usize {
        1
    }

    fn tail(&self) -> f64 {
        RELEASE + 0.1
    }

    fn play(&mut self, left: &mut [f32; BLOCK], _right: &mut [f32; BLOCK]) {
        let end = (self.played + BLOCK as u64) as f64 / self.rate;
        while let Some(change) = self.changes.pop_if(|change| change.at < end) {
            self.parts.entry(change.voice).or_default().follow(change.control);
        }
        // A note is made only when its turn comes, for a piece may have very many.
        while let Some(note) = self.upcoming.pop_if(|it| it.note.start < end) {
            self.strike(&note);
        }
        self.sequencer.process(BLOCK, &BufferRef::empty(), &mut self.buffer.buffer_mut());
        left.copy_from_slice(self.buffer.channel_f32(0));
        self.played += BLOCK as u64;
    }
}

/// How a voice is played at the moment; its notes look here while they sound.
struct Part {
    volume: u8,
    expression: u8,
    /// -1 to 1.
    bend: f32,
    bend_range: u8,
    /// A factor on the amplitude: 1 at the volume that holds where none is stated.
    gain: Shared,
    /// A factor on the frequency.
    ratio: Shared,
}

/// The channel volume that General MIDI lays down for the beginning.
const VOLUME: u8 = 100;

impl Default for Part {
    fn default() -> Self {
        let (gain, ratio) = (shared(1.0), shared(1.0));
        Self { volume: VOLUME, expression: 127, bend: 0.0, bend_range: 2, gain, ratio }
    }
}

impl Part {
    fn follow(&mut self, control: Control) {
        match control {
            Control::Volume(volume) => self.volume = volume,
            Control::Expression(expression) => self.expression = expression,
            Control::Bend(bend) => self.bend = f32::from(bend) / 8192.0,
            Control::BendRange(semitones) => self.bend_range = semitones,
            // There is one sound for every instrument, and the pedal is in the notes.
            _ => {}
        }
        // Half the volume is a quarter of the amplitude, as General MIDI asks for.
        let volume = f32::from(self.volume) / f32::from(VOLUME) * f32::from(self.expression) / 127.0;
        self.gain.set_value(volume * volume);
        self.ratio.set_value(2.0_f32.powf(self.bend * f32::from(self.bend_range) / 12.0));
    }
}

/// The partials' strengths at full velocity.
const PARTIALS: [f32; 5] = [1.0, 0.42, 0.2, 0.1, 0.06];

fn string(note: &TimedNote, part: &Part, rate: f64) -> Box<dyn AudioUnit> {
    let frequency = frequency(note.pitch);
    let force = force(note);
    let fading = fading(note);
    Box::new(busi::<U5, _, _>(move |partial| {
        let number = partial as f32 + 1.0;
        let strength = PARTIALS[partial as usize] * force.powf(0.6 + 0.4 * number);
        let fading = fading * (0.6 + 0.4 * number);
        let (pitch, highest) = (frequency * number, 0.45 * rate as f32);
        let (gain, ratio) = (part.gain.clone(), part.ratio.clone());
        // A partial that the file cannot hold is left out.
        let envelope = move |seconds: f32| {
            let heard = pitch * ratio.value() < highest;
            if heard { strength * gain.value() * exp(-fading * seconds) } else { 0.0 }
        };
        (var_fn(&part.ratio, move |ratio| (pitch * ratio).min(highest)) >> sine()) * lfo(envelope)
    }))
}

/// A short noise, the brighter the higher the drum's number.
fn drum(note: &TimedNote, part: &Part) -> Box<dyn AudioUnit> {
    let force = 0.6 * force(note);
    let fading = fading(note);
    let cutoff = 200.0 * 2.0_f32.powf(f32::from(note.pitch.number().clamp(35, 81) - 35) / 9.0);
    let gain = part.gain.clone();
    let envelope = move |seconds: f32| force * gain.value() * exp(-fading * seconds);
    Box::new((noise() * lfo(envelope)) >> lowpass_hz(cutoff, 0.8))
}

/// How fast the lowest partial fades: by a factor of e in one over so many seconds.
fn fading(note: &TimedNote) -> f32 {
    // A fifth of a second at the top of the keyboard, some seconds at its bottom.
    if note.percussion { 18.0 } else { 1.1 * (frequency(note.pitch) / 440.0).sqrt() }
}

/// About how loud a note is, so many seconds after it was struck.
fn loudness(note: &TimedNote, seconds: f64) -> f32 {
    force(note) * (-fading(note) * seconds as f32).exp()
}

/// In Hz, A4 being 440.
fn frequency(pitch: Pitch) -> f32 {
    440.0 * 2.0_f32.powf((f32::from(pitch.number()) - 69.0) / 12.0)
}

/// How strongly a note is struck, 0 to 1; twice the velocity is four times the amplitude, 12 dB, which is near what
/// General MIDI asks for.
fn force(note: &TimedNote) -> f32 {
    (f32::from(note.velocity.number()) / 127.0).powi(2)
}
