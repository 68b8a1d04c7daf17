//! Every config that comes with gradus is loaded, and its training begun.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{Workplace, files};

#[test]
fn every_config_trains() {
    let place = Workplace::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let configs: Vec<_> = files(&folder)
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    assert!(configs.len() >= 4);
    for config in configs {
        place.output(&format!("train {} --set total-steps=1 --set compositions=1", config.display()));
    }
}

#[test]
fn every_config_is_described() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for (path, _) in files(&folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            name == "README.md" || readme.contains(&format!("`{name}`")),
            "configs/README.md does not mention {name}"
        );
    }
}
