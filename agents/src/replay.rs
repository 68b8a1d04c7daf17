//! Experience kept to be learned from more than once.

use std::collections::HashMap;

use gradus_envs::{ActionBatch, VecEnv, seeding::Generator};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::{checkpoint::Checkpoint, error::AgentError};

/// The last transitions of a batch of environments, every field one contiguous buffer allocated once.
///
/// It is a ring of rows, a row a step of all environments. A row holds the states before the step, what was done and
/// what came of it; the states after it are those of the next row, so each observation is stored once. Only where an
/// episode was cut off does its final state, which no row holds, have a place of its own.
#[derive(Clone, Debug)]
pub struct Replay {
    envs: usize,
    /// Rows of the ring: one more than it has transitions, for the states after the last.
    rows: usize,
    /// The row that the next transitions will fill; its states are known already.
    head: usize,
    /// Rows of transitions, all before the head.
    filled: usize,
    states: States,
    actions: ActionBatch,
    rewards: Vec<f32>,
    endings: Vec<Ending>,
    finals: Finals,
    /// The latest transitions of each environment whose rewards are not known in full yet; none if all always are.
    unsettled: Option<Vec<usize>>,
}

/// How a transition left its episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    None,
    Terminated,
    Truncated,
}

impl Ending {
    const ALL: [Self; 3] = [Self::None, Self::Terminated, Self::Truncated];
}

/// Where a ring stands, as it is kept.
#[derive(Serialize, Deserialize)]
struct Ring {
    head: usize,
    filled: usize,
    unsettled: Option<Vec<usize>>,
    places: Vec<(usize, usize)>,
    free: Vec<usize>,
}

/// What is known of states, one after the other.
#[derive(Clone, Debug)]
struct States {
    observation_size: usize,
    mask_size: usize,
    prior_size: usize,
    observations: Vec<f32>,
    masks: Vec<bool>,
    priors: Vec<f32>,
}

/// The final states of episodes that were cut off.
#[derive(Clone, Debug)]
struct Finals {
    states: States,
    /// Where each transition's final state is.
    places: HashMap<usize, usize>,
    free: Vec<usize>,
}

/// Transitions drawn from a [`Replay`], gathered for one gradient step; its buffers are used again.
///
/// With n-step returns a transition leads over up to n steps, fewer where the episode or the experience ends.
#[derive(Clone, Debug)]
pub struct Transitions {
    /// The states before, `[batch × observation]`.
    pub observations: Vec<f32>,
    /// What was legal in them, `[batch × choices]`.
    pub masks: Vec<bool>,
    /// The log-probabilities that the prior gave to each choice, `[batch × choices]`; empty without a prior.
    pub priors: Vec<f32>,
    /// What was done, `batch` actions.
    pub actions: ActionBatch,
    /// The discounted sums of rewards on the way, `[batch]`.
    pub rewards: Vec<f32>,
    /// By how much the value of the state after is discounted, `[batch]`; 0 where the episode terminated.
    pub discounts: Vec<f32>,
    /// The states after, `[batch × observation]`; of no meaning where the episode terminated.
    pub next_observations: Vec<f32>,
    /// What is legal in them, `[batch × choices]`.
    pub next_masks: Vec<bool>,
    /// The prior's log-probabilities in them, `[batch × choices]`; empty without a prior.
    pub next_priors: Vec<f32>,
}

impl Replay {
    /// Room for `capacity` transitions of `envs`, whose current states are the first. `priors` are the log-probabilities
    /// that a prior gives to each choice in these states, `[envs × choices]`; empty without a prior. Where rewards come
    /// `late`, transitions are drawn only once they are [settled](Replay::settle).
    ///
    /// # Panics
    /// If there is no room for a transition of each environment.
    pub fn new(capacity: usize, envs: &VecEnv, priors: &[f32], late: bool) -> Self {
        let n = envs.len();
        assert!(capacity >= n, "a replay buffer holds at least a transition of each environment");
        let rows = capacity / n + 1;
        let mut states = States::new(rows * n, envs, priors.len() / n);
        states.set(0, envs.observations(), envs.masks(), priors);
        Self {
            envs: n,
            rows,
            head: 0,
            filled: 0,
            finals: Finals { states: States::new(0, envs, priors.len() / n), places: HashMap::new(), free: Vec::new() },
            states,
            actions: ActionBatch::for_space(&envs.spec().action_space, rows * n),
            rewards: vec![0.0; rows * n],
            endings: vec![Ending::None; rows * n],
            unsettled: late.then(|| vec![0; n]),
        }
    }

