//! Small agents, and what tests do with them.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses its part")]

use gradus_agents::{Actor, AgentConfig, Checkpoint, Iteration, PolicyConfig, Task, evaluate};
use gradus_envs::{CriticScales, Env, EnvironmentConfig, Library};
use gradus_models::critics::NoModels;

pub fn environment(toml: &str) -> Box<dyn Env> {
    let config: EnvironmentConfig = toml::from_str(toml).unwrap();
    config.config().build(&[], &Library::embedded()).unwrap()
}

pub fn agent(toml: &str) -> AgentConfig {
    toml::from_str(toml).unwrap()
}

/// Small rollouts, so that few steps make many updates.
pub const PPO: &str = "
    [ppo]
    environments = 4
    rollout-steps = 32
    minibatch = 64
    epochs = 8
    learning-rate = 5e-3
    discount = 0.5
    normalize-rewards = false
";

pub const DISCRETE_SAC: &str = "
    [discrete-sac]
    environments = 4
    learning-rate = 3e-3
    discount = 0.5
    tau = 0.05
    replay = { capacity = 2_000, warm-up = 200, batch = 64, updates-per-step = 0.25, iteration-steps = 200 }
";

pub const DQN: &str = "
    [dqn]
    environments = 4
    learning-rate = 3e-3
    discount = 0.5
    tau = 0.05
    replay = { capacity = 2_000, warm-up = 200, batch = 64, updates-per-step = 0.25, iteration-steps = 200 }
";

pub const SAC: &str = "
    [sac]
    environments = 4
    learning-rate = 3e-3
    discount = 0.5
    tau = 0.05
    temperature = 0.002
    replay = { capacity = 2_000, warm-up = 200, batch = 64, updates-per-step = 0.25, iteration-steps = 200 }
";

/// The last iteration of a training and what it leaves.
pub fn train(agent: &AgentConfig, env: &(dyn Env + 'static), seed: u64, steps: u64) -> (Iteration, Checkpoint) {
    let policy = PolicyConfig::default();
    let task = Task { env, library: &Library::embedded(), models: &NoModels, policy: &policy, seed };
    let mut algorithm = agent.config().build(&task).unwrap();
    let mut last = Iteration::default();
    while last.steps < steps {
        last = algorithm.iterate(last.steps as f64 / steps as f64).unwrap();
    }
    (last, algorithm.checkpoint().unwrap())
}

pub fn actor(
    agent: &AgentConfig,
    env: &(dyn Env + 'static),
    checkpoint: &Checkpoint,
    deterministic: bool,
) -> Box<dyn Actor> {
    let task =
        Task { env, library: &Library::embedded(), models: &NoModels, policy: &PolicyConfig::default(), seed: 1 };
    agent.config().actor(&task, checkpoint, deterministic).unwrap()
}

pub fn mean_return(agent: &AgentConfig, env: &(dyn Env + 'static), checkpoint: &Checkpoint) -> f64 {
    let mut actor = actor(agent, env, checkpoint, true);
    evaluate(env, actor.as_mut(), 20, 5, CriticScales::default()).unwrap().statistics().returns.mean
}
