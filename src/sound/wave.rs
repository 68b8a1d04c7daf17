//! The WAV file.

use std::io::Cursor;

use gradus_music::Score;
use hound::{SampleFormat, WavSpec, WavWriter};

use super::built_in::BuiltIn;
use super::performance::Performance;
use super::player::{BLOCK, Player};
use super::sound_font::guarded;
use super::{Instrument, SoundError};

/// Frames a second of what `gradus render` writes.
pub const RATE: u32 = 44_100;

/// The peak of every file, 1 dB below the largest sample.
const PEAK: f32 = 0.891;

/// Plays a score and returns a WAV file of 16 bits a sample and `rate` frames a second, 16,000 at least: one channel
/// where the synthesizer is built in, two from a SoundFont. The loudest moment has the same level in every file; the
/// same score gives the same bytes.
pub fn wave(score: &Score, instrument: &Instrument, rate: u32) -> Result<Vec<u8>, SoundError> {
    let performance = Performance::of(score)?;
    let built_in = || record(|| Ok(BuiltIn::new(&performance, rate)), performance.seconds, rate);
    match instrument {
        Instrument::BuiltIn => built_in(),
        Instrument::SoundFont(font) => {
            let player = || font.player(&performance, rate);
            let recorded = guarded(|| record(player, performance.seconds, rate));
            match recorded.ok_or_else(|| font.damaged())? {
                // The fault may be the piece's.
                Err(SoundError::Silent) => built_in().and(Err(SoundError::Mute(font.path().to_owned()))),
                recorded => recorded,
            }
        }
    }
}

/// Plays once for the peak and once for the file.
fn record<P: Player>(
    player: impl Fn() -> Result<P, SoundError>,
    seconds: f64,
    rate: u32,
) -> Result<Vec<u8>, SoundError> {
    let mut first = player()?;
    let channels = first.channels();
    let frames = ((seconds + first.tail()) * f64::from(rate)).ceil() as usize;
    let mut peak = 0.0_f32;
    play(&mut first, frames, |sample| {
        // A damaged SoundFont may yield what is not a number.
        if sample.is_finite() {
            peak = peak.max(sample.abs());
        }
        Ok(())
    })?;
    if peak == 0.0 {
        return Err(SoundError::Silent);
    }
    let gain = PEAK / peak * f32::from(i16::MAX);

    let spec =
        WavSpec { channels: channels as u16, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::with_capacity(frames * channels * 2 + 44));
    let mut writer = WavWriter::new(&mut bytes, spec)?;
    play(&mut player()?, frames, |sample| Ok(writer.write_sample((sample * gain).round() as i16)?))?;
    writer.finalize()?;
    Ok(bytes.into_inner())
}

/// Hands on every sample of the first `frames` frames, channel by channel.
fn play(
    player: &mut impl Player,
    frames: usize,
    mut each: impl FnMut(f32) -> Result<(), SoundError>,
) -> Result<(), SoundError> {
    let mut blocks = [[0.0; BLOCK]; 2];
    for first in (0..frames).step_by(BLOCK) {
        let [left, right] = &mut blocks;
        player.play(left, right);
        for frame in 0..BLOCK.min(frames - first) {
            blocks[..player.channels()].iter().try_for_each(|block| each(block[frame]))?;
        }
    }
    Ok(())
}
