//! Any text as a training's config: it is refused, or written out and read back equal, and its environment is made.

#![no_main]

use std::sync::LazyLock;

use gradus::config::TrainingConfig;
use gradus_envs::{EnvironmentConfig, Library};
use libfuzzer_sys::fuzz_target;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::embedded);

fuzz_target!(|text: &str| {
    // A script's file may be anything, a pipe among others.
    if text.contains("file") {
        return;
    }
    let assignments = ["seed=1".to_owned()];
    let _ = TrainingConfig::parse(text, "fuzz", &assignments);
    let Ok(config) = TrainingConfig::parse(text, "fuzz", &[]) else { return };
    if let Ok(written) = config.to_toml() {
        let again = TrainingConfig::parse(&written, "again", &[]).expect("what was written can be read");
        // Not the configs: NaN is not equal to itself.
        assert_eq!(again.to_toml().expect("it was written before"), written);
    }
    // A long piece takes long and proves nothing more.
    let short = match &config.env {
        EnvironmentConfig::Melody(melody) => melody.steps <= 256,
        EnvironmentConfig::Phrase(phrase) => phrase.beats <= 64,
        _ => true,
    };
    if short && let Ok(mut env) = config.environment(&LIBRARY) {
        env.reset(Some(1));
        let snapshot = env.snapshot();
        env.restore(&snapshot).expect("its own state");
        let mut observation = vec![0.0; env.spec().observation_space.size()];
        env.observe(&mut observation);
    }
});
