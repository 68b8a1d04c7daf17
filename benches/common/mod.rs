//! What the benchmarks of algorithms share.

use std::time::Duration;

use criterion::{BenchmarkGroup, measurement::WallTime};
use gradus::speed::{Floor, Product};
use gradus_agents::Algorithm;

pub(crate) fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

/// Times what an algorithm itself measures under `name`, within whole iterations.
pub(crate) fn measured(algorithm: &mut dyn Algorithm, threads: usize, iterations: u64, name: &str) -> Duration {
    Duration::from_secs_f64(on_threads(threads, || {
        (0..iterations).map(|_| algorithm.iterate(0.0).unwrap().get(name).unwrap()).sum()
    }))
}

/// Times nothing but these products, shared out to the threads as if none had to wait for another.
pub(crate) fn bench_floor(group: &mut BenchmarkGroup<'_, WallTime>, threads: usize, products: &[Product]) {
    let floor = Floor::of(products);
    group.bench_function(format!("floor: its matrix products, {threads} threads"), |bencher| {
        bencher.iter_custom(|iterations| on_threads(threads, || (0..iterations).map(|_| floor.time()).sum()));
    });
}