    /// The bytes that `capacity` transitions of `envs` take.
    pub fn bytes_for(capacity: usize, envs: &VecEnv, prior_size: usize) -> u64 {
        let spec = envs.spec();
        let numbers = spec.observation_space.size() + prior_size + spec.action_space.size() + 1;
        let bytes = numbers * size_of::<f32>() + spec.action_space.mask_size() + size_of::<Ending>();
        (capacity as u64).saturating_add(envs.len() as u64).saturating_mul(bytes as u64)
    }

    /// Transitions held.
    pub fn len(&self) -> usize {
        self.filled * self.envs
    }

    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Takes in the step that `envs` have just made with `actions`; `priors` are the new states'.
    pub fn push(&mut self, actions: &ActionBatch, envs: &VecEnv, priors: &[f32]) {
        let (n, start) = (self.envs, self.head * self.envs);
        self.actions.write(start, actions);
        self.rewards[start..start + n].copy_from_slice(envs.rewards());
        for env in 0..n {
            self.finals.forget(start + env);
            self.endings[start + env] = match (envs.terminated()[env], envs.truncated()[env]) {
                (true, _) => Ending::Terminated,
                (false, true) => Ending::Truncated,
                (false, false) => Ending::None,
            };
            if self.endings[start + env] == Ending::Truncated {
                self.finals.keep(start + env, env, envs);
            }
        }
        self.head = (self.head + 1) % self.rows;
        self.filled = (self.filled + 1).min(self.rows - 1);
        for steps in self.unsettled.iter_mut().flatten() {
            *steps = (*steps + 1).min(self.filled);
        }
        self.states.set(self.head * n, envs.observations(), envs.masks(), priors);
    }

    /// Adds late rewards to the latest transitions of an environment, the last one last, which are all that were not
    /// settled. Those that the ring has lost are passed over.
    pub fn settle(&mut self, env: usize, amounts: &[f32]) {
        for (back, amount) in amounts.iter().rev().enumerate().take(self.filled) {
            let row = (self.head + self.rows - 1 - back) % self.rows;
            self.rewards[row * self.envs + env] += amount;
        }
        if let Some(unsettled) = &mut self.unsettled {
            unsettled[env] = 0;
        }
    }

    /// Transitions whose rewards are known in full.
    pub fn settled(&self) -> usize {
        self.len() - self.unsettled.iter().flatten().sum::<usize>()
    }

    /// Whether the reward of the transition `nth` from the oldest, environment by environment, is known in full.
    fn is_settled(&self, nth: usize) -> bool {
        let (row, env) = (nth / self.envs, nth % self.envs);
        self.unsettled.as_ref().is_none_or(|unsettled| row + unsettled[env] < self.filled)
    }

    /// Draws `batch` transitions with replacement, all settled ones equally likely, with returns over `n_step` steps.
    ///
    /// # Panics
    /// If there are none.
    pub fn sample(
        &self,
        batch: usize,
        n_step: usize,
        discount: f32,
        generator: &mut Generator,
        transitions: &mut Transitions,
    ) {
        transitions.clear();
        let oldest = self.head + self.rows - self.filled;
        assert!(self.settled() > 0, "there are transitions to draw");
        let mut drawn = Vec::with_capacity(batch);
        while drawn.len() < batch {
            let nth = generator.random_range(0..self.len() as u64) as usize;
            if !self.is_settled(nth) {
                continue;
            }
            let place = (oldest + nth / self.envs) % self.rows * self.envs + nth % self.envs;
            drawn.push(place as u32);
            self.follow(place, n_step, discount, transitions);
            self.states.copy(place, &mut transitions.observations, &mut transitions.masks, &mut transitions.priors);
        }
        transitions.actions.gather(&self.actions, &drawn);
    }

