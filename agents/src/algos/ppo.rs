//! Proximal policy optimisation.
//!
//! **Paper**: Schulman et al. 2017, "Proximal policy optimization algorithms", arXiv 1707.06347.
//! **Details**: the thirteen core details of Huang et al. 2022, "The 37 implementation details of proximal policy
//! optimization" (ICLR blog track), numbered where they happen; masks after Huang and Ontañón 2022, arXiv 2006.14171.
//! **What differs**: an episode cut off by a limit of time is bootstrapped from its final state; the policy's and the
//! value network's gradients are computed side by side.

use std::time::Instant;

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use gradus_envs::{
    Actions, Schedule, VecEnv,
    registry::Registered,
    seeding::{Generator, Role, stream},
};
use gradus_models::{
    blocks::Mlp,
    ops::{Categorical, categorical, log_softmax_rows, simd},
    optim::{Adam, AdamConfig},
};
use serde::{Deserialize, Serialize};

use super::{Algorithm, AlgorithmConfig, Iteration, Task};
use crate::{
    actor::Actor,
    checkpoint::Checkpoint,
    error::AgentError,
    normalize::{ObservationNormalizer, RewardNormalizer},
    policy::{ActorCritic, PolicyActor},
    rollout::{Minibatch, Rollout, sample_rows, shuffled},
};

/// Settings of `ppo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How many environments are stepped together.
    pub environments: usize,
    /// Steps of each environment between two updates.
    pub rollout_steps: usize,
    /// How often an update goes through the rollout.
    pub epochs: usize,
    /// Transitions in one gradient step; divides `environments × rollout-steps`.
    pub minibatch: usize,
    /// Adam's step size.
    pub learning_rate: Schedule,
    /// How far the new policy's probability ratio may move from 1.
    pub clip: Schedule,
    /// Whether the value's move is clipped as well, by the same amount.
    pub clip_value: bool,
    /// The discount of future rewards, gamma.
    pub discount: f64,
    /// How far advantages look ahead, from 0 (one step) to 1 (the whole episode).
    pub gae_lambda: f64,
    /// The weight of the policy's entropy in the loss.
    pub entropy_coefficient: Schedule,
    /// The weight of the value loss.
    pub value_coefficient: f64,
    /// The gradient's norm over all parameters is cut to this.
    pub max_gradient_norm: f64,
    /// An update ends early when the policy has moved further than 1.5 times this, in nats; never if not given.
    pub target_kl: Option<f64>,
    /// Whether advantages are normalised within each minibatch.
    pub normalize_advantages: bool,
    /// Whether each dimension of the observations is brought to mean 0 and variance 1 as they come.
    pub normalize_observations: bool,
    /// Whether rewards are divided by the standard deviation of the discounted return.
    pub normalize_rewards: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environments: 64,
            rollout_steps: 128,
            epochs: 4,
            minibatch: 512,
            learning_rate: Schedule::annealed(1e-3),
            clip: Schedule::Constant(0.2),
            clip_value: false,
            discount: 0.99,
            gae_lambda: 0.95,
            entropy_coefficient: Schedule::Constant(0.01),
            value_coefficient: 0.5,
            max_gradient_norm: 0.5,
            target_kl: None,
            normalize_advantages: true,
            normalize_observations: false,
            normalize_rewards: true,
        }
    }
}

impl Registered for Config {
    const NAME: &'static str = "ppo";
    const SUMMARY: &'static str = "proximal policy optimisation (Schulman et al. 2017)";
}

