//! The smallest task there is: say what you see.

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    EnvConfig, refuse_rewards,
    target::{SpaceKind, Target},
};
use crate::{
    env::{Env, EnvSpec, Snapshot, Step},
    error::EnvError,
    library::Library,
    range::{self, Range},
    registry::Registered,
    rewards::RewardConfig,
    seeding::{Generator, Role, stream},
    space::{Action, ActionBuffer, Space},
};

/// Settings of `identity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The kind of action space.
    pub space: SpaceKind,
    /// How many actions there are, in a multi-discrete space in each dimension; without meaning in a box.
    #[schemars(transform = Range::at_least(1).at_most(1_024))]
    pub actions: usize,
    /// How many dimensions a multi-discrete space or a box has.
    #[schemars(transform = Range::at_least(1).at_most(64))]
    pub dimensions: usize,
    /// Steps until the episode is cut off.
    #[schemars(transform = Range::at_least(1).at_most(1_000_000))]
    pub steps: usize,
    /// Whether a random half of the wrong actions is masked at each step; not in a box.
    pub masked: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { space: SpaceKind::Discrete, actions: 4, dimensions: 2, steps: 100, masked: false }
    }
}

impl Registered for Config {
    const NAME: &'static str = "identity";
    const SUMMARY: &'static str = "a probe for algorithms: +1 for the action that is shown";
}

impl EnvConfig for Config {
    fn build(&self, rewards: &[RewardConfig], _: &Library) -> Result<Box<dyn Env>, EnvError> {
        refuse_rewards(Self::NAME, rewards)?;
        range::check("env.identity", self)?;
        if self.masked && self.space == SpaceKind::Box {
            return Err(EnvError::config(
                "env.identity.masked",
                "a box has no choices that could be masked",
                "leave `masked` out, or give another `space`",
            ));
        }
        Ok(Box::new(Identity::new(self.clone())))
    }
}

/// **Action space**: by `space`, `Discrete(actions)`, `MultiDiscrete([actions; dimensions])` or
/// `Box(-1, 1, [dimensions])`, where what lies outside is clipped.
/// **Observation space**: the target. For choices `Box(0, 1)`, one one-hot of `actions` entries after the other, one a
/// dimension; for a box `Box(-1, 1, [dimensions])`.
/// **Reward**: for choices, the share of dimensions whose choice is the target's, from 0 to 1; for a box, 1 less the
/// mean squared distance to the target, from -3 to 1. So the target is worth 1 everywhere; in a box an agent that does
/// not look gets 2/3 at best, by staying at 0.
/// **Starting state**: a target drawn uniformly, as after every step.
/// **Episode end**: truncated after `steps` steps, never terminated.
/// With `masked`, about half of the wrong choices are illegal at each step.
///
/// Whatever is done, the targets to come are drawn alike. So the value of every state under the best policy is
/// 1 / (1 - discount), the limit of time being none of the agent's business.
///
/// **Source**: the identity environments of Stable-Baselines3's tests.
#[derive(Clone)]
struct Identity {
    config: Config,
    spec: EnvSpec,
    state: State,
}

#[derive(Clone, Serialize, Deserialize)]
struct State {
    generator: Generator,
    target: Target,
    legal: Vec<bool>,
    step: usize,
}

impl Identity {
    fn new(config: Config) -> Self {
        let action_space = config.space.space(config.actions, config.dimensions);
        let observation_space = match action_space {
            Space::Box { .. } => action_space.clone(),
            _ => Space::uniform_box(0.0, 1.0, action_space.mask_size()),
        };
        let state = State {
            generator: stream(0, Role::Environment, 0),
            target: Target::for_space(&action_space),
            legal: vec![true; action_space.mask_size()],
            step: 0,
        };
        let spec = EnvSpec {
            name: Config::NAME,
            action_space,
            observation_space,
            terms: Vec::new(),
            max_episode_steps: config.steps,
        };
        let mut this = Self { config, spec, state };
        this.reset(None);
        this
    }

    fn draw(&mut self) {
        let State { generator, target, legal, .. } = &mut self.state;
        let n = self.config.actions as u32;
        match &mut target.0 {
            ActionBuffer::Discrete(choice) => *choice = generator.random_range(0..n),
            ActionBuffer::MultiDiscrete(choices) => choices.fill_with(|| generator.random_range(0..n)),
            ActionBuffer::Box(values) => values.fill_with(|| generator.random_range(-1.0..=1.0)),
        }
        if self.config.masked {
            for (legal, &right) in legal.chunks_exact_mut(self.config.actions).zip(target.0.choices()) {
                for (choice, legal) in legal.iter_mut().enumerate() {
                    *legal = choice == right as usize || generator.random_bool(0.5);
                }
            }
        }
    }

