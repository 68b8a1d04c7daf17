//! The nine rules of the RL Tuner against the original implementation, step by step.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use gradus_envs::{
    EnvironmentConfig, Judgement, Library,
    rewards::{RewardConfig, RewardStack},
    tasks::melody,
};
use gradus_music::Token;

const RULES: [&str; 9] =
    ["key", "tonic", "repeat", "autocorrelation", "motif", "repeated-motif", "interval", "leap", "unique-extremes"];

fn examples() -> Vec<BTreeMap<String, Vec<f32>>> {
    serde_json::from_str(include_str!("fixtures/rl_tuner_examples.json")).unwrap()
}

fn tokens(example: &BTreeMap<String, Vec<f32>>) -> Vec<Token> {
    example["tokens"].iter().map(|&token| Token(token as u8)).collect()
}

fn rules() -> Vec<RewardConfig> {
    RewardConfig::defaults().into_iter().filter(|config| RULES.contains(&config.name())).collect()
}

#[test]
fn every_rule_equals_the_original_at_every_step() {
    let setting = melody::Config::default().setting().unwrap();
    let mut stack = RewardStack::build(&rules(), &setting, &Library::embedded()).unwrap();
    for (number, example) in examples().iter().enumerate() {
        let judgement = Judgement::of(&tokens(example), &setting, &mut stack).unwrap();
        for (step, judged) in judgement.steps.iter().enumerate() {
            for (rule, share) in judgement.terms.iter().zip(&judged.shares) {
                let expected = example[rule][step];
                assert!(
                    (share - expected).abs() < 1e-4,
                    "sequence {number}, step {step}: `{rule}` gave {share}, not {expected}"
                );
            }
            let expected = example["total"][step];
            assert!(
                (judged.total - expected).abs() < 1e-3,
                "sequence {number}, step {step}: total {} is not {expected}",
                judged.total
            );
        }
    }
}

#[test]
fn the_environment_pays_what_the_rules_say() {
    let config = EnvironmentConfig::default();
    let mut env = config.config().build(&rules(), &Library::embedded()).unwrap();
    for example in examples() {
        env.reset(Some(3));
        for (token, expected) in tokens(&example).into_iter().zip(&example["total"]) {
            let step = env.step(gradus_envs::Action::Discrete(u32::from(token.0))).unwrap();
            assert!((step.reward - expected).abs() < 1e-3);
        }
    }
}
