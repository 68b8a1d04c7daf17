//! Deep Q-learning, and two soft relatives that learn from a prior as well.
//!
//! **Papers**: Mnih et al. 2015, "Human-level control through deep reinforcement learning"; van Hasselt et al. 2016,
//! "Deep reinforcement learning with double Q-learning", arXiv 1509.06461; for the prior and the targets `psi` and `g`
//! Jaques et al. 2016, "Tuning recurrent neural networks with reinforcement learning", arXiv 1611.02796, section 3.
//! **Details**: double Q, n-step returns, masks, Huber loss, a cut gradient norm, bootstrapping where an episode was cut
//! off.
//! **What differs**: the target network follows slowly at every update instead of being copied now and then; an agent of
//! `psi` or `g` draws from the policy that its target defines, in training and after.

use burn::tensor::{Device, Tensor};
use gradus_envs::{
    ActionBatch, ActionBuffer, Schedule, VecEnv,
    range::Range,
    registry::Registered,
    seeding::{Generator, Role, stream},
};
use gradus_models::{blocks::Mlp, ops::simd};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Algorithm, AlgorithmConfig, Task, boxed,
    off_policy::{Learner, OffPolicy, ReplayConfig},
    q_network::QNetwork,
    settings::Check,
};
use crate::{
    actor::Actor,
    checkpoint::Checkpoint,
    error::AgentError,
    policy::categorical,
    prior::{Prior, PriorConfig},
    replay::Transitions,
    tensors::{elements, matrix, vector},
};

/// Settings of `dqn`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How many environments are stepped together.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub environments: usize,
    /// Adam's step size.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub learning_rate: Schedule,
    /// The discount of future rewards, gamma.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub discount: f64,
    /// The share of the way that the target network goes at each update.
    #[schemars(transform = Range::above(0).at_most(1))]
    pub tau: f64,
    /// What the network learns.
    pub target: Target,
    /// Whether the online network chooses the action that the target network values; for the target `q`.
    pub double: bool,
    /// How often a random action is taken instead of the best; for the target `q`.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub exploration: Schedule,
    /// The gradient's norm is cut to this.
    #[schemars(transform = Range::above(0).at_most(1e6))]
    pub max_gradient_norm: f64,
    /// A model of music whose log-probability of each action is added to its reward.
    pub prior: Option<PriorConfig>,
    /// How experience is collected, kept and drawn; with a prior, its `reward-scale` is 1 / c of the RL Tuner's paper.
    pub replay: ReplayConfig,
}

/// What the network learns to say of a state and an action. r is the reward, p the prior, gamma the discount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// ln p(a|s) + r + gamma max over a' of Q(s', a'). Without a prior the first summand is missing: plain Q-learning.
    Q,
    /// ln p(a|s) + r + gamma ln sum over a' of exp Psi(s', a'); the policy is proportional to exp Psi(s, a).
    Psi,
    /// r + gamma ln sum over a' of p(a'|s') exp G(s', a'); the policy is proportional to p(a|s) exp G(s, a).
    G,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environments: 8,
            learning_rate: Schedule::Constant(5e-4),
            discount: 0.99,
            tau: 0.005,
            target: Target::Q,
            double: true,
            exploration: Schedule::linear(1.0, 0.05, 0.25),
            max_gradient_norm: 10.0,
            prior: None,
            replay: ReplayConfig { updates_per_step: 0.25, ..ReplayConfig::default() },
        }
    }
}

impl Registered for Config {
    const NAME: &'static str = "dqn";
    const SUMMARY: &'static str = "double deep Q-learning, and the RL Tuner's Psi- and G-learning from a prior";
}

impl AlgorithmConfig for Config {
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError> {
        let check = Check::of(self)?;
        self.replay.check(Self::NAME, self.environments)?;
        if self.prior.is_some() && self.replay.n_step > 1 {
            let problem = "the log-probabilities of the steps between are not kept";
            check.refuse("replay.n-step", problem, "give 1, or leave out the prior")?;
        }
        let prior = self.fit_prior(task)?;
        let learner = Dqn::new(self.clone(), task)?;
        OffPolicy::new(Self::NAME, task, learner, self.environments, &self.replay, self.discount, prior).map(boxed)
    }

