//! A training that was suspended goes on as if it had not been.

#![allow(clippy::unwrap_used)]

mod common;

use common::{DISCRETE_SAC, DQN, PPO, SAC, agent, environment};
use gradus_agents::{AgentConfig, Algorithm, Checkpoint, Iteration, PolicyConfig, Task};
use gradus_envs::{Env, EnvironmentConfig, Library, rewards::RewardConfig};
use gradus_models::critics::NoModels;

const ITERATIONS: u32 = 6;

fn build(agent: &AgentConfig, env: &(dyn Env + 'static), policy: &PolicyConfig) -> Box<dyn Algorithm> {
    let task = Task { env, library: &Library::embedded(), models: &NoModels, policy, seed: 3 };
    agent.config().build(&task).unwrap()
}

/// The rows of some iterations without what depends on the clock.
fn rows(algorithm: &mut dyn Algorithm, iterations: std::ops::Range<u32>) -> Vec<Iteration> {
    let row = |iteration| {
        let mut row = algorithm.iterate(f64::from(iteration) / f64::from(ITERATIONS)).unwrap();
        row.metrics.retain(|(name, _)| !name.starts_with("time/"));
        row
    };
    iterations.map(row).collect()
}

fn assert_goes_on(agent_toml: &str, env: &(dyn Env + 'static), policy: &str) {
    let (agent, policy): (_, PolicyConfig) = (agent(agent_toml), toml::from_str(policy).unwrap());
    let mut whole = build(&agent, env, &policy);
    let expected = rows(whole.as_mut(), 0..ITERATIONS);
    let last = whole.suspend().unwrap().to_bytes().unwrap();
    for stop in 1..ITERATIONS {
        let mut first = build(&agent, env, &policy);
        rows(first.as_mut(), 0..stop);
        let suspended = Checkpoint::from_bytes(&first.suspend().unwrap().to_bytes().unwrap()).unwrap();
        let mut second = build(&agent, env, &policy);
        second.resume(&suspended).unwrap();
        assert_eq!(rows(second.as_mut(), stop..ITERATIONS), expected[stop as usize..], "{agent_toml} from {stop}");
        assert!(second.suspend().unwrap().to_bytes().unwrap() == last, "{agent_toml} from {stop}");
    }
}

#[test]
fn every_algorithm_goes_on_bit_for_bit() {
    let normal = format!("{PPO}normalize-observations = true\n");
    for (agent, space) in [
        (PPO, "discrete"),
        (&normal, "box"),
        (PPO, "multi-discrete"),
        (DISCRETE_SAC, "discrete"),
        (SAC, "box"),
        (DQN, "discrete"),
        ("[random]\nenvironments = 3\nrollout-steps = 10", "box"),
        ("[greedy-reward]\nenvironments = 3\nrollout-steps = 10", "discrete"),
    ] {
        assert_goes_on(agent, environment(&format!("[identity]\nspace = '{space}'")).as_ref(), "[mlp]\nhidden = [16]");
    }
}

#[test]
fn pieces_in_the_making_cut_episodes_and_full_buffers_go_on() {
    let pendulum = environment("[pendulum]\nsteps = 30");
    let replay = "replay = { capacity = 150, warm-up = 20, batch = 16, iteration-steps = 50, n-step = 3 }";
    assert_goes_on(&format!("[sac]\nenvironments = 2\n{replay}"), pendulum.as_ref(), "[mlp]\nhidden = [8]");
    let config: EnvironmentConfig = toml::from_str("[melody]\nsteps = 14\nprimer = { corpus = 4 }").unwrap();
    let reward: RewardConfig = toml::from_str("key = { weight = { from = 1.0, to = 0.0 } }").unwrap();
    let melody = config.config().build(&[reward], &Library::embedded()).unwrap();
    assert_goes_on(
        &format!("[dqn]\nenvironments = 2\n{}", replay.replace("n-step = 3", "n-step = 1")),
        melody.as_ref(),
        "[mlp]\nhidden = [8]",
    );
    let ppo = "[ppo]\nenvironments = 4\nrollout-steps = 9\nminibatch = 12\nepochs = 1";
    assert_goes_on(ppo, melody.as_ref(), "[lstm]\nunits = 8");
}

#[test]
fn what_was_suspended_elsewhere_is_refused() {
    let (agent, policy) = (agent(PPO), PolicyConfig::default());
    let env = environment("[identity]");
    let suspended = build(&agent, env.as_ref(), &policy).suspend().unwrap();
    let other = environment("[identity]\nactions = 9");
    let error = build(&agent, other.as_ref(), &policy).resume(&suspended).unwrap_err().to_string();
    assert!(error.contains("policy"), "{error}");
    let checkpoint = build(&agent, env.as_ref(), &policy).checkpoint().unwrap();
    let error = build(&agent, env.as_ref(), &policy).resume(&checkpoint).unwrap_err().to_string();
    assert!(error.contains("generators"), "{error}");
}
