//! What is timed: the settings are those of the peers' benchmarks, so that figures can be set beside theirs.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use burn::{module::Module, tensor::Device};
use gradus_agents::{Algorithm, Task};
use gradus_envs::{
    Actions, VecEnv,
    seeding::{Role, stream},
};
use gradus_models::sequence::{
    Alphabet, Dropout, LstmConfig, SequenceConfig, SequenceModel, Sequences, TransformerConfig,
};
use rand::RngExt;

use super::floor::{Layer, Product};
use crate::{config::TrainingConfig, critic::Folders};

/// The nine rules of the RL Tuner.
const RULES: &str = include_str!("../../configs/rl-tuner.toml");

/// Environments that are stepped together, and steps of each in a round.
const ENVIRONMENTS: usize = 64;
const STEPS: usize = 128;
/// Transitions in a minibatch of PPO, and passes over each.
const MINIBATCH: usize = 512;
const EPOCHS: usize = 4;
/// Updates of SAC in a round.
const UPDATES: usize = 100;
/// Pieces that a critic judges in a round, and tokens of each.
const PIECES: usize = 64;
const TOKENS: usize = 64;
const ALPHABET: Alphabet = Alphabet { tokens: 38, phases: 16 };

/// Environment steps in an iteration of [`ppo`].
pub const PPO_STEPS: usize = ENVIRONMENTS * STEPS;
/// Environment steps, and updates, in an iteration of [`sac`].
pub const SAC_STEPS: usize = UPDATES;
/// Tokens in a round of [`Critic`].
pub const CRITIC_TOKENS: usize = PIECES * TOKENS;

/// A configuration's algorithm, ready for its first iteration.
fn algorithm(config: &str, assignments: &[&str]) -> anyhow::Result<Box<dyn Algorithm>> {
    let assignments: Vec<_> = assignments.iter().map(|&assignment| assignment.to_owned()).collect();
    let config = TrainingConfig::parse(config, "benchmark", &assignments)?;
    let library = config.library();
    let env = config.environment(&library)?;
    let task = Task { env: env.as_ref(), library: &library, models: &Folders, policy: &config.policy, seed: 0 };
    Ok(config.agent.config().build(&task)?)
}

/// `melody` under the nine rules: 64 environments side by side, random actions, the observation and the mask written.
pub struct Steps {
    envs: VecEnv,
    actions: Vec<u32>,
}

impl Steps {
    /// Environment steps in a round.
    pub const ROUND: usize = ENVIRONMENTS * STEPS;

    /// With actions drawn beforehand, stepped by so many threads.
    pub fn new(threads: usize) -> anyhow::Result<Self> {
        let config = TrainingConfig::parse(RULES, "benchmark", &["env.melody.observation={ history = 1 }".to_owned()])?;
        let env = config.environment(&config.library())?;
        let mut envs = VecEnv::new(env.as_ref(), ENVIRONMENTS, 0, Role::Environment);
        envs.set_threads(threads);
        let mut generator = stream(0, Role::Policy, 0);
        let actions = (0..Self::ROUND).map(|_| generator.random_range(0..38)).collect();
        Ok(Self { envs, actions })
    }

    /// Times a round.
    pub fn time(&mut self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        for row in self.actions.chunks_exact(ENVIRONMENTS) {
            self.envs.step(Actions::Discrete(row))?;
        }
        Ok(start.elapsed())
    }
}

/// PPO on `melody` under the nine rules: 64 environments of 128 steps, 4 epochs, minibatches of 512, two networks of 64-64
/// tanh units over 66 observations and 38 actions.
pub fn ppo() -> anyhow::Result<Box<dyn Algorithm>> {
    algorithm(
        RULES,
        &[
            "env.melody.observation={ bar-number = false }",
            &format!(
                "agent={{ ppo = {{ environments = {ENVIRONMENTS}, rollout-steps = {STEPS}, minibatch = {MINIBATCH}, \
                 epochs = {EPOCHS} }} }}"
            ),
        ],
    )
}

