//! Classic control: small systems of physics by which algorithms are compared everywhere.
//!
//! Each steps as Gymnasium's task of the same name does; `tests` holds them to values recorded there. Only the draws
//! of the starting states differ: their distributions are the same, but the generator is ours.

mod acrobot;
mod cartpole;
mod mountain_car_continuous;
mod pendulum;
#[cfg(test)]
mod tests;

use std::{
    f64::consts::{PI, TAU},
    marker::PhantomData,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{EnvConfig, refuse_rewards};
use crate::{
    env::{Env, EnvSpec, Snapshot, Step},
    error::EnvError,
    library::Library,
    range::Range,
    registry::Registered,
    rewards::RewardConfig,
    seeding::{Generator, Role, stream},
    space::{Action, Space},
};

pub use acrobot::Acrobot;
pub use cartpole::CartPole;
pub use mountain_car_continuous::MountainCar;
pub use pendulum::Pendulum;

/// Settings of a control task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case", bound = "")]
#[schemars(rename = "Control")]
pub struct Config<D: Dynamics> {
    /// Steps until the episode is cut off.
    #[schemars(transform = Range::at_least(1).at_most(1_000_000))]
    pub steps: usize,
    #[serde(skip)]
    dynamics: PhantomData<D>,
}

impl<D: Dynamics> Default for Config<D> {
    fn default() -> Self {
        Self { steps: D::STEPS, dynamics: PhantomData }
    }
}

impl<D: Dynamics> Registered for Config<D> {
    const NAME: &'static str = D::NAME;
    const SUMMARY: &'static str = D::SUMMARY;
}

impl<D: Dynamics> EnvConfig for Config<D> {
    fn build(&self, rewards: &[RewardConfig], _: &Library) -> Result<Box<dyn Env>, EnvError> {
        Ok(Box::new(Control::<D>::new(self.steps, rewards)?))
    }
}

/// A system that moves in discrete time under a single control.
pub trait Dynamics: Clone + PartialEq + std::fmt::Debug + 'static {
    /// The name in the registry.
    const NAME: &'static str;

    /// One line about it, for lists.
    const SUMMARY: &'static str;

    /// Steps until Gymnasium cuts an episode off.
    const STEPS: usize;

    /// Where the system is, in the units of its physics.
    type State: Copy + Send + Serialize + DeserializeOwned;

    /// `Discrete`, or a `Box` of one dimension.
    fn action_space() -> Space;

    /// The bounds of what [`Dynamics::observe`] writes.
    fn observation_space() -> Space;

    /// Draws a starting state.
    fn start(generator: &mut Generator) -> Self::State;

    /// Where `control` takes the system in one step of time. The control is the number of the choice in a discrete
    /// action space; in a box it is the one entry of the vector, finite but possibly out of bounds.
    fn advance(state: &Self::State, control: f64) -> Advance<Self::State>;

    /// Writes what is seen of `state`.
    fn observe(state: &Self::State, observation: &mut [f32]);
}

/// What one step of time brought.
#[derive(Clone, Copy, Debug)]
pub struct Advance<S> {
    /// Where the system is now.
    pub state: S,
    /// What the step was worth.
    pub reward: f64,
    /// Whether the episode came to its end.
    pub terminated: bool,
}

/// The environment around a system: its episodes and their limit of time.
#[derive(Clone)]
struct Control<D: Dynamics> {
    spec: EnvSpec,
    moment: Moment<D::State>,
}

/// All that changes as an episode goes on.
#[derive(Clone, Serialize, Deserialize)]
struct Moment<S> {
    generator: Generator,
    state: S,
    step: usize,
    over: bool,
}

impl<D: Dynamics> Control<D> {
    /// The environment whose episodes are cut off after `steps` steps; refuses what cannot be.
    fn new(steps: usize, rewards: &[RewardConfig]) -> Result<Self, EnvError> {
        refuse_rewards(D::NAME, rewards)?;
        if steps == 0 {
            return Err(EnvError::config(
                &format!("env.{}.steps", D::NAME),
                "an episode of 0 steps cannot be played",
                "give 1 or more",
            ));
        }
        let spec = EnvSpec {
            name: D::NAME,
            action_space: D::action_space(),
            observation_space: D::observation_space(),
            terms: Vec::new(),
            max_episode_steps: steps,
        };
        let mut generator = stream(0, Role::Environment, 0);
        let state = D::start(&mut generator);
        Ok(Self { spec, moment: Moment { generator, state, step: 0, over: false } })
    }

    fn control(&self, action: Action<'_>) -> Result<f64, EnvError> {
        match self.spec.action_space {
            Space::Box { .. } => self.spec.vector(action).map(|values| f64::from(values[0])),
            _ => self.spec.discrete(action).map(f64::from),
        }
    }
}

impl<D: Dynamics> Env for Control<D> {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn reset(&mut self, seed: Option<u64>) {
        if let Some(seed) = seed {
            self.moment.generator = stream(seed, Role::Environment, 0);
        }
        self.moment.state = D::start(&mut self.moment.generator);
        self.moment.step = 0;
        self.moment.over = false;
    }

    fn step(&mut self, action: Action<'_>) -> Result<Step, EnvError> {
        let control = self.control(action)?;
        if self.moment.over {
            return Err(EnvError::EpisodeOver { env: D::NAME });
        }
        let Advance { state, reward, terminated } = D::advance(&self.moment.state, control);
        self.moment.state = state;
        self.moment.step += 1;
        let truncated = self.moment.step >= self.spec.max_episode_steps;
        self.moment.over = terminated || truncated;
        // A cost that grows with the action may leave the range of 32 bits; rewards are finite all the same.
        let reward = (reward as f32).clamp(f32::MIN, f32::MAX);
        Ok(Step { reward, terminated, truncated })
    }

    fn observe(&self, observation: &mut [f32]) {
        D::observe(&self.moment.state, observation);
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.moment)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), EnvError> {
        let moment: Moment<D::State> = snapshot.state(D::NAME)?;
        let limit = self.spec.max_episode_steps;
        if moment.step > limit || (moment.step == limit && !moment.over) {
            return Err(EnvError::Snapshot { env: D::NAME, reason: "it was taken with a later time limit".into() });
        }
        self.moment = moment;
        Ok(())
    }
}

/// The angle from -π to π that points where `angle` does.
fn wrap(angle: f64) -> f64 {
    angle - TAU * ((angle + PI) / TAU).floor()
}