impl Config {
    fn check(&self) -> Result<(), AgentError> {
        let refuse = |key: &str, problem: String, remedy: &str| {
            Err(AgentError::config(
                &format!("agent.ppo.{key}"),
                problem,
                remedy,
            ))
        };
        let counts = [
            ("environments", self.environments),
            ("rollout-steps", self.rollout_steps),
            ("epochs", self.epochs),
            ("minibatch", self.minibatch),
        ];
        if let Some((key, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return refuse(key, "0 is too few".into(), "give 1 or more");
        }
        let rollout = self.environments * self.rollout_steps;
        if !rollout.is_multiple_of(self.minibatch) {
            let problem = format!(
                "{} does not divide the rollout's {rollout} transitions",
                self.minibatch
            );
            return refuse(
                "minibatch",
                problem,
                "choose a divisor of environments × rollout-steps",
            );
        }
        if self.normalize_advantages && self.minibatch < 8 {
            let problem = format!(
                "advantages cannot be normalised over {} transitions",
                self.minibatch
            );
            return refuse(
                "minibatch",
                problem,
                "give at least 8, or `normalize-advantages = false`",
            );
        }
        for (key, schedule) in [
            ("learning-rate", self.learning_rate),
            ("clip", self.clip),
            ("entropy-coefficient", self.entropy_coefficient),
        ] {
            if let Some(problem) = schedule.problem() {
                return refuse(key, problem.into(), "give a number or { from, to, until }");
            }
        }
        if self.learning_rate.ends().iter().any(|&rate| rate < 0.0) {
            return refuse("learning-rate", "it is below 0".into(), "give 0 or more");
        }
        for (key, share) in [("discount", self.discount), ("gae-lambda", self.gae_lambda)] {
            if !(0.0..=1.0).contains(&share) {
                return refuse(
                    key,
                    format!("{share} is not between 0 and 1"),
                    "give a share",
                );
            }
        }
        if self.max_gradient_norm.is_nan() || self.max_gradient_norm <= 0.0 {
            let problem = format!("{} is not above 0", self.max_gradient_norm);
            return refuse(
                "max-gradient-norm",
                problem,
                "give 0.5, or a large number for no limit",
            );
        }
        Ok(())
    }
}

impl AlgorithmConfig for Config {
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError> {
        self.check()?;
        Ppo::new(self.clone(), task).map(super::boxed)
    }

    fn actor(
        &self,
        task: &Task<'_>,
        checkpoint: &Checkpoint,
        deterministic: bool,
    ) -> Result<Box<dyn Actor>, AgentError> {
        let actions = AgentError::need_discrete(Self::NAME, &task.env.spec().action_space)?;
        let policy = task
            .policy
            .init(task, actions, POLICY_GAIN, &Device::flex())?;
        let policy = checkpoint.restore(policy, "policy")?;
        let normalizer = checkpoint.state("observation-normalizer")?;
        let generator = stream(task.seed, Role::EvaluationPolicy, 0);
        Ok(Box::new(PolicyActor::new(
            &policy,
            normalizer,
            generator,
            deterministic,
        )))
    }
}

/// The gain of the policy's last layer: small, so that the first policy is close to uniform.
const POLICY_GAIN: f64 = 0.01;
/// The gain of the value network's last layer.
const VALUE_GAIN: f64 = 1.0;

struct Ppo {
    config: Config,
    networks: ActorCritic,
    optimizer: Adam,
    envs: VecEnv,
    rollout: Rollout,
    sampler: Generator,
    shuffler: Generator,
    observation_normalizer: Option<ObservationNormalizer>,
    reward_normalizer: Option<RewardNormalizer>,
    device: Device,
    steps: u64,
    iterations: u64,
}

/// The averages over an update that are worth a look (detail 12).
#[derive(Default)]
struct Diagnostics {
    updates: f64,
    policy_loss: f64,
    value_loss: f64,
    entropy: f64,
    old_approx_kl: f64,
    approx_kl: f64,
    clip_fraction: f64,
    gradient_norm: f64,
    epochs: usize,
}

impl Ppo {
    fn new(config: Config, task: &Task<'_>) -> Result<Self, AgentError> {
        let actions = AgentError::need_discrete(Config::NAME, &task.env.spec().action_space)?;
        let device = Device::flex().autodiff();
        // Detail 1: many environments, stepped together.
        let envs = VecEnv::new(task.env, config.environments, task.seed, Role::Environment);
        // Detail 2: orthogonal weights and zero biases. Detail 13: policy and value share nothing.
        let networks = ActorCritic {
            policy: task.policy.init(task, actions, POLICY_GAIN, &device)?,
            value: task.policy.init_value(task, VALUE_GAIN, &device)?,
        };
        // Detail 3: Adam with an epsilon of 1e-5.
        let optimizer = AdamConfig {
            epsilon: 1e-5,
            ..AdamConfig::default()
        }
        .init();
        let size = envs.spec().observation_space.size();
        Ok(Self {
            rollout: Rollout::new(config.rollout_steps, &envs),
            networks,
            optimizer,
            sampler: stream(task.seed, Role::Policy, 0),
            shuffler: stream(task.seed, Role::Minibatch, 0),
            observation_normalizer: config
                .normalize_observations
                .then(|| ObservationNormalizer::new(size)),
            reward_normalizer: config
                .normalize_rewards
                .then(|| RewardNormalizer::new(config.environments, config.discount)),
            config,
            envs,
            device,
            steps: 0,
            iterations: 0,
        })
    }

