//! PPO from end to end and its update alone, beside the floor of their matrix arithmetic.
//!
//! The setting is that of `benches/peers/ppo.py`: 64 environments × 128 steps, 4 epochs, minibatch 512, two networks of
//! 64-64 tanh units over 66 observations and 38 actions.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot start has nothing to say")]

mod common;

use std::time::Duration;

use common::{Layer, Product, algorithm, bench_floor, measured, on_threads};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const CONFIG: &str = "
[env.melody]
observation = { bar-number = false }
REWARDS
[agent.ppo]
environments = 64
rollout-steps = 128
minibatch = 512
epochs = 4
";

/// Transitions of one iteration.
const TRANSITIONS: u64 = 64 * 128;

fn ppo(criterion: &mut Criterion) {
    let rules = include_str!("../configs/rl-tuner.toml");
    let rules = &rules[rules.find("[[reward]]").unwrap()..rules.find("[agent").unwrap()];
    let config = CONFIG.replace("REWARDS", rules);
    let mut group = criterion.benchmark_group("ppo");
    group.throughput(Throughput::Elements(TRANSITIONS)).sample_size(20).measurement_time(Duration::from_secs(10));
    for threads in [1, 2] {
        let mut algorithm = algorithm(&config);
        group.bench_function(format!("end to end, nine rules, {threads} threads"), |bencher| {
            bencher.iter(|| on_threads(threads, || algorithm.iterate(0.0).unwrap()));
        });
        group.bench_function(format!("update, {threads} threads"), |bencher| {
            bencher.iter_custom(|iterations| measured(algorithm.as_mut(), threads, iterations, "time/update-seconds"));
        });
        bench_floor(&mut group, threads, &iteration());
    }
    group.finish();
}

/// The products of one iteration: acting and valuing, then four epochs of forward, backward to the weights and backward
/// to the inputs.
fn iteration() -> Vec<Product> {
    let mut products = Vec::new();
    for sides in [[66, 64, 64, 38], [66, 64, 64, 1]] {
        for layer in 0..3 {
            let of_batch = |batch| Layer { batch, inputs: sides[layer], outputs: sides[layer + 1] };
            products.extend([of_batch(64).forward(); 128]);
            let minibatch = of_batch(512);
            for _ in 0..4 * 16 {
                products.extend([minibatch.forward(), minibatch.to_weights()]);
                if layer > 0 {
                    products.push(minibatch.to_inputs());
                }
            }
        }
    }
    products
}

criterion_group!(benches, ppo);
criterion_main!(benches);