    fn actor(
        &self,
        task: &Task<'_>,
        checkpoint: &Checkpoint,
        deterministic: bool,
    ) -> Result<Box<dyn Actor>, AgentError> {
        let actions = AgentError::need_discrete(Self::NAME, task.env.spec())?;
        let inputs = task.env.spec().observation_space.size();
        let mut generator = stream(task.seed, Role::Initialization, 0);
        let network = task.policy.mlp(Config::NAME)?.init_fan_in(inputs, actions, &mut generator, &Device::flex());
        Ok(Box::new(DqnActor {
            network: checkpoint.restore(network, "q")?,
            prior: self.fit_prior(task)?,
            priors: Vec::new(),
            chooser: Chooser {
                target: self.target,
                exploration: if deterministic { 0.0 } else { self.exploration.at(1.0) },
                deterministic,
                generator: stream(task.seed, Role::EvaluationPolicy, 0),
            },
        }))
    }
}

impl Config {
    fn fit_prior(&self, task: &Task<'_>) -> Result<Option<Prior>, AgentError> {
        let key = "agent.dqn.prior";
        if self.target == Target::G && self.prior.is_none() {
            return Err(AgentError::config(key, "the target `g` is defined by a prior", "give prior = { ngram = {} }"));
        }
        self.prior.as_ref().map(|prior| prior.fit(key, task.env, task.library)).transpose()
    }
}

struct Dqn {
    config: Config,
    q_network: QNetwork,
    chooser: Chooser,
    actions: usize,
}

impl Dqn {
    fn new(config: Config, task: &Task<'_>) -> Result<Self, AgentError> {
        let actions = AgentError::need_discrete(Config::NAME, task.env.spec())?;
        let inputs = task.env.spec().observation_space.size();
        let mut generator = stream(task.seed, Role::Initialization, 0);
        Ok(Self {
            chooser: Chooser {
                target: config.target,
                exploration: config.exploration.at(0.0),
                deterministic: false,
                generator: stream(task.seed, Role::Policy, 0),
            },
            q_network: QNetwork::init(task.policy.mlp(Config::NAME)?, inputs, actions, &mut generator),
            config,
            actions,
        })
    }

    /// The value of each next state, by the target.
    fn next_values(&self, transitions: &Transitions) -> Vec<f32> {
        let n = transitions.len();
        let inputs = matrix(&transitions.next_observations, transitions.next_observations.len() / n, &Device::flex());
        let mut target = elements(self.q_network.target(inputs.clone()));
        forbid(&mut target, &transitions.next_masks);
        let rows = target.chunks_exact(self.actions);
        match self.config.target {
            Target::Q if self.config.double => {
                let mut online = elements(self.q_network.values(inputs));
                forbid(&mut online, &transitions.next_masks);
                let mut best = vec![0; n];
                categorical::best(&online, &[self.actions], &mut best);
                rows.zip(best).map(|(row, best)| row[best as usize]).collect()
            }
            Target::Q => rows.map(|row| row.iter().copied().fold(f32::NEG_INFINITY, f32::max)).collect(),
            Target::Psi => rows.map(log_sum_exp).collect(),
            Target::G => {
                for (value, prior) in target.iter_mut().zip(&transitions.next_priors) {
                    *value += prior;
                }
                target.chunks_exact(self.actions).map(log_sum_exp).collect()
            }
        }
    }
}

impl Learner for Dqn {
    fn begin_collecting(&mut self, progress: f64) {
        self.chooser.exploration = self.config.exploration.at(progress);
    }

    fn act(&mut self, envs: &VecEnv, priors: &[f32], actions: &mut ActionBatch) -> Result<(), AgentError> {
        let inputs = matrix(envs.observations(), envs.observations().len() / envs.len(), &Device::flex());
        self.chooser.choose(self.q_network.values(inputs), priors, envs, actions);
        Ok(())
    }