    /// Fills the rollout with what the current policy does.
    fn collect(&mut self) -> Result<(), AgentError> {
        let Self { envs, rollout, .. } = self;
        let mut policy = self.networks.policy.to_host();
        let n = envs.len();
        let width = policy.outputs();
        let mut log_probabilities = vec![0.0; n * width];
        let mut probabilities = log_probabilities.clone();
        rollout.cut_observations.clear();
        for step in 0..rollout.steps() {
            let rows = rollout.rows(step);
            let (observation_rows, mask_rows) =
                (rollout.observation_rows(step), rollout.mask_rows(step));
            let observations = &mut rollout.observations[observation_rows];
            observations.copy_from_slice(envs.observations());
            if let Some(normalizer) = &mut self.observation_normalizer {
                normalizer.update(observations);
                normalizer.apply(observations);
            }
            let masks = &mut rollout.masks[mask_rows];
            masks.copy_from_slice(envs.masks());

            policy.forward(observations, &mut log_probabilities);
            log_softmax_rows(&mut log_probabilities, Some(masks), width);
            probabilities.copy_from_slice(&log_probabilities);
            simd::exp(&mut probabilities);
            let actions = &mut rollout.actions[rows.clone()];
            sample_rows(&probabilities, actions, &mut self.sampler);
            let taken = log_probabilities
                .chunks_exact(width)
                .zip(&*actions)
                .map(|(row, &action)| row[action as usize]);
            for (slot, log_probability) in rollout.log_probabilities[rows.clone()]
                .iter_mut()
                .zip(taken)
            {
                *slot = log_probability;
            }

            envs.step(Actions::Discrete(actions))?;
            rollout.terminated[rows.clone()].copy_from_slice(envs.terminated());
            rollout.truncated[rows.clone()].copy_from_slice(envs.truncated());
            let rewards = &mut rollout.rewards[rows];
            rewards.copy_from_slice(envs.rewards());
            if let Some(normalizer) = &mut self.reward_normalizer {
                let done = envs
                    .terminated()
                    .iter()
                    .zip(envs.truncated())
                    .map(|(&ended, &cut)| ended || cut);
                normalizer.apply(rewards, done);
            }
            for env in (0..n).filter(|&env| envs.truncated()[env] && !envs.terminated()[env]) {
                let size = envs.final_observations().len() / n;
                let start = rollout.cut_observations.len();
                rollout
                    .cut_observations
                    .extend_from_slice(&envs.final_observations()[env * size..(env + 1) * size]);
                if let Some(normalizer) = &self.observation_normalizer {
                    normalizer.apply(&mut rollout.cut_observations[start..]);
                }
            }
        }
        Ok(())
    }

    /// Values every state of the rollout, in few large passes, and computes advantages and returns.
    fn estimate(&mut self) {
        let mut network = self.networks.value.to_host();
        let mut value = |observations: &[f32]| {
            let mut values = vec![0.0; observations.len() / network.inputs()];
            network.forward(observations, &mut values);
            values
        };
        let rollout = &mut self.rollout;
        let values = value(&rollout.observations);
        let mut last = self.envs.observations().to_vec();
        if let Some(normalizer) = &self.observation_normalizer {
            normalizer.apply(&mut last);
        }
        let last_values = value(&last);
        let cut_values = value(&rollout.cut_observations);
        // Detail 5: generalised advantage estimation; the value's target is advantage plus value.
        let (discount, lambda) = (self.config.discount as f32, self.config.gae_lambda as f32);
        rollout.estimate(&values, &last_values, &cut_values, discount, lambda);
    }

