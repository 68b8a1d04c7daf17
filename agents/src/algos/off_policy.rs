//! What all algorithms that learn from a replay buffer share: collecting, drawing, and counting.

use std::time::Instant;

use gradus_envs::{
    ActionBatch, ActionBuffer, LateRewards, Space, VecEnv,
    range::Range,
    seeding::{Generator, Role, stream},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Algorithm, Iteration, Task, random::sample_uniformly};
use crate::{
    checkpoint::Checkpoint,
    error::AgentError,
    memory,
    prior::Prior,
    replay::{Replay, Transitions},
};

/// How experience is collected, kept and drawn: `[agent.….replay]` of every off-policy algorithm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ReplayConfig {
    /// Transitions kept; the oldest go first.
    #[schemars(transform = Range::at_least(1).at_most(1e12))]
    pub capacity: usize,
    /// Environment steps of random actions before learning begins.
    #[schemars(transform = Range::at_least(0).at_most(1e12))]
    pub warm_up: u64,
    /// Transitions in one gradient step.
    #[schemars(transform = Range::at_least(1).at_most(65_536))]
    pub batch: usize,
    /// Steps whose rewards a target adds up before it trusts the value.
    #[schemars(transform = Range::at_least(1).at_most(1_000))]
    pub n_step: usize,
    /// Steps of each environment between two trainings.
    #[schemars(transform = Range::at_least(1).at_most(1_000_000))]
    pub train_every: usize,
    /// Gradient steps for each environment step.
    #[schemars(transform = Range::above(0).at_most(1_000))]
    pub updates_per_step: f64,
    /// What rewards are multiplied by before they are learned from, to bring values near 1; metrics stay as they are.
    #[schemars(transform = Range::above(0).at_most(1e6))]
    pub reward_scale: f64,
    /// Environment steps between two rows of the metrics.
    #[schemars(transform = Range::at_least(1).at_most(1e9))]
    pub iteration_steps: usize,
}

impl Default for ReplayConfig {
    fn default() -> Self {
        Self {
            capacity: 1_000_000,
            warm_up: 1_000,
            batch: 256,
            n_step: 1,
            train_every: 1,
            updates_per_step: 1.0,
            reward_scale: 1.0,
            iteration_steps: 1_000,
        }
    }
}

impl ReplayConfig {
    /// What is wrong with the settings under `agent`'s `replay`.
    pub(super) fn check(&self, agent: &str, environments: usize) -> Result<(), AgentError> {
        let refuse = |key: &str, problem: String, remedy: &str| {
            Err(AgentError::config(&format!("agent.{agent}.replay.{key}"), problem, remedy))
        };
        if self.capacity < environments {
            let problem = format!("{} transitions are fewer than the {environments} environments", self.capacity);
            return refuse("capacity", problem, "give a larger capacity or fewer environments");
        }
        if self.batch > self.capacity {
            let problem = format!("{} is more than the {} transitions that are kept", self.batch, self.capacity);
            return refuse("batch", problem, "give a smaller batch or a larger `capacity`");
        }
        Ok(())
    }
}

/// One algorithm's side of the common loop.
pub(super) trait Learner: Send {
    /// Chooses actions; those in a box between -1 and 1, whatever its bounds.
    fn act(&mut self, envs: &VecEnv, priors: &[f32], actions: &mut ActionBatch) -> Result<(), AgentError>;

    /// A stretch of collecting begins, `progress` of the training being done.
    fn begin_collecting(&mut self, _progress: f64) {}

