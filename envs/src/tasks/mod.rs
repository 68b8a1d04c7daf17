//! The environments, one file or folder each.
//!
//! To add one, write a file with a `Config` (its settings, [`Registered`](crate::registry::Registered),
//! [`EnvConfig`]) and a type that implements [`Env`]; then add its `mod` line and its row in the table below.

pub mod control;
pub mod identity;
pub mod melody;
pub mod phrase;
pub mod probe;
mod target;

pub use target::SpaceKind;

use crate::{env::Env, error::EnvError, library::Library, rewards::RewardConfig, transcript::Composing};

crate::registry! {
    /// An environment with its settings, as in a config's `[env]`.
    pub enum EnvironmentConfig: dyn EnvConfig {
        Melody(melody::Config),
        Phrase(phrase::Config),
        Identity(identity::Config),
        Probe(probe::Config),
        Cartpole(control::Config<control::CartPole>),
        Acrobot(control::Config<control::Acrobot>),
        Pendulum(control::Config<control::Pendulum>),
        MountainCarContinuous(control::Config<control::MountainCar>),
    }
}

impl Default for EnvironmentConfig {
    fn default() -> Self {
        Self::Melody(melody::Config::default())
    }
}

/// The settings of an environment, which make it.
pub trait EnvConfig {
    /// Makes the environment, judged by `rewards`; `library` holds the corpus.
    fn build(&self, rewards: &[RewardConfig], library: &Library) -> Result<Box<dyn Env>, EnvError>;

    /// How it hears finished pieces, where it composes some.
    fn composing(&self) -> Option<&dyn Composing> {
        None
    }

    /// The reward terms by which the conformance tests and `gradus check` judge it.
    fn sample_rewards(&self) -> Vec<RewardConfig> {
        Vec::new()
    }
}

/// The error that the environment `name`, which has a reward of its own, is judged by `rewards` as well.
fn refuse_rewards(name: &str, rewards: &[RewardConfig]) -> Result<(), EnvError> {
    match rewards.first() {
        None => Ok(()),
        Some(reward) => Err(EnvError::config(
            &format!("reward.0.{}", reward.name()),
            format!("`{name}` has a reward of its own and no piece to judge"),
            "leave out every [[reward]]",
        )),
    }
}
