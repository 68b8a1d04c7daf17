//! Paths that stand in configs: where they lead, and how they are kept so that they lead there from anywhere.

use std::path::{Component, Path, PathBuf};

/// Where a path leads: into the first of `folders` in which there is something by that name. One that leads nowhere stays
/// as it is, so that whoever opens it tells what was written.
///
/// What stands in a config is looked for in the config's folder, then in the working directory; what stands on the command
/// line the other way round.
pub(crate) fn located(path: &Path, folders: [&Path; 2]) -> PathBuf {
    // No name is no path to the folder itself.
    if path.as_os_str().is_empty() || path.is_absolute() {
        return path.to_owned();
    }
    folders.iter().map(|folder| folder.join(path)).find(|place| place.exists()).unwrap_or_else(|| path.to_owned())
}

/// Lets every path of a config lead where [`located`] says; those that are among `written` stand in the config, which lies in
/// `folder`, the others come from the command line.
pub(crate) fn locate<'a>(paths: impl IntoIterator<Item = &'a mut PathBuf>, written: &[PathBuf], folder: &Path) {
    let here = Path::new("");
    for path in paths {
        let folders = if written.contains(path) { [folder, here] } else { [here, folder] };
        *path = located(path, folders);
    }
}

/// A path as it is kept in a config that lies in `folder`. Where both are below the working directory, it is relative to that
/// folder, so that all of it can be moved together; elsewhere it is absolute.
pub(crate) fn kept(path: &Path, folder: &Path) -> PathBuf {
    let whole = whole(path);
    let within = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    match (within, folder.canonicalize()) {
        (Some(within), Ok(folder)) if whole.starts_with(&within) && folder.starts_with(&within) => {
            relative(&whole, &folder)
        }
        _ => whole,
    }
}

/// A path by which the same place is written in one way only; one that leads nowhere stays as it is.
pub(crate) fn whole(path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() {
        return PathBuf::new();
    }
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The way from `folder` to `path`, both of them whole.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let shared = path.components().zip(folder.components()).take_while(|(left, right)| left == right).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_path_leads_into_the_first_folder_that_has_it() {
        let place = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| place.path().join(name));
        fs::create_dir_all(second.join("midi")).unwrap();
        fs::create_dir_all(&first).unwrap();
        let leads = |path: &str| located(Path::new(path), [&first, &second]);
        assert_eq!(leads("midi"), second.join("midi"));
        fs::create_dir_all(first.join("midi")).unwrap();
        assert_eq!(leads("midi"), first.join("midi"));
        assert_eq!(leads("nowhere"), Path::new("nowhere"));
        assert_eq!(leads(""), Path::new(""), "no critic is named");
        assert_eq!(located(&first, [&second, &second]), first);
    }

    #[test]
    fn the_way_to_a_path_goes_up_to_what_both_share() {
        let way = |path: &str, folder: &str| relative(Path::new(path), Path::new(folder));
        assert_eq!(way("/a/midi", "/a/results/run/seed-0"), Path::new("../../../midi"));
        assert_eq!(way("/a/results/critics/lstm", "/a/results/run/seed-0"), Path::new("../../critics/lstm"));
        assert_eq!(way("/a/b", "/a"), Path::new("b"));
    }

    #[test]
    fn what_lies_elsewhere_is_kept_by_its_whole_path() {
        let place = tempfile::tempdir().unwrap();
        let midi = place.path().join("midi");
        fs::create_dir(&midi).unwrap();
        assert_eq!(kept(&place.path().join("./midi"), place.path()), midi.canonicalize().unwrap());
    }
}
