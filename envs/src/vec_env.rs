//! Many environments stepped as one.

use gradus_music::{Score, Token};
use rayon::prelude::*;

use crate::{
    env::{Env, EnvSpec, Snapshot},
    episode::{Episode, EpisodeStatistics},
    error::EnvError,
    seeding::{Role, derive},
    space::Actions,
};

/// Environments a thread must have before splitting pays: below it, waking a thread costs more than
/// stepping (measured in `benches/environment.rs`).
const MIN_CHUNK: usize = 256;

/// A batch of environments in lockstep, every field one contiguous buffer.
///
/// Autoreset is Gymnasium's *same-step* mode: when an episode ends, the environment is reset within
/// the same call, `observations` holds the first observation of the next episode, and
/// `final_observations` the last of the one that ended.
pub struct VecEnv {
    envs: Vec<Slot>,
    observation_size: usize,
    mask_size: usize,
    chunk: usize,
    observations: Vec<f32>,
    final_observations: Vec<f32>,
    masks: Vec<bool>,
    final_masks: Vec<bool>,
    rewards: Vec<f32>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
    statistics: EpisodeStatistics,
    keep_compositions: bool,
}

/// A finished episode with the piece that it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Composition {
    /// Which environment of the batch played it.
    pub env: usize,
    /// Its return, length and the terms' shares.
    pub episode: Episode,
    /// What was given before the piece, as tokens.
    pub primer: Vec<Token>,
    /// The piece as tokens, where the environment speaks in tokens.
    pub tokens: Vec<Token>,
    /// The piece to hear, where the environment composes one.
    pub score: Option<Score>,
}

/// An environment with the running sums of its episode.
struct Slot {
    env: Box<dyn Env>,
    episode: Episode,
    finished: Episode,
    has_finished: bool,
    composition: Option<Composition>,
}

/// The part of every buffer that belongs to one chunk of environments.
struct Chunk<'a> {
    first: usize,
    keep_compositions: bool,
    slots: &'a mut [Slot],
    observations: &'a mut [f32],
    final_observations: &'a mut [f32],
    masks: &'a mut [bool],
    final_masks: &'a mut [bool],
    rewards: &'a mut [f32],
    terminated: &'a mut [bool],
    truncated: &'a mut [bool],
}

