//! Files that are there whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::RunError;

/// Writes `bytes` to `path`: a reader, or a crash, sees the old file or the new one, never a part.
///
/// The bytes go to a hidden file in the same folder, reach the disk, and take the name over. Two
/// writers of one path at one time are not provided for: a run has one.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let partial = partial_path(path);
    write_synced(&partial, bytes).and_then(|()| fs::rename(&partial, path)).and_then(|()| sync_folder_of(path)).map_err(
        |source| {
            // The first error is the one to report; what is left behind is hidden and is
            // overwritten next time.
            let _ = fs::remove_file(&partial);
            RunError::io("write", path)(source)
        },
    )
}

fn partial_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    let mut partial = OsString::from(".");
    partial.push(if name.len() > LONG { short(name) } else { name.to_owned() });
    partial.push(".partial");
    path.with_file_name(partial)
}

/// The longest name, in bytes, whose partial file bears it. A name may have 255 bytes on most file systems and 143 on
/// some, so that of the partial file must not grow with it.
const LONG: usize = 100;

/// Stands for a name that is too long to add to.
fn short(name: &OsStr) -> OsString {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    format!("{:016x}", hasher.finish()).into()
}

/// The path that `path` would have taken over, had its writer not been killed; none if it is something else, or if that
/// path's name is longer than any that Gradus gives.
pub(super) fn whole_path(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_prefix('.')?.strip_suffix(".partial")?;
    Some(path.with_file_name(name))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A rename is on disk only when its folder is. Elsewhere than on Unix a folder cannot be opened,
/// nor need it be.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) && !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        write_atomic(&path, b"seed = 1").unwrap();
        write_atomic(&path, b"seed = 2").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"seed = 2");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_may_be_as_long_as_the_file_system_allows() {
        let folder = tempfile::tempdir().unwrap();
        for length in (95..105).chain(240..=255) {
            let path = folder.path().join("n".repeat(length));
            write_atomic(&path, b"whole").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"whole");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 26, "and nothing is left beside them");
    }

    #[test]
    fn long_names_that_differ_at_their_ends_have_partial_files_of_their_own() {
        let partial = |end: &str| partial_path(Path::new(&("n".repeat(250) + end)));
        assert_ne!(partial("a"), partial("b"));
    }

    #[test]
    fn a_failed_write_names_the_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plots");
        fs::create_dir_all(path.join("taken")).unwrap();

        let error = write_atomic(&path, b"").unwrap_err();

        assert!(error.to_string().starts_with("cannot write"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
