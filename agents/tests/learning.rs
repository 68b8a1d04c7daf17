//! Algorithms learn what is easy, at once, and never do what is forbidden.

#![allow(clippy::unwrap_used)]

use gradus_agents::{Actor, AgentConfig, AgentError, Algorithm, Checkpoint, PolicyConfig, Task, evaluate};
use gradus_envs::{ActionBatch, Env, EnvironmentConfig, Library, VecEnv, seeding::Role};

fn environment(toml: &str) -> Box<dyn Env> {
    let config: EnvironmentConfig = toml::from_str(toml).unwrap();
    config.config().build(&[], &Library::embedded()).unwrap()
}

fn agent(toml: &str) -> AgentConfig {
    toml::from_str(toml).unwrap()
}

/// Small rollouts, so that few steps make many updates.
const PPO: &str = "
    [ppo]
    environments = 4
    rollout-steps = 32
    minibatch = 64
    epochs = 8
    learning-rate = 5e-3
    discount = 0.5
    normalize-rewards = false
";

const DISCRETE_SAC: &str = "
    [discrete-sac]
    environments = 4
    learning-rate = 3e-3
    discount = 0.5
    tau = 0.05
    replay = { capacity = 2_000, warm-up = 200, batch = 64, updates-per-step = 0.25, iteration-steps = 200 }
";

const DQN: &str = "
    [dqn]
    environments = 4
    learning-rate = 3e-3
    discount = 0.5
    tau = 0.05
    replay = { capacity = 2_000, warm-up = 200, batch = 64, updates-per-step = 0.25, iteration-steps = 200 }
";

fn train(agent: &AgentConfig, env: &(dyn Env + 'static), seed: u64, steps: u64) -> (Box<dyn Algorithm>, Checkpoint) {
    let policy = PolicyConfig::default();
    let task = Task { env, library: &Library::embedded(), policy: &policy, seed };
    let mut algorithm = agent.config().build(&task).unwrap();
    let mut done = 0;
    while done < steps {
        done = algorithm.iterate(done as f64 / steps as f64).unwrap().steps;
    }
    let checkpoint = algorithm.checkpoint().unwrap();
    (algorithm, checkpoint)
}

fn actor(
    agent: &AgentConfig,
    env: &(dyn Env + 'static),
    checkpoint: &Checkpoint,
    deterministic: bool,
) -> Box<dyn Actor> {
    let task = Task { env, library: &Library::embedded(), policy: &PolicyConfig::default(), seed: 1 };
    agent.config().actor(&task, checkpoint, deterministic).unwrap()
}

fn mean_return(agent: &AgentConfig, env: &(dyn Env + 'static), checkpoint: &Checkpoint) -> f64 {
    let mut actor = actor(agent, env, checkpoint, true);
    evaluate(env, actor.as_mut(), 20, 5).unwrap().statistics().returns.mean
}

#[test]
fn ppo_learns_to_say_what_it_sees_within_2000_steps() {
    for seed in 0..3 {
        let (agent, env) = (agent(PPO), environment("[identity]"));
        let (_, checkpoint) = train(&agent, env.as_ref(), seed, 2048);
        let mean = mean_return(&agent, env.as_ref(), &checkpoint);
        assert!(mean > 90.0, "seed {seed}: {mean} of 100");
    }
}

#[test]
fn discrete_sac_and_dqn_learn_to_say_what_they_see_masked_or_not() {
    for (toml, mask) in [(DISCRETE_SAC, false), (DISCRETE_SAC, true), (DQN, false), (DQN, true)] {
        let (agent, env) = (agent(toml), environment(&format!("[identity]\nmasked = {mask}")));
        let (_, checkpoint) = train(&agent, env.as_ref(), 0, 3_000);
        let mean = mean_return(&agent, env.as_ref(), &checkpoint);
        assert!(mean > 95.0, "{toml} masked {mask}: {mean} of 100");
    }
}

#[test]
fn ppo_learns_under_a_mask_and_with_every_option() {
    let options = "normalize-observations = true\ntarget-kl = 0.05\nclip-value = true\nclip = { from = 0.3, to = 0.1 }";
    let (agent, env) = (agent(&format!("{PPO}{options}")), environment("[identity]\nmasked = true"));
    let (_, checkpoint) = train(&agent, env.as_ref(), 0, 4096);
    let mean = mean_return(&agent, env.as_ref(), &checkpoint);
    assert!(mean > 90.0, "{mean} of 100");
}

#[test]
fn a_masked_action_is_never_taken() {
    // The environment refuses a masked action with an error, so playing to the end is the proof.
    let env = environment("[identity]\nmasked = true\nactions = 12");
    for toml in [PPO, DISCRETE_SAC, DQN, "[random]", "[greedy-reward]"] {
        let agent = agent(toml);
        let (_, checkpoint) = train(&agent, env.as_ref(), 0, 512);
        for deterministic in [false, true] {
            let mut actor = actor(&agent, env.as_ref(), &checkpoint, deterministic);
            let mut envs = VecEnv::new(env.as_ref(), 8, 0, Role::Evaluation);
            let mut actions = ActionBatch::for_space(&env.spec().action_space, 8);
            for _ in 0..500 {
                actor.act(&envs, &mut actions).unwrap();
                envs.step(actions.as_actions()).unwrap();
            }
        }
    }
}

#[test]
fn the_same_seed_brings_the_same_training_on_one_thread_and_on_two() {
    for toml in [PPO, DISCRETE_SAC, DQN] {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| train(&agent(toml), environment("[identity]").as_ref(), 7, 512).1.to_bytes().unwrap())
        };
        assert!(on(1) == on(2), "{toml}");
    }
}

#[test]
fn greedy_reward_takes_what_pays_at_once() {
    let env = environment("[identity]");
    let agent = agent("[greedy-reward]");
    let mean = mean_return(&agent, env.as_ref(), &Checkpoint::default());
    assert_eq!(mean, 100.0);
}

#[test]
fn a_checkpoint_cut_short_is_refused() {
    let env = environment("[identity]");
    let (_, checkpoint) = train(&agent(PPO), env.as_ref(), 0, 128);
    let bytes = checkpoint.to_bytes().unwrap();
    assert!(Checkpoint::from_bytes(&bytes).unwrap().to_bytes().unwrap() == bytes);
    for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(Checkpoint::from_bytes(&bytes[..length]).is_err(), "cut to {length}");
    }
}

