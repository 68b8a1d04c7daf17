//! Policies: the networks that choose actions, and what their outputs mean.

mod actor;
pub(crate) mod categorical;
mod config;
mod host;
mod reader;
mod stochastic;

pub(crate) use actor::PolicyActor;
pub use config::PolicyConfig;
pub(crate) use config::{Start, reads_tokens};
pub(crate) use host::{Choose, HostPolicy};
pub(crate) use reader::{Reader, too_long};
pub(crate) use stochastic::{Opinion, Policy, Reading};