    /// Keeps all transitions.
    pub(crate) fn suspend(&self, checkpoint: &mut Checkpoint) -> Result<(), AgentError> {
        let Self { head, filled, .. } = *self;
        let finals = &self.finals;
        let mut places: Vec<(usize, usize)> = finals.places.iter().map(|(place, slot)| (*place, *slot)).collect();
        places.sort_unstable();
        let ring = Ring { head, filled, unsettled: self.unsettled.clone(), places, free: finals.free.clone() };
        checkpoint.keep_state("replay", &ring)?;
        let used = self.used() * self.envs;
        self.states.suspend(checkpoint, "replay.states", used);
        finals.states.suspend(checkpoint, "replay.finals", finals.places.len() + finals.free.len());
        let dimensions = self.actions.dimensions();
        let choices = self.actions.choices();
        let choices = &choices[..choices.len().min(used * dimensions)];
        let reals = self.actions.reals();
        checkpoint.keep_numbers("replay.choices", choices.iter().map(|choice| *choice as f32).collect());
        checkpoint.keep_numbers("replay.reals", reals[..reals.len().min(used * dimensions)].to_vec());
        checkpoint.keep_numbers("replay.rewards", self.rewards[..used].to_vec());
        let endings: Vec<u8> = self.endings[..used].iter().map(|ending| *ending as u8).collect();
        checkpoint.keep_bytes("replay.endings", &endings);
        Ok(())
    }

    /// Holds the transitions that were kept, of as many environments and in as much room.
    pub(crate) fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError> {
        let Ring { head, filled, unsettled, places, free } = suspended.state("replay")?;
        let misfit = || AgentError::Checkpoint("the replay buffer is of another size".to_owned());
        let lost = unsettled.as_ref().map(Vec::len) != self.unsettled.as_ref().map(Vec::len);
        if head >= self.rows || filled >= self.rows || lost {
            return Err(misfit());
        }
        (self.head, self.filled, self.unsettled) = (head, filled, unsettled);
        let used = self.used() * self.envs;
        self.states.resume(suspended, "replay.states", used).ok_or_else(misfit)?;
        let slots = places.len() + free.len();
        if places.iter().any(|(place, slot)| *place >= used || *slot >= slots) || free.iter().any(|slot| *slot >= slots)
        {
            return Err(misfit());
        }
        self.finals.states.resize(slots);
        self.finals.states.resume(suspended, "replay.finals", slots).ok_or_else(misfit)?;
        (self.finals.places, self.finals.free) = (places.into_iter().collect(), free);
        let choices = suspended.numbers("replay.choices")?;
        let reals = suspended.numbers("replay.reals")?;
        let endings = suspended.bytes("replay.endings")?;
        let room = self.actions.choices_mut().get_mut(..choices.len()).ok_or_else(misfit)?;
        room.iter_mut().zip(choices).for_each(|(room, choice)| *room = *choice as u32);
        self.actions.reals_mut().get_mut(..reals.len()).ok_or_else(misfit)?.copy_from_slice(reals);
        let rewards = suspended.numbers("replay.rewards")?;
        if rewards.len() != used || endings.len() != used {
            return Err(misfit());
        }
        self.rewards[..used].copy_from_slice(rewards);
        for (room, ending) in self.endings.iter_mut().zip(endings) {
            *room = Ending::ALL.get(usize::from(ending)).copied().ok_or_else(misfit)?;
        }
        Ok(())
    }

    /// Rows that hold something: once the ring is full, all.
    fn used(&self) -> usize {
        if self.filled + 1 == self.rows { self.rows } else { self.head + 1 }
    }

