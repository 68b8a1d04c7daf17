//! The folder of one run.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Lock, RunError};

/// The folders that every run has from the start.
const FOLDERS: [&str; 4] = ["events", "checkpoints", "compositions", "plots"];

/// The folder `<name>/seed-<n>` of one run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunDirectory {
    // First, so that runs sort by number: `seed-10` comes after `seed-9`.
    seed: u64,
    path: PathBuf,
}

impl RunDirectory {
    /// Makes the folder `root/seed-<n>`, where `root` is `results/<name>`.
    ///
    /// A run that is there already is an error, unless `force` says to replace it; it is removed
    /// only when the new folder stands. The seeds beside it are not touched.
    pub fn create(root: &Path, seed: u64, force: bool) -> Result<Self, RunError> {
        let run = Self { seed, path: root.join(format!("seed-{seed}")) };
        let taken = run.path.exists();
        if taken && !force {
            return Err(RunError::Exists(run.path));
        }
        let fresh = root.join(format!(".seed-{seed}.new"));
        remove(&fresh)?;
        for folder in FOLDERS.map(|name| fresh.join(name)) {
            fs::create_dir_all(&folder).map_err(RunError::io("create", &folder))?;
        }
        let old = root.join(format!(".seed-{seed}.old"));
        remove(&old)?;
        if taken {
            rename(&run.path, &old)?;
        }
        rename(&fresh, &run.path)?;
        remove(&old)?;
        Ok(run)
    }

    /// Takes the run `root/seed-<n>`, there or not, for this process.
    pub fn lock(root: &Path, seed: u64) -> Result<Lock, RunError> {
        fs::create_dir_all(root).map_err(RunError::io("create", root))?;
        Lock::take(&root.join(format!(".seed-{seed}.lock")), &root.join(format!("seed-{seed}")))
    }

    /// Whether `root/seed-<n>` is there.
    pub fn is_there(root: &Path, seed: u64) -> bool {
        root.join(format!("seed-{seed}")).is_dir()
    }

    /// That `root/seed-<n>` is there, to be gone on with.
    pub fn refuse_absent(root: &Path, seed: u64) -> Result<(), RunError> {
        if Self::is_there(root, seed) {
            return Ok(());
        }
        let path = root.join(format!("seed-{seed}"));
        // Where the folder of all seeds is missing, its name is the one that is misspelt.
        let remedy = remedy(if root.is_dir() { &path } else { root });
        Err(RunError::NothingToResume { path, remedy })
    }

