//! Composition as a sequence of actions: environments, spaces, vectorised stepping, and reward terms.
//!
//! An [`Env`] is what an agent acts in; [`tasks`] has them all. What it is rewarded for is a
//! [`rewards::RewardStack`] of weighted terms, each term's share kept apart. A [`VecEnv`] steps many
//! environments as one, and [`check_env`] tells whether an environment keeps its promises.
//!
//! ```
//! use gradus_envs::{Action, Env, EnvironmentConfig, Library, rewards::RewardConfig};
//!
//! let rewards = RewardConfig::defaults();
//! let config = EnvironmentConfig::default();
//! let mut env = config.config().build(&rewards[..1], &Library::embedded())?;
//! env.reset(Some(7));
//! let step = env.step(Action::Discrete(15))?; // C sharp, in a piece in C major
//! assert_eq!(step.reward, -1.0);
//! # Ok::<(), gradus_envs::EnvError>(())
//! ```
//!
//! Nothing here prints, parses arguments or knows of tensors.

mod check;
mod critic;
mod env;
mod episode;
mod error;
mod judgement;
mod library;
pub mod range;
pub mod registry;
pub mod rewards;
mod schedule;
pub mod seeding;
mod setting;
mod space;
pub mod tasks;
mod transcript;
mod vec_env;

pub use check::{AllocationCounter, Check, check_env};
pub use critic::{CriticScales, CriticShelf, LateRewards, LateShare, Passage, RewardCritic, WeightedCritic};
pub use env::{Env, EnvSpec, Snapshot, Step};
pub use episode::{Episode, EpisodeStatistics, Spread};
pub use error::EnvError;
pub use judgement::{Judgement, StepJudgement};
pub use library::Library;
pub use schedule::{Linear, Schedule};
pub use setting::Setting;
pub use space::{Action, ActionBatch, ActionBuffer, Actions, Space};
pub use tasks::{EnvConfig, EnvironmentConfig};
pub use transcript::{Composing, Fit, Transcribed, Transcript};
pub use vec_env::{Composition, VecEnv};