    /// Takes one gradient step and names what is worth a look, losses under `loss/`.
    fn update(&mut self, transitions: &Transitions, progress: f64) -> Vec<(&'static str, f64)>;

    /// Keeps what was learned.
    fn keep(&self, checkpoint: &mut Checkpoint) -> Result<(), AgentError>;

    /// Keeps what else is needed to go on learning.
    fn suspend(&self, checkpoint: &mut Checkpoint) -> Result<(), AgentError>;

    /// Goes on from all that was kept.
    fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError>;
}

/// A [`Learner`] in training.
pub(super) struct OffPolicy<L> {
    learner: L,
    config: ReplayConfig,
    discount: f32,
    envs: VecEnv,
    /// The critics that judge a piece before it is learned from.
    late: Option<LateRewards>,
    replay: Replay,
    transitions: Transitions,
    prior: Option<Prior>,
    /// The prior's log-probabilities in the current states.
    priors: Vec<f32>,
    /// What the learner chose, and the same within the environment's bounds.
    actions: ActionBatch,
    scaled: ActionBatch,
    scaling: Scaling,
    explorer: Generator,
    drawer: Generator,
    /// Gradient steps that are due, in parts of one.
    owed: f64,
    steps: u64,
    iterations: u64,
}

impl<L: Learner> OffPolicy<L> {
    /// `agent` is the learner's name in configs.
    pub(super) fn new(
        agent: &str,
        task: &Task<'_>,
        learner: L,
        environments: usize,
        config: &ReplayConfig,
        discount: f64,
        prior: Option<Prior>,
    ) -> Result<Self, AgentError> {
        let mut envs = VecEnv::new(task.env, environments, task.seed, Role::Environment);
        let late = LateRewards::of(&mut envs);
        let space = envs.spec().action_space.clone();
        let mut priors = Vec::new();
        if let Some(prior) = &prior {
            prior.log_probabilities(&envs, &mut priors);
        }
        let needed = Replay::bytes_for(config.capacity, &envs, priors.len() / environments);
        memory::refuse_excess(
            &format!("agent.{agent}.replay.capacity"),
            config.capacity,
            needed,
            "give a smaller capacity",
        )?;
        let actions = ActionBatch::for_space(&space, environments);
        Ok(Self {
            learner,
            config: config.clone(),
            discount: discount as f32,
            replay: Replay::new(config.capacity, &envs, &priors, late.is_some()),
            late,
            transitions: Transitions::new(&envs),
            prior,
            priors,
            scaled: actions.clone(),
            actions,
            scaling: Scaling::of(&space),
            explorer: stream(task.seed, Role::Policy, 1),
            drawer: stream(task.seed, Role::Replay, 0),
            envs,
            owed: 0.0,
            steps: 0,
            iterations: 0,
        })
    }

    /// Steps every environment `train_every` times.
    fn collect(&mut self, progress: f64) -> Result<(), AgentError> {
        self.learner.begin_collecting(progress);
        for _ in 0..self.config.train_every {
            if self.steps < self.config.warm_up {
                self.scaling.sample(&self.envs, &mut self.explorer, &mut self.actions);
            } else {
                self.learner.act(&self.envs, &self.priors, &mut self.actions)?;
            }
            self.scaling.apply(&self.actions, &mut self.scaled);
            self.envs.step(self.scaled.as_actions())?;
            if let Some(prior) = &self.prior {
                prior.log_probabilities(&self.envs, &mut self.priors);
            }
            self.replay.push(&self.actions, &self.envs, &self.priors);
            if let Some(late) = &mut self.late {
                late.note(&mut self.envs, 0);
                for share in late.settle() {
                    self.replay.settle(share.env, &share.amounts);
                }
            }
            self.steps += self.envs.len() as u64;
        }
        Ok(())
    }

    /// Takes the gradient steps that are due.
    fn train(&mut self, progress: f64, averages: &mut Averages) -> Result<(), AgentError> {
        if self.steps <= self.config.warm_up || self.replay.settled() == 0 {
            return Ok(());
        }
        self.owed += (self.config.train_every * self.envs.len()) as f64 * self.config.updates_per_step;
        while self.owed >= 1.0 {
            self.owed -= 1.0;
            let ReplayConfig { batch, n_step, .. } = self.config;
            self.replay.sample(batch, n_step, self.discount, &mut self.drawer, &mut self.transitions);
            for reward in &mut self.transitions.rewards {
                *reward *= self.config.reward_scale as f32;
            }
            let metrics = self.learner.update(&self.transitions, progress);
            if let Some(&(what, value)) = metrics.iter().find(|(_, value)| !value.is_finite()) {
                let (iteration, remedy) = (self.iterations + 1, "lower `learning-rate` or `replay.reward-scale`");
                return Err(AgentError::NonFinite { what, value, iteration, remedy });
            }
            averages.add(metrics);
        }
        Ok(())
    }
}

impl<L: Learner> Algorithm for OffPolicy<L> {
    fn iterate(&mut self, progress: f64) -> Result<Iteration, AgentError> {
        self.envs.set_progress(progress as f32);
        self.envs.clear_statistics();
        if let Some(late) = &mut self.late {
            late.begin_iteration(progress as f32);
        }
        let mut averages = Averages::default();
        let (mut collecting, mut training) = (0.0, 0.0);
        let end = self.steps + self.config.iteration_steps as u64;
        while self.steps < end {
            let start = Instant::now();
            self.collect(progress)?;
            let collected = Instant::now();
            self.train(progress, &mut averages)?;
            collecting += (collected - start).as_secs_f64();
            training += collected.elapsed().as_secs_f64();
        }
        self.iterations += 1;

        let mut iteration = Iteration { steps: self.steps, ..Iteration::default() };
        iteration.report_episodes(&self.envs, self.late.as_ref());
        for (name, mean) in averages.means() {
            iteration.report(name, mean);
        }
        iteration.report("replay/transitions", self.replay.len() as f64);
        iteration.report("replay/updates", averages.updates as f64);
        iteration.report("time/rollout-seconds", collecting);
        iteration.report("time/update-seconds", training);
        Ok(iteration)
    }

