//! Environment steps a second: `melody` with the nine RL Tuner rules, the observation and mask written.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot start has nothing to say")]

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gradus::config::TrainingConfig;
use gradus_envs::{
    Action, Actions, Env, VecEnv,
    seeding::{Role, stream},
};
use rand::RngExt;

const RULES: &str = include_str!("../configs/rl-tuner.toml");

fn environment(rewards: &str) -> Box<dyn Env> {
    let config =
        TrainingConfig::parse(rewards, "benchmark", &["env.melody.observation={ history = 1 }".to_owned()]).unwrap();
    config.environment(&config.library()).unwrap()
}

/// Random actions made beforehand, `[rounds × n]`.
fn actions(rounds: usize, n: usize) -> Vec<u32> {
    let mut generator = stream(0, Role::Policy, 0);
    (0..rounds * n).map(|_| generator.random_range(0..38)).collect()
}

fn single(criterion: &mut Criterion) {
    const STEPS: usize = 4096;
    let mut env = environment(RULES);
    let actions = actions(STEPS, 1);
    let mut observation = vec![0.0; env.spec().observation_space.size()];
    let mut mask = vec![true; env.spec().action_space.mask_size()];
    let mut group = criterion.benchmark_group("environment");
    group.throughput(Throughput::Elements(STEPS as u64));
    group.bench_function("one environment, nine rules", |bencher| {
        bencher.iter(|| {
            env.reset(Some(0));
            for &action in &actions {
                let step = env.step(Action::Discrete(action)).unwrap();
                if step.terminated {
                    env.reset(None);
                }
                env.observe(black_box(&mut observation));
                env.action_mask(black_box(&mut mask));
            }
        });
    });
    group.finish();
}

fn vectorised(criterion: &mut Criterion) {
    const ROUNDS: usize = 64;
    let with_ngram = format!("{RULES}\n[[reward]]\nngram = {{}}\n");
    let mut group = criterion.benchmark_group("vectorised environment");
    group.measurement_time(Duration::from_secs(3));
    for (name, config) in [("nine rules", RULES), ("nine rules and n-gram", &with_ngram), ("no reward", "")] {
        let env = environment(config);
        for n in [64, 1024] {
            let actions = actions(ROUNDS, n);
            group.throughput(Throughput::Elements((ROUNDS * n) as u64));
            for threads in [1, 2] {
                let mut envs = VecEnv::new(env.as_ref(), n, 0, Role::Environment);
                envs.set_threads(threads);
                let id = BenchmarkId::new(name, format!("{n} environments, {threads} threads"));
                group.bench_function(id, |bencher| {
                    bencher.iter(|| {
                        for row in actions.chunks_exact(n) {
                            envs.step(Actions::Discrete(row)).unwrap();
                        }
                    });
                });
            }
        }
    }
    group.finish();
}

/// A term as a script beside the same term compiled; their difference to no reward is what each costs.
fn script(criterion: &mut Criterion) {
    const ROUNDS: usize = 64;
    let mut group = criterion.benchmark_group("script");
    let compiled = "[[reward]]\nleap = {}\n";
    let script = "[[reward]]\nscript = { file = \"configs/rewards/leap.rhai\" }\n";
    let actions = actions(ROUNDS, 64);
    group.throughput(Throughput::Elements((ROUNDS * 64) as u64));
    for (name, config) in [("no reward", ""), ("leap, compiled", compiled), ("leap, as a script", script)] {
        let mut envs = VecEnv::new(environment(config).as_ref(), 64, 0, Role::Environment);
        envs.set_threads(1);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for row in actions.chunks_exact(64) {
                    envs.step(Actions::Discrete(row)).unwrap();
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, single, vectorised, script);
criterion_main!(benches);
