//! The file that was meant by a misspelt path.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Names less alike than this, 0 to 1, are not each other's misspellings.
const ALIKE: f64 = 0.8;

/// The path that is there and most like one that is not, its first misspelt folder or file spelt right.
pub(crate) fn path(missing: &Path) -> Option<PathBuf> {
    let mut there = PathBuf::new();
    let mut parts = missing.components();
    let wrong = loop {
        let part = parts.next()?;
        let next = there.join(part);
        if !next.exists() {
            break part;
        }
        there = next;
    };
    let wanted = Path::new(wrong.as_os_str());
    let rest = parts.as_path();
    let likeness = |name: &Path| {
        let likeness = strsim::jaro_winkler(&wanted.to_string_lossy(), &name.to_string_lossy());
        // A file of another kind is hardly what was meant.
        let is_other =
            rest.as_os_str().is_empty() && wanted.extension().is_some_and(|kind| name.extension() != Some(kind));
        if is_other { likeness - ALIKE / 4.0 } else { likeness }
    };
    let folder = if there.as_os_str().is_empty() { Path::new(".") } else { there.as_path() };
    let mut names: Vec<_> =
        fs::read_dir(folder).ok()?.flatten().map(|entry| PathBuf::from(entry.file_name())).collect();
    names.sort();
    let alike = names.into_iter().map(|name| (likeness(&name), name)).filter(|(likeness, _)| *likeness >= ALIKE);
    let (_, name) = alike.max_by(|left, right| left.0.total_cmp(&right.0))?;
    let found = if rest.as_os_str().is_empty() { there.join(name) } else { there.join(name).join(rest) };
    if found.exists() { Some(found) } else { path(&found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_folder_or_file_is_found() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("configs/control")).unwrap();
        for name in ["configs/quickstart.toml", "configs/quickstart.md", "configs/control/pendulum.toml"] {
            fs::write(at(name), "").unwrap();
        }
        for (missing, found) in [
            ("configs/quikstart.toml", Some("configs/quickstart.toml")),
            ("config/quickstart.toml", Some("configs/quickstart.toml")),
            ("config/controll/pendulm.toml", Some("configs/control/pendulum.toml")),
            ("configs/quickstar", Some("configs/quickstart.md")),
            ("configs/something-else.toml", None),
            ("elsewhere/quickstart.toml", None),
        ] {
            assert_eq!(path(&at(missing)), found.map(at), "{missing}");
        }
    }
}