    /// Opens the run at `results/<name>/seed-<n>`, or at `results/<name>` if there is but one seed.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let mut runs = Self::open_all(path)?;
        match runs.pop() {
            Some(run) if runs.is_empty() => Ok(run),
            last => {
                let seeds: Vec<_> = runs.iter().chain(&last).map(Self::folder_name).collect();
                Err(RunError::Ambiguous { path: path.to_owned(), seeds: seeds.join(", ") })
            }
        }
    }

    /// Opens every seed of `results/<name>` by number, or the one at `results/<name>/seed-<n>`;
    /// there is one at least.
    pub fn open_all(path: &Path) -> Result<Vec<Self>, RunError> {
        // `.` and `..` have no names.
        let named = path.file_name().is_none().then(|| path.canonicalize().ok()).flatten();
        let path = named.as_deref().unwrap_or(path);
        if let Some(run) = Self::at(path) {
            return Ok(vec![run]);
        }
        let mut runs: Vec<_> = folders_in(path).iter().filter_map(|folder| Self::at(folder)).collect();
        if runs.is_empty() {
            return Err(RunError::Missing { path: path.to_owned(), remedy: remedy(path) });
        }
        runs.sort();
        Ok(runs)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that the seeds of a config share: `results/<name>/seed-<n>` has it.
    pub fn name(&self) -> String {
        // From within that folder, the path does not say it.
        let path = std::path::absolute(&self.path);
        path.as_deref().unwrap_or(&self.path).parent().map(file_name).unwrap_or_default()
    }

    /// The seed of the run.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The resolved config.
    pub fn config_path(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// The metrics, one row an iteration.
    pub fn metrics_path(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// How often the trained agent takes each action.
    pub fn actions_path(&self) -> PathBuf {
        self.path.join("actions.json")
    }

    /// The folder of TensorBoard events.
    pub fn events_path(&self) -> PathBuf {
        self.path.join("events")
    }

    /// The folder of checkpoints.
    pub fn checkpoints_path(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// The folder of what a training that is not at its end needs to go on.
    pub fn suspended_path(&self) -> PathBuf {
        self.path.join("suspended")
    }

    /// The folder of compositions.
    pub fn compositions_path(&self) -> PathBuf {
        self.path.join("compositions")
    }

    /// The folder of plots.
    pub fn plots_path(&self) -> PathBuf {
        self.path.join("plots")
    }

    /// The run whose folder is `path`, if it is one.
    fn at(path: &Path) -> Option<Self> {
        let seed = file_name(path).strip_prefix("seed-")?.parse().ok()?;
        path.is_dir().then(|| Self { seed, path: path.to_owned() })
    }

    fn folder_name(&self) -> String {
        format!("seed-{}", self.seed)
    }
}

/// The nearest name, and the runs that are there.
fn remedy(missing: &Path) -> String {
    let runs_in = |folder: &Path| -> Vec<String> {
        let mut names: Vec<_> =
            folders_in(folder).iter().filter(|folder| holds_runs(folder)).map(|f| file_name(f)).collect();
        names.sort();
        names
    };
    // A folder of runs, such as `results` itself.
    let within = runs_in(missing);
    if !within.is_empty() {
        return format!("name one of the runs in it: {}", within.join(", "));
    }
    let names = runs_in(missing.parent().unwrap_or(missing));
    let wanted = file_name(missing);
    let nearest =
        names.iter().map(|name| (strsim::jaro_winkler(&wanted, name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        None => "make one with `gradus train CONFIG`".to_owned(),
        Some((likeness, name)) if likeness > 0.7 => {
            format!("did you mean {name}? runs there: {}", names.join(", "))
        }
        Some(_) => format!("runs there: {}", names.join(", ")),
    }
}

fn holds_runs(folder: &Path) -> bool {
    RunDirectory::at(folder).is_some() || folders_in(folder).iter().any(|inner| RunDirectory::at(inner).is_some())
}

/// The folders in a folder; none if it cannot be read, which the caller reports as a run that is
/// missing.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    // `results` as typed has the parent "", which stands for the working directory.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn rename(from: &Path, to: &Path) -> Result<(), RunError> {
    fs::rename(from, to).map_err(RunError::io("rename", from))
}

fn remove(folder: &Path) -> Result<(), RunError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(RunError::io("remove", folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A results folder with runs, each of which holds a metrics file that names it.
    fn results(runs: &[(&str, u64)]) -> tempfile::TempDir {
        let results = tempfile::tempdir().unwrap();
        for &(name, seed) in runs {
            let run = RunDirectory::create(&results.path().join(name), seed, false).unwrap();
            fs::write(run.metrics_path(), format!("{name} {seed}")).unwrap();
        }
        results
    }

    #[test]
    fn a_new_run_has_all_its_folders() {
        let results = results(&[("bach", 3)]);
        let run = RunDirectory::open(&results.path().join("bach")).unwrap();

        assert_eq!((run.name().as_str(), run.seed()), ("bach", 3));
        for folder in [run.events_path(), run.checkpoints_path(), run.compositions_path(), run.plots_path()] {
            assert!(folder.is_dir(), "{}", folder.display());
        }
    }

    #[test]
    fn an_existing_run_is_kept_unless_forced() {
        let results = results(&[("bach", 0)]);
        let error = RunDirectory::create(&results.path().join("bach"), 0, false).unwrap_err().to_string();

        assert!(
            error.contains("seed-0 holds a run already") && error.contains("--resume") && error.contains("--force"),
            "{error}"
        );
        assert!(RunDirectory::open(&results.path().join("bach")).unwrap().metrics_path().exists());
    }

    #[test]
    fn force_replaces_one_seed_and_leaves_the_others_and_nothing_hidden() {
        let results = results(&[("bach", 0), ("bach", 1)]);
        let root = results.path().join("bach");
        let run = RunDirectory::create(&root, 0, true).unwrap();

        assert!(!run.metrics_path().exists());
        assert!(RunDirectory::open(&root.join("seed-1")).unwrap().metrics_path().exists());
        assert_eq!(folders_in(&root).len(), 2);
    }

    #[test]
    fn a_run_that_cannot_be_made_leaves_the_old_one() {
        let results = results(&[("bach", 0)]);
        let root = results.path().join("bach");
        fs::write(root.join(".seed-0.new"), "a file is in the way").unwrap();

        RunDirectory::create(&root, 0, true).unwrap_err();

        assert!(RunDirectory::open(&root).unwrap().metrics_path().exists());
    }

    #[test]
    fn all_seeds_open_by_number() {
        let results = results(&[("bach", 10), ("bach", 9)]);
        let runs = RunDirectory::open_all(&results.path().join("bach")).unwrap();
        assert_eq!(runs.iter().map(RunDirectory::seed).collect::<Vec<_>>(), [9, 10]);
    }

    #[test]
    fn one_of_several_seeds_must_be_named() {
        let results = results(&[("bach", 0), ("bach", 1)]);
        let error = RunDirectory::open(&results.path().join("bach")).unwrap_err().to_string();
        assert!(error.ends_with("name one of seed-0, seed-1"), "{error}");
    }

    #[test]
    fn a_run_that_is_to_be_gone_on_with_must_be_there() {
        let results = results(&[("bach", 0)]);
        let absent = |name: &str, seed| RunDirectory::refuse_absent(&results.path().join(name), seed);
        assert!(absent("bach", 0).is_ok());
        let error = absent("bach", 3).unwrap_err().to_string();
        assert!(error.contains("seed-3") && error.contains("did you mean seed-0?"), "{error}");
        let error = absent("bahc", 0).unwrap_err().to_string();
        assert!(error.contains("did you mean bach?") && error.ends_with("without --resume one begins"), "{error}");
    }

    #[test]
    fn a_missing_run_is_answered_with_the_nearest_and_the_others() {
        let results = results(&[("bach", 0), ("scale", 0)]);
        let missing = |name: &str| RunDirectory::open(&results.path().join(name)).unwrap_err().to_string();

        assert!(missing("sacle").ends_with("did you mean scale? runs there: bach, scale"), "{}", missing("sacle"));
        assert!(missing("").ends_with("name one of the runs in it: bach, scale"), "{}", missing(""));
        assert!(missing("bach/seed-7").ends_with("did you mean seed-0? runs there: seed-0"));
        assert!(missing("nowhere/seed-7").ends_with("make one with `gradus train CONFIG`"));
    }
}
