//! A SoundFont made by code: each preset has one instrument, and that one sample, a looped sine.
//!
//! Layout: SoundFont Technical Specification 2.04 (Creative Technology, 2006), sections 5 to 8.

use std::f64::consts::TAU;

/// The bytes of a file whose one instrument plays a sine at every pitch.
pub(crate) fn sound_font() -> Vec<u8> {
    font(&[PIANO])
}

/// The bytes of a file with a piano, a violin that sounds a twelfth higher, and drums that sound higher still.
pub(crate) fn orchestra() -> Vec<u8> {
    let violin = Preset { name: "Violin", program: 40, bank: 0, harmonic: 3 };
    let drums = Preset { name: "Drums", program: 0, bank: 128, harmonic: 5 };
    font(&[PIANO, violin, drums])
}

/// An instrument and how many times higher than a sine of the note's pitch it sounds.
struct Preset {
    name: &'static str,
    program: i16,
    bank: i16,
    harmonic: u32,
}

const PIANO: Preset = Preset { name: "Piano", program: 0, bank: 0, harmonic: 1 };

fn font(presets: &[Preset]) -> Vec<u8> {
    let info = list(
        *b"INFO",
        &[chunk(*b"ifil", &words(&[2, 4])), chunk(*b"isng", b"EMU8000\0"), chunk(*b"INAM", b"Sine\0\0")],
    );
    let waves: Vec<_> = presets.iter().flat_map(|preset| sine(preset.harmonic)).collect();
    let samples = list(*b"sdta", &[chunk(*b"smpl", &words(&waves))]);
    let count = presets.len() as i16;
    let numbered = || (0..).zip(presets);
    // A table of rows and its last row, which only ends it.
    let table = |row: &dyn Fn(i16, &Preset) -> Vec<u8>, last: Vec<u8>| {
        numbered().map(|(index, preset)| row(index, preset)).chain([last]).collect::<Vec<_>>().concat()
    };
    let articulation = list(
        *b"pdta",
        &[
            chunk(
                *b"phdr",
                &table(&|index, it| preset(it.name, it.program, it.bank, index), preset("EOP", 0, 0, count)),
            ),
            // Bags: the first generator and the first modulator of each zone.
            chunk(*b"pbag", &table(&|index, _| words(&[index, 0]), words(&[count, 0]))),
            chunk(*b"pmod", &[0; 10]),
            chunk(*b"pgen", &table(&|index, _| words(&[INSTRUMENT, index]), words(&[0, 0]))),
            chunk(*b"inst", &table(&|index, it| instrument(it.name, index), instrument("EOI", count))),
            chunk(*b"ibag", &table(&|index, _| words(&[2 * index, 0]), words(&[2 * count, 0]))),
            chunk(*b"imod", &[0; 10]),
            chunk(*b"igen", &table(&|index, _| words(&[SAMPLE_MODES, 1, SAMPLE_ID, index]), words(&[0, 0]))),
            chunk(*b"shdr", &table(&|index, it| sample(it.name, index as u32), vec![0; 46])),
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

/// The zeros that must follow each sample.
const GAP: u32 = 46;

fn sine(harmonic: u32) -> Vec<i16> {
    let phase = |frame| TAU * f64::from(frame * harmonic) / f64::from(PERIOD);
    let sample = |frame| (12_000.0 * phase(frame).sin()).round() as i16;
    (0..PERIODS * PERIOD).map(sample).chain([0; GAP as usize]).collect()
}

fn preset(name: &str, program: i16, bank: i16, bag: i16) -> Vec<u8> {
    // After the bag: library, genre and morphology, which are not used.
    [named(name), words(&[program, bank, bag]), vec![0; 12]].concat()
}

fn instrument(name: &str, bag: i16) -> Vec<u8> {
    [named(name), words(&[bag])].concat()
}

fn sample(name: &str, index: u32) -> Vec<u8> {
    let start = index * (PERIODS * PERIOD + GAP);
    let end = start + PERIODS * PERIOD;
    let places = [start, end, start + PERIOD, end - PERIOD, 44_000].map(u32::to_le_bytes).concat();
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
