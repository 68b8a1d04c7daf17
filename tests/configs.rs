//! Every config that comes with gradus is loaded, and its training begun.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use common::{Workplace, files};
use gradus::critic::{CriticDirectory, CriticFile, FittedCritic};
use gradus::split::Parts;
use gradus_models::critics::{Foresight, Progress, TokenCorpus, trials};

#[test]
fn every_critic_is_fitted_and_every_config_trains() {
    let place = Workplace::new();
    let (critics, others): (Vec<_>, Vec<_>) = configs().into_iter().partition(|config| is_in(config, "critics"));
    let (sweeps, trainings): (Vec<_>, Vec<_>) = others.into_iter().partition(|config| is_in(config, "sweeps"));
    for sweep in sweeps {
        assert!(place.output(&format!("sweep {} --dry-run", sweep.display())).contains("trial-001"));
    }
    assert!(critics.len() >= 5 && trainings.len() >= 10);
    for config in critics {
        let name = config.file_stem().unwrap().to_str().unwrap();
        let critic = fitted(&config);
        let pieces = tiny_corpus(&critic.file).validation;
        if let Some(model) = critic.model.next_token() {
            let foresight = Foresight::of(model.as_ref(), &pieces).unwrap();
            assert!(foresight.log_loss > 0.0 && foresight.log_loss < 10.0, "{}: {foresight:?}", config.display());
        } else {
            let trials = trials(&critic.model, &pieces, tiny_corpus(&critic.file).writing, 0).unwrap();
            assert!(trials.iter().any(|trial| trial.auc > Some(0.5)), "{}: {trials:?}", config.display());
        }
        // Where trainings look for it.
        let folder = place.path(&format!("results/critics/{name}"));
        let directory = CriticDirectory::at(&folder);
        let _lock = directory.lock().unwrap();
        directory.begin(&critic.file, &Parts::of_tokens(&tiny_corpus(&critic.file))).unwrap();
        directory.save(&critic, true).unwrap();
    }
    for config in trainings {
        place.output(&format!("train {} --set total-steps=1 --set compositions=1", config.display()));
    }
}

/// The critic of a config, from a little music and in little time.
fn fitted(config: &Path) -> FittedCritic {
    let file = CriticFile::load(config, &[]).unwrap();
    let fit =
        ["epochs=1", "batch=2", "window=16"].map(|setting| format!("critic.{}.fit.{setting}", file.critic.name()));
    let has_epochs = !matches!(file.critic.name(), "markov" | "linear");
    let assignments = if has_epochs { fit.to_vec() } else { Vec::new() };
    let file = CriticFile::load(config, &assignments).unwrap();
    let model = file.critic.config().fit(&tiny_corpus(&file), 0, &mut |_| Progress::Continue).unwrap();
    FittedCritic { file, parts: None, model }
}

fn tiny_corpus(file: &CriticFile) -> TokenCorpus {
    let mut corpus = file.read_data().unwrap();
    for part in [&mut corpus.train, &mut corpus.validation] {
        part.truncate(2);
        for piece in part {
            piece.tokens.truncate(96);
            piece.onsets.truncate(96);
        }
    }
    corpus
}

fn configs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let paths = files(&folder).into_iter().map(|(path, _)| path);
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

fn is_in(config: &Path, folder: &str) -> bool {
    config.parent().is_some_and(|parent| parent.ends_with(folder))
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
