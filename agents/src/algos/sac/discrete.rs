//! Soft actor-critic for discrete actions.
//!
//! **Paper**: Christodoulou 2019, "Soft actor-critic for discrete action settings", arXiv 1910.07207: expectations over
//! all actions instead of samples.
//! **Details**: what is known to break it is mended. The target entropy is a share of the greatest that the *legal*
//! actions of a state allow, so that it can be reached, masks or not. The critic's targets carry a share of the entropy
//! of their own (`critic-entropy`; none by default), because coupling them to the policy's is the main cause of failure
//! (arXiv 2509.09838, "decoupled" entropy). `q-target` may be the mean of both Q-networks instead of the lesser, which
//! underestimates where actions are few (Zhou et al. 2022, arXiv 2209.10081).
//! The defaults are the decoupled variant with the lesser Q; `results/reference/algorithms.md` has the evidence.
//! **What differs**: several discrete dimensions are independent in the policy and add up in Q (Sunehag et al. 2017,
//! "Value-decomposition networks", arXiv 1706.05296), which keeps all expectations exact.

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
use gradus_models::{
    blocks::Mlp,
    ops::log_softmax,
    optim::{Adam, AdamConfig},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::Actor,
    algos::{
        Algorithm, AlgorithmConfig, Task, boxed,
        off_policy::{Learner, OffPolicy, ReplayConfig},
        q_network::{QNetwork, both, both_mut},
        sac::Q_NETWORKS,
        settings::Check,
        temperature::Temperature,
    },
    checkpoint::Checkpoint,
    error::AgentError,
    policy::{Choose, HostPolicy, PolicyActor, categorical},
    replay::Transitions,
    tensors::{elements, matrix, scalar, vector},
};

/// Settings of `discrete-sac`.
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
    /// The entropy to come to, as a share of the greatest that the legal actions allow.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub target_entropy: Schedule,
    /// The share of the temperature at which the critic's targets reward entropy: 0 decouples them, 1 is the paper.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub critic_entropy: f64,
    /// How two opinions of Q make one.
    pub q_target: QTarget,
    /// How experience is collected, kept and drawn.
    pub replay: ReplayConfig,
}

/// How the opinions of two Q-networks make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QTarget {
    /// The lesser, against overestimation.
    Min,
    /// The mean, against underestimation.
    Mean,
}

impl QTarget {
    /// One opinion of Q in each state, `[batch × choices]`, weighing the choices by their `log_probabilities`.
    ///
    /// The lesser of two is that of lesser value in the state, all of it: where several dimensions add up in Q, what
    /// each contributes is not determined, so that the lesser of each would be less than either sum.
    fn join(self, opinions: [Vec<f32>; 2], log_probabilities: &[f32], rows: usize) -> Vec<f32> {
        let [mut joined, other] = opinions;
        let width = joined.len() / rows;
        let rows = joined.chunks_exact_mut(width).zip(other.chunks_exact(width));
        for ((first, second), log_probabilities) in rows.zip(log_probabilities.chunks_exact(width)) {
            match self {
                Self::Min if expectation(second, log_probabilities) < expectation(first, log_probabilities) => {
                    first.copy_from_slice(second);
                }
                Self::Min => {}
                Self::Mean => first.iter_mut().zip(second).for_each(|(a, b)| *a = f32::midpoint(*a, *b)),
            }
        }
        joined
    }
}

fn expectation(values: &[f32], log_probabilities: &[f32]) -> f32 {
    values.iter().zip(log_probabilities).map(|(value, log)| log.exp() * value).sum()
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environments: 1,
            learning_rate: Schedule::Constant(3e-4),
            discount: 0.99,
            tau: 0.005,
            temperature: None,
            target_entropy: Schedule::Constant(0.2),
            critic_entropy: 0.0,
            q_target: QTarget::Min,
            replay: ReplayConfig::default(),
        }
    }
}

impl Registered for Config {
    const NAME: &'static str = "discrete-sac";
    const SUMMARY: &'static str = "soft actor-critic for discrete actions, with decoupled entropy and masks";
}

impl AlgorithmConfig for Config {
    fn build(&self, task: &Task<'_>) -> Result<Box<dyn Algorithm>, AgentError> {
        Check::of(self)?;
        self.replay.check(Self::NAME, self.environments)?;
        let learner = DiscreteSac::new(self.clone(), task)?;
        OffPolicy::new(Self::NAME, task, learner, self.environments, &self.replay, self.discount, None).map(boxed)
    }

