//! The JSON schema of configs allows what the program accepts, and refuses what it refuses.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{Workplace, files};
use jsonschema::Validator;
use serde_json::Value;

fn validator(kind: &str) -> Validator {
    jsonschema::validator_for(&Workplace::new().json(&format!("schema {kind}"))).unwrap()
}

fn document(toml: &str) -> Value {
    toml::from_str(toml).unwrap()
}

#[test]
fn every_config_that_comes_with_gradus_is_allowed() {
    let (training, critic) = (validator("training"), validator("critic"));
    let configs = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("configs"));
    let tomls = configs.into_iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "toml"));
    for (path, contents) in tomls {
        let schema = match path.parent().unwrap().file_name().unwrap().to_str().unwrap() {
            "sweeps" => continue,
            "critics" => &critic,
            _ => &training,
        };
        let errors: Vec<_> = schema
            .iter_errors(&document(std::str::from_utf8(&contents).unwrap()))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
}

#[test]
fn what_the_program_refuses_is_not_allowed() {
    let training = validator("training");
    for wrong in [
        "total-step = 1000",
        "[env.melodie]",
        "[env.melody]\nstep = 3",
        "[env.melody]\nprimer = 'tokens'",
        "[[reward]]\nleap = { semitone = 5 }",
        "[[reward]]\nleap = { weight = { from = 0.0 } }",
        "[[reward]]\nkey = { eval-only = 1 }",
        "[agent.ppo]\nclip = 'narrow'",
        "[agent.ppo]\nenvironments = -1",
        "[policy.mlp]\nactivation = 'sine'",
    ] {
        assert!(toml::from_str::<gradus::config::TrainingConfig>(wrong).is_err(), "{wrong}");
        assert!(!training.is_valid(&document(wrong)), "{wrong}");
    }
}

#[test]
fn what_the_program_takes_in_several_forms_is_allowed_in_each() {
    let training = validator("training");
    for right in [
        "",
        "[env.melody]\nlow = 'C3'\nhigh = 84\nkey = 'F# minor'\nmeter = '3/4'\nprimer = { corpus = 16 }",
        "[[reward]]\nleap = { weight = 1 }\n[[reward]]\nleap = { weight = { from = 0, to = 1, until = 0.5 }, amount = 2 }",
        "[[reward]]\nngram = { smoothing = { absolute-discount = { discount = 0.5 } } }",
        "[agent.dqn]\ntarget = 'psi'\nprior = { ngram = {} }",
        "[policy]\ninit = 'results/critics/lstm'",
    ] {
        let parsed = toml::from_str::<gradus::config::TrainingConfig>(right);
        assert!(parsed.is_ok(), "{right}: {}", parsed.unwrap_err());
        let errors: Vec<_> = training.iter_errors(&document(right)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{right}: {errors:?}");
    }
}