    /// Adds up the rewards from `place` on and writes the state in which the way ends.
    fn follow(&self, mut place: usize, n_step: usize, discount: f32, transitions: &mut Transitions) {
        let Transitions { next_observations, next_masks, next_priors, .. } = transitions;
        let (mut sum, mut factor) = (0.0, 1.0);
        for step in 1..=n_step {
            sum += factor * self.rewards[place];
            factor *= discount;
            let next = (place / self.envs + 1) % self.rows * self.envs + place % self.envs;
            match self.endings[place] {
                Ending::None if step < n_step && next / self.envs != self.head => place = next,
                Ending::Truncated => {
                    self.finals.states.copy(self.finals.places[&place], next_observations, next_masks, next_priors);
                    break;
                }
                ending => {
                    if ending == Ending::Terminated {
                        factor = 0.0;
                    }
                    self.states.copy(next, next_observations, next_masks, next_priors);
                    break;
                }
            }
        }
        transitions.rewards.push(sum);
        transitions.discounts.push(factor);
    }
}

impl States {
    /// Room for `states` states. Zeroed memory comes from the system as it is used.
    fn new(states: usize, envs: &VecEnv, prior_size: usize) -> Self {
        let spec = envs.spec();
        let (observation_size, mask_size) = (spec.observation_space.size(), spec.action_space.mask_size());
        Self {
            observation_size,
            mask_size,
            prior_size,
            observations: vec![0.0; states * observation_size],
            masks: vec![false; states * mask_size],
            priors: vec![0.0; states * prior_size],
        }
    }

    fn resize(&mut self, states: usize) {
        self.observations.resize(states * self.observation_size, 0.0);
        self.masks.resize(states * self.mask_size, false);
        self.priors.resize(states * self.prior_size, 0.0);
    }

    /// Writes states from `first` on.
    fn set(&mut self, first: usize, observations: &[f32], masks: &[bool], priors: &[f32]) {
        fn write<T: Copy>(target: &mut [T], start: usize, source: &[T]) {
            target[start..start + source.len()].copy_from_slice(source);
        }
        write(&mut self.observations, first * self.observation_size, observations);
        write(&mut self.masks, first * self.mask_size, masks);
        write(&mut self.priors, first * self.prior_size, priors);
    }

    /// Keeps the first states; masks as bits.
    fn suspend(&self, checkpoint: &mut Checkpoint, name: &str, states: usize) {
        checkpoint.keep_numbers(
            &format!("{name}.observations"),
            self.observations[..states * self.observation_size].to_vec(),
        );
        checkpoint.keep_numbers(&format!("{name}.priors"), self.priors[..states * self.prior_size].to_vec());
        let bits = |masks: &[bool]| masks.iter().rev().fold(0, |bits, &legal| bits << 1 | u8::from(legal));
        let masks: Vec<u8> = self.masks[..states * self.mask_size].chunks(8).map(bits).collect();
        checkpoint.keep_bytes(&format!("{name}.masks"), &masks);
    }

    /// Takes them back; none if they are not as many or not as large.
    fn resume(&mut self, suspended: &Checkpoint, name: &str, states: usize) -> Option<()> {
        let observations = suspended.numbers(&format!("{name}.observations")).ok()?;
        let priors = suspended.numbers(&format!("{name}.priors")).ok()?;
        let bytes = suspended.bytes(&format!("{name}.masks")).ok()?;
        let masks = states * self.mask_size;
        let sizes = [states * self.observation_size, states * self.prior_size, masks.div_ceil(8)];
        if [observations.len(), priors.len(), bytes.len()] != sizes {
            return None;
        }
        self.observations.get_mut(..observations.len())?.copy_from_slice(observations);
        self.priors.get_mut(..priors.len())?.copy_from_slice(priors);
        for (index, legal) in self.masks.get_mut(..masks)?.iter_mut().enumerate() {
            *legal = bytes[index / 8] >> (index % 8) & 1 == 1;
        }
        Some(())
    }

    /// Appends the state at `place` to these buffers.
    fn copy(&self, place: usize, observations: &mut Vec<f32>, masks: &mut Vec<bool>, priors: &mut Vec<f32>) {
        fn read<T: Copy>(target: &mut Vec<T>, place: usize, size: usize, source: &[T]) {
            target.extend_from_slice(&source[place * size..(place + 1) * size]);
        }
        read(observations, place, self.observation_size, &self.observations);
        read(masks, place, self.mask_size, &self.masks);
        read(priors, place, self.prior_size, &self.priors);
    }
}

