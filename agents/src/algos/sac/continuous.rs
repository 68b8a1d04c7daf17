//! Soft actor-critic for continuous actions.
//!
//! **Paper**: Haarnoja et al. 2018, "Soft actor-critic algorithms and applications", arXiv 1812.05905.
//! **Details**: a policy squashed by tanh, with the exact log-probability of what it does; two Q-networks and the lesser
//! of their targets (Fujimoto et al. 2018, arXiv 1802.09477); a temperature learned against a target entropy of minus
//! the number of dimensions; n-step returns; bootstrapping where an episode was cut off; state-dependent exploration.
//! **What differs**: actions are learned between -1 and 1 whatever the bounds; what can be computed side by side is:
//! the actions of both states, and all that concerns one Q-network alone.

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use gradus_envs::{
    ActionBatch, Schedule, Space, VecEnv,
    range::Range,
    registry::Registered,
    seeding::{Generator, Role, stream},
};
use gradus_models::optim::{Adam, AdamConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Q_NETWORKS;
use super::squashed::{Sample, SquashedGaussian, StateDependent};
use crate::{
    actor::Actor,
    algos::{
        Algorithm, AlgorithmConfig, Task, boxed,
        off_policy::{Learner, OffPolicy, ReplayConfig, Scaling},
        q_network::{QNetwork, both, both_mut},
        settings::Check,
        temperature::Temperature,
    },
    checkpoint::Checkpoint,
    error::AgentError,
    replay::Transitions,
    tensors::{elements, matrix, scalar, vector},
};

/// Settings of `sac`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How many environments are stepped together.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub environments: usize,
    /// Adam's step size, for policy, Q-networks and temperature.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub learning_rate: Schedule,
    /// The discount of future rewards, gamma.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub discount: f64,
    /// The share of the way that the target networks go at each update.
    #[schemars(transform = Range::above(0).at_most(1))]
    pub tau: f64,
    /// What a nat of entropy is worth; learned from the target entropy if not given.
    #[schemars(transform = Range::above(0).at_most(1e6))]
    pub temperature: Option<f64>,
    /// The entropy to come to, in nats; minus the number of the action's dimensions if not given.
    #[schemars(transform = Range::at_least(-1e4).at_most(1e4))]
    pub target_entropy: Option<f64>,
    /// Noise that depends on the state and is smooth in time; independent from step to step if not given.
    pub state_dependent_exploration: Option<StateDependent>,
    /// How experience is collected, kept and drawn.
    pub replay: ReplayConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environments: 1,
            learning_rate: Schedule::Constant(3e-4),
            discount: 0.99,
            tau: 0.005,
            temperature: None,
            target_entropy: None,
            state_dependent_exploration: None,
            replay: ReplayConfig::default(),
        }
    }
}

impl Registered for Config {
    const NAME: &'static str = "sac";
    const SUMMARY: &'static str = "soft actor-critic for continuous actions (Haarnoja et al. 2018)";
}

impl AlgorithmConfig for Config {
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError> {
        Check::of(self)?;
        self.replay.check(Self::NAME, self.environments)?;
        let learner = Sac::new(self.clone(), task)?;
        OffPolicy::new(Self::NAME, task, learner, self.environments, &self.replay, self.discount, None).map(boxed)
    }

    fn actor(
        &self,
        task: &Task<'_>,
        checkpoint: &Checkpoint,
        deterministic: bool,
    ) -> Result<Box<dyn Actor>, AgentError> {
        let policy = checkpoint.restore(self.initial_policy(task, &Device::flex())?, "policy")?;
        let space = &task.env.spec().action_space;
        Ok(Box::new(SacActor {
            policy,
            generator: (!deterministic).then(|| stream(task.seed, Role::EvaluationPolicy, 0)),
            scaling: Scaling::of(space),
            unscaled: ActionBatch::for_space(space, 0),
        }))
    }
}

impl Config {
    fn initial_policy(&self, task: &Task<'_>, device: &Device) -> Result<SquashedGaussian, AgentError> {
        let spec = task.env.spec();
        let Space::Box { low, high } = &spec.action_space else {
            return Err(AgentError::space(Self::NAME, spec, "use `discrete-sac`"));
        };
        if !low.iter().chain(high).all(|bound| bound.is_finite()) {
            return Err(AgentError::space(Self::NAME, spec, "it needs a box with finite bounds"));
        }
        Ok(SquashedGaussian::init(
            task.policy.mlp(Config::NAME)?,
            spec.observation_space.size(),
            low.len(),
            self.state_dependent_exploration,
            &mut stream(task.seed, Role::Initialization, 0),
            device,
        ))
    }
}

