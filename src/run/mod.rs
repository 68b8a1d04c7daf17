//! What a training run leaves on disk, and how it is read back.
//!
//! ```text
//! results/<name>/seed-<n>/
//!     config.toml      the resolved, complete, re-runnable config
//!     metrics.jsonl    one row an iteration
//!     events/          the same rows, the config and some pieces, for TensorBoard
//!     checkpoints/     what the agent had learned at some steps
//!     suspended/       until the training is at its end: everything needed to go on bit for bit
//!     compositions/    what the agent wrote
//!     actions.json     how often it takes each action
//!     plots/           SVG
//! ```
//!
//! Plots and reports read nothing else, so any run can be looked at again, by anyone, later.

mod atomic;
mod checkpoints;
mod directory;
mod error;
mod event;
mod hyperparameters;
mod lock;
mod metrics;
mod row;
mod summary;
mod tensorboard;

pub use atomic::write_atomic;
pub use checkpoints::{Checkpoints, Found};
pub use directory::RunDirectory;
pub use error::RunError;
pub use lock::Lock;
pub use metrics::{Metrics, MetricsWriter, TornLine};
pub use row::Row;
pub use summary::Value;
pub use tensorboard::EventWriter;
