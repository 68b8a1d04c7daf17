//! The folder of a critic.
//!
//! ```text
//! results/critics/<name>/
//!     config.toml          the resolved, complete config
//!     split.json           the pieces of each part of the corpus
//!     metrics.jsonl        one row an epoch
//!     checkpoints/         while it is fitted: everything needed to go on bit for bit
//!     model.safetensors    once it is fitted: the weights
//!     learning-curve.svg   once it is fitted: losses and accuracies by epoch
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_models::{
    critics::FitState,
    sequence::Alphabet,
    weights::{from_safetensors, to_safetensors},
};
use serde::{Deserialize, Serialize};

use super::{CriticFile, FittedCritic};
use crate::{
    difference::differences,
    run::{Checkpoints, Found, Lock, write_atomic},
    split::Parts,
};

/// Checkpoints that are kept, so that there is one when the newest is damaged.
const CHECKPOINTS: usize = 2;

/// What stands in the note of a critic's weights.
#[derive(Serialize, Deserialize)]
struct Note {
    critic: String,
    alphabet: Alphabet,
}

/// The folder of a critic.
#[derive(Clone, Debug)]
pub struct CriticDirectory(PathBuf);

impl CriticDirectory {
    /// The folder at `path`, which need not be there.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// One row an epoch.
    pub fn metrics_path(&self) -> PathBuf {
        self.0.join("metrics.jsonl")
    }

    /// Losses and accuracies by epoch.
    pub fn curve_path(&self) -> PathBuf {
        self.0.join("learning-curve.svg")
    }

    fn config_path(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    fn weights_path(&self) -> PathBuf {
        self.0.join("model.safetensors")
    }

    fn parts_path(&self) -> PathBuf {
        self.0.join("split.json")
    }

    fn checkpoints(&self) -> Checkpoints {
        Checkpoints::by_epochs(&self.0.join("checkpoints"))
    }

    /// Makes the folder if it is not there, and takes it for this process.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        fs::create_dir_all(&self.0).with_context(|| format!("cannot create {}", self.0.display()))?;
        Ok(Lock::take(&self.0.join(".lock"), &self.0)?)
    }

    /// Whether a fit came to its end here.
    pub fn is_fitted(&self) -> bool {
        self.weights_path().exists() && !self.is_unfinished()
    }

    fn is_unfinished(&self) -> bool {
        self.checkpoints().last().is_ok_and(|last| last.is_some())
    }

    /// An error if there is nothing to go on with.
    pub fn refuse_absent(&self) -> anyhow::Result<()> {
        if self.config_path().exists() || self.weights_path().exists() {
            return Ok(());
        }
        let path = self.0.display();
        let beside = self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folders = fs::read_dir(beside).into_iter().flatten().flatten().map(|entry| entry.path());
        let critics =
            folders.filter(|folder| folder.join("config.toml").exists() && !folder.join("metrics.jsonl").is_dir());
        let mut names: Vec<_> =
            critics.filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned())).collect();
        names.sort();
        let there = if names.is_empty() { String::new() } else { format!("; fits there: {}", names.join(", ")) };
        bail!("no fit to go on with at {path}: without --resume one begins{there}")
    }

    /// An error if there is something that a new fit would replace.
    pub fn refuse_taken(&self) -> anyhow::Result<()> {
        let path = self.0.display();
        if self.is_unfinished() {
            bail!("{path} holds a fit that was stopped: add --resume to go on with it, or --force to begin anew");
        }
        if self.weights_path().exists() {
            bail!("{path} holds a critic already: add --force to replace it, or --out for another");
        }
        Ok(())
    }

    /// Begins anew: what was there is gone, and what the fit follows from is written.
    pub fn begin(&self, file: &CriticFile, parts: &Parts) -> anyhow::Result<()> {
        self.clear()?;
        match fs::remove_file(self.weights_path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", self.weights_path().display()));
            }
            _ => {}
        }
        write_atomic(&self.config_path(), toml::to_string_pretty(&file.kept_in(&self.0))?.as_bytes())?;
        Ok(write_atomic(&self.parts_path(), &serde_json::to_vec_pretty(parts)?)?)
    }

    /// From where the fit of `file` that was stopped here can go on, and what of its checkpoints is damaged; there is
    /// nothing to go on from before its first epoch was over.
    pub fn resume(&self, file: &CriticFile, parts: &Parts) -> anyhow::Result<Found<FitState>> {
        let found = self.checkpoints().newest(|bytes| Ok(FitState::from_bytes(bytes)?))?;
        if found.newest.is_some() {
            let path = self.0.display();
            let kept = CriticFile::load(&self.config_path(), &[])?;
            let differences = differences(&kept.with_whole_paths(), &file.with_whole_paths())?;
            if !differences.is_empty() {
                bail!("{path} holds the fit of another config: {}; use --out for another", differences.join("; "));
            }
            if self.load_parts()?.is_some_and(|kept| kept != *parts) {
                bail!("{path} holds a fit to other music: the corpus has changed; add --force to begin anew");
            }
        }
        Ok(found)
    }

    /// Keeps what a fit needs to go on.
    pub fn checkpoint(&self, state: &FitState) -> anyhow::Result<()> {
        let checkpoints = self.checkpoints();
        checkpoints.save(checkpoints.last()?.unwrap_or(0) + 1, &state.to_bytes()?)?;
        Ok(checkpoints.keep(CHECKPOINTS)?)
    }

    /// Keeps a critic; `finished`, what it would need to go on is gone.
    pub fn save(&self, critic: &FittedCritic, finished: bool) -> anyhow::Result<()> {
        let note = Note { critic: critic.file.critic.name().to_owned(), alphabet: critic.model.alphabet() };
        let bytes = to_safetensors(&critic.model.keep(), &serde_json::to_string(&note)?)?;
        write_atomic(&self.weights_path(), &bytes)?;
        if finished {
            self.clear()?;
        }
        Ok(())
    }

    /// Removes what a fit needs to go on.
    pub fn clear(&self) -> anyhow::Result<()> {
        Ok(self.checkpoints().clear()?)
    }

    /// The critic in the folder.
    pub fn load(&self) -> anyhow::Result<FittedCritic> {
        let (path, weights) = (self.0.display(), self.weights_path());
        let missing = || format!("{path} holds no critic; fit one with `gradus critic fit CONFIG`");
        let bytes = fs::read(&weights).with_context(missing)?;
        let file = CriticFile::load(&self.config_path(), &[])?;
        let damaged = || format!("{} is damaged; fit the critic again with --force", weights.display());
        let (arrays, note) = from_safetensors(&bytes).with_context(damaged)?;
        let note: Note = serde_json::from_str(&note).with_context(damaged)?;
        if note.critic != file.critic.name() {
            let (weights, config) = (weights.display(), self.config_path());
            bail!("{weights} holds a `{}`, and {} describes a `{}`", note.critic, config.display(), file.critic.name());
        }
        let model = file.critic.config().restore(note.alphabet, &arrays).with_context(damaged)?;
        Ok(FittedCritic { file, parts: self.load_parts()?, model })
    }

    fn load_parts(&self) -> anyhow::Result<Option<Parts>> {
        let path = self.parts_path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let damaged = || format!("{} is damaged; fit the critic again with --force", path.display());
        Ok(Some(serde_json::from_str(&text).with_context(damaged)?))
    }
}
