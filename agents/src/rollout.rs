//! A stretch of experience, collected with one policy.

use rand::seq::SliceRandom;

use gradus_envs::{ActionBatch, EnvSpec, LateShare, VecEnv, seeding::Generator};

use crate::{
    gae::{Trajectories, advantages},
    segments::Histories,
};

/// `steps × envs` transitions, every field one contiguous buffer allocated once.
#[derive(Clone, Debug)]
pub struct Rollout {
    envs: usize,
    observation_size: usize,
    mask_size: usize,
    /// What the policy saw, `[steps × envs × observation]`.
    pub observations: Vec<f32>,
    /// What was legal, `[steps × envs × actions]`.
    pub masks: Vec<bool>,
    /// What it did, `steps × envs` actions.
    pub actions: ActionBatch,
    /// How likely it was to do so, `[steps × envs]`.
    pub log_probabilities: Vec<f32>,
    /// What it got, `[steps × envs]`.
    pub rewards: Vec<f32>,
    /// Whose episode ended, `[steps × envs]`.
    pub terminated: Vec<bool>,
    /// Whose episode was cut off, `[steps × envs]`.
    pub truncated: Vec<bool>,
    /// The states in which episodes were cut off, in the order in which it happened, `[cut-offs × observation]`.
    pub cut_observations: Vec<f32>,
    /// The values of the states, `[steps × envs]`.
    pub values: Vec<f32>,
    /// The advantages of the actions, `[steps × envs]`.
    pub advantages: Vec<f32>,
    /// What the values should be, `[steps × envs]`.
    pub returns: Vec<f32>,
    final_values: Vec<f32>,
}

/// Numbers of a transition beside what is seen, legal and done.
const NUMBERS_OF_ONE: usize = 7;

impl Rollout {
    /// The bytes that a transition takes.
    pub(crate) fn bytes_of_one(env: &EnvSpec) -> u64 {
        let sizes = [env.observation_space.size() * 4, env.action_space.mask_size(), env.action_space.size() * 4];
        (sizes.iter().sum::<usize>() + NUMBERS_OF_ONE * 4) as u64
    }

    /// Room for `steps` steps of `envs`.
    pub fn new(steps: usize, envs: &VecEnv) -> Self {
        let spec = envs.spec();
        let (observation_size, mask_size) = (spec.observation_space.size(), spec.action_space.mask_size());
        let size = steps * envs.len();
        Self {
            envs: envs.len(),
            observation_size,
            mask_size,
            observations: vec![0.0; size * observation_size],
            masks: vec![true; size * mask_size],
            actions: ActionBatch::for_space(&spec.action_space, size),
            log_probabilities: vec![0.0; size],
            rewards: vec![0.0; size],
            terminated: vec![false; size],
            truncated: vec![false; size],
            cut_observations: Vec::new(),
            values: vec![0.0; size],
            advantages: vec![0.0; size],
            returns: vec![0.0; size],
            final_values: vec![0.0; size],
        }
    }

    /// Transitions in all.
    pub fn len(&self) -> usize {
        self.rewards.len()
    }

    /// Environments side by side.
    pub(crate) fn envs(&self) -> usize {
        self.envs
    }

    /// Whether there is no room for a single one.
    pub fn is_empty(&self) -> bool {
        self.rewards.is_empty()
    }

    /// Steps of every environment.
    pub fn steps(&self) -> usize {
        self.len() / self.envs
    }

    /// The part of the `[steps × envs]` buffers that belongs to `step`.
    pub fn rows(&self, step: usize) -> std::ops::Range<usize> {
        step * self.envs..(step + 1) * self.envs
    }

    /// The part of the observations that belongs to `step`.
    pub fn observation_rows(&self, step: usize) -> std::ops::Range<usize> {
        let rows = self.rows(step);
        rows.start * self.observation_size..rows.end * self.observation_size
    }

    /// The part of the masks that belongs to `step`.
    pub fn mask_rows(&self, step: usize) -> std::ops::Range<usize> {
        let rows = self.rows(step);
        rows.start * self.mask_size..rows.end * self.mask_size
    }

    /// Adds what critics give to the steps of a piece, as far as these are part of the rollout.
    pub fn add_late(&mut self, share: &LateShare) {
        for (back, amount) in share.amounts.iter().rev().enumerate() {
            let Some(step) = share.last.checked_sub(back) else { break };
            self.rewards[step * self.envs + share.env] += amount;
        }
    }