    /// Improves policy and value on the rollout.
    fn update(&mut self, progress: f64) -> Result<Diagnostics, AgentError> {
        // Detail 4: the learning rate follows its schedule, as do the clipping and the entropy's weight.
        let learning_rate = self.config.learning_rate.at(progress);
        let clip = self.config.clip.at(progress) as f32;
        let entropy_coefficient = self.config.entropy_coefficient.at(progress) as f32;
        let mut diagnostics = Diagnostics::default();
        let (mut batch, mut indices) = (Minibatch::default(), Vec::new());
        'update: for _ in 0..self.config.epochs {
            diagnostics.epochs += 1;
            // Detail 6: every epoch cuts the whole rollout, newly shuffled, into minibatches.
            shuffled(&mut indices, self.rollout.len(), &mut self.shuffler);
            for indices in indices.chunks_exact(self.config.minibatch) {
                batch.gather(&self.rollout, indices);
                if self.config.normalize_advantages {
                    // Detail 7: advantages are normalised within the minibatch.
                    batch.normalize_advantages();
                }
                let (policy_step, value_step) = rayon::join(
                    || {
                        policy_gradients(
                            &self.networks.policy,
                            &batch,
                            clip,
                            entropy_coefficient,
                            &self.device,
                        )
                    },
                    || {
                        value_gradients(
                            &self.networks.value,
                            &batch,
                            self.config.clip_value.then_some(clip),
                            self.config.value_coefficient as f32,
                            &self.device,
                        )
                    },
                );
                diagnostics.add(&policy_step, &value_step);
                if !(policy_step.loss.is_finite() && value_step.loss.is_finite()) {
                    return Err(AgentError::NonFinite {
                        what: if policy_step.loss.is_finite() {
                            "loss/value"
                        } else {
                            "loss/policy"
                        },
                        value: if policy_step.loss.is_finite() {
                            value_step.loss
                        } else {
                            policy_step.loss
                        },
                        iteration: self.iterations + 1,
                    });
                }
                if self
                    .config
                    .target_kl
                    .is_some_and(|target| policy_step.approx_kl > 1.5 * target)
                {
                    break 'update;
                }
                // Detail 11: the gradient's norm over all parameters of both networks is cut.
                let gradients = merge(
                    policy_step.gradients,
                    value_step.gradients,
                    &self.networks.value,
                );
                let networks = self.networks.clone();
                let (networks, norm) = self.optimizer.step(
                    networks,
                    gradients,
                    learning_rate,
                    Some(self.config.max_gradient_norm),
                );
                self.networks = networks;
                diagnostics.gradient_norm += norm;
            }
        }
        Ok(diagnostics)
    }
}

/// The policy's side of one gradient step.
struct PolicyStep {
    gradients: GradientsParams,
    loss: f64,
    entropy: f64,
    old_approx_kl: f64,
    approx_kl: f64,
    clip_fraction: f64,
}

fn policy_gradients(
    policy: &Mlp,
    batch: &Minibatch,
    clip: f32,
    entropy_coefficient: f32,
    device: &Device,
) -> PolicyStep {
    let logits = policy.forward(matrix(&batch.observations, batch.len(), device));
    let Categorical { log_prob, entropy } = categorical(logits, Some(&batch.masks), &batch.actions);
    let log_ratio = log_prob - vector(&batch.log_probabilities, device);
    let host_log_ratio = values(log_ratio.clone());
    let ratio = log_ratio.exp();
    let advantage = vector(&batch.advantages, device);
    // Detail 8: the clipped surrogate objective (equation 7 of the paper).
    let unclipped = ratio.clone() * advantage.clone();
    let clipped = ratio.clamp(1.0 - clip, 1.0 + clip) * advantage;
    let policy_loss = -unclipped.min_pair(clipped).mean();
    // Detail 10: the entropy is a bonus within the one loss.
    let entropy = entropy.mean();
    let loss = policy_loss.clone() - entropy.clone() * entropy_coefficient;
    let gradients = GradientsParams::from_grads(loss.backward(), policy);

    let n = host_log_ratio.len() as f64;
    let mean = |value: fn(f64) -> f64| {
        host_log_ratio
            .iter()
            .map(|&log| value(f64::from(log)))
            .sum::<f64>()
            / n
    };
    let outside = host_log_ratio
        .iter()
        .filter(|log| (log.exp() - 1.0).abs() > clip)
        .count();
    PolicyStep {
        gradients,
        loss: scalar(policy_loss),
        entropy: scalar(entropy),
        old_approx_kl: mean(|log| -log),
        approx_kl: mean(|log| log.exp() - 1.0 - log),
        clip_fraction: outside as f64 / n,
    }
}

/// The value network's side of one gradient step.
struct ValueStep {
    gradients: GradientsParams,
    loss: f64,
}