    fn checkpoint(&self) -> Result<Checkpoint, AgentError> {
        let mut checkpoint = Checkpoint::after(self.steps);
        self.learner.keep(&mut checkpoint)?;
        checkpoint.keep_scales(self.late.as_ref())?;
        Ok(checkpoint)
    }

    fn suspend(&self) -> Result<Checkpoint, AgentError> {
        let mut checkpoint = self.checkpoint()?;
        self.learner.suspend(&mut checkpoint)?;
        self.replay.suspend(&mut checkpoint)?;
        checkpoint.keep_state("generators", &(&self.explorer, &self.drawer))?;
        checkpoint.keep_state("updates-owed", &self.owed)?;
        checkpoint.keep_state("iterations", &self.iterations)?;
        checkpoint.keep_bytes("environments", &self.envs.suspend());
        checkpoint.suspend_critics(self.late.as_ref());
        Ok(checkpoint)
    }

    fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError> {
        self.learner.resume(suspended)?;
        self.replay.resume(suspended)?;
        (self.explorer, self.drawer) = suspended.state("generators")?;
        self.envs.resume(&suspended.bytes("environments")?)?;
        if let Some(prior) = &self.prior {
            prior.log_probabilities(&self.envs, &mut self.priors);
        }
        suspended.resume_critics(self.late.as_mut())?;
        self.owed = suspended.state("updates-owed")?;
        (self.steps, self.iterations) = (suspended.steps, suspended.state("iterations")?);
        Ok(())
    }
}

/// The metrics of many updates.
#[derive(Default)]
struct Averages {
    sums: Vec<(&'static str, f64)>,
    updates: usize,
}

impl Averages {
    fn add(&mut self, metrics: Vec<(&'static str, f64)>) {
        self.updates += 1;
        if self.sums.is_empty() {
            self.sums = metrics;
            return;
        }
        for ((_, sum), (_, value)) in self.sums.iter_mut().zip(metrics) {
            *sum += value;
        }
    }

    fn means(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.sums.iter().map(|&(name, sum)| (name, sum / self.updates as f64))
    }
}

/// From actions between -1 and 1 to those within the bounds of a box; choices stay as they are.
#[derive(Clone, Debug)]
pub(super) struct Scaling {
    /// Where learners act.
    unit: Space,
    centers: Vec<f32>,
    halves: Vec<f32>,
}

impl Scaling {
    pub(super) fn of(space: &Space) -> Self {
        let Space::Box { low, high } = space else {
            return Self { unit: space.clone(), centers: Vec::new(), halves: Vec::new() };
        };
        let bounds = || low.iter().zip(high);
        Self {
            unit: Space::uniform_box(-1.0, 1.0, low.len()),
            centers: bounds().map(|(low, high)| (low + high) / 2.0).collect(),
            halves: bounds().map(|(low, high)| (high - low) / 2.0).collect(),
        }
    }

    pub(super) fn apply(&self, actions: &ActionBatch, scaled: &mut ActionBatch) {
        scaled.clone_from(actions);
        if !self.centers.is_empty() {
            for vector in scaled.reals_mut().chunks_exact_mut(self.centers.len()) {
                for (value, (center, half)) in vector.iter_mut().zip(self.centers.iter().zip(&self.halves)) {
                    *value = center + half * *value;
                }
            }
        }
    }

    /// Draws uniformly among all that is legal.
    fn sample(&self, envs: &VecEnv, generator: &mut Generator, actions: &mut ActionBatch) {
        sample_uniformly(&self.unit, envs, generator, &mut ActionBuffer::for_space(&self.unit), actions);
    }
}