    fn actor(
        &self,
        task: &Task<'_>,
        checkpoint: &Checkpoint,
        deterministic: bool,
    ) -> Result<Box<dyn Actor>, AgentError> {
        let sizes = sizes(task)?;
        let policy = checkpoint.restore(initial_policy(task, &sizes, &Device::flex())?, "policy")?;
        let policy = HostPolicy::of_choices(&policy, &task.env.spec().action_space);
        Ok(Box::new(PolicyActor::new(policy, None, task.seed, deterministic)))
    }
}

/// How many choices each dimension of the actions has.
fn sizes(task: &Task<'_>) -> Result<Vec<usize>, AgentError> {
    let spec = task.env.spec();
    match &spec.action_space {
        Space::Discrete { n } => Ok(vec![*n]),
        Space::MultiDiscrete { nvec } => Ok(nvec.clone()),
        Space::Box { .. } => Err(AgentError::space(Config::NAME, spec, "use `sac`")),
    }
}

fn initial_policy(task: &Task<'_>, sizes: &[usize], device: &Device) -> Result<Mlp, AgentError> {
    let mut generator = stream(task.seed, Role::Initialization, 0);
    let inputs = task.env.spec().observation_space.size();
    Ok(task.policy.mlp(Config::NAME)?.init_fan_in(inputs, sizes.iter().sum(), &mut generator, device))
}

struct DiscreteSac {
    config: Config,
    sizes: Vec<usize>,
    policy: Mlp,
    optimizer: Adam,
    q_networks: [QNetwork; 2],
    temperature: Temperature,
    /// The policy for acting, as it was when collecting began.
    acting: HostPolicy,
    action_space: Space,
    sampler: Generator,
    device: Device,
}

impl DiscreteSac {
    fn new(config: Config, task: &Task<'_>) -> Result<Self, AgentError> {
        let device = Device::flex().autodiff();
        let sizes = sizes(task)?;
        let policy = initial_policy(task, &sizes, &device)?;
        let (inputs, outputs) = (task.env.spec().observation_space.size(), sizes.iter().sum());
        let q_network = |index| {
            let mut generator = stream(task.seed, Role::Initialization, index);
            Ok::<_, AgentError>(QNetwork::init(task.policy.mlp(Config::NAME)?, inputs, outputs, &mut generator))
        };
        Ok(Self {
            temperature: Temperature::new(config.temperature),
            config,
            optimizer: AdamConfig { epsilon: 1e-8, ..AdamConfig::default() }.init(),
            q_networks: [q_network(1)?, q_network(2)?],
            acting: HostPolicy::of_choices(&policy, &task.env.spec().action_space),
            action_space: task.env.spec().action_space.clone(),
            policy,
            sizes,
            sampler: stream(task.seed, Role::Policy, 0),
            device,
        })
    }

    /// What Q should be: r + gamma sum over a' of pi(a'|s') (Q(s', a') - c alpha ln pi(a'|s')), where the targets say Q
    /// and c is the share of entropy that the critic sees.
    fn targets(&self, transitions: &Transitions, next: &[f32], temperature: f32) -> Vec<f32> {
        let n = transitions.len();
        let inputs = matrix(&transitions.next_observations, transitions.next_observations.len() / n, &Device::flex());
        let opinions = both(&self.q_networks, |q| elements(q.target(inputs.clone())));
        let mut q = self.config.q_target.join(opinions, next, n);
        let entropy = temperature * self.config.critic_entropy as f32;
        for (q, log_probability) in q.iter_mut().zip(next) {
            *q -= entropy * log_probability;
        }
        let width = next.len() / n;
        let values = q.chunks_exact(width).zip(next.chunks_exact(width)).map(|(q, log)| expectation(q, log));
        let transitions = transitions.rewards.iter().zip(&transitions.discounts);
        transitions.zip(values).map(|((reward, discount), value)| reward + discount * value).collect()
    }

    /// The entropy to come to on average: a share of the logarithm of the number of legal actions.
    fn target_entropy(&self, masks: &[bool], progress: f64) -> f64 {
        let rows = masks.len() / self.sizes.iter().sum::<usize>();
        let legal = categorical::distributions(masks, &self.sizes)
            .map(|mask| mask.iter().filter(|&&legal| legal).count().max(1) as f64);
        self.config.target_entropy.at(progress) * legal.map(f64::ln).sum::<f64>() / rows as f64
    }

