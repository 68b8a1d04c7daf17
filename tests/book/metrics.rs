//! The page on metrics explains every column that there is.

use std::collections::BTreeSet;

use gradus::run::Metrics;
use gradus_agents::AgentConfig;

use crate::{common::Workplace, page::sources};

/// A moment of every algorithm: its name, and what a config adds for columns that come of options.
const TRAININGS: [(&str, &str); 9] = [
    ("ppo", "[[reward]]\nkey = {}\n[agent.ppo]\nenvironments = 8\nrollout-steps = 64\nminibatch = 64\n"),
    (
        "ppo",
        "[[reward]]\ncritic = { model = 'critics/gan', score = { discriminator = { clip = 4.0 } }, adversarial = { batch = 4 } }\n\
         [agent.ppo]\nenvironments = 8\nrollout-steps = 64\nminibatch = 64\n\
         prior = { model = 'critics/ffnn', kl-coefficient = 1.0, adaptive = { target = 0.1, horizon = 1000 } }\n\
         [policy]\ninit = 'critics/ffnn'\n",
    ),
    (
        "sac",
        "env.phrase = {}\nreward = [{ arch = {} }]\n[agent.sac.replay]\nwarm-up = 50\nbatch = 32\niteration-steps = 128\n",
    ),
    (
        "discrete-sac",
        "[[reward]]\nkey = {}\n[agent.discrete-sac.replay]\nwarm-up = 50\nbatch = 32\niteration-steps = 128\n",
    ),
    ("dqn", "[[reward]]\nkey = {}\n[agent.dqn]\nreplay = { warm-up = 50, batch = 32, iteration-steps = 128 }\n"),
    (
        "dqn",
        "[[reward]]\nkey = {}\n[agent.dqn]\ntarget = 'psi'\nprior = { ngram = {} }\nreplay = { warm-up = 50, batch = 32, iteration-steps = 128 }\n",
    ),
    ("random", "[[reward]]\nkey = {}\n[agent.random]\nenvironments = 4\n"),
    ("greedy-reward", "[[reward]]\nkey = {}\n[agent.greedy-reward]\nenvironments = 4\n"),
    ("prior", "[[reward]]\nkey = {}\n[agent.prior]\nmodel = 'critics/ffnn'\nenvironments = 4\n"),
];

/// Critics of which the trainings above make use, as small as they come.
const CRITICS: [(&str, &str); 2] = [
    (
        "ffnn",
        "[critic.ffnn]\nnetwork = { window = 2, embedding = 4, hidden = [8] }\nfit = { epochs = 1, window = 16 }\n",
    ),
    (
        "gan",
        "[critic.gan]\ngenerator = { ffnn = { window = 2, embedding = 4, hidden = [8] } }\n\
         discriminator = { ffnn = { window = 2, embedding = 4, hidden = [8] } }\nfit = { epochs = 1, window = 16 }\n\
         game = { pretraining-epochs = 1 }\n",
    ),
];

#[test]
fn every_column_of_every_algorithm_is_explained() {
    let place = Workplace::new();
    for (name, config) in CRITICS {
        place.write("critic.toml", config);
        place.output(&format!("critic fit critic.toml --out critics/{name}"));
    }
    for entry in AgentConfig::ENTRIES {
        assert!(TRAININGS.iter().any(|(name, _)| *name == entry.name), "no training of `{}` is tried here", entry.name);
    }
    let mut columns = BTreeSet::new();
    for (number, (_, config)) in TRAININGS.iter().enumerate() {
        place.write("training.toml", format!("total-steps = 256\ncompositions = 1\n{config}"));
        place.output(&format!("train training.toml --out results/{number}"));
        let metrics = Metrics::read(&place.path(&format!("results/{number}/seed-0/metrics.jsonl"))).unwrap();
        columns.extend(metrics.columns().into_iter().map(str::to_owned));
    }
    let page = std::fs::read_to_string(sources().join("metrics.md")).unwrap();
    let missing: Vec<_> = columns
        .iter()
        .filter(|column| !page.contains(&format!("`{column}`")))
        .filter(|column| !(column.starts_with("reward/") && page.contains("`reward/<term>`")))
        .collect();
    assert!(missing.is_empty(), "docs/src/metrics.md does not explain {missing:?}");
}
