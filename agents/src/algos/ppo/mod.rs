//! Proximal policy optimisation.
//!
//! **Paper**: Schulman et al. 2017, "Proximal policy optimization algorithms", arXiv 1707.06347.
//! **Details**: the thirteen core details of Huang et al. 2022, "The 37 implementation details of proximal policy
//! optimization" (ICLR blog track), numbered where they happen; the nine for continuous actions, C1 to C9 (C2, the
//! state-independent standard deviation, and C3, independent components, in `policy/stochastic.rs`; C5 and C9, scaling
//! and clipping of observations and rewards, in `normalize.rs`); independent distributions for multi-discrete actions;
//! masks after Huang and Ontañón 2022, arXiv 2006.14171.
//! **What differs**: an episode cut off by a limit of time is bootstrapped from its final state; the policy's and the
//! value network's gradients are computed side by side.

mod config;
mod minibatches;

use std::time::Instant;

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use gradus_envs::{
    ActionBatch, LateRewards, VecEnv,
    seeding::{Generator, Role, stream},
};
use gradus_models::{
    blocks::Mlp,
    optim::{Adam, AdamConfig},
};

use super::{Algorithm, Iteration, Task};
use crate::{
    anchor::{Anchor, Drift},
    checkpoint::Checkpoint,
    error::AgentError,
    normalize::{ObservationNormalizer, RewardNormalizer},
    policy::{Choose, Opinion, Policy, Reading, Start},
    rollout::{Minibatch, Rollout},
    segments::Segments,
    tensors::{elements, matrix, scalar, vector},
};
pub(super) use config::Config;
use minibatches::{Minibatches, Part};

/// The gain of the policy's last layer: small, so that the first policy is close to uniform.
const POLICY_GAIN: f64 = 0.01;
/// The gain of the value network's last layer.
const VALUE_GAIN: f64 = 1.0;

/// Under what name a checkpoint keeps what a policy over tokens is like.
const READING: &str = "policy-reading";

/// A policy and a value network that share nothing, trained as one.
#[derive(Debug, Module)]
struct ActorCritic {
    policy: Policy,
    /// From observations to their value.
    value: Mlp,
}

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
    /// The critics that judge a rollout's pieces.
    late: Option<LateRewards>,
    /// The prior that the policy is held to.
    anchor: Option<Anchor>,
    /// The episodes of the rollout, where something has to read them whole.
    segments: Option<Segments>,
    device: Device,
    steps: u64,
    iterations: u64,
}

/// The policy as it is before any training.
fn initial_policy(task: &Task<'_>, device: &Device) -> Result<Policy, AgentError> {
    let spec = task.env.spec();
    let mut generator = stream(task.seed, Role::Initialization, 0);
    let start = task.policy.start(task)?;
    let inputs = spec.observation_space.size();
    Ok(Policy::init(start, inputs, &spec.action_space, POLICY_GAIN, &mut generator, device)?)
}

