//! Algorithms learn what is easy, at once, and never do what is forbidden.

#![allow(clippy::unwrap_used)]

mod common;

use common::{DISCRETE_SAC, DQN, PPO, SAC, actor, agent, environment, mean_return, train};
use gradus_agents::{AgentError, Checkpoint, PolicyConfig, Task};
use gradus_envs::{ActionBatch, Library, VecEnv, seeding::Role};
use gradus_models::critics::NoModels;

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
    for (toml, space) in [(PPO, "discrete"), (PPO, "box"), (DISCRETE_SAC, "discrete"), (DQN, "discrete"), (SAC, "box")]
    {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let env = environment(&format!("[identity]\nspace = '{space}'"));
                train(&agent(toml), env.as_ref(), 7, 512).1.to_bytes().unwrap()
            })
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
    let task = Task { env: other.as_ref(), library: &library, models: &NoModels, policy: &policy, seed: 0 };
    let error = agent.config().actor(&task, &checkpoint, false).err().unwrap().to_string();
    assert!(error.contains("policy"), "{error}");
}

/// The key and the whole message of the error that a config is refused with.
fn refusal(agent_toml: &str, env_toml: &str) -> (String, String) {
    let (agent, env) = (agent(agent_toml), environment(env_toml));
    let (library, policy) = (Library::embedded(), PolicyConfig::default());
    let task = Task { env: env.as_ref(), library: &library, models: &NoModels, policy: &policy, seed: 0 };
    let Err(error) = agent.config().build(&task) else {
        panic!("{agent_toml} was not refused on {env_toml}");
    };
    let key = match &error {
        AgentError::Config { key, .. } => key.clone(),
        AgentError::Space { agent, .. } => format!("agent.{agent}"),
        other => panic!("{other}"),
    };
    (key, error.to_string())
}

#[test]
fn impossible_settings_are_refused_with_key_and_remedy() {
    for (settings, key) in [
        ("[ppo]\nminibatch = 100", "agent.ppo.minibatch"),
        ("[ppo]\nepochs = 0", "agent.ppo.epochs"),
        ("[ppo]\ndiscount = 1.2", "agent.ppo.discount"),
        ("[ppo]\nlearning-rate = -1", "agent.ppo.learning-rate"),
        ("[ppo]\nclip = { from = 0.2, to = 0.0, until = 3 }", "agent.ppo.clip.until"),
        ("[ppo]\nmax-gradient-norm = 0", "agent.ppo.max-gradient-norm"),
        ("[ppo]\nvalue-coefficient = nan", "agent.ppo.value-coefficient"),
        ("[dqn]\ndiscount = 1.2", "agent.dqn.discount"),
        ("[dqn]\nexploration = 1.5", "agent.dqn.exploration"),
        ("[dqn]\ntarget = 'g'", "agent.dqn.prior"),
        ("[dqn]\nprior = { ngram = {} }", "agent.dqn.prior"),
        ("[discrete-sac]\ndiscount = 1.2", "agent.discrete-sac.discount"),
        ("[discrete-sac]\ntarget-entropy = 2", "agent.discrete-sac.target-entropy"),
        ("[discrete-sac]\nreplay = { capacity = 100, batch = 101 }", "agent.discrete-sac.replay.batch"),
        ("[discrete-sac]\nreplay = { capacity = 1_000_000_000_000 }", "agent.discrete-sac.replay.capacity"),
        ("[dqn]\nreplay = { capacity = 4 }", "agent.dqn.replay.capacity"),
        ("[dqn]\nreplay = { updates-per-step = 0 }", "agent.dqn.replay.updates-per-step"),
    ] {
        let (actual, message) = refusal(settings, "[identity]");
        assert_eq!(actual, key, "{settings}: {message}");
        assert!(message.contains("; "), "{message} has no remedy");
    }
}

#[test]
fn an_action_space_that_is_not_served_is_refused_with_the_agent_that_serves_it() {
    for (agent, env, remedy) in [
        ("[sac]", "[identity]", "use `discrete-sac`"),
        ("[sac]", "[identity]\nspace = 'multi-discrete'", "use `discrete-sac`"),
        ("[discrete-sac]", "[pendulum]", "use `sac`"),
        ("[dqn]", "[pendulum]", "`ppo` serves every space"),
        ("[greedy-reward]", "[pendulum]", "`ppo` serves every space"),
    ] {
        let (_, message) = refusal(agent, env);
        assert!(message.contains(remedy), "{message}");
    }
}