struct Sac {
    config: Config,
    target_entropy: f64,
    policy: SquashedGaussian,
    optimizer: Adam,
    q_networks: [QNetwork; 2],
    temperature: Temperature,
    /// The noise of a whole stretch of collecting, with state-dependent exploration.
    held_noise: Option<Tensor<2>>,
    sampler: Generator,
    update_noise: Generator,
    device: Device,
}

/// What concerns one Q-network in an update.
struct QStep {
    loss: f64,
    /// Q of what the policy does, `[batch]`.
    values: Vec<f32>,
    /// How Q changes with observations and actions, `[batch × (observation + action)]`.
    slopes: Vec<f32>,
}

impl Sac {
    fn new(config: Config, task: &Task<'_>) -> Result<Self, AgentError> {
        let device = Device::flex().autodiff();
        let policy = config.initial_policy(task, &device)?;
        let spec = task.env.spec();
        let (observation, dimensions) = (spec.observation_space.size(), spec.action_space.size());
        let q_network = |index| {
            let mut generator = stream(task.seed, Role::Initialization, index);
            Ok::<_, AgentError>(QNetwork::init(
                task.policy.mlp(Config::NAME)?,
                observation + dimensions,
                1,
                &mut generator,
            ))
        };
        Ok(Self {
            target_entropy: config.target_entropy.unwrap_or(-(dimensions as f64)),
            temperature: Temperature::new(config.temperature),
            config,
            policy,
            optimizer: AdamConfig { epsilon: 1e-8, ..AdamConfig::default() }.init(),
            q_networks: [q_network(1)?, q_network(2)?],
            held_noise: None,
            sampler: stream(task.seed, Role::Policy, 0),
            update_noise: stream(task.seed, Role::UpdateNoise, 0),
            device,
        })
    }

    /// What Q should be: r + gamma (min Q(s', a') - alpha ln pi(a'|s')), where the targets say Q and the policy a'.
    fn targets(&self, transitions: &Transitions, next: Sample, temperature: f32) -> Vec<f32> {
        let inputs = side_by_side(&transitions.next_observations, &elements(next.actions), transitions.len());
        let [first, second] = both(&self.q_networks, |q| elements(q.target(inputs.clone())));
        let log_probabilities = elements(next.log_probabilities);
        let values = first.iter().zip(second).zip(log_probabilities).map(|((a, b), log)| a.min(b) - temperature * log);
        let transitions = transitions.rewards.iter().zip(&transitions.discounts);
        transitions.zip(values).map(|((reward, discount), value)| reward + discount * value).collect()
    }
}

impl Learner for Sac {
    fn begin_collecting(&mut self, _: f64) {
        self.held_noise = None;
    }

    fn act(&mut self, envs: &VecEnv, _: &[f32], actions: &mut ActionBatch) -> Result<(), AgentError> {
        let policy = self.policy.valid();
        act(&policy, envs, &mut self.sampler, &mut self.held_noise, actions);
        Ok(())
    }

    fn update(&mut self, transitions: &Transitions, progress: f64) -> Vec<(&'static str, f64)> {
        let (n, learning_rate) = (transitions.len(), self.config.learning_rate.at(progress));
        let inner = Device::flex();
        let observation = transitions.observations.len() / n;
        let noise = self.policy.noise(n, &mut self.update_noise, &self.device);
        let next_noise = self.policy.noise(n, &mut self.update_noise, &inner);
        let (now, next) = rayon::join(
            || self.policy.sample(matrix(&transitions.observations, observation, &self.device), noise),
            || self.policy.valid().sample(matrix(&transitions.next_observations, observation, &inner), next_noise),
        );

        // The temperature of this update is the one before its own step.
        let temperature = self.temperature.value();
        let log_probability = scalar(now.log_probabilities.clone().mean());
        self.temperature.learn(-log_probability - self.target_entropy, learning_rate);

        let targets = self.targets(transitions, next, temperature);
        let inputs = side_by_side(&transitions.observations, transitions.actions.reals(), n);
        let acted = side_by_side(&transitions.observations, &elements(now.actions.clone()), n);
        let tau = self.config.tau;
        let steps = both_mut(&mut self.q_networks, |q| {
            let targets = vector(&targets, &self.device);
            let loss = q.step(
                inputs.clone(),
                |values| (values.squeeze_dim::<1>(1) - targets).square().mean() * 0.5,
                learning_rate,
                None,
            );
            let (values, slopes) = q.slopes(acted.clone());
            q.follow(tau);
            QStep { loss, values, slopes }
        });

        // The policy climbs min Q + alpha entropy. Its gradient passes through the action, where the slope of the
        // lesser Q is known by now.
        let (values, slopes) = lesser(&steps, observation);
        let slopes = matrix(&slopes, slopes.len() / n, &self.device);
        let climb = (now.actions * slopes).sum_dim(1).squeeze_dim::<1>(1);
        let loss = (now.log_probabilities * temperature - climb).mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.policy);
        self.policy = self.optimizer.step_unclipped(self.policy.take(), gradients, learning_rate);

