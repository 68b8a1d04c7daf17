//! Any bytes as a MIDI file: each piece that is read is written and reads back equal.

#![no_main]

use gradus_music::{
    Score,
    midi::{self, Warning},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(reading) = midi::parse(bytes, "fuzz") else { return };
    assert!(reading.warnings.iter().all(|warning| !warning.to_string().is_empty()));
    reading.scores.iter().for_each(there_and_back);
});

fn there_and_back(score: &Score) {
    assert!(score.seconds().is_finite() && score.beats().is_finite());
    let written = midi::to_bytes(score).expect("what was read can be written");
    let again = midi::parse(&written, "again").expect("what was written can be read");
    // Notes may overlap; nothing else had to be forgiven.
    let forgiven = |warning: &Warning| matches!(warning, Warning::OverlappingNotes(_));
    assert!(again.warnings.iter().all(forgiven), "{:?}", again.warnings);
    assert_eq!(again.scores, std::slice::from_ref(score));
    assert_eq!(midi::to_bytes(&again.scores[0]).expect("a second time"), written);
    for semitones in [-5, 7] {
        let _ = score.transpose(semitones);
    }
    let _ = score.key_or_estimate();
    let without = score.clone().without_leading_bars();
    assert_eq!(without.leading_bars(), 0);
    assert_eq!(without.notes().count(), score.notes().count());
    let _ = (score.pickup(), score.meter(), score.silence());
}
