//! PPO from end to end and its update alone, beside the floor of their matrix arithmetic.
//!
//! The setting is that of `benches/peers/ppo.py`: 64 environments × 128 steps, 4 epochs, minibatch 512, two networks of
//! 64-64 tanh units over 66 observations and 38 actions.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot start has nothing to say")]

mod common;

use std::time::Duration;

use common::{bench_floor, measured, on_threads};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gradus::speed;

fn ppo(criterion: &mut Criterion) {
    gradus_models::memory::keep_freed_memory();
    let mut group = criterion.benchmark_group("ppo");
    let throughput = Throughput::Elements(speed::PPO_STEPS as u64);
    group.throughput(throughput).sample_size(20).measurement_time(Duration::from_secs(10));
    for threads in [1, 2] {
        let mut algorithm = speed::ppo().unwrap();
        group.bench_function(format!("end to end, nine rules, {threads} threads"), |bencher| {
            bencher.iter(|| on_threads(threads, || algorithm.iterate(0.0).unwrap()));
        });
        group.bench_function(format!("update, {threads} threads"), |bencher| {
            bencher.iter_custom(|iterations| measured(algorithm.as_mut(), threads, iterations, "time/update-seconds"));
        });
        bench_floor(&mut group, threads, &speed::ppo_products().concat());
    }
    group.finish();
}

criterion_group!(benches, ppo);
criterion_main!(benches);
