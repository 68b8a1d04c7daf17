//! Probes: episodes of one or two steps in which the value of every state is known.

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
    space::{Action, Space},
};

/// Settings of `probe`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// What is probed.
    pub kind: Kind,
    /// The kind of action space.
    pub space: SpaceKind,
    /// How many dimensions a multi-discrete space or a box has.
    #[schemars(transform = Range::at_least(1).at_most(64))]
    pub dimensions: usize,
}

/// What a probe tells apart, from the simplest up: where one fails, those after it need not be tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One step worth 1, whatever is done: does the value find a constant?
    #[default]
    ConstantValue,
    /// One step, paid by what is seen and what is done: do value and policy look at the observation?
    OneStep,
    /// Two steps, of which the first decides the reward of the second: does credit go back in time, discounted?
    TwoStepCredit,
}

impl Default for Config {
    fn default() -> Self {
        Self { kind: Kind::ConstantValue, space: SpaceKind::Discrete, dimensions: 2 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "probe";
    const SUMMARY: &'static str = "probes for algorithms: one or two steps in which every state's value is known";
}

impl EnvConfig for Config {
    fn build(&self, rewards: &[RewardConfig], _: &Library) -> Result<Box<dyn Env>, EnvError> {
        refuse_rewards(Self::NAME, rewards)?;
        range::check("env.probe", self)?;
        Ok(Box::new(Probe::new(self)))
    }
}

/// **Action space**: by `space`, `Discrete(2)`, `MultiDiscrete([2; dimensions])` or `Box(-1, 1, [dimensions])`, where
/// what lies outside is clipped.
///
/// A sign s, 1 or -1, calls for an action: in every dimension choice 1 for plus and choice 0 for minus, or s/2 in a
/// box. The *miss* m of another action is the share of dimensions with the wrong choice, from 0 to 1, or in a box the
/// mean squared distance from s/2, from 0 to 2.25.
///
/// **Observation space**: for `constant-value`, `Box(0, 0, [1])`, always 0; for `one-step`, `Box(-1, 1, [1])`, the
/// sign; for `two-step-credit`, `Box` of 2 entries: first the sign and 0, then 0 and the reward that is due
/// (-1.25 to 1).
/// **Reward**: for `constant-value`, 1; for `one-step`, s - m; for `two-step-credit`, first 0, then 1 - m with the
/// miss of the first action, whatever the second is.
/// **Starting state**: a sign drawn uniformly.
/// **Episode end**: terminated after one step, `two-step-credit` after two; never truncated.
///
/// What a right value network predicts, under the best policy and with the discount γ:
///
/// | kind | state | value | if m is expected instead of 0 |
/// |---|---|---|---|
/// | `constant-value` | 0 | 1 | 1 |
/// | `one-step` | s | s | s - m |
/// | `two-step-credit` | (s, 0) | γ | γ (1 - m) |
/// | `two-step-credit` | (0, due) | due | due |
///
/// **Source**: after the probe environments of Jones 2021, "Debugging RL, without the agonizing pain".
#[derive(Clone)]
struct Probe {
    kind: Kind,
    spec: EnvSpec,
    /// The action that the sign calls for.
    target: Target,
    state: State,
}

#[derive(Clone, Serialize, Deserialize)]
struct State {
    generator: Generator,
    plus: bool,
    due: f32,
    step: usize,
}

impl Probe {
    /// The least reward that can be due: the furthest action of a box misses by 1.5² everywhere.
    const LEAST_DUE: f32 = 1.0 - 2.25;

    fn new(config: &Config) -> Self {
        let action_space = config.space.space(2, config.dimensions);
        let observation_space = match config.kind {
            Kind::ConstantValue => Space::uniform_box(0.0, 0.0, 1),
            Kind::OneStep => Space::uniform_box(-1.0, 1.0, 1),
            Kind::TwoStepCredit => Space::Box { low: vec![-1.0, Self::LEAST_DUE], high: vec![1.0, 1.0] },
        };
        let target = Target::for_space(&action_space);
        let spec = EnvSpec {
            name: Config::NAME,
            action_space,
            observation_space,
            terms: Vec::new(),
            max_episode_steps: if config.kind == Kind::TwoStepCredit { 2 } else { 1 },
        };
        let state = State { generator: stream(0, Role::Environment, 0), plus: false, due: 0.0, step: 0 };
        let mut this = Self { kind: config.kind, spec, target, state };
        this.reset(None);
        this
    }

    fn sign(&self) -> f32 {
        if self.state.plus { 1.0 } else { -1.0 }
    }
}

impl Env for Probe {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn reset(&mut self, seed: Option<u64>) {
        if let Some(seed) = seed {
            self.state.generator = stream(seed, Role::Environment, 0);
        }
        self.state.plus = self.state.generator.random_bool(0.5);
        self.state.due = 0.0;
        self.state.step = 0;
        self.target.point(self.state.plus);
    }

    fn step(&mut self, action: Action<'_>) -> Result<Step, EnvError> {
        let miss = self.target.miss(&self.spec, action)?;
        if self.state.step >= self.spec.max_episode_steps {
            return Err(EnvError::EpisodeOver { env: self.spec.name });
        }
        let reward = match self.kind {
            Kind::ConstantValue => 1.0,
            Kind::OneStep => self.sign() - miss,
            Kind::TwoStepCredit if self.state.step == 0 => {
                self.state.due = (1.0 - miss).max(Self::LEAST_DUE);
                0.0
            }
            Kind::TwoStepCredit => self.state.due,
        };
        self.state.step += 1;
        Ok(Step { reward, terminated: self.state.step == self.spec.max_episode_steps, truncated: false })
    }

    fn observe(&self, observation: &mut [f32]) {
        match (self.kind, self.state.step) {
            (Kind::ConstantValue, _) => observation.fill(0.0),
            (Kind::OneStep, _) => observation.fill(self.sign()),
            (Kind::TwoStepCredit, 0) => observation.copy_from_slice(&[self.sign(), 0.0]),
            (Kind::TwoStepCredit, _) => observation.copy_from_slice(&[0.0, self.state.due]),
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.state)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), EnvError> {
        let state: State = snapshot.state(self.spec.name)?;
        if state.step > self.spec.max_episode_steps || !(Self::LEAST_DUE..=1.0).contains(&state.due) {
            return Err(EnvError::Snapshot { env: self.spec.name, reason: "it was taken with other settings".into() });
        }
        self.target.point(state.plus);
        self.state = state;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::ActionBuffer;

    fn probe(kind: Kind, space: SpaceKind) -> Probe {
        Probe::new(&Config { kind, space, ..Config::default() })
    }

    const SPACES: [SpaceKind; 3] = [SpaceKind::Discrete, SpaceKind::MultiDiscrete, SpaceKind::Box];

    /// The action that misses the sign's by as much as can be.
    fn worst(env: &Probe) -> ActionBuffer {
        let mut action = env.target.clone();
        action.point(!env.state.plus);
        if let ActionBuffer::Box(values) = &mut action.0 {
            values.fill(-env.sign());
        }
        action.0
    }

    fn terminates(step: Step) -> bool {
        assert!(!step.truncated);
        step.terminated
    }

    #[test]
    fn a_constant_is_paid_for_whatever_is_done() {
        for space in SPACES {
            let mut env = probe(Kind::ConstantValue, space);
            let step = env.step(worst(&env).as_action()).unwrap();
            assert!(terminates(step));
            assert_eq!(step.reward, 1.0);
            assert!(matches!(env.step(env.target.0.clone().as_action()), Err(EnvError::EpisodeOver { .. })));
        }
    }

    #[test]
    fn one_step_pays_the_sign_that_is_seen_less_the_miss() {
        for (space, miss) in SPACES.into_iter().zip([1.0, 1.0, 2.25]) {
            let mut env = probe(Kind::OneStep, space);
            let mut signs = [0, 0];
            for _ in 0..100 {
                env.reset(None);
                let mut seen = [f32::NAN];
                env.observe(&mut seen);
                signs[usize::from(seen[0] > 0.0)] += 1;
                let wrong = env.clone().step(worst(&env).as_action()).unwrap();
                let right = env.step(env.target.0.clone().as_action()).unwrap();
                assert!(terminates(right) && terminates(wrong));
                assert_eq!((right.reward, wrong.reward), (seen[0], seen[0] - miss));
            }
            assert!(signs.iter().all(|&count| count > 30), "{signs:?}");
        }
    }

    #[test]
    fn in_two_steps_the_first_action_decides_what_the_second_step_pays() {
        for (space, worst_reward) in SPACES.into_iter().zip([0.0, 0.0, -1.25]) {
            let env = probe(Kind::TwoStepCredit, space);
            for (first, due) in [(env.target.0.clone(), 1.0), (worst(&env), worst_reward)] {
                let mut env = env.clone();
                let mut seen = [f32::NAN; 2];
                env.observe(&mut seen);
                assert_eq!(seen, [env.sign(), 0.0]);
                let step = env.step(first.as_action()).unwrap();
                assert!(!terminates(step));
                assert_eq!(step.reward, 0.0);
                env.observe(&mut seen);
                assert_eq!(seen, [0.0, due]);
                let step = env.step(worst(&env).as_action()).unwrap();
                assert!(terminates(step));
                assert_eq!(step.reward, due);
            }
        }
    }

    #[test]
    fn actions_of_another_kind_are_refused() {
        let mut env = probe(Kind::ConstantValue, SpaceKind::Box);
        for action in [Action::Discrete(0), Action::Box(&[0.0]), Action::Box(&[f32::NAN, 0.0])] {
            assert!(matches!(env.step(action), Err(EnvError::InvalidAction { .. })), "{action:?}");
        }
    }

    #[test]
    fn a_space_without_dimensions_is_refused_by_its_key() {
        let config = Config { dimensions: 0, ..Config::default() };
        let error = config.build(&[], &Library::embedded()).err().unwrap().to_string();
        assert!(error.starts_with("env.probe.dimensions: "), "{error}");
    }
}
