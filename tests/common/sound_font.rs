//! A SoundFont made by code: one sample, a sine, looped, as one instrument in one preset.
//!
//! Layout: SoundFont Technical Specification 2.04 (Creative Technology, 2006), sections 5 to 8.

use std::f64::consts::TAU;

/// The bytes of a file whose one instrument plays a sine at every pitch.
pub(crate) fn sound_font() -> Vec<u8> {
    let info = list(
        *b"INFO",
        &[chunk(*b"ifil", &words(&[2, 4])), chunk(*b"isng", b"EMU8000\0"), chunk(*b"INAM", b"Sine\0\0")],
    );
    let samples = list(*b"sdta", &[chunk(*b"smpl", &words(&sine()))]);
    let articulation = list(
        *b"pdta",
        &[
            chunk(*b"phdr", &[preset("Sine", 0), preset("EOP", 1)].concat()),
            // Bags: the first generator and the first modulator of each zone.
            chunk(*b"pbag", &words(&[0, 0, 1, 0])),
            chunk(*b"pmod", &[0; 10]),
            chunk(*b"pgen", &words(&[INSTRUMENT, 0, 0, 0])),
            chunk(*b"inst", &[instrument("Sine", 0), instrument("EOI", 1)].concat()),
            chunk(*b"ibag", &words(&[0, 0, 2, 0])),
            chunk(*b"imod", &[0; 10]),
            chunk(*b"igen", &words(&[SAMPLE_MODES, 1, SAMPLE_ID, 0, 0, 0])),
            chunk(*b"shdr", &[sample("Sine", PERIODS * PERIOD), sample("EOS", 0)].concat()),
        ],
    );
    chunk(*b"RIFF", &[b"sfbk".to_vec(), info, samples, articulation].concat())
}

/// Generators by their numbers: which instrument a preset plays, whether a sample is looped, which sample is played.
const INSTRUMENT: i16 = 41;
const SAMPLE_MODES: i16 = 54;
const SAMPLE_ID: i16 = 53;

/// The sine has 440 Hz at 44,000 frames a second.
const PERIOD: u32 = 100;
const PERIODS: u32 = 4;

/// The samples, and the 46 zeros that must follow each sample.
fn sine() -> Vec<i16> {
    let sample = |frame| (12_000.0 * (TAU * f64::from(frame) / f64::from(PERIOD)).sin()).round() as i16;
    (0..PERIODS * PERIOD).map(sample).chain([0; 46]).collect()
}

fn preset(name: &str, bag: i16) -> Vec<u8> {
    // Preset, bank and bag; library, genre and morphology, which are not used.
    [named(name), words(&[0, 0, bag]), vec![0; 12]].concat()
}

fn instrument(name: &str, bag: i16) -> Vec<u8> {
    [named(name), words(&[bag])].concat()
}

fn sample(name: &str, end: u32) -> Vec<u8> {
    let (start, first) = if end == 0 { (0, 0) } else { (0_u32, PERIOD) };
    let looped = end.saturating_sub(PERIOD);
    let places = [start, end, first, looped, 44_000].map(u32::to_le_bytes).concat();
    // The pitch (A4), its correction, no linked sample, one channel.
    [named(name), places, vec![69, 0], words(&[0, 1])].concat()
}

fn named(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(20, 0);
    bytes
}

fn words(words: &[i16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn list(name: [u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(*b"LIST", &[name.to_vec(), chunks.concat()].concat())
}

fn chunk(name: [u8; 4], bytes: &[u8]) -> Vec<u8> {
    [name.to_vec(), (bytes.len() as u32).to_le_bytes().to_vec(), bytes.to_vec()].concat()
}