impl VecEnv {
    /// `n` copies of `env`, each reset with its own stream derived from `seed` and `role`.
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn new(env: &(dyn Env + 'static), n: usize, seed: u64, role: Role) -> Self {
        assert!(n > 0, "a VecEnv needs at least one environment");
        let spec = env.spec();
        let (observation_size, mask_size) = (spec.observation_space.size(), spec.action_space.mask_size());
        let episode = Episode::new(spec.terms.len());
        let slot = || Slot {
            env: dyn_clone::clone_box(env),
            episode: episode.clone(),
            finished: episode.clone(),
            has_finished: false,
            composition: None,
        };
        let slots = std::iter::repeat_with(slot).take(n).collect();
        let mut this = Self {
            envs: slots,
            observation_size,
            mask_size,
            chunk: n,
            observations: vec![0.0; n * observation_size],
            final_observations: vec![0.0; n * observation_size],
            masks: vec![true; n * mask_size],
            final_masks: vec![true; n * mask_size],
            rewards: vec![0.0; n],
            terminated: vec![false; n],
            truncated: vec![false; n],
            statistics: EpisodeStatistics::default(),
            keep_compositions: false,
        };
        this.set_threads(rayon::current_num_threads());
        this.reset(seed, role);
        this
    }

    /// Steps on at most `threads` threads; the results are the same on any number.
    pub fn set_threads(&mut self, threads: usize) {
        let n = self.envs.len();
        self.chunk = n.div_ceil(threads.max(1)).max(MIN_CHUNK).min(n);
    }

    /// Begins anew in every environment, each with its own stream derived from `seed` and `role`.
    pub fn reset(&mut self, seed: u64, role: Role) {
        self.reset_from(0, seed, role);
    }

    /// Begins anew as [`VecEnv::reset`] does, with the streams numbered from `number`: what the environments of a larger batch
    /// have from there on.
    pub fn reset_from(&mut self, number: u64, seed: u64, role: Role) {
        for mut chunk in self.chunks() {
            for (index, slot) in chunk.slots.iter_mut().enumerate() {
                slot.env.reset(Some(derive(seed, role, number + (chunk.first + index) as u64)));
                slot.episode.clear();
                slot.has_finished = false;
                slot.composition = None;
            }
            chunk.write_states();
        }
        self.statistics.clear();
    }

    /// Takes one action in every environment, resetting those whose episode ends.
    pub fn step(&mut self, actions: Actions<'_>) -> Result<(), EnvError> {
        if self.chunk >= self.envs.len() {
            for mut chunk in self.chunks() {
                chunk.step(actions)?;
            }
        } else {
            let chunks: Vec<_> = self.chunks().collect();
            chunks.into_par_iter().try_for_each(|mut chunk| chunk.step(actions))?;
        }
        for slot in &mut self.envs {
            if std::mem::take(&mut slot.has_finished) {
                self.statistics.add(&slot.finished);
            }
        }
        Ok(())
    }

    /// Whether finished episodes are kept whole for [`VecEnv::compositions`]; off at first, for it allocates.
    pub fn keep_compositions(&mut self, keep: bool) {
        self.keep_compositions = keep;
    }

    /// Takes out the episodes that ended in the last step, in the order of the environments.
    pub fn compositions(&mut self) -> impl Iterator<Item = Composition> {
        self.envs.iter_mut().filter_map(|slot| slot.composition.take())
    }

    /// The state of every environment between two steps, for [`VecEnv::resume`].
    pub fn suspend(&self) -> Vec<u8> {
        let slots: Vec<(Snapshot, &Episode)> =
            self.envs.iter().map(|slot| (slot.env.snapshot(), &slot.episode)).collect();
        Snapshot::of(&slots).into_bytes()
    }

    /// Goes on where a batch of as many environments with the same config was suspended.
    pub fn resume(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let env = self.spec().name;
        let refuse = |reason: String| EnvError::Snapshot { env, reason };
        let slots: Vec<(Snapshot, Episode)> = Snapshot::from_bytes(state).state(env)?;
        let (found, needed) = (slots.len(), self.envs.len());
        if found != needed {
            return Err(refuse(format!("it is of {found} environments, and there are {needed}")));
        }
        for (slot, (snapshot, episode)) in self.envs.iter_mut().zip(slots) {
            slot.env.restore(&snapshot)?;
            slot.episode = episode;
            slot.has_finished = false;
            slot.composition = None;
        }
        self.chunks().for_each(|mut chunk| chunk.write_states());
        self.statistics.clear();
        Ok(())
    }

    /// Tells every environment how much of the training is done, from 0 to 1.
    pub fn set_progress(&mut self, progress: f32) {
        for slot in &mut self.envs {
            slot.env.set_progress(progress);
        }
    }

    /// How many environments there are.
    pub fn len(&self) -> usize {
        self.envs.len()
    }

    /// Never: a `VecEnv` has at least one environment.
    pub fn is_empty(&self) -> bool {
        self.envs.is_empty()
    }

    /// The spaces and terms, the same for all.
    pub fn spec(&self) -> &EnvSpec {
        self.envs[0].env.spec()
    }

    /// The environment number `index`.
    pub fn env(&self, index: usize) -> &(dyn Env + 'static) {
        self.envs[index].env.as_ref()
    }

    /// The current observations, `[environments × observation]`.
    pub fn observations(&self) -> &[f32] {
        &self.observations
    }

    /// The last observation of each environment's most recent episode, `[environments × observation]`;
    /// written in the step in which that episode ended.
    pub fn final_observations(&self) -> &[f32] {
        &self.final_observations
    }

    /// The current action masks, `[environments × mask]`.
    pub fn masks(&self) -> &[bool] {
        &self.masks
    }

    /// What was legal in the last state of each environment's most recent episode, `[environments × mask]`.
    pub fn final_masks(&self) -> &[bool] {
        &self.final_masks
    }

    /// The last step's rewards, `[environments]`.
    pub fn rewards(&self) -> &[f32] {
        &self.rewards
    }

    /// Whose episode ended in the last step, `[environments]`.
    pub fn terminated(&self) -> &[bool] {
        &self.terminated
    }

    /// Whose episode was cut off in the last step, `[environments]`.
    pub fn truncated(&self) -> &[bool] {
        &self.truncated
    }

    /// What the episodes that ended since the last [`VecEnv::clear_statistics`] were like.
    pub fn statistics(&self) -> &EpisodeStatistics {
        &self.statistics
    }

    /// Forgets the episodes that ended so far.
    pub fn clear_statistics(&mut self) {
        self.statistics.clear();
    }

    fn chunks(&mut self) -> impl Iterator<Item = Chunk<'_>> {
        let (chunk, observation, mask) = (self.chunk, self.observation_size, self.mask_size);
        let keep = self.keep_compositions;
        let slots = self.envs.chunks_mut(chunk);
        let mut observations = self.observations.chunks_mut((chunk * observation).max(1));
        let mut finals = self.final_observations.chunks_mut((chunk * observation).max(1));
        let mut masks = self.masks.chunks_mut((chunk * mask).max(1));
        let mut final_masks = self.final_masks.chunks_mut((chunk * mask).max(1));
        let mut rewards = self.rewards.chunks_mut(chunk);
        let mut terminated = self.terminated.chunks_mut(chunk);
        let mut truncated = self.truncated.chunks_mut(chunk);
        slots.enumerate().map(move |(index, slots)| Chunk {
            first: index * chunk,
            keep_compositions: keep,
            slots,
            observations: observations.next().unwrap_or_default(),
            final_observations: finals.next().unwrap_or_default(),
            masks: masks.next().unwrap_or_default(),
            final_masks: final_masks.next().unwrap_or_default(),
            rewards: rewards.next().unwrap_or_default(),
            terminated: terminated.next().unwrap_or_default(),
            truncated: truncated.next().unwrap_or_default(),
        })
    }
}