    /// Computes advantages and returns from the values: those of the states acted in, of the states after the last
    /// step `[envs]`, and of the states in which episodes were cut off `[cut-offs]`.
    ///
    /// # Panics
    /// If there are fewer `cut_values` than cut-offs.
    pub fn estimate(&mut self, values: &[f32], last_values: &[f32], cut_values: &[f32], discount: f32, lambda: f32) {
        self.values.copy_from_slice(values);
        let cut = self.truncated.iter().zip(&self.terminated).map(|(&cut, &ended)| cut && !ended);
        let mut cut_values = cut_values.iter();
        for (slot, cut) in self.final_values.iter_mut().zip(cut) {
            *slot = if cut { *cut_values.next().expect("a value for every cut-off") } else { 0.0 };
        }
        let trajectories = Trajectories {
            envs: self.envs,
            rewards: &self.rewards,
            values: &self.values,
            last_values,
            terminated: &self.terminated,
            truncated: &self.truncated,
            final_values: &self.final_values,
        };
        advantages(&trajectories, discount, lambda, &mut self.advantages);
        for ((target, advantage), value) in self.returns.iter_mut().zip(&self.advantages).zip(&self.values) {
            *target = advantage + value;
        }
    }

    /// How much of the returns' variance the values explain: 1 all, 0 none, below 0 worse than none.
    pub fn explained_variance(&self) -> f64 {
        let errors = self.returns.iter().zip(&self.values).map(|(target, value)| f64::from(target - value));
        let targets = self.returns.iter().map(|&target| f64::from(target));
        let total = variance(targets);
        if total == 0.0 { 0.0 } else { 1.0 - variance(errors) / total }
    }
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (count, sum) = values.clone().fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    let mean = sum / count;
    values.map(|value| (value - mean).powi(2)).sum::<f64>() / count
}

/// Some transitions of a rollout, gathered for one gradient step; its buffers are used again.
#[derive(Clone, Debug)]
pub struct Minibatch {
    /// `[batch × observation]`
    pub observations: Vec<f32>,
    /// `[batch × actions]`
    pub masks: Vec<bool>,
    /// `batch` actions
    pub actions: ActionBatch,
    /// `[batch]`
    pub log_probabilities: Vec<f32>,
    /// `[batch]`
    pub values: Vec<f32>,
    /// `[batch]`
    pub advantages: Vec<f32>,
    /// `[batch]`
    pub returns: Vec<f32>,
    /// What came before, for a policy that reads tokens; empty for others.
    pub(crate) histories: Histories,
}

impl Minibatch {
    /// No transitions yet.
    pub fn new(envs: &VecEnv) -> Self {
        Self {
            observations: Vec::new(),
            masks: Vec::new(),
            actions: ActionBatch::for_space(&envs.spec().action_space, 0),
            log_probabilities: Vec::new(),
            values: Vec::new(),
            advantages: Vec::new(),
            returns: Vec::new(),
            histories: Histories::default(),
        }
    }

    /// Gathers the transitions at `indices`.
    pub fn gather(&mut self, rollout: &Rollout, indices: &[u32]) {
        fn rows<T: Copy>(target: &mut Vec<T>, source: &[T], width: usize, indices: &[u32]) {
            target.clear();
            for &index in indices {
                let start = index as usize * width;
                target.extend_from_slice(&source[start..start + width]);
            }
        }
        rows(&mut self.observations, &rollout.observations, rollout.observation_size, indices);
        rows(&mut self.masks, &rollout.masks, rollout.mask_size, indices);
        self.actions.gather(&rollout.actions, indices);
        rows(&mut self.log_probabilities, &rollout.log_probabilities, 1, indices);
        rows(&mut self.values, &rollout.values, 1, indices);
        rows(&mut self.advantages, &rollout.advantages, 1, indices);
        rows(&mut self.returns, &rollout.returns, 1, indices);
    }

    /// How many transitions it holds.
    pub fn len(&self) -> usize {
        self.returns.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.returns.is_empty()
    }

    /// Brings the advantages to mean 0 and standard deviation 1.
    pub fn normalize_advantages(&mut self) {
        let n = self.advantages.len() as f64;
        let mean = self.advantages.iter().map(|&a| f64::from(a)).sum::<f64>() / n;
        let squares = self.advantages.iter().map(|&a| (f64::from(a) - mean).powi(2)).sum::<f64>();
        // Torch's standard deviation divides by n - 1.
        let scale = 1.0 / ((squares / (n - 1.0).max(1.0)).sqrt() + 1e-8);
        for advantage in &mut self.advantages {
            *advantage = ((f64::from(*advantage) - mean) * scale) as f32;
        }
    }
}

/// The numbers below `len` in random order.
pub fn shuffled(indices: &mut Vec<u32>, len: usize, generator: &mut Generator) {
    indices.clear();
    indices.extend(0..len as u32);
    indices.shuffle(generator);
}
