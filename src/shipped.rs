//! The configs and scripts that come with Gradus, for whoever has no clone of it.
//!
//! A bare name, `quickstart` or `critics/lstm`, means one of them where no file is called so. Such a config has a path of its own,
//! below [`ROOT`], so that the files that it names are found beside it and nowhere else.

use std::{
    borrow::Cow,
    fs,
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use include_dir::{Dir, DirEntry, File, include_dir};

static CONFIGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/configs");

/// Where they are to be found; no file can be, because of the colon and what follows.
const ROOT: &str = "gradus:/configs";

/// The path of the file that is meant: of a bare name that is no file, that of the config that comes with Gradus.
pub(crate) fn resolve(path: &Path) -> Cow<'_, Path> {
    if path.starts_with(ROOT) || path.is_file() || path.extension().is_some() {
        return path.into();
    }
    let name = path.with_extension("toml");
    if CONFIGS.contains(&name) { Path::new(ROOT).join(name).into() } else { path.into() }
}

/// Reads a text file, one of those that come with Gradus included.
pub(crate) fn read(path: &Path) -> io::Result<Cow<'static, str>> {
    read_at_most(path, u64::MAX)
}

/// Reads the beginning of a text file, which is cut after so many bytes.
pub(crate) fn read_at_most(path: &Path, bytes: u64) -> io::Result<Cow<'static, str>> {
    let Ok(within) = path.strip_prefix(ROOT) else {
        let mut text = String::new();
        fs::File::open(path)?.take(bytes).read_to_string(&mut text)?;
        return Ok(text.into());
    };
    let missing = || io::Error::new(io::ErrorKind::NotFound, "no such file comes with Gradus");
    CONFIGS.get_file(plain(within)).and_then(File::contents_utf8).map(Cow::Borrowed).ok_or_else(missing)
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Every file, by its path from `configs`, with its contents.
pub(crate) fn files() -> Vec<(&'static Path, &'static [u8])> {
    let mut files = Vec::new();
    collect(&CONFIGS, &mut files);
    files.sort_unstable();
    files
}

fn collect(folder: &'static Dir<'static>, files: &mut Vec<(&'static Path, &'static [u8])>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(folder) => collect(folder, files),
            DirEntry::File(file) => files.push((file.path(), file.contents())),
        }
    }
}

/// The names by which configs are called, each with what the comment at its head says first.
pub(crate) fn configs() -> Vec<(&'static str, String)> {
    let named = files().into_iter().filter_map(|(path, contents)| {
        let name = path.to_str()?.strip_suffix(".toml")?;
        Some((name, summary(std::str::from_utf8(contents).ok()?)))
    });
    named.collect()
}

/// The comment at the head of a config, up to its first colon or full stop.
fn summary(config: &str) -> String {
    let comment = config.lines().map_while(|line| line.strip_prefix("# "));
    let comment = comment.map(str::trim).collect::<Vec<_>>().join(" ");
    let stops = comment.match_indices([':', '.']);
    let is_end = |(at, _): &(usize, &str)| {
        let (before, after) = comment.split_at(*at);
        !before.ends_with(" al") && (after.len() == 1 || after[1..].starts_with(' '))
    };
    let end = stops.into_iter().find(is_end).map_or(comment.len(), |(at, _)| at);
    comment[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::TrainingConfig, critic::CriticFile};

    #[test]
    fn a_config_is_told_of_by_the_first_clause_of_its_comment() {
        let configs = configs();
        let about = |wanted| configs.iter().find(|(name, _)| *name == wanted).unwrap().1.as_str();
        assert_eq!(about("rl-tuner"), "The RL Tuner benchmark (Jaques et al. 2016, arXiv 1611.02796)");
        assert_eq!(about("critics/ffnn"), "What comes next in a melody in C, by a perceptron over the last 16 tokens");
        assert_eq!(about("control/pendulum-ppo"), "Pendulum-v1");
    }

    #[test]
    fn every_config_that_comes_with_gradus_loads_by_its_name() {
        assert!(configs().len() > 30);
        for (name, about) in configs() {
            assert!(!about.is_empty(), "{name}");
            match name.split_once('/') {
                Some(("critics", _)) => drop(CriticFile::load(Path::new(name), &[]).unwrap()),
                Some(("sweeps", _)) => assert!(read(&resolve(Path::new(name))).is_ok()),
                _ => drop(TrainingConfig::load(Path::new(name), &[]).unwrap()),
            }
        }
    }

    #[test]
    fn what_is_embedded_is_what_lies_in_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        for (path, contents) in files() {
            assert!(fs::read(folder.join(path)).unwrap() == contents, "{}", path.display());
        }
        let mut there = 0;
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { there += 1 }
            }
        }
        assert_eq!(files().len(), there, "touch src/shipped.rs after adding a config");
    }

    #[test]
    fn a_name_means_a_config_and_a_path_a_file() {
        assert_eq!(resolve(Path::new("critics/lstm")), Path::new("gradus:/configs/critics/lstm.toml"));
        assert_eq!(resolve(Path::new("lstm")), Path::new("lstm"));
        assert_eq!(resolve(Path::new("configs/quickstart.toml")), Path::new("configs/quickstart.toml"));
        let beside = resolve(Path::new("sweeps/rl-tuner-entropy")).parent().unwrap().join("../rl-tuner.toml");
        assert!(read(&beside).unwrap().contains("[[reward]]"));
        assert!(read(Path::new("gradus:/configs/../Cargo.toml")).is_err());
    }
}