    /// The log-probabilities of all choices, `[batch × choices]`.
    fn log_policy(&self, logits: Tensor<2>, masks: &[bool]) -> Tensor<2> {
        let [size] = *self.sizes else {
            let mut offset = 0;
            let parts = self.sizes.iter().map(|&size| {
                let part = logits.clone().narrow(1, offset, size);
                let width = logits.dims()[1];
                let mask: Vec<bool> =
                    masks.chunks_exact(width).flat_map(|row| &row[offset..offset + size]).copied().collect();
                offset += size;
                log_softmax(part, Some(&mask))
            });
            return Tensor::cat(parts.collect(), 1);
        };
        debug_assert_eq!(size, logits.dims()[1]);
        log_softmax(logits, Some(masks))
    }
}

impl Learner for DiscreteSac {
    fn begin_collecting(&mut self, _: f64) {
        self.acting = HostPolicy::of_choices(&self.policy, &self.action_space);
    }

    fn act(&mut self, envs: &VecEnv, _: &[f32], actions: &mut ActionBatch) -> Result<(), AgentError> {
        self.acting.act(envs, envs.observations(), Choose::Sample(&mut self.sampler), actions)
    }

    fn update(&mut self, transitions: &Transitions, progress: f64) -> Vec<(&'static str, f64)> {
        let (n, learning_rate) = (transitions.len(), self.config.learning_rate.at(progress));
        let inner = Device::flex();
        let observation = transitions.observations.len() / n;
        let (log_policy, next) = rayon::join(
            || {
                let logits = self.policy.forward(matrix(&transitions.observations, observation, &self.device));
                self.log_policy(logits, &transitions.masks)
            },
            || {
                let logits = self.policy.valid().forward(matrix(&transitions.next_observations, observation, &inner));
                elements(self.log_policy(logits, &transitions.next_masks))
            },
        );
        let policy = log_policy.clone().exp();
        let entropy = -(policy.clone() * log_policy.clone()).sum_dim(1).mean();
        let mean_entropy = scalar(entropy.clone());

        // The temperature of this update is the one before its own step.
        let temperature = self.temperature.value();
        let target_entropy = self.target_entropy(&transitions.masks, progress);
        self.temperature.learn(mean_entropy - target_entropy, learning_rate);

        let targets = self.targets(transitions, &next, temperature);
        let taken = one_hot(transitions.actions.choices(), &self.sizes);
        let inputs = matrix(&transitions.observations, observation, &inner);
        let tau = self.config.tau;
        let steps = both_mut(&mut self.q_networks, |q| {
            let taken = matrix(&taken, taken.len() / n, &self.device);
            let targets = vector(&targets, &self.device);
            let loss = q.step(
                inputs.clone(),
                |values| ((values * taken).sum_dim(1).squeeze_dim::<1>(1) - targets).square().mean() * 0.5,
                learning_rate,
                None,
            );
            let values = elements(q.values(inputs.clone()));
            q.follow(tau);
            (loss, values)
        });

        // The policy climbs its expectation of Q, plus alpha times its entropy.
        let [(first_loss, first), (second_loss, second)] = steps;
        let q = self.config.q_target.join([first, second], &elements(log_policy), n);
        let expectation = (policy * matrix(&q, q.len() / n, &self.device)).sum_dim(1).mean();
        let mean_q = scalar(expectation.clone());
        let loss = -expectation - entropy * temperature;
        let gradients = GradientsParams::from_grads(loss.backward(), &self.policy);
        self.policy = self.optimizer.step_unclipped(self.policy.take(), gradients, learning_rate);

        vec![
            ("loss/policy", scalar(loss)),
            ("loss/q", f64::midpoint(first_loss, second_loss)),
            ("sac/q", mean_q),
            ("sac/entropy", mean_entropy),
            ("sac/target-entropy", target_entropy),
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
        checkpoint.keep_state("learner-generators", &self.sampler)
    }

    fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError> {
        self.policy = suspended.restore(self.policy.clone(), "policy")?;
        self.optimizer = suspended.restore_optimizer(&self.optimizer, &self.policy, "policy-optimizer")?;
        for (q, name) in self.q_networks.iter_mut().zip(Q_NETWORKS) {
            q.resume(suspended, name)?;
        }
        self.temperature.resume(suspended)?;
        self.sampler = suspended.state("learner-generators")?;
        Ok(())
    }
}

/// 1 at each row's choices, 0 elsewhere.
fn one_hot(choices: &[u32], sizes: &[usize]) -> Vec<f32> {
    let width: usize = sizes.iter().sum();
    let mut rows = vec![0.0; choices.len() / sizes.len() * width];
    for (row, choices) in rows.chunks_exact_mut(width).zip(choices.chunks_exact(sizes.len())) {
        let mut offset = 0;
        for (&choice, &size) in choices.iter().zip(sizes) {
            row[offset + choice as usize] = 1.0;
            offset += size;
        }
    }
    rows
}