        let [first, second] = steps;
        vec![
            ("loss/policy", f64::from(temperature) * log_probability - values),
            ("loss/q", f64::midpoint(first.loss, second.loss)),
            ("sac/q", values),
            ("sac/entropy", -log_probability),
            ("sac/target-entropy", self.target_entropy),
            ("sac/temperature", f64::from(temperature)),
            ("sac/learning-rate", learning_rate),
        ]
    }

    fn keep(&self, checkpoint: &mut Checkpoint) -> Result<(), AgentError> {
        checkpoint.keep(&self.policy, "policy");
        for (q, name) in self.q_networks.iter().zip(Q_NETWORKS) {
            q.keep(checkpoint, name);
        }
        self.temperature.keep(checkpoint);
        Ok(())
    }

    fn suspend(&self, checkpoint: &mut Checkpoint) -> Result<(), AgentError> {
        checkpoint.keep_optimizer(&self.optimizer, &self.policy, "policy-optimizer");
        for (q, name) in self.q_networks.iter().zip(Q_NETWORKS) {
            q.suspend(checkpoint, name);
        }
        self.temperature.suspend(checkpoint);
        checkpoint.keep_state("learner-generators", &(&self.sampler, &self.update_noise))
    }

    fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError> {
        self.policy = suspended.restore(self.policy.clone(), "policy")?;
        self.optimizer = suspended.restore_optimizer(&self.optimizer, &self.policy, "policy-optimizer")?;
        for (q, name) in self.q_networks.iter_mut().zip(Q_NETWORKS) {
            q.resume(suspended, name)?;
        }
        self.temperature.resume(suspended)?;
        (self.sampler, self.update_noise) = suspended.state("learner-generators")?;
        Ok(())
    }
}

/// The mean of the lesser Q, and how it changes with the actions, `[batch × action]`.
fn lesser([first, second]: &[QStep; 2], observation: usize) -> (f64, Vec<f32>) {
    let n = first.values.len();
    let width = first.slopes.len() / n;
    let mut slopes = Vec::with_capacity(n * (width - observation));
    let mut sum = 0.0;
    for row in 0..n {
        let q = if first.values[row] <= second.values[row] { first } else { second };
        sum += f64::from(q.values[row]);
        slopes.extend_from_slice(&q.slopes[row * width + observation..(row + 1) * width]);
    }
    (sum / n as f64, slopes)
}

/// Rows of observations, each followed by its action.
fn side_by_side(observations: &[f32], actions: &[f32], rows: usize) -> Tensor<2> {
    let (observation, action) = (observations.len() / rows, actions.len() / rows);
    let mut inputs = Vec::with_capacity(observations.len() + actions.len());
    for (observation, action) in observations.chunks_exact(observation).zip(actions.chunks_exact(action)) {
        inputs.extend_from_slice(observation);
        inputs.extend_from_slice(action);
    }
    matrix(&inputs, observation + action, &Device::flex())
}

/// Draws an action for each environment. Where the noise is a shared matrix, `held` keeps it.
fn act(
    policy: &SquashedGaussian,
    envs: &VecEnv,
    generator: &mut Generator,
    held: &mut Option<Tensor<2>>,
    actions: &mut ActionBatch,
) {
    let device = Device::flex();
    let observations = matrix(envs.observations(), envs.observations().len() / envs.len(), &device);
    let noise = match held {
        Some(noise) => noise.clone(),
        None => policy.noise(envs.len(), generator, &device),
    };
    if policy.is_state_dependent() {
        *held = Some(noise.clone());
    }
    actions.reals_mut().copy_from_slice(&elements(policy.sample(observations, noise).actions));
}

/// Acts with a trained policy.
struct SacActor {
    policy: SquashedGaussian,
    /// None to take the most probable action.
    generator: Option<Generator>,
    scaling: Scaling,
    unscaled: ActionBatch,
}

impl Actor for SacActor {
    fn act(&mut self, envs: &VecEnv, actions: &mut ActionBatch) -> Result<(), AgentError> {
        self.unscaled.clone_from(actions);
        if let Some(generator) = &mut self.generator {
            act(&self.policy, envs, generator, &mut None, &mut self.unscaled);
        } else {
            let size = envs.observations().len() / envs.len();
            let best = self.policy.best(matrix(envs.observations(), size, &Device::flex()));
            self.unscaled.reals_mut().copy_from_slice(&elements(best));
        }
        self.scaling.apply(&self.unscaled, actions);
        Ok(())
    }
    fn generator(&self) -> Option<&Generator> {
        self.generator.as_ref()
    }

    fn set_generator(&mut self, generator: Generator) {
        self.generator = self.generator.is_some().then_some(generator);
    }
}
