//! Writes inputs to begin with into `corpus/`, one folder a target: `cargo run --bin seeds` in `fuzz/`.

use std::{error::Error, fs, path::Path};

use gradus_agents::{AgentConfig, PolicyConfig, Task};
use gradus_envs::{EnvironmentConfig, Library, VecEnv, seeding::Role};
use gradus_models::critics::NoModels;
use gradus_music::{Corpus, MelodyEncoding, Split, midi};
// The counters that the build puts into every crate are its.
use libfuzzer_sys as _;

/// Pieces of the corpus for a target.
const PIECES: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = |target: &str, name: &str, bytes: &[u8]| -> Result<(), Box<dyn Error>> {
        let folder = here.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(name), bytes)?)
    };

    let corpus = Corpus::embedded()?;
    for (number, piece) in corpus.split(Split::Test).take(PIECES).enumerate() {
        write("midi", &format!("piece-{number}"), &midi::to_bytes(&piece.score)?)?;
    }
    for (number, file) in odd_files().iter().enumerate() {
        write("midi", &format!("odd-{number}"), file)?;
    }
    for (number, melody) in corpus.melodies(Split::Test, &MelodyEncoding::default())?.iter().take(PIECES).enumerate() {
        let tokens = melody.encoded.tokens.iter().take(64).map(|token| token.0);
        let bytes: Vec<u8> = std::iter::once(number as u8).chain(tokens).collect();
        write("tokens", &format!("melody-{number}"), &bytes)?;
    }

    for (target, folder, ending) in
        [("config", "configs", "toml"), ("config", "configs/control", "toml"), ("script", "configs/rewards", "rhai")]
    {
        for entry in fs::read_dir(here.join("..").join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == ending) {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                write(target, &name, &fs::read(&path)?)?;
            }
        }
    }

    let library = Library::embedded();
    let config: EnvironmentConfig = toml::from_str("melody = { steps = 4 }")?;
    let env = config.config().build(&[toml::from_str("key = {}")?], &library)?;
    let policy: PolicyConfig = toml::from_str("mlp = { hidden = [2] }")?;
    let task = Task { env: env.as_ref(), library: &library, models: &NoModels, policy: &policy, seed: 0 };
    for (name, agent) in [
        ("ppo", "ppo = { environments = 1, rollout-steps = 4, minibatch = 4, normalize-advantages = false }"),
        ("dqn", "dqn = { environments = 1, replay = { capacity = 8, warm-up = 4, batch = 2 } }"),
    ] {
        let agent: AgentConfig = toml::from_str(agent)?;
        let mut algorithm = agent.config().build(&task)?;
        algorithm.iterate(0.0)?;
        write("checkpoint", name, &algorithm.checkpoint()?.to_bytes()?)?;
        write("checkpoint", &format!("{name}-suspended"), &algorithm.suspend()?.to_bytes()?)?;
    }
    let envs = VecEnv::new(env.as_ref(), 1, 0, Role::Environment);
    write("checkpoint", "environments", &envs.suspend())
}

/// MIDI files of two notes with something odd between them, and files whose chunks are odd.
fn odd_files() -> Vec<Vec<u8>> {
    const EVENTS: [&[u8]; 24] = [
        // Meta events before running status, and of the wrong length.
        b"\0\xFF\x05\x02la\0\x3E\x50",
        b"\0\xFF\x59\x00",
        b"\0\xFF\x59\x02\xFE\xFF",
        b"\0\xFF\x51\x01\x07",
        b"\0\xFF\x51\x02\x0F\x42\x40",
        b"\0\xFF\x58\x02\x03\x02",
        b"\0\xFF\x01\x03hello",
        b"\0\xFF\x01\x0Bhello",
        b"\0\xFF\x01\xFF\xFF\x7F",
        // Data above 127, messages cut short, system messages.
        b"\0\xB0\x07\xFF",
        b"\0\x90\xF8\x40\x50",
        b"\0\x90\x40",
        b"\0\xF2\x01\x02\0\xF8\0\xFE\0\xF4",
        b"\0\xF0\x43\x10\x4C\x00\x00\x7E\x00\xF7",
        b"\0\xF0\x03\x43\x10\xF7\0\x3E\x50",
        b"\0\xF7\x02\xF3\x01",
        b"\0\xFF",
        // An end mark, a long number, controllers, a port, silence, an instrument.
        b"\0\xFF\x2F\0",
        b"\x80\x80\x80\x80\0\xFF\x01\0",
        b"\0\xB0\x07\x40\0\x0B\x40\0\x40\x7F\0\xE0\0\x50",
        b"\0\xB0\x65\0\0\x64\0\0\x06\x0C\0\x79\0",
        b"\0\xFF\x21\x01\x01\0\x90\x40\x50",
        b"\0\x90\x40\x50\x60\xB0\x7B\0",
        b"\x60\xC0\x28",
    ];
    let header = |format, tracks| [b"MThd\0\0\0\x06\0".as_slice(), &[format, 0, tracks, 0, 96]].concat();
    let chunk = |length: u32, events: &[u8]| [b"MTrk", length.to_be_bytes().as_slice(), events].concat();
    let around = |odd: &[u8]| {
        let events = [b"\0\x90\x3C\x50\x60\x80\x3C\x40", odd, b"\0\x90\x3E\x50\x60\x80\x3E\x40\0\xFF\x2F\0"].concat();
        [header(0, 1), chunk(events.len() as u32, &events)].concat()
    };
    let mut files: Vec<_> = EVENTS.iter().map(|odd| around(odd)).collect();

    let conductor = b"\0\xFF\x59\x02\0\0\0\xC0\x28\0\xFF\x2F\0";
    let music = b"\0\xFF\x59\x02\x02\0\0\x90\x3C\x50\x60\x3C\0\0\xFF\x2F\0";
    let (first, second) = (chunk(conductor.len() as u32, conductor), chunk(music.len() as u32, music));
    for length in [0, 9, 15, 40, u32::MAX] {
        files.push([header(1, 2), chunk(length, conductor), second.clone()].concat());
    }
    for between in [b"\x85\x30\x51\x03".as_slice(), b"XFIH\0\0\0\x03\x01\x02\x03", b"MTrk\0\0\0\0", &header(1, 1)] {
        files.push([header(1, 3).as_slice(), &first, between, &second].concat());
    }
    let inner = [header(2, 2), first, second].concat();
    let size = (inner.len() as u32).to_le_bytes();
    files.push([b"RIFF\0\0\0\0RMIDdata", size.as_slice(), &inner].concat());
    files
}