fn value_gradients(
    value: &Mlp,
    batch: &Minibatch,
    clip: Option<f32>,
    coefficient: f32,
    device: &Device,
) -> ValueStep {
    let values = value
        .forward(matrix(&batch.observations, batch.len(), device))
        .squeeze_dim::<1>(1);
    let targets = vector(&batch.returns, device);
    let mut squares = (values.clone() - targets.clone()).square();
    if let Some(clip) = clip {
        // Detail 9: the value's move is clipped like the policy's, and the worse of the two counts.
        let old = vector(&batch.values, device);
        let clipped = old.clone() + (values - old).clamp(-clip, clip);
        squares = squares.max_pair((clipped - targets).square());
    }
    let loss = squares.mean() * 0.5;
    let gradients = GradientsParams::from_grads((loss.clone() * coefficient).backward(), value);
    ValueStep {
        gradients,
        loss: scalar(loss),
    }
}

/// Both networks' gradients together.
fn merge(policy: GradientsParams, value: GradientsParams, network: &Mlp) -> GradientsParams {
    struct Move {
        from: GradientsParams,
        into: GradientsParams,
    }

    impl ModuleVisitor for Move {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            if let Some(gradient) = self.from.remove::<D>(parameter.id) {
                self.into.register(parameter.id, gradient);
            }
        }
    }

    let mut both = Move {
        from: value,
        into: policy,
    };
    network.visit(&mut both);
    both.into
}

fn matrix(data: &[f32], rows: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(
        TensorData::new(data.to_vec(), [rows, data.len() / rows]),
        device,
    )
}

fn vector(data: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(data.to_vec(), [data.len()]), device)
}

fn values(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().into_vec().expect("our tensors hold f32")
}

fn scalar(tensor: Tensor<1>) -> f64 {
    f64::from(values(tensor)[0])
}

impl Diagnostics {
    fn add(&mut self, policy: &PolicyStep, value: &ValueStep) {
        self.updates += 1.0;
        self.policy_loss += policy.loss;
        self.value_loss += value.loss;
        self.entropy += policy.entropy;
        self.old_approx_kl += policy.old_approx_kl;
        self.approx_kl += policy.approx_kl;
        self.clip_fraction += policy.clip_fraction;
    }
}

impl Algorithm for Ppo {
    fn iterate(&mut self, progress: f64) -> Result<Iteration, AgentError> {
        self.envs.set_progress(progress as f32);
        self.envs.clear_statistics();
        let start = Instant::now();
        self.collect()?;
        let collected = Instant::now();
        self.estimate();
        let diagnostics = self.update(progress)?;
        let updated = Instant::now();
        self.steps += self.rollout.len() as u64;
        self.iterations += 1;

        let mut iteration = Iteration {
            steps: self.steps,
            ..Iteration::default()
        };
        iteration.report_episodes(&self.envs);
        let mean = |sum: f64| sum / diagnostics.updates;
        // Detail 12: what tells whether the update was sound.
        for (name, value) in [
            ("loss/policy", mean(diagnostics.policy_loss)),
            ("loss/value", mean(diagnostics.value_loss)),
            ("loss/entropy", mean(diagnostics.entropy)),
            ("ppo/old-approx-kl", mean(diagnostics.old_approx_kl)),
            ("ppo/approx-kl", mean(diagnostics.approx_kl)),
            ("ppo/clip-fraction", mean(diagnostics.clip_fraction)),
            ("ppo/explained-variance", self.rollout.explained_variance()),
            ("ppo/gradient-norm", mean(diagnostics.gradient_norm)),
            ("ppo/learning-rate", self.config.learning_rate.at(progress)),
            ("ppo/epochs", diagnostics.epochs as f64),
            ("time/rollout-seconds", (collected - start).as_secs_f64()),
            ("time/update-seconds", (updated - collected).as_secs_f64()),
        ] {
            iteration.report(name, value);
        }
        Ok(iteration)
    }

    fn checkpoint(&self) -> Result<Checkpoint, AgentError> {
        let mut checkpoint = Checkpoint::after(self.steps);
        checkpoint.keep(&self.networks.policy, "policy");
        checkpoint.keep(&self.networks.value, "value");
        checkpoint.keep_state("observation-normalizer", &self.observation_normalizer)?;
        Ok(checkpoint)
    }
}