impl Chunk<'_> {
    fn step(&mut self, actions: Actions<'_>) -> Result<(), EnvError> {
        let n = self.slots.len();
        let (observation, mask) = (self.observations.len() / n, self.masks.len() / n);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let step = slot.env.step(actions.get(self.first + index))?;
            slot.episode.add(step.reward, slot.env.shares());
            self.rewards[index] = step.reward;
            self.terminated[index] = step.terminated;
            self.truncated[index] = step.truncated;
            if step.terminated || step.truncated {
                let of_env = |size: usize| index * size..(index + 1) * size;
                slot.env.observe(&mut self.final_observations[of_env(observation)]);
                slot.env.action_mask(&mut self.final_masks[of_env(mask)]);
                std::mem::swap(&mut slot.episode, &mut slot.finished);
                slot.episode.clear();
                slot.has_finished = true;
                if self.keep_compositions {
                    slot.composition = Some(Composition {
                        env: self.first + index,
                        episode: slot.finished.clone(),
                        primer: slot.env.primer().to_vec(),
                        tokens: slot.env.tokens().to_vec(),
                        score: slot.env.score(),
                    });
                }
                slot.env.reset(None);
            }
        }
        self.write_states();
        Ok(())
    }

    fn write_states(&mut self) {
        let n = self.slots.len();
        let (observation, mask) = (self.observations.len() / n, self.masks.len() / n);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.env.observe(&mut self.observations[index * observation..(index + 1) * observation]);
            slot.env.action_mask(&mut self.masks[index * mask..(index + 1) * mask]);
        }
    }
}
