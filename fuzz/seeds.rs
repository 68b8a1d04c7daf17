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