    /// The first choice of `action` that is masked.
    fn masked(&self, action: Action<'_>) -> Option<u32> {
        let legal = self.state.legal.chunks_exact(self.config.actions);
        action.choices().iter().zip(legal).find(|(choice, legal)| !legal[**choice as usize]).map(|(choice, _)| *choice)
    }
}

impl Env for Identity {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn reset(&mut self, seed: Option<u64>) {
        if let Some(seed) = seed {
            self.state.generator = stream(seed, Role::Environment, 0);
        }
        self.state.step = 0;
        self.draw();
    }

    fn step(&mut self, action: Action<'_>) -> Result<Step, EnvError> {
        let miss = self.state.target.miss(&self.spec, action)?;
        let step = self.state.step;
        if step >= self.config.steps {
            return Err(EnvError::EpisodeOver { env: self.spec.name });
        }
        if let Some(action) = self.masked(action) {
            return Err(EnvError::MaskedAction { env: self.spec.name, action, step });
        }
        self.state.step += 1;
        self.draw();
        Ok(Step { reward: 1.0 - miss, terminated: false, truncated: self.state.step == self.config.steps })
    }

    fn observe(&self, observation: &mut [f32]) {
        if let ActionBuffer::Box(values) = &self.state.target.0 {
            observation.copy_from_slice(values);
            return;
        }
        observation.fill(0.0);
        for (one_hot, &choice) in observation.chunks_exact_mut(self.config.actions).zip(self.state.target.0.choices()) {
            one_hot[choice as usize] = 1.0;
        }
    }

    fn action_mask(&self, mask: &mut [bool]) {
        mask.copy_from_slice(&self.state.legal);
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.state)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), EnvError> {
        let state: State = snapshot.state(self.spec.name)?;
        let space = &self.spec.action_space;
        if state.legal.len() != space.mask_size() || !state.target.is_in(space) || state.step > self.config.steps {
            return Err(EnvError::Snapshot { env: self.spec.name, reason: "it was taken with other settings".into() });
        }
        self.state = state;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(toml: &str) -> Result<Identity, EnvError> {
        let config: Config = toml::from_str(toml).unwrap();
        config.build(&[], &Library::embedded())?;
        Ok(Identity::new(config))
    }

    #[test]
    fn the_target_is_worth_one_in_every_space() {
        for kind in ["discrete", "multi-discrete", "box"] {
            let mut env = identity(&format!("space = '{kind}'\ndimensions = 3")).unwrap();
            env.reset(Some(2));
            for _ in 0..100 {
                let target = env.state.target.0.clone();
                assert_eq!(env.step(target.as_action()).unwrap().reward, 1.0, "{kind}");
            }
        }
    }

    #[test]
    fn every_dimension_hit_earns_its_share() {
        let mut env = identity("space = 'multi-discrete'\ndimensions = 4").unwrap();
        let mut action = env.state.target.0.choices().to_vec();
        action[1] = (action[1] + 1) % 4;
        assert_eq!(env.step(Action::MultiDiscrete(&action)).unwrap().reward, 0.75);
    }

    #[test]
    fn a_vector_earns_less_the_further_it_is_and_is_clipped() {
        let mut env = identity("space = 'box'").unwrap();
        env.state.target = Target(ActionBuffer::Box(vec![0.5, -1.0]));
        assert_eq!(env.clone().step(Action::Box(&[0.0, 0.0])).unwrap().reward, 1.0 - 0.625);
        assert_eq!(env.step(Action::Box(&[0.5, -9.0])).unwrap().reward, 1.0);
    }

    #[test]
    fn the_observation_shows_every_dimensions_target() {
        let mut env = identity("space = 'multi-discrete'\nactions = 3").unwrap();
        env.state.target = Target(ActionBuffer::MultiDiscrete(vec![2, 0]));
        let mut seen = [f32::NAN; 6];
        env.observe(&mut seen);
        assert_eq!(seen, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn impossible_settings_are_refused_by_their_key() {
        for (toml, key) in [
            ("actions = 0", "env.identity.actions"),
            ("dimensions = 0", "env.identity.dimensions"),
            ("steps = 0", "env.identity.steps"),
            ("space = 'box'\nmasked = true", "env.identity.masked"),
        ] {
            let error = identity(toml).err().unwrap().to_string();
            assert!(error.starts_with(&format!("{key}: ")), "{error}");
        }
    }

    #[test]
    fn a_state_of_another_space_is_refused() {
        let discrete = identity("").unwrap().snapshot();
        let mut many = identity("space = 'multi-discrete'").unwrap();
        assert!(matches!(many.restore(&discrete), Err(EnvError::Snapshot { env: "identity", .. })));
    }
}