impl Finals {
    /// Keeps the final state of environment `env` for the transition at `place`.
    ///
    /// A prior knows nothing of it: its log-probabilities are 0 there.
    fn keep(&mut self, place: usize, env: usize, envs: &VecEnv) {
        let States { observation_size, mask_size, prior_size, .. } = self.states;
        let slot = self.free.pop().unwrap_or_else(|| {
            let slots = self.places.len();
            self.states.resize(slots + 1);
            slots
        });
        let observation = &envs.final_observations()[env * observation_size..(env + 1) * observation_size];
        let mask = &envs.final_masks()[env * mask_size..(env + 1) * mask_size];
        self.states.set(slot, observation, mask, &vec![0.0; prior_size]);
        self.places.insert(place, slot);
    }

    /// Gives back the room of the final state of the transition at `place`, if it has one.
    fn forget(&mut self, place: usize) {
        self.free.extend(self.places.remove(&place));
    }
}

impl Transitions {
    /// No transitions yet.
    pub fn new(envs: &VecEnv) -> Self {
        Self {
            observations: Vec::new(),
            masks: Vec::new(),
            priors: Vec::new(),
            actions: ActionBatch::for_space(&envs.spec().action_space, 0),
            rewards: Vec::new(),
            discounts: Vec::new(),
            next_observations: Vec::new(),
            next_masks: Vec::new(),
            next_priors: Vec::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rewards.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rewards.is_empty()
    }

    fn clear(&mut self) {
        self.observations.clear();
        self.masks.clear();
        self.priors.clear();
        self.rewards.clear();
        self.discounts.clear();
        self.next_observations.clear();
        self.next_masks.clear();
        self.next_priors.clear();
    }
}

#[cfg(test)]
mod tests {
    use gradus_envs::{
        EnvironmentConfig, Library,
        seeding::{Role, stream},
    };

    use super::*;

    /// The identity task: no state matters but the target shown, and an episode is cut off after `steps` steps.
    fn envs(n: usize, steps: usize) -> VecEnv {
        let config: EnvironmentConfig = toml::from_str(&format!("[identity]\nsteps = {steps}\nmasked = true")).unwrap();
        let env = config.config().build(&[], &Library::embedded()).unwrap();
        VecEnv::new(env.as_ref(), n, 0, Role::Environment)
    }

    /// What happened, kept apart from the buffer.
    struct Record {
        before: Vec<f32>,
        after: Vec<f32>,
        after_mask: Vec<bool>,
        reward: f32,
        cut: bool,
    }

    /// Plays and keeps `steps` steps, action 0 wherever it is legal.
    fn play(envs: &mut VecEnv, replay: &mut Replay, steps: usize) -> Vec<Vec<Record>> {
        let n = envs.len();
        let space = envs.spec().action_space.clone();
        let mut records: Vec<Vec<Record>> = (0..n).map(|_| Vec::new()).collect();
        for _ in 0..steps {
            let mut actions = ActionBatch::for_space(&space, n);
            for (action, mask) in actions.choices_mut().iter_mut().zip(envs.masks().chunks(4)) {
                *action = mask.iter().position(|&legal| legal).unwrap() as u32;
            }
            let before = envs.observations().to_vec();
            envs.step(actions.as_actions()).unwrap();
            replay.push(&actions, envs, &[]);
            for (env, records) in records.iter_mut().enumerate() {
                let cut = envs.truncated()[env];
                let (observations, masks) = if cut {
                    (envs.final_observations(), envs.final_masks())
                } else {
                    (envs.observations(), envs.masks())
                };
                records.push(Record {
                    before: before[env * 4..(env + 1) * 4].to_vec(),
                    after: observations[env * 4..(env + 1) * 4].to_vec(),
                    after_mask: masks[env * 4..(env + 1) * 4].to_vec(),
                    reward: envs.rewards()[env],
                    cut,
                });
            }
        }
        records
    }

