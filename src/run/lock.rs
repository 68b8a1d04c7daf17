//! One process at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::RunError;

/// Holds a folder for this process. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock file at `path` on behalf of `folder`; an error if another process has it.
    pub fn take(path: &Path, folder: &Path) -> Result<Self, RunError> {
        let file = File::create(path).map_err(RunError::io("create", path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(RunError::Busy(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(RunError::io("lock", path)(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_until_the_first_has_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let first = Lock::take(&path, folder.path()).unwrap();
        let error = Lock::take(&path, folder.path()).unwrap_err().to_string();
        assert!(error.contains("another process"), "{error}");
        drop(first);
        Lock::take(&path, folder.path()).unwrap();
    }
}
