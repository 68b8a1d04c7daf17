//! Does an environment keep its promises? The conformance checks that every registered one must pass.

use rand::RngExt;
use serde::Serialize;

use crate::{
    env::{Env, Step},
    error::EnvError,
    seeding::{Generator, Role, derive, stream},
    space::{ActionBuffer, Space},
};

/// Counts the allocations made by a piece of work; the program that has a counting allocator provides it.
pub type AllocationCounter = fn(&mut dyn FnMut()) -> u64;

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was promised.
    pub promise: &'static str,
    /// What broke the promise; None if it was kept.
    pub breach: Option<String>,
}

/// How many steps each check takes at least.
const STEPS: usize = 400;

/// Tries `env` with random actions and says which promises it keeps.
///
/// The checks, each over several hundred steps and many episodes: observations, actions and masks are those of
/// the spaces; two twins with one seed live the same life; a state restored continues exactly as the original;
/// the mask is honest (a legal action is taken, a masked or impossible one refused); rewards are finite
/// and the sum of the terms' shares; episodes end in time; and, where `allocations` is given and the environment does not
/// say otherwise, a step allocates nothing.
pub fn check_env(env: &(dyn Env + 'static), seed: u64, allocations: Option<AllocationCounter>) -> Vec<Check> {
    let mut checks = vec![
        run("observations and masks are those of the spaces", || spaces(&mut Player::new(env, seed))),
        run("two twins with one seed live the same life", || twins(env, seed)),
        run("a restored state continues exactly as the original", || restores(env, seed)),
        run("the action mask is honest", || honest_mask(&mut Player::new(env, seed))),
        run("rewards are finite and the sum of the terms' shares", || rewards(&mut Player::new(env, seed))),
        run("episodes end in time and take no step after", || endings(&mut Player::new(env, seed))),
    ];
    if let Some(count) = allocations.filter(|_| !env.allocates()) {
        checks.push(run("a step allocates nothing", || allocates_nothing(&mut Player::new(env, seed), count)));
    }
    checks
}

fn run(promise: &'static str, check: impl FnOnce() -> Result<(), String>) -> Check {
    Check { promise, breach: check().err() }
}

/// An environment under random play, with the buffers that go with it.
struct Player {
    env: Box<dyn Env>,
    generator: Generator,
    observation: Vec<f32>,
    mask: Vec<bool>,
    action: ActionBuffer,
    over: bool,
}

impl Player {
    fn new(env: &(dyn Env + 'static), seed: u64) -> Self {
        let env = dyn_clone::clone_box(env);
        let spec = env.spec();
        let mut this = Self {
            observation: vec![f32::NAN; spec.observation_space.size()],
            mask: vec![false; spec.action_space.mask_size()],
            action: ActionBuffer::for_space(&spec.action_space),
            generator: stream(seed, Role::Policy, 0),
            env,
            over: false,
        };
        this.env.reset(Some(derive(seed, Role::Environment, 0)));
        this.look();
        this
    }

    fn look(&mut self) {
        self.env.observe(&mut self.observation);
        self.env.action_mask(&mut self.mask);
    }

    /// Plays a random legal action, first resetting where the last episode is over.
    fn play(&mut self) -> Result<Step, EnvError> {
        if self.over {
            self.env.reset(None);
            self.look();
        }
        self.env.spec().action_space.sample(&self.mask, &mut self.generator, &mut self.action);
        let step = self.env.step(self.action.as_action())?;
        self.over = step.terminated || step.truncated;
        self.look();
        Ok(step)
    }

    fn steps(&self) -> usize {
        STEPS.max(2 * self.env.spec().max_episode_steps + 2)
    }
}

fn spaces(player: &mut Player) -> Result<(), String> {
    for step in 0..player.steps() {
        let spec = player.env.spec();
        if !spec.observation_space.contains_vector(&player.observation) {
            return Err(format!("before step {step} the observation is outside {}", spec.observation_space));
        }
        if !player.over && !player.mask.is_empty() && !player.mask.contains(&true) {
            return Err(format!("before step {step} no action is legal"));
        }
        player.play().map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn twins(env: &(dyn Env + 'static), seed: u64) -> Result<(), String> {
    let (mut first, mut second) = (Player::new(env, seed), Player::new(env, seed));
    for step in 0..first.steps() {
        let (a, b) =
            (first.play().map_err(|error| error.to_string())?, second.play().map_err(|error| error.to_string())?);
        if a != b || first.observation != second.observation || first.mask != second.mask {
            return Err(format!("they part at step {step}"));
        }
    }
    Ok(())
}

fn restores(env: &(dyn Env + 'static), seed: u64) -> Result<(), String> {
    let mut original = Player::new(env, seed);
    let mut other = Player::new(env, seed + 1);
    for round in 0..8 {
        for _ in 0..original.generator.random_range(0..original.env.spec().max_episode_steps.min(STEPS)) {
            original.play().map_err(|error| error.to_string())?;
        }
        let snapshot = original.env.snapshot();
        other.env.restore(&snapshot).map_err(|error| error.to_string())?;
        if other.env.snapshot() != snapshot {
            return Err(format!("in round {round} the restored state is not the one that was kept"));
        }
        other.generator = original.generator.clone();
        other.over = original.over;
        other.look();
        for step in 0..original.steps() / 4 {
            if original.observation != other.observation || original.mask != other.mask {
                return Err(format!("in round {round} they part {step} steps after the restoring"));
            }
            if original.play().map_err(|error| error.to_string())? != other.play().map_err(|error| error.to_string())? {
                return Err(format!("in round {round} the rewards part {step} steps after the restoring"));
            }
            if original.env.shares() != other.env.shares() {
                return Err(format!("in round {round} the terms' shares part {step} steps after the restoring"));
            }
        }
    }
    Ok(())
}

fn honest_mask(player: &mut Player) -> Result<(), String> {
    let space = player.env.spec().action_space.clone();
    let all = vec![true; space.mask_size()];
    let impossible = impossible(&space);
    let mut tried = ActionBuffer::for_space(&space);
    for step in 0..player.steps() {
        if player.over {
            player.env.reset(None);
            player.look();
            player.over = false;
        }
        let before = player.env.snapshot();
        if player.env.step(impossible.as_action()).is_ok() {
            return Err(format!("at step {step} it took the impossible action {impossible:?}"));
        }
        space.sample(&all, &mut player.generator, &mut tried);
        let taken = player.env.step(tried.as_action()).is_ok();
        if taken != is_legal(&space, &player.mask, &tried) {
            let (said, did) = if taken { ("illegal", "took it") } else { ("legal", "refused it") };
            return Err(format!("at step {step} the mask calls action {tried:?} {said}, but the environment {did}"));
        }
        player.env.restore(&before).map_err(|error| error.to_string())?;
        player.look();
        player.play().map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// An action that is of the right kind, but not in `space`.
fn impossible(space: &Space) -> ActionBuffer {
    match space {
        Space::Discrete { n } => ActionBuffer::Discrete(*n as u32),
        Space::MultiDiscrete { nvec } => ActionBuffer::MultiDiscrete(nvec.iter().map(|&n| n as u32).collect()),
        Space::Box { low, .. } => ActionBuffer::Box(vec![f32::NAN; low.len()]),
    }
}

/// Whether `mask` allows `action` in every dimension of `space`.
fn is_legal(space: &Space, mask: &[bool], action: &ActionBuffer) -> bool {
    match (space, action) {
        (Space::MultiDiscrete { nvec }, ActionBuffer::MultiDiscrete(choices)) => {
            let mut offset = 0;
            nvec.iter().zip(choices).all(|(n, &choice)| {
                offset += n;
                mask[offset - n + choice as usize]
            })
        }
        (_, ActionBuffer::Discrete(choice)) => mask[*choice as usize],
        _ => true,
    }
}

fn rewards(player: &mut Player) -> Result<(), String> {
    for step in 0..player.steps() {
        let reward = player.play().map_err(|error| error.to_string())?.reward;
        if !reward.is_finite() {
            return Err(format!("at step {step} the reward is {reward}"));
        }
        let shares = player.env.shares();
        if shares.len() != player.env.spec().terms.len() {
            return Err(format!("{} shares for {} terms", shares.len(), player.env.spec().terms.len()));
        }
        let sum: f32 = shares.iter().sum();
        if !shares.is_empty() && (sum - reward).abs() > 1e-4 * reward.abs().max(1.0) {
            return Err(format!("at step {step} the reward is {reward}, but the shares sum to {sum}"));
        }
    }
    Ok(())
}

fn endings(player: &mut Player) -> Result<(), String> {
    let limit = player.env.spec().max_episode_steps;
    for episode in 0..4 {
        let mut length = 0;
        loop {
            player.play().map_err(|error| error.to_string())?;
            length += 1;
            if player.over {
                break;
            }
            if length > limit {
                return Err(format!("episode {episode} goes on after {limit} steps"));
            }
        }
        if player.env.step(player.action.as_action()).is_ok() {
            return Err(format!("after the end of episode {episode} a step was taken without a reset"));
        }
    }
    Ok(())
}

fn allocates_nothing(player: &mut Player, count: AllocationCounter) -> Result<(), String> {
    let steps = player.steps();
    let mut failure = None;
    let allocations = count(&mut || {
        for _ in 0..steps {
            if let Err(error) = player.play() {
                failure = Some(error);
                return;
            }
        }
    });
    match failure {
        Some(error) => Err(error.to_string()),
        None if allocations > 0 => Err(format!("{allocations} allocations in {steps} steps and their resets")),
        None => Ok(()),
    }
}