    /// Whether a drawn transition is the n-step one that begins at `start` of these records.
    fn is(transitions: &Transitions, row: usize, records: &[Record], start: usize, n_step: usize) -> bool {
        let mut end = start;
        let mut reward = records[start].reward;
        let mut discount = 0.9;
        while end + 1 < start + n_step && end + 1 < records.len() && !records[end].cut {
            end += 1;
            reward += discount * records[end].reward;
            discount *= 0.9;
        }
        let four = row * 4..(row + 1) * 4;
        transitions.observations[four.clone()] == records[start].before
            && transitions.next_observations[four.clone()] == records[end].after
            && transitions.next_masks[four] == records[end].after_mask
            && (transitions.rewards[row] - reward).abs() < 1e-6
            && (transitions.discounts[row] - discount).abs() < 1e-6
    }

    #[test]
    fn what_is_drawn_is_what_happened_also_across_cuts_and_after_the_ring_has_turned() {
        for (n, steps, n_step) in [(1, 7, 1), (3, 7, 1), (3, 40, 1), (3, 40, 3), (2, 100, 5)] {
            let mut envs = envs(n, 5);
            let capacity = 20 * n;
            let mut replay = Replay::new(capacity, &envs, &[], false);
            let records = play(&mut envs, &mut replay, steps);
            assert_eq!(replay.len(), (steps * n).min(capacity));
            let kept = steps.saturating_sub(20);
            let mut transitions = Transitions::new(&envs);
            replay.sample(200, n_step, 0.9, &mut stream(1, Role::Replay, 0), &mut transitions);
            for row in 0..200 {
                let found = records
                    .iter()
                    .any(|records| (kept..records.len()).any(|start| is(&transitions, row, records, start, n_step)));
                assert!(found, "row {row} of {n} environments, {steps} steps, n-step {n_step}");
            }
        }
    }

    #[test]
    fn every_transition_is_drawn_about_equally_often() {
        let mut envs = envs(2, 5);
        let mut replay = Replay::new(10, &envs, &[], false);
        play(&mut envs, &mut replay, 3);
        // Rewards that tell the transitions apart.
        for (index, reward) in replay.rewards.iter_mut().enumerate() {
            *reward = index as f32;
        }
        let mut transitions = Transitions::new(&envs);
        replay.sample(6_000, 1, 0.9, &mut stream(2, Role::Replay, 0), &mut transitions);
        for index in 0..6 {
            let count = transitions.rewards.iter().filter(|&&reward| reward == index as f32).count();
            assert!((800..1200).contains(&count), "{index}: {count} of 6000");
        }
    }

    #[test]
    fn transitions_are_drawn_once_their_late_rewards_are_there() {
        let mut envs = envs(2, 50);
        let mut replay = Replay::new(10, &envs, &[], true);
        play(&mut envs, &mut replay, 3);
        assert_eq!(replay.settled(), 0);
        replay.rewards.fill(1.0);
        replay.settle(1, &[10.0, 20.0, 30.0]);
        play(&mut envs, &mut replay, 1);
        assert_eq!((replay.settled(), replay.len()), (3, 8));
        let mut transitions = Transitions::new(&envs);
        replay.sample(300, 1, 0.9, &mut stream(2, Role::Replay, 0), &mut transitions);
        for reward in [11.0, 21.0, 31.0] {
            assert!(transitions.rewards.iter().filter(|drawn| **drawn == reward).count() > 60);
        }
        assert!(transitions.rewards.iter().all(|reward| *reward > 10.0));
    }

    #[test]
    fn a_full_buffer_takes_little_more_than_its_fields() {
        const CAPACITY: usize = 100_000;
        let mut envs = envs(1, 50);
        let mut replay = Replay::new(CAPACITY, &envs, &[], false);
        play(&mut envs, &mut replay, CAPACITY + CAPACITY / 4);
        let floats = replay.states.observations.capacity()
            + replay.finals.states.observations.capacity()
            + replay.rewards.capacity()
            + replay.actions.choices().len();
        let bytes = replay.states.masks.capacity()
            + replay.finals.states.masks.capacity()
            + replay.endings.capacity() * size_of::<Ending>()
            + replay.finals.places.capacity() * 2 * size_of::<usize>();
        let fields = CAPACITY * (4 * size_of::<f32>() + 4 + 4 + 4 + 1);
        let ratio = (floats * size_of::<f32>() + bytes) as f64 / fields as f64;
        assert!(ratio < 1.2, "{ratio}");
    }
}
