//! Where fitted critics are kept, for those who build on them.

use std::{path::Path, sync::Arc};

use gradus_envs::Setting;

use super::NextToken;

/// A shelf of fitted models: algorithms know them by name only.
pub trait ModelShelf: Sync {
    /// The model of what comes next in the folder `path`, if it knows what is written within `setting`.
    fn next_token(&self, path: &Path, setting: &Setting) -> Result<Arc<dyn NextToken>, Refusal>;
}

/// Why a model cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }
}

/// The shelf of those who have none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoModels;

impl ModelShelf for NoModels {
    fn next_token(&self, path: &Path, _: &Setting) -> Result<Arc<dyn NextToken>, Refusal> {
        Err(Refusal::new(
            format!("there are no models here, and {} is asked for", path.display()),
            "give a shelf of models",
        ))
    }
}
