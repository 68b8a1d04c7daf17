//! Running the program as a user would.

#![allow(clippy::unwrap_used, dead_code, reason = "each test file takes what it needs")]

mod sound_font;

use std::path::{Path, PathBuf};

use assert_cmd::Command;

#[allow(unused_imports, reason = "each test file takes what it needs")]
pub(crate) use sound_font::{orchestra, sound_font};

/// A training of a few hundred steps that has everything a long one has.
pub(crate) const TINY: &str = "
total-steps = 512
compositions = 2
[[reward]]
key = {}
[[reward]]
ngram = { weight = 0.5 }
[agent.ppo]
environments = 8
rollout-steps = 32
minibatch = 64
normalize-observations = true
[policy.mlp]
hidden = [16]
";

/// A folder of its own for a test, in which the program runs.
pub(crate) struct Workplace(tempfile::TempDir);

impl Workplace {
    pub(crate) fn new() -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        this.write("tiny.toml", TINY);
        this
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// `gradus` with `arguments`, written as on a command line without quotes.
    pub(crate) fn gradus(&self, arguments: &str) -> Command {
        let mut command = Command::cargo_bin("gradus").unwrap();
        command.current_dir(self.0.path()).args(arguments.split_whitespace());
        command
    }

    /// Standard output of a successful run.
    pub(crate) fn output(&self, arguments: &str) -> String {
        let output = self.gradus(arguments).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    }

    /// The one JSON document that a successful run prints.
    pub(crate) fn json(&self, arguments: &str) -> serde_json::Value {
        serde_json::from_str(&self.output(arguments)).unwrap()
    }

    /// Standard error of a run that fails as it should: a code that is neither success nor a panic's, and no panic.
    pub(crate) fn error(&self, arguments: &str) -> String {
        let assert = self.gradus(arguments).assert().failure();
        let output = assert.get_output();
        let error = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{:?}: {error}", output.status);
        assert!(!error.contains("panicked"), "{error}");
        error
    }
}

/// Every file below a folder with its contents, in order.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
