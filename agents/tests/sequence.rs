//! Policies over tokens, and holding them to a prior.

#![allow(clippy::unwrap_used)]

use std::{path::Path, sync::Arc};

use gradus_agents::{AgentConfig, AgentError, Checkpoint, Iteration, PolicyConfig, Task, evaluate};
use gradus_envs::{CriticScales, Env, EnvironmentConfig, Library, Setting, rewards::RewardConfig};
use gradus_models::critics::{
    CriticConfig, Labels, ModelShelf, NextToken, NoModels, Progress, Refusal, TokenCorpus, TokenPiece, Writing,
    alphabet,
};
use gradus_music::{Grid, Key, Vocabulary};

/// Knows one model, whatever it is asked for.
struct Shelf(Arc<dyn NextToken>);

impl ModelShelf for Shelf {
    fn next_token(&self, _: &Path, _: &Setting) -> Result<Arc<dyn NextToken>, Refusal> {
        Ok(self.0.clone())
    }
}

/// A melody of 16 steps with an opening of a beat, rewarded for being in the key.
fn melody() -> Box<dyn Env> {
    let config: EnvironmentConfig = toml::from_str("[melody]\nsteps = 16\nprimer = { corpus = 4 }").unwrap();
    let reward: RewardConfig = toml::from_str("key = { weight = 1.0 }").unwrap();
    config.config().build(&[reward], &Library::embedded()).unwrap()
}

/// A model fitted to a scale that goes up and down.
fn scale(critic: &str) -> Arc<dyn NextToken> {
    let (vocabulary, grid) = (Vocabulary::default(), Grid::default());
    let piece = |first: u32| {
        let tokens: Vec<u32> = (0..32).map(|i| [14, 16, 18, 19, 21, 19, 18, 16][((i + first) % 8) as usize]).collect();
        TokenPiece {
            name: format!("scale {first}"),
            onsets: vec![true; tokens.len()],
            labels: Labels::default(),
            tokens,
        }
    };
    let corpus = TokenCorpus {
        alphabet: alphabet(vocabulary, grid),
        writing: Writing::melody(vocabulary, grid, Key::C_MAJOR),
        pitches: 2..=37,
        train: (0..8).map(piece).collect(),
        validation: vec![piece(3)],
        test: Vec::new(),
    };
    let config: CriticConfig = toml::from_str(critic).unwrap();
    let fitted = config.config().fit(&corpus, 1, &mut |_| Progress::Continue).unwrap();
    fitted.next_token().unwrap().clone()
}

const LSTM: &str = "lstm = { network = { units = 24, dropout = 0.0 }, fit = { epochs = 60, batch = 4, window = 16, learning-rate = 1e-2 } }";

fn ppo(settings: &str) -> AgentConfig {
    let rate = if settings.contains("learning-rate") { "" } else { "learning-rate = 3e-3\n" };
    let text = format!(
        "[ppo]\nenvironments = 8\nrollout-steps = 24\nminibatch = 64\nepochs = 4\nnormalize-rewards = false\n{rate}{settings}"
    );
    toml::from_str(&text).unwrap()
}

fn train(
    agent: &AgentConfig,
    env: &(dyn Env + 'static),
    policy: &str,
    models: &dyn ModelShelf,
    iterations: u32,
) -> (Vec<Iteration>, Checkpoint) {
    let policy: PolicyConfig = toml::from_str(policy).unwrap();
    let task = Task { env, library: &Library::embedded(), models, policy: &policy, seed: 3 };
    let mut algorithm = agent.config().build(&task).unwrap();
    let rows = (0..iterations).map(|i| algorithm.iterate(f64::from(i) / f64::from(iterations)).unwrap()).collect();
    (rows, algorithm.checkpoint().unwrap())
}

const POLICIES: [&str; 2] =
    ["lstm = { units = 16 }", "transformer = { layers = 1, width = 16, heads = 2, context = 32 }"];

#[test]
fn policies_over_tokens_learn_and_act_from_their_checkpoint() {
    let env = melody();
    for policy in POLICIES {
        let (rows, checkpoint) = train(&ppo(""), env.as_ref(), policy, &NoModels, 40);
        let returns: Vec<f64> = rows.iter().filter_map(|row| row.get("return/mean")).collect();
        let (first, last) = (returns[0], returns[returns.len() - 1]);
        assert!(last > first + 2.0, "{policy}: {first} to {last}");
        // The probabilities at the first update of an iteration are those that actions were drawn with.
        assert!(rows[0].get("ppo/approx-kl").unwrap() < 0.1, "{policy}");

        let config: PolicyConfig = toml::from_str(policy).unwrap();
        let task =
            Task { env: env.as_ref(), library: &Library::embedded(), models: &NoModels, policy: &config, seed: 1 };
        let mut actor = ppo("").config().actor(&task, &checkpoint, false).unwrap();
        let played = evaluate(env.as_ref(), actor.as_mut(), 64, 5, CriticScales::default()).unwrap();
        let mean = played.statistics().returns.mean;
        assert!((mean - last).abs() < 3.0, "{policy}: trained to {last}, plays {mean}");
    }
}

#[test]
fn what_is_read_place_by_place_is_what_is_learned_from() {
    // With a step size of nearly nothing, the ratio of the policy's probabilities to those it acted with stays 1.
    let env = melody();
    for policy in POLICIES {
        let (rows, _) = train(&ppo("learning-rate = 1e-12"), env.as_ref(), policy, &NoModels, 3);
        for row in rows {
            assert!(row.get("ppo/approx-kl").unwrap().abs() < 1e-9, "{policy}: {row:?}");
            assert!(row.get("ppo/old-approx-kl").unwrap().abs() < 1e-5, "{policy}: {row:?}");
        }
    }
}

#[test]
fn one_seed_gives_one_checkpoint_on_any_number_of_threads() {
    for policy in POLICIES {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| train(&ppo(""), melody().as_ref(), policy, &NoModels, 3).1.to_bytes().unwrap())
        };
        assert_eq!(on(1), on(3), "{policy}");
    }
}

