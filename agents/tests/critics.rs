//! Rewards that come when a piece is there reach every algorithm, and in full.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use gradus_agents::{AgentConfig, PolicyConfig, Task};
use gradus_envs::{
    CriticShelf, Env, EnvError, EnvironmentConfig, Library, Passage, RewardCritic, Setting,
    rewards::{CriticSettings, RewardConfig},
};
use gradus_models::critics::NoModels;

/// Likes middle C: +1 for each token that begins it, all at once or at the piece's end.
#[derive(Clone, Debug)]
struct MiddleC {
    at_the_end: bool,
}

impl RewardCritic for MiddleC {
    fn score(&self, pieces: &[Passage<'_>]) -> Vec<Vec<f32>> {
        let score = |piece: &Passage<'_>| {
            let mut scores: Vec<f32> = piece.tokens.iter().map(|token| if token.0 == 14 { 1.0 } else { 0.0 }).collect();
            if self.at_the_end {
                let total = scores.iter().sum();
                scores.fill(0.0);
                *scores.last_mut().unwrap() = total;
            }
            scores
        };
        pieces.iter().map(score).collect()
    }

    fn is_causal(&self) -> bool {
        !self.at_the_end
    }
}

#[derive(Debug)]
struct Shelf;

impl CriticShelf for Shelf {
    fn open(&self, settings: &CriticSettings, _: &Setting) -> Result<Box<dyn RewardCritic>, EnvError> {
        Ok(Box::new(MiddleC { at_the_end: settings.model.ends_with("end") }))
    }
}

fn env(model: &str, library: &Library) -> Box<dyn Env> {
    let config: EnvironmentConfig =
        toml::from_str("melody = { steps = 8, low = 'C3', high = 'C5', primer = 'none' }").unwrap();
    let reward: Vec<RewardConfig> = vec![
        toml::from_str("key = { weight = 0.1 }").unwrap(),
        toml::from_str(&format!("critic = {{ model = '{model}' }}")).unwrap(),
    ];
    config.config().build(&reward, library).unwrap()
}

fn agents() -> [AgentConfig; 3] {
    let replay =
        "replay = { capacity = 5_000, warm-up = 400, batch = 64, updates-per-step = 0.25, iteration-steps = 400 }";
    [
        "ppo = { environments = 8, rollout-steps = 12, minibatch = 48, learning-rate = 3e-3, normalize-rewards = false }".to_owned(),
        format!("discrete-sac = {{ environments = 8, learning-rate = 3e-3, discount = 0.5, tau = 0.05, target-entropy = 0.1, {replay} }}"),
        format!("dqn = {{ environments = 8, learning-rate = 3e-3, discount = 0.5, tau = 0.05, exploration = {{ from = 1.0, to = 0.02, until = 0.5 }}, {replay} }}"),
    ]
    .map(|text| toml::from_str(&text).unwrap())
}

#[test]
fn every_algorithm_learns_from_what_critics_say() {
    let library = Library::embedded().with_critics(Arc::new(Shelf));
    let policy = PolicyConfig::default();
    for agent in agents() {
        for model in ["step", "end"] {
            let env = env(model, &library);
            let task = Task { env: env.as_ref(), library: &library, models: &NoModels, policy: &policy, seed: 3 };
            let mut algorithm = agent.config().build(&task).unwrap();
            let (mut share, mut steps) = (0.0, 0);
            while steps < 12_000 {
                let iteration = algorithm.iterate(steps as f64 / 12_000.0).unwrap();
                steps = iteration.steps;
                if let Some(of_critic) = iteration.get("reward/critic") {
                    share = of_critic;
                    let sum = of_critic + iteration.get("reward/key").unwrap();
                    assert!((iteration.get("return/mean").unwrap() - sum).abs() < 1e-6);
                }
            }
            // At random 0.3 of a piece's eight tokens are middle C. A sum at the end is harder to trace to its notes.
            let least = if model == "step" { 5.0 } else { 2.0 };
            assert!(share > least, "{} with a critic of each {model}: {share}", agent.name());
        }
    }
}