#[test]
fn a_checkpoint_of_another_network_is_refused_by_name() {
    let env = environment("[identity]");
    let agent = agent(PPO);
    let (_, checkpoint) = train(&agent, env.as_ref(), 0, 128);
    let other = environment("[identity]\nactions = 9");
    let (library, policy) = (Library::embedded(), PolicyConfig::default());
    let task = Task { env: other.as_ref(), library: &library, policy: &policy, seed: 0 };
    let error = agent.config().actor(&task, &checkpoint, false).err().unwrap().to_string();
    assert!(error.contains("policy"), "{error}");
}

#[test]
fn impossible_settings_are_refused_with_key_and_remedy() {
    let env = environment("[identity]");
    for (settings, key) in [
        ("minibatch = 100", "agent.ppo.minibatch"),
        ("epochs = 0", "agent.ppo.epochs"),
        ("discount = 1.5", "agent.ppo.discount"),
        ("learning-rate = -1", "agent.ppo.learning-rate"),
        ("clip = { from = 0.2, to = 0.0, until = 3 }", "agent.ppo.clip"),
        ("max-gradient-norm = 0", "agent.ppo.max-gradient-norm"),
    ] {
        let agent = agent(&format!("[ppo]\n{settings}"));
        let (library, policy) = (Library::embedded(), PolicyConfig::default());
        let task = Task { env: env.as_ref(), library: &library, policy: &policy, seed: 0 };
        match agent.config().build(&task) {
            Err(AgentError::Config { key: actual, remedy, .. }) => {
                assert_eq!(actual, key);
                assert!(!remedy.is_empty());
            }
            other => panic!("{settings}: {:?}", other.err()),
        }
    }
}
