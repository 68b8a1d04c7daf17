//! The rooms depend on each other one way only, as ARCHITECTURE.md says.

#![allow(clippy::unwrap_used)]

/// What each crate may name of the project, and whether it may name burn.
const ROOMS: [(&str, &[&str], bool); 4] = [
    ("music", &[], false),
    ("envs", &["gradus-music"], false),
    ("models", &["gradus-music", "gradus-envs"], true),
    ("agents", &["gradus-music", "gradus-envs", "gradus-models"], true),
];

#[test]
fn dependencies_run_one_way_and_only_networks_know_burn() {
    for (room, allowed, burn) in ROOMS {
        let path = format!("{}/{room}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
        let manifest: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = manifest.get(table).and_then(toml::Value::as_table) else {
                continue;
            };
            for name in dependencies.keys() {
                assert!(!name.starts_with("gradus") || allowed.contains(&name.as_str()), "{room} depends on {name}");
                assert!(burn || !name.starts_with("burn"), "{room} depends on {name}");
            }
        }
    }
}