/// The products of PPO's networks: those of collecting, and those of learning.
pub fn ppo_products() -> [Vec<Product>; 2] {
    let (mut collecting, mut learning) = (Vec::new(), Vec::new());
    for sides in [[66, 64, 64, 38], [66, 64, 64, 1]] {
        for layer in 0..3 {
            let of_batch = |batch| Layer { batch, inputs: sides[layer], outputs: sides[layer + 1] };
            collecting.extend([of_batch(ENVIRONMENTS).forward(); STEPS]);
            let minibatch = of_batch(MINIBATCH);
            for _ in 0..EPOCHS * PPO_STEPS / MINIBATCH {
                learning.extend([minibatch.forward(), minibatch.to_weights()]);
                if layer > 0 {
                    learning.push(minibatch.to_inputs());
                }
            }
        }
    }
    [collecting, learning]
}

/// SAC on Pendulum-v1: one environment, one update a step, batches of 256, networks of 256-256 units.
pub fn sac() -> anyhow::Result<Box<dyn Algorithm>> {
    let config = format!(
        "[env.pendulum]\n[agent.sac]\nreplay = {{ warm-up = 256, batch = 256, iteration-steps = {UPDATES} }}\n\
         [policy.mlp]\nhidden = [256, 256]\nactivation = 'relu'\n"
    );
    let mut sac = algorithm(&config, &[])?;
    // Beyond the warm-up every step brings an update.
    for _ in 0..4 {
        sac.iterate(0.0)?;
    }
    Ok(sac)
}

/// The products of an iteration's updates, of a policy over 3 observations and 1 action and two Q-networks over both.
pub fn sac_products() -> Vec<Product> {
    let layers = |sides: [usize; 4]| {
        [0, 1, 2].map(|layer| Layer { batch: 256, inputs: sides[layer], outputs: sides[layer + 1] })
    };
    let mut products = Vec::new();
    let policy = layers([3, 256, 256, 2]);
    // The actions of both states; then the gradient.
    products.extend(policy.iter().flat_map(|layer| [layer.forward(); 2]));
    products.extend(policy.iter().map(Layer::to_weights));
    products.extend(policy[1..].iter().map(Layer::to_inputs));
    let q_network = layers([4, 256, 256, 1]);
    for _ in 0..2 {
        // The target, the loss, and the slope that the policy climbs.
        products.extend(q_network.iter().flat_map(|layer| [layer.forward(); 3]));
        products.extend(q_network.iter().map(Layer::to_weights));
        products.extend(q_network[1..].iter().map(Layer::to_inputs));
        products.extend(q_network.iter().map(Layer::to_inputs));
    }
    products.repeat(UPDATES)
}

/// A sequence model that judges 64 pieces of 64 tokens in one pass, as a critic does after a rollout.
pub struct Critic {
    model: SequenceModel,
    pieces: Sequences,
    places: usize,
}

impl Critic {
    /// A causal Transformer of 4 layers, width 128, 4 heads.
    pub fn transformer() -> Self {
        Self::new(&SequenceConfig::Transformer(TransformerConfig {
            layers: 4,
            width: 128,
            heads: 4,
            context: TOKENS,
            dropout: 0.0,
        }))
    }

    /// An LSTM of 128 units.
    pub fn lstm() -> Self {
        Self::new(&SequenceConfig::Lstm(LstmConfig { layers: 1, units: 128, dropout: 0.0 }))
    }

    fn new(config: &SequenceConfig) -> Self {
        let mut generator = stream(0, Role::Initialization, 0);
        let model = SequenceModel::init(config, ALPHABET, ALPHABET.tokens, 0.1, &mut generator, &Device::flex());
        let tokens = (0..CRITIC_TOKENS).map(|place| ((place * 7919) % ALPHABET.tokens) as u32).collect();
        let phases = (0..CRITIC_TOKENS).map(|place| (place % TOKENS % ALPHABET.phases) as u32).collect();
        let places = CRITIC_TOKENS;
        Self { model, pieces: Sequences { tokens, phases, length: TOKENS }, places }
    }

    /// Products with as many operations as every weight needs at every place, two each.
    pub fn products(&self) -> Vec<Product> {
        vec![[self.places / 2, 128, 128]; 2 * self.model.num_params() / (128 * 128)]
    }

    /// Times a round.
    pub fn time(&self) -> Duration {
        let start = Instant::now();
        black_box(self.model.forward(&self.pieces, &mut Dropout::off()).into_data());
        start.elapsed()
    }
}
