//! Any bytes as a MIDI file: what is read is written and reads back equal.

#![no_main]

use gradus_music::midi;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(reading) = midi::parse(bytes, "fuzz") else { return };
    let score = reading.score;
    assert!(score.seconds().is_finite() && score.beats().is_finite());
    let written = midi::to_bytes(&score).expect("what was read can be written");
    let again = midi::parse(&written, "again").expect("what was written can be read");
    assert!(again.warnings.is_empty(), "{:?}", again.warnings);
    assert_eq!(again.score, score);
    assert_eq!(midi::to_bytes(&again.score).expect("a second time"), written);
    for semitones in [-5, 7] {
        let _ = score.transpose(semitones);
    }
    let _ = score.key_or_estimate();
});
