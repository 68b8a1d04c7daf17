//! SAC from end to end and its update alone, beside the floor of their matrix arithmetic.
//!
//! The setting is that of `benches/peers/sac.py`: Pendulum-v1, one environment, one update a step, batch 256, networks of
//! 256-256 units.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot start has nothing to say")]

mod common;

use std::time::Duration;

use common::{bench_floor, measured, on_threads};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gradus::speed;

fn sac(criterion: &mut Criterion) {
    gradus_models::memory::keep_freed_memory();
    let mut group = criterion.benchmark_group("sac");
    let throughput = Throughput::Elements(speed::SAC_STEPS as u64);
    group.throughput(throughput).sample_size(10).measurement_time(Duration::from_secs(10));
    for threads in [1, 2] {
        let mut algorithm = speed::sac().unwrap();
        group.bench_function(format!("end to end, {threads} threads"), |bencher| {
            bencher.iter(|| on_threads(threads, || algorithm.iterate(0.0).unwrap()));
        });
        group.bench_function(format!("update, {threads} threads"), |bencher| {
            bencher.iter_custom(|iterations| measured(algorithm.as_mut(), threads, iterations, "time/update-seconds"));
        });
        bench_floor(&mut group, threads, &speed::sac_products());
    }
    group.finish();
}

criterion_group!(benches, sac);
criterion_main!(benches);
