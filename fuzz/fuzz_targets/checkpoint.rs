//! Any bytes as a checkpoint: for the actor, for going on with a training, and as the state of environments.

#![no_main]

use std::sync::LazyLock;

use gradus_agents::{AgentConfig, Checkpoint, PolicyConfig, Task};
use gradus_envs::{Env, EnvironmentConfig, Library, VecEnv, seeding::Role};
use gradus_models::critics::NoModels;
use libfuzzer_sys::fuzz_target;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::embedded);

fn env() -> Box<dyn Env> {
    let config: EnvironmentConfig = toml::from_str("melody = { steps = 4 }").expect("a config");
    let rewards = toml::from_str("key = {}").expect("a term");
    config.config().build(&[rewards], &LIBRARY).expect("an environment")
}

fuzz_target!(|bytes: &[u8]| {
    let mut envs = VecEnv::new(env().as_ref(), 1, 0, Role::Environment);
    let _ = envs.resume(bytes);

    let checkpoint = match Checkpoint::from_bytes(bytes) {
        Err(error) => match mended(bytes, &error.to_string()) {
            Some(checkpoint) => checkpoint,
            None => return,
        },
        Ok(checkpoint) => checkpoint,
    };
    let written = checkpoint.to_bytes().expect("what was read can be written");
    let again = Checkpoint::from_bytes(&written).expect("what was written can be read");
    assert_eq!(again.to_bytes().expect("a second time"), written);
    let _ = checkpoint.critic_scales();

    let policy: PolicyConfig = toml::from_str("mlp = { hidden = [2] }").expect("a policy");
    let env = env();
    let task = Task { env: env.as_ref(), library: &LIBRARY, models: &NoModels, policy: &policy, seed: 0 };
    for agent in [
        "ppo = { environments = 1, rollout-steps = 4, minibatch = 4, normalize-advantages = false }",
        "dqn = { environments = 1, replay = { capacity = 8, warm-up = 4, batch = 2 } }",
    ] {
        let Ok(agent) = toml::from_str::<AgentConfig>(agent) else { unreachable!("{agent}") };
        let _ = agent.config().actor(&task, &checkpoint, true);
        if let Ok(mut algorithm) = agent.config().build(&task) {
            let _ = algorithm.resume(&checkpoint);
        }
    }
});

/// The same file with the checksum that its content has: chance would never find it.
fn mended(bytes: &[u8], error: &str) -> Option<Checkpoint> {
    const MARK: &str = "crc32c:";
    let (_, found) = error.split_once("its content has the ")?;
    let sum = found.get(..MARK.len() + 8)?;
    let place = bytes.windows(MARK.len()).position(|window| window == MARK.as_bytes())?;
    let mut mended = bytes.to_vec();
    mended.get_mut(place..place + sum.len())?.copy_from_slice(sum.as_bytes());
    Checkpoint::from_bytes(&mended).ok()
}