    fn update(&mut self, transitions: &Transitions, progress: f64) -> Vec<(&'static str, f64)> {
        let n = transitions.len();
        let next_values = self.next_values(transitions);
        let mut targets: Vec<f32> = transitions
            .rewards
            .iter()
            .zip(&transitions.discounts)
            .zip(next_values)
            .map(|((reward, discount), value)| reward + if *discount == 0.0 { 0.0 } else { discount * value })
            .collect();
        let choices = transitions.actions.choices();
        if self.config.target != Target::G && !transitions.priors.is_empty() {
            let taken = transitions.priors.chunks_exact(self.actions).zip(choices);
            for (target, (row, &choice)) in targets.iter_mut().zip(taken) {
                *target += row[choice as usize];
            }
        }

        let device = Device::flex().autodiff();
        let mut taken = vec![0.0; n * self.actions];
        for (row, &choice) in taken.chunks_exact_mut(self.actions).zip(choices) {
            row[choice as usize] = 1.0;
        }
        let mean_target = targets.iter().map(|&target| f64::from(target)).sum::<f64>() / n as f64;
        let (taken, targets) = (matrix(&taken, self.actions, &device), vector(&targets, &device));
        let inputs = matrix(&transitions.observations, transitions.observations.len() / n, &Device::flex());
        let learning_rate = self.config.learning_rate.at(progress);
        let loss = self.q_network.step(
            inputs,
            |values| huber((values * taken).sum_dim(1).squeeze_dim::<1>(1) - targets),
            learning_rate,
            Some(self.config.max_gradient_norm),
        );
        self.q_network.follow(self.config.tau);
        vec![
            ("loss/q", loss),
            ("dqn/target", mean_target),
            ("dqn/exploration", self.chooser.exploration),
            ("dqn/learning-rate", learning_rate),
        ]
    }

    fn keep(&self, checkpoint: &mut Checkpoint) -> Result<(), AgentError> {
        self.q_network.keep(checkpoint, "q");
        Ok(())
    }

    fn suspend(&self, checkpoint: &mut Checkpoint) -> Result<(), AgentError> {
        self.q_network.suspend(checkpoint, "q");
        checkpoint.keep_state("learner-generators", &self.chooser.generator)
    }

    fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError> {
        self.q_network.resume(suspended, "q")?;
        self.chooser.generator = suspended.state("learner-generators")?;
        Ok(())
    }
}

/// The mean of e^2 / 2 where |e| is at most 1, |e| - 1/2 beyond, which keeps one great error from drowning the rest.
fn huber(errors: Tensor<1>) -> Tensor<1> {
    let magnitude = errors.abs();
    let within = magnitude.clone().clamp_max(1.0);
    (within.clone() * (magnitude - within * 0.5)).mean()
}

/// Sets the values of forbidden choices to minus infinity.
fn forbid(values: &mut [f32], masks: &[bool]) {
    for (value, legal) in values.iter_mut().zip(masks) {
        if !legal {
            *value = f32::NEG_INFINITY;
        }
    }
}

fn log_sum_exp(row: &[f32]) -> f32 {
    let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    greatest + row.iter().map(|value| (value - greatest).exp()).sum::<f32>().ln()
}

/// Chooses actions by what the network says of them.
struct Chooser {
    target: Target,
    exploration: f64,
    deterministic: bool,
    generator: Generator,
}

impl Chooser {
    fn choose(&mut self, values: Tensor<2>, priors: &[f32], envs: &VecEnv, actions: &mut ActionBatch) {
        let mut values = elements(values);
        let width = values.len() / envs.len();
        if self.target == Target::G {
            for (value, prior) in values.iter_mut().zip(priors) {
                *value += prior;
            }
        }
        if self.target != Target::Q && !self.deterministic {
            categorical::log_softmax(&mut values, envs.masks(), &[width]);
            simd::exp(&mut values);
            categorical::sample(&values, &[width], actions.choices_mut(), &mut self.generator);
            return;
        }
        forbid(&mut values, envs.masks());
        categorical::best(&values, &[width], actions.choices_mut());
        let space = &envs.spec().action_space;
        let mut random = ActionBuffer::for_space(space);
        for (env, mask) in envs.masks().chunks_exact(width).enumerate() {
            if self.target == Target::Q && self.generator.random_bool(self.exploration) {
                space.sample(mask, &mut self.generator, &mut random);
                actions.set(env, random.as_action());
            }
        }
    }
}

/// Acts with what was learned.
struct DqnActor {
    network: Mlp,
    prior: Option<Prior>,
    priors: Vec<f32>,
    chooser: Chooser,
}

impl Actor for DqnActor {
    fn act(&mut self, envs: &VecEnv, actions: &mut ActionBatch) -> Result<(), AgentError> {
        if let Some(prior) = &self.prior {
            prior.log_probabilities(envs, &mut self.priors);
        }
        let inputs = matrix(envs.observations(), envs.observations().len() / envs.len(), &Device::flex());
        self.chooser.choose(self.network.forward(inputs), &self.priors, envs, actions);
        Ok(())
    }
    fn generator(&self) -> Option<&Generator> {
        Some(&self.chooser.generator)
    }

    fn set_generator(&mut self, generator: Generator) {
        self.chooser.generator = generator;
    }
}