#[test]
fn a_policy_begins_with_the_weights_of_a_fitted_model_and_stays_with_its_prior() {
    let env = melody();
    let shelf = Shelf(scale(LSTM));
    let anchored = |coefficient: &str| {
        ppo(&format!("entropy-coefficient = 0.0\nprior = {{ model = \"any\", kl-coefficient = {coefficient} }}"))
    };
    let (rows, checkpoint) = train(&anchored("0.0"), env.as_ref(), "init = \"any\"", &shelf, 12);
    let kl = |rows: &[Iteration]| rows.iter().map(|row| row.get("prior/kl").unwrap()).collect::<Vec<_>>();
    let free = kl(&rows);
    assert!(free[0].abs() < 1e-4, "it is the prior at first: {free:?}");
    let (rows, _) = train(&anchored("5.0"), env.as_ref(), "init = \"any\"", &shelf, 12);
    let held = kl(&rows);
    assert!(held[11] < 0.5 * free[11], "{held:?} against {free:?}");
    assert!(rows[11].get("prior/log-likelihood").unwrap() > -2.0);

    // Acting needs the checkpoint alone.
    let policy: PolicyConfig = toml::from_str("init = \"gone\"").unwrap();
    let task = Task { env: env.as_ref(), library: &Library::embedded(), models: &NoModels, policy: &policy, seed: 1 };
    assert!(anchored("0.0").config().actor(&task, &checkpoint, false).is_ok());
}

#[test]
fn an_adaptive_coefficient_follows_its_target() {
    let env = melody();
    let shelf = Shelf(scale(LSTM));
    let agent = ppo("prior = { model = \"any\", kl-coefficient = 0.1, adaptive = { target = 1e-6, horizon = 192 } }");
    let (rows, _) = train(&agent, env.as_ref(), "mlp = {}", &shelf, 4);
    let coefficients: Vec<f64> = rows.iter().map(|row| row.get("prior/kl-coefficient").unwrap()).collect();
    for (coefficient, power) in coefficients.iter().zip(0..) {
        assert!((coefficient - 0.1 * 1.2_f64.powi(power)).abs() < 1e-9, "{coefficients:?}");
    }
}

#[test]
fn the_agent_prior_plays_what_its_model_says() {
    let env = melody();
    for critic in [LSTM, "markov = { order = 4 }"] {
        let shelf = Shelf(scale(critic));
        let agent: AgentConfig = toml::from_str("prior = { model = \"any\" }").unwrap();
        let policy = PolicyConfig::default();
        let task = Task { env: env.as_ref(), library: &Library::embedded(), models: &shelf, policy: &policy, seed: 1 };
        let mut actor = agent.config().actor(&task, &Checkpoint::default(), false).unwrap();
        let played = evaluate(env.as_ref(), actor.as_mut(), 32, 5, CriticScales::default()).unwrap();
        let tokens = played.compositions.iter().flat_map(|piece| &piece.tokens);
        let (known, all) = tokens
            .fold((0, 0), |(known, all), token| (known + u32::from([14, 16, 18, 19, 21].contains(&token.0)), all + 1));
        assert!(f64::from(known) > 0.8 * f64::from(all), "{critic}: {known} of {all}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_key_and_remedy() {
    let env = melody();
    let refusal = |agent: &AgentConfig, env: &(dyn Env + 'static), policy: &str| {
        let policy: PolicyConfig = toml::from_str(policy).unwrap();
        let task = Task { env, library: &Library::embedded(), models: &NoModels, policy: &policy, seed: 0 };
        match agent.config().build(&task).err() {
            Some(AgentError::Config { key, remedy, .. }) if !remedy.is_empty() => key,
            other => panic!("{other:?}"),
        }
    };
    let sac: AgentConfig = toml::from_str("discrete-sac = {}").unwrap();
    assert_eq!(refusal(&sac, env.as_ref(), "lstm = {}"), "policy.lstm");
    let cartpole: EnvironmentConfig = toml::from_str("[cartpole]").unwrap();
    let cartpole = cartpole.config().build(&[], &Library::embedded()).unwrap();
    assert_eq!(refusal(&ppo(""), cartpole.as_ref(), "lstm = {}"), "policy.lstm");
    assert_eq!(refusal(&ppo(""), env.as_ref(), "transformer = { context = 8 }"), "policy");
    assert_eq!(refusal(&ppo(""), env.as_ref(), "init = \"nowhere\""), "policy.init");
    let prior = ppo("prior = { model = \"nowhere\", kl-coefficient = 0.1 }");
    assert_eq!(refusal(&prior, env.as_ref(), "mlp = {}"), "agent.ppo.prior.model");
    let negative = ppo("prior = { model = \"nowhere\", kl-coefficient = -0.1 }");
    assert_eq!(refusal(&negative, env.as_ref(), "mlp = {}"), "agent.ppo.prior.kl-coefficient");
}