/// The policy that was kept in a checkpoint.
fn kept_policy(task: &Task<'_>, checkpoint: &Checkpoint) -> Result<Policy, AgentError> {
    let device = Device::flex();
    // A run needs no critic any more that its policy began with.
    let policy = match checkpoint.state::<Option<Reading>>(READING)? {
        None => initial_policy(task, &device)?,
        Some(Reading { network, alphabet }) => {
            let start = Start::Sequence { config: network, alphabet, fitted: None };
            let mut any = stream(task.seed, Role::Initialization, 0);
            Policy::init(start, 0, &task.env.spec().action_space, POLICY_GAIN, &mut any, &device)?
        }
    };
    checkpoint.restore(policy, "policy")
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
        let device = Device::flex().autodiff();
        // Detail 1: many environments, stepped together.
        let mut envs = VecEnv::new(task.env, config.environments, task.seed, Role::Environment);
        // Detail 2: orthogonal weights and zero biases. Detail 13: policy and value share nothing.
        let size = envs.spec().observation_space.size();
        let mut value_generator = stream(task.seed, Role::Initialization, 1);
        let networks = ActorCritic {
            policy: initial_policy(task, &device)?,
            value: task.policy.value().init(size, 1, VALUE_GAIN, &mut value_generator, &device),
        };
        // Detail 3: Adam with an epsilon of 1e-5.
        let optimizer = AdamConfig { epsilon: 1e-5, ..AdamConfig::default() }.init();
        let anchor = config.prior.as_ref().map(|prior| Anchor::open(prior, "agent.ppo.prior", task)).transpose()?;
        let reads = anchor.is_some() || networks.policy.reading().is_some();
        Ok(Self {
            anchor,
            segments: reads.then(Segments::default),
            rollout: Rollout::new(config.rollout_steps, &envs),
            networks,
            optimizer,
            sampler: stream(task.seed, Role::Policy, 0),
            shuffler: stream(task.seed, Role::Minibatch, 0),
            observation_normalizer: config.normalize_observations.then(|| ObservationNormalizer::new(size)),
            reward_normalizer: config
                .normalize_rewards
                .then(|| RewardNormalizer::new(config.environments, config.discount)),
            late: LateRewards::of(&mut envs),
            config,
            envs,
            device,
            steps: 0,
            iterations: 0,
        })
    }

    /// Fills the rollout with what the current policy does.
    fn collect(&mut self) -> Result<Option<Drift>, AgentError> {
        let Self { envs, rollout, .. } = self;
        let n = envs.len();
        let mut policy = self.networks.policy.to_host(&envs.spec().action_space);
        let mut actions = ActionBatch::for_space(&envs.spec().action_space, n);
        let mut within_bounds = actions.clone();
        rollout.cut_observations.clear();
        if let Some(segments) = &mut self.segments {
            segments.begin(envs);
        }
        for step in 0..rollout.steps() {
            let rows = rollout.rows(step);
            let (observation_rows, mask_rows) = (rollout.observation_rows(step), rollout.mask_rows(step));
            let observations = &mut rollout.observations[observation_rows];
            observations.copy_from_slice(envs.observations());
            if let Some(normalizer) = &mut self.observation_normalizer {
                normalizer.update(observations);
                normalizer.apply(observations);
            }
            rollout.masks[mask_rows].copy_from_slice(envs.masks());

            policy.act(envs, observations, Choose::Sample(&mut self.sampler), &mut actions)?;
            policy.log_probabilities(&actions, &mut rollout.log_probabilities[rows.clone()]);
            rollout.actions.write(rows.start, &actions);
            // Detail C4: the environment gets the action cut to its bounds, the update the action as it was drawn.
            within_bounds.clone_from(&actions);
            policy.clip(&mut within_bounds);

            envs.step(within_bounds.as_actions())?;
            rollout.terminated[rows.clone()].copy_from_slice(envs.terminated());
            rollout.truncated[rows.clone()].copy_from_slice(envs.truncated());
            rollout.rewards[rows].copy_from_slice(envs.rewards());
            if let Some(segments) = &mut self.segments {
                segments.note(envs, step);
            }
            if let Some(late) = &mut self.late {
                late.note(envs, step);
            }
            for env in (0..n).filter(|&env| envs.truncated()[env] && !envs.terminated()[env]) {
                let size = envs.final_observations().len() / n;
                let start = rollout.cut_observations.len();
                rollout.cut_observations.extend_from_slice(&envs.final_observations()[env * size..(env + 1) * size]);
                if let Some(normalizer) = &self.observation_normalizer {
                    normalizer.apply(&mut rollout.cut_observations[start..]);
                }
            }
        }
        if let Some(late) = &mut self.late {
            for share in late.settle_with_open(envs, rollout.steps() - 1) {
                rollout.add_late(&share);
            }
        }
        let segments = self.segments.as_mut().map_or(&[][..], Segments::finish);
        let drift = self.anchor.as_mut().map(|anchor| anchor.charge(rollout, segments));
        if let Some(normalizer) = &mut self.reward_normalizer {
            for step in 0..rollout.steps() {
                let rows = rollout.rows(step);
                let ends = rollout.terminated[rows.clone()].iter().zip(&rollout.truncated[rows.clone()]);
                normalizer.apply(&mut rollout.rewards[rows], ends.map(|(&ended, &cut)| ended || cut));
            }
        }
        Ok(drift)
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
        let value_clip = self.config.clip_value.then_some(clip);
        let value_coefficient = self.config.value_coefficient as f32;
        let mut diagnostics = Diagnostics::default();
        // Two: one is learned from while the next is prepared.
        let mut memory = vec![Minibatch::new(&self.envs); 2];
        let mut minibatches = Minibatches::default();
        let (rollout, device, normalize) = (&self.rollout, &self.device, self.config.normalize_advantages);
        let segments = self.segments.as_ref().map_or(&[][..], Segments::all);
        let reading = self.networks.policy.reading().map(|reading| (segments, reading.alphabet));
        // After the first step nobody else holds these parameters, and they change in place.
        let mut networks = self.networks.clone();
        'update: for _ in 0..self.config.epochs {
            diagnostics.epochs += 1;
            // Detail 6: every epoch cuts the whole rollout, newly shuffled, into minibatches.
            match reading {
                None => minibatches.of_transitions(rollout, self.config.minibatch, &mut self.shuffler),
                Some((segments, _)) => {
                    minibatches.of_segments(rollout, segments, self.config.minibatch, &mut self.shuffler);
                }
            }
            let prepare = |part: &Part, memory: &mut Vec<Minibatch>| {
                let mut batch = memory.pop()?;
                minibatches.gather(part, rollout, reading, &mut batch);
                if normalize {
                    // Detail 7: advantages are normalised within the minibatch.
                    batch.normalize_advantages();
                }
                Some(batch)
            };
            let mut parts = minibatches.parts().iter();
            let mut next = parts.next().and_then(|part| prepare(part, &mut memory));
            while let Some(batch) = next {
                let following = parts.next();
                let ActorCritic { policy, value } = &networks;
                // The value network is done first: its thread prepares what comes next.
                let (policy_step, (value_step, prepared)) = rayon::join(
                    || policy_gradients(policy, &batch, clip, entropy_coefficient, device),
                    || {
                        let step = value_gradients(value, &batch, value_clip, value_coefficient, device);
                        (step, following.and_then(|part| prepare(part, &mut memory)))
                    },
                );
                next = prepared;
                memory.push(batch);
                diagnostics.add(&policy_step, &value_step);
                for (what, value) in [("loss/policy", policy_step.loss), ("loss/value", value_step.loss)] {
                    if !value.is_finite() {
                        let remedy = "lower `learning-rate`, or give `normalize-rewards = true`";
                        return Err(AgentError::NonFinite { what, value, iteration: self.iterations + 1, remedy });
                    }
                }
                if self.config.target_kl.is_some_and(|target| policy_step.approx_kl > 1.5 * target) {
                    break 'update;
                }
                // Detail 11: the gradient's norm over all parameters of both networks is cut.
                let gradients = merge(policy_step.gradients, value_step.gradients, value);
                let limit = Some(self.config.max_gradient_norm);
                let (improved, norm) = self.optimizer.step(networks, gradients, learning_rate, limit);
                networks = improved;
                diagnostics.gradient_norm += norm;
            }
        }
        self.networks = networks;
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
    policy: &Policy,
    batch: &Minibatch,
    clip: f32,
    entropy_coefficient: f32,
    device: &Device,
) -> PolicyStep {
    let Opinion { log_probability, entropy } = policy.judge(batch, device);
    let log_ratio = log_probability - vector(&batch.log_probabilities, device);
    let host_log_ratio = elements(log_ratio.clone());
    let ratio = log_ratio.exp();
    let advantage = vector(&batch.advantages, device);
    // Detail 8: the clipped surrogate objective (equation 7 of the paper).
    let unclipped = ratio.clone() * advantage.clone();
    let clipped = ratio.clamp(1.0 - clip, 1.0 + clip) * advantage;
    let policy_loss = -unclipped.min_pair(clipped).mean();
    // Detail 10: the entropy is a bonus within the one loss.
    let loss = policy_loss.clone() - entropy.clone() * entropy_coefficient;
    let gradients = GradientsParams::from_grads(loss.backward(), policy);

    let n = host_log_ratio.len() as f64;
    let mean = |value: fn(f64) -> f64| host_log_ratio.iter().map(|&log| value(f64::from(log))).sum::<f64>() / n;
    let outside = host_log_ratio.iter().filter(|log| (log.exp() - 1.0).abs() > clip).count();
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

fn value_gradients(value: &Mlp, batch: &Minibatch, clip: Option<f32>, coefficient: f32, device: &Device) -> ValueStep {
    let size = batch.observations.len() / batch.len();
    let values = value.forward(matrix(&batch.observations, size, device)).squeeze_dim::<1>(1);
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
    ValueStep { gradients, loss: scalar(loss) }
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

    let mut both = Move { from: value, into: policy };
    network.visit(&mut both);
    both.into
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
        if let Some(late) = &mut self.late {
            late.begin_iteration(progress as f32);
        }
        let start = Instant::now();
        let drift = self.collect()?;
        let collected = Instant::now();
        self.estimate();
        let diagnostics = self.update(progress)?;
        let updated = Instant::now();
        self.steps += self.rollout.len() as u64;
        self.iterations += 1;

        let mut iteration = Iteration { steps: self.steps, ..Iteration::default() };
        iteration.report_episodes(&self.envs, self.late.as_ref());
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
        if let Some(drift) = drift {
            drift.report(&mut iteration);
        }
        Ok(iteration)
    }

    fn checkpoint(&self) -> Result<Checkpoint, AgentError> {
        let mut checkpoint = Checkpoint::after(self.steps);
        checkpoint.keep(&self.networks.policy, "policy");
        checkpoint.keep(&self.networks.value, "value");
        checkpoint.keep_state("observation-normalizer", &self.observation_normalizer)?;
        checkpoint.keep_scales(self.late.as_ref())?;
        if let Some(reading) = self.networks.policy.reading() {
            checkpoint.keep_state(READING, reading)?;
        }
        Ok(checkpoint)
    }

    fn suspend(&self) -> Result<Checkpoint, AgentError> {
        let mut checkpoint = self.checkpoint()?;
        checkpoint.keep_optimizer(&self.optimizer, &self.networks, "optimizer");
        checkpoint.keep_state("generators", &(&self.sampler, &self.shuffler))?;
        checkpoint.keep_state("reward-normalizer", &self.reward_normalizer)?;
        checkpoint.keep_state("kl-coefficient", &self.anchor.as_ref().map(Anchor::coefficient))?;
        checkpoint.keep_state("iterations", &self.iterations)?;
        checkpoint.keep_bytes("environments", &self.envs.suspend());
        checkpoint.suspend_critics(self.late.as_ref());
        Ok(checkpoint)
    }

    fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError> {
        self.networks.policy = suspended.restore(self.networks.policy.clone(), "policy")?;
        self.networks.value = suspended.restore(self.networks.value.clone(), "value")?;
        self.optimizer = suspended.restore_optimizer(&self.optimizer, &self.networks, "optimizer")?;
        (self.sampler, self.shuffler) = suspended.state("generators")?;
        self.observation_normalizer = suspended.state("observation-normalizer")?;
        self.reward_normalizer = suspended.state("reward-normalizer")?;
        if let (Some(anchor), Some(coefficient)) = (&mut self.anchor, suspended.state("kl-coefficient")?) {
            anchor.set_coefficient(coefficient);
        }
        self.envs.resume(&suspended.bytes("environments")?)?;
        suspended.resume_critics(self.late.as_mut())?;
        (self.steps, self.iterations) = (suspended.steps, suspended.state("iterations")?);
        Ok(())
    }
}
