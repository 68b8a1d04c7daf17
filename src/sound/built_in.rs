//! The synthesiser that is always there.

use fundsp::prelude32::*;
use gradus_music::Pitch;

use super::performance::{Performance, TimedNote};
use super::player::{BLOCK, Player};

/// In how many seconds a note swells, so that it does not click.
const ATTACK: f64 = 0.006;
/// In how many seconds a note fades once it is let go.
const RELEASE: f64 = 0.2;

/// Notes as sums of partials that fade one by one, the higher the sooner, somewhat like an electric piano. Played
/// harder, a note is louder and brighter.
pub(super) struct BuiltIn {
    /// The notes to come, the next one last.
    upcoming: Vec<TimedNote>,
    sequencer: Sequencer,
    buffer: BufferVec,
    rate: f64,
    played: u64,
}

impl BuiltIn {
    pub(super) fn new(performance: &Performance, rate: u32) -> Self {
        let mut sequencer = Sequencer::new(0, 1, ReplayMode::None);
        sequencer.set_sample_rate(f64::from(rate));
        let upcoming = performance.notes.iter().rev().copied().collect();
        Self { upcoming, sequencer, buffer: BufferVec::new(1), rate: f64::from(rate), played: 0 }
    }

    fn strike(&mut self, note: &TimedNote) {
        let end = note.end.max(note.start + ATTACK) + RELEASE;
        let unit = if note.percussion { drum(note) } else { string(note, self.rate) };
        self.sequencer.push(note.start, end, Fade::Smooth, ATTACK, RELEASE, unit);
    }
}

impl Player for BuiltIn {
    fn channels(&self) -> usize {
        1
    }

    fn tail(&self) -> f64 {
        RELEASE + 0.1
    }

    fn play(&mut self, left: &mut [f32; BLOCK], _right: &mut [f32; BLOCK]) {
        // A note is made only when its turn comes, for a piece may have very many.
        let end = (self.played + BLOCK as u64) as f64 / self.rate;
        while let Some(note) = self.upcoming.pop_if(|note| note.start < end) {
            self.strike(&note);
        }
        self.sequencer.process(BLOCK, &BufferRef::empty(), &mut self.buffer.buffer_mut());
        left.copy_from_slice(self.buffer.channel_f32(0));
        self.played += BLOCK as u64;
    }
}

/// The partials' strengths at full velocity.
const PARTIALS: [f32; 5] = [1.0, 0.42, 0.2, 0.1, 0.06];

fn string(note: &TimedNote, rate: f64) -> Box<dyn AudioUnit> {
    let frequency = frequency(note.pitch);
    let force = force(note);
    // A fifth of a second at the top of the keyboard, some seconds at its bottom.
    let fading = 1.1 * (frequency / 440.0).sqrt();
    Box::new(busi::<U5, _, _>(move |partial| {
        let number = partial as f32 + 1.0;
        let heard = frequency * number < 0.45 * rate as f32;
        let strength = if heard { PARTIALS[partial as usize] * force.powf(0.6 + 0.4 * number) } else { 0.0 };
        let fading = fading * (0.6 + 0.4 * number);
        let pitch = if heard { frequency * number } else { 0.0 };
        sine_hz(pitch) * lfo(move |seconds: f32| strength * exp(-fading * seconds))
    }))
}

/// A short noise, the brighter the higher the drum's number.
fn drum(note: &TimedNote) -> Box<dyn AudioUnit> {
    let force = 0.6 * force(note);
    let cutoff = 200.0 * 2.0_f32.powf(f32::from(note.pitch.number().clamp(35, 81) - 35) / 9.0);
    Box::new((noise() * lfo(move |seconds: f32| force * exp(-18.0 * seconds))) >> lowpass_hz(cutoff, 0.8))
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
