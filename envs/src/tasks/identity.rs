//! The smallest task there is: say what you see.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{EnvConfig, refuse_rewards};
use crate::{
    env::{Env, EnvSpec, Snapshot, Step},
    error::EnvError,
    library::Library,
    registry::Registered,
    rewards::RewardConfig,
    seeding::{Generator, Role, stream},
    space::{Action, Space},
};

/// Settings of `identity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// How many actions there are.
    pub actions: usize,
    /// Steps until the episode is cut off.
    pub steps: usize,
    /// Whether a random half of the wrong actions is masked at each step.
    pub masked: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { actions: 4, steps: 100, masked: false }
    }
}

impl Registered for Config {
    const NAME: &'static str = "identity";
    const SUMMARY: &'static str = "a probe for algorithms: +1 for the action that is shown";
}

impl EnvConfig for Config {
    fn build(&self, rewards: &[RewardConfig], _: &Library) -> Result<Box<dyn Env>, EnvError> {
        refuse_rewards(Self::NAME, rewards)?;
        if self.actions == 0 || self.steps == 0 {
            return Err(EnvError::config("env.identity", "`actions` and `steps` must be above 0", "give 1 or more"));
        }
        Ok(Box::new(Identity::new(self.clone())))
    }
}

/// **Action space**: `Discrete(actions)`. **Observation space**: `Box(0, 1, [actions])`, the target as one-hot.
/// **Reward**: 1 for choosing the target, else 0. **Starting state**: a target drawn uniformly, as after every
/// step. **Episode end**: truncated after `steps` steps, never terminated. With `masked`, about half of the
/// wrong actions are illegal at each step. **Source**: the identity environments of Stable-Baselines3's tests.
#[derive(Clone)]
struct Identity {
    config: Config,
    spec: EnvSpec,
    generator: Generator,
    target: u32,
    legal: Vec<bool>,
    step: usize,
}

#[derive(Serialize, Deserialize)]
struct State {
    generator: Generator,
    target: u32,
    legal: Vec<bool>,
    step: usize,
}

impl Identity {
    fn new(config: Config) -> Self {
        let spec = EnvSpec {
            name: Config::NAME,
            action_space: Space::Discrete { n: config.actions },
            observation_space: Space::uniform_box(0.0, 1.0, config.actions),
            terms: Vec::new(),
            max_episode_steps: config.steps,
        };
        let legal = vec![true; config.actions];
        let mut this = Self { config, spec, generator: stream(0, Role::Environment, 0), target: 0, legal, step: 0 };
        this.reset(None);
        this
    }

    fn draw(&mut self) {
        self.target = self.generator.random_range(0..self.config.actions as u32);
        if self.config.masked {
            for (choice, legal) in self.legal.iter_mut().enumerate() {
                *legal = choice == self.target as usize || self.generator.random_bool(0.5);
            }
        }
    }
}

impl Env for Identity {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn reset(&mut self, seed: Option<u64>) {
        if let Some(seed) = seed {
            self.generator = stream(seed, Role::Environment, 0);
        }
        self.step = 0;
        self.draw();
    }

    fn step(&mut self, action: Action<'_>) -> Result<Step, EnvError> {
        let choice = self.spec.discrete(action)?;
        if self.step >= self.config.steps {
            return Err(EnvError::EpisodeOver { env: self.spec.name });
        }
        if !self.legal[choice as usize] {
            return Err(EnvError::MaskedAction { env: self.spec.name, action: choice, step: self.step });
        }
        let reward = if choice == self.target { 1.0 } else { 0.0 };
        self.step += 1;
        self.draw();
        Ok(Step { reward, terminated: false, truncated: self.step == self.config.steps })
    }

    fn observe(&self, observation: &mut [f32]) {
        observation.fill(0.0);
        observation[self.target as usize] = 1.0;
    }

    fn action_mask(&self, mask: &mut [bool]) {
        mask.copy_from_slice(&self.legal);
    }

    fn snapshot(&self) -> Snapshot {
        let Self { generator, target, legal, step, .. } = self.clone();
        Snapshot::of(&State { generator, target, legal, step })
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), EnvError> {
        let state: State = snapshot.state(self.spec.name)?;
        if state.legal.len() != self.config.actions || state.step > self.config.steps {
            return Err(EnvError::Snapshot { env: self.spec.name, reason: "it was taken with other settings".into() });
        }
        (self.generator, self.target, self.step) = (state.generator, state.target, state.step);
        self.legal = state.legal;
        Ok(())
    }
}
