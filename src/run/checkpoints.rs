//! The checkpoints in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::{RunError, atomic::whole_path, write_atomic};

/// The checkpoints of a training or a fit, each a file that is there whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoints {
    folder: PathBuf,
    unit: &'static str,
}

/// What was found when a checkpoint was looked for.
#[derive(Debug)]
pub struct Found<T> {
    /// The newest that can be read; none if there is none.
    pub newest: Option<T>,
    /// The newer ones that cannot, and why.
    pub damaged: Vec<(PathBuf, anyhow::Error)>,
}

impl<T> Found<T> {
    /// What to go on from; `warn` hears of what is damaged. If all is, that is an error.
    pub fn to_go_on_from(self, mut warn: impl FnMut(&str)) -> anyhow::Result<Option<T>> {
        let damaged = self.damaged.iter().map(|(path, error)| format!("{} is damaged: {error:#}", path.display()));
        if self.newest.is_none() && !self.damaged.is_empty() {
            anyhow::bail!("{}; add --force to begin anew", damaged.collect::<Vec<_>>().join("; "));
        }
        damaged.for_each(|message| warn(&format!("{message}; going on from an earlier state")));
        Ok(self.newest)
    }
}

impl Checkpoints {
    /// Checkpoints by environment steps.
    pub fn by_steps(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), unit: "step" }
    }

    /// Checkpoints by epochs.
    pub fn by_epochs(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), unit: "epoch" }
    }

    /// Keeps a checkpoint; names sort as their numbers do.
    pub fn save(&self, number: u64, bytes: &[u8]) -> Result<(), RunError> {
        fs::create_dir_all(&self.folder).map_err(RunError::io("create", &self.folder))?;
        write_atomic(&self.folder.join(format!("{}-{number:012}.safetensors", self.unit)), bytes)
    }

    /// Removes all but the newest `count`, and what a writer that was killed has left half written.
    pub fn keep(&self, count: usize) -> Result<(), RunError> {
        let files = self.files()?;
        let old = files.len().saturating_sub(count);
        let halves = self.paths()?.into_iter().filter(|path| whole_path(path).is_some_and(|it| self.is_ours(&it)));
        let mut all = files.into_iter().take(old).chain(halves);
        all.try_for_each(|path| fs::remove_file(&path).map_err(RunError::io("remove", &path)))
    }

    /// Reads the newest checkpoint that `read` does not refuse.
    pub fn newest<T>(&self, mut read: impl FnMut(&[u8]) -> anyhow::Result<T>) -> Result<Found<T>, RunError> {
        let mut damaged = Vec::new();
        for path in self.files()?.into_iter().rev() {
            let bytes = fs::read(&path).map_err(RunError::io("read", &path))?;
            match read(&bytes) {
                Ok(checkpoint) => return Ok(Found { newest: Some(checkpoint), damaged }),
                Err(error) => damaged.push((path, error)),
            }
        }
        Ok(Found { newest: None, damaged })
    }

    /// Removes all of them, and their folder.
    pub fn clear(&self) -> Result<(), RunError> {
        self.keep(0)?;
        // Something else in the folder is not ours to remove.
        let _ = fs::remove_dir(&self.folder);
        Ok(())
    }

    /// The number of the newest; none if there is none.
    pub fn last(&self) -> Result<Option<u64>, RunError> {
        Ok(self.files()?.last().and_then(|path| self.number(path)))
    }

    /// The files, the oldest first; none if there is no folder.
    fn files(&self) -> Result<Vec<PathBuf>, RunError> {
        let mut files = self.paths()?;
        files.retain(|path| self.is_ours(path));
        files.sort();
        Ok(files)
    }

    /// All that is in the folder.
    fn paths(&self) -> Result<Vec<PathBuf>, RunError> {
        if !self.folder.exists() {
            return Ok(Vec::new());
        }
        let entries = fs::read_dir(&self.folder).map_err(RunError::io("read", &self.folder))?;
        Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
    }

    fn is_ours(&self, path: &Path) -> bool {
        self.number(path).is_some()
    }

    /// The number in the name of a checkpoint; none if the file is something else.
    fn number(&self, path: &Path) -> Option<u64> {
        path.file_name()?
            .to_str()?
            .strip_suffix(".safetensors")?
            .strip_prefix(self.unit)?
            .strip_prefix('-')?
            .parse()
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::ensure;

    use super::*;

    fn read(bytes: &[u8]) -> anyhow::Result<String> {
        let text = String::from_utf8(bytes.to_vec())?;
        ensure!(text.starts_with("good"), "no good");
        Ok(text)
    }

    #[test]
    fn the_newest_that_can_be_read_is_found_and_the_damaged_ones_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::by_steps(&folder.path().join("checkpoints"));
        assert!(checkpoints.last().unwrap().is_none() && checkpoints.newest(read).unwrap().newest.is_none());
        for (steps, bytes) in [(9, "good 9"), (100, "good 100"), (1000, "bad")] {
            checkpoints.save(steps, bytes.as_bytes()).unwrap();
        }
        let Found { newest, damaged } = checkpoints.newest(read).unwrap();
        assert_eq!(newest.as_deref(), Some("good 100"));
        assert!(damaged.len() == 1 && damaged[0].0.ends_with("step-000000001000.safetensors"), "{damaged:?}");
        assert_eq!(damaged[0].1.to_string(), "no good");
    }

    #[test]
    fn as_many_as_are_wanted_are_kept_no_half_is_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::by_epochs(folder.path());
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        (1..=12).for_each(|epoch| checkpoints.save(epoch, format!("good {epoch}").as_bytes()).unwrap());
        let half = folder.path().join(".epoch-000000000013.safetensors.partial");
        fs::write(&half, "go").unwrap();
        checkpoints.keep(2).unwrap();
        assert!(checkpoints.files().unwrap().len() == 2 && !half.exists());
        assert_eq!(checkpoints.newest(read).unwrap().newest.as_deref(), Some("good 12"));
        checkpoints.clear().unwrap();
        assert!(checkpoints.last().unwrap().is_none() && folder.path().join("notes.txt").exists());
    }
}
