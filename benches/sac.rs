//! SAC from end to end and its update alone, beside the floor of their matrix arithmetic.
//!
//! The setting is that of `benches/peers/sac.py`: Pendulum-v1, one environment, one update a step, batch 256, networks of
//! 256-256 units.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot start has nothing to say")]

mod common;

use std::time::Duration;

use common::{Layer, Product, algorithm, bench_floor, measured, on_threads};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const CONFIG: &str = "
[env.pendulum]
[agent.sac]
replay = { warm-up = 256, batch = 256, iteration-steps = 100 }
[policy.mlp]
hidden = [256, 256]
activation = 'relu'
";

/// Environment steps, and updates, of one iteration.
const STEPS: u64 = 100;

fn sac(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sac");
    group.throughput(Throughput::Elements(STEPS)).sample_size(10).measurement_time(Duration::from_secs(10));
    for threads in [1, 2] {
        let mut algorithm = algorithm(CONFIG);
        // Beyond the warm-up every step brings an update.
        for _ in 0..4 {
            algorithm.iterate(0.0).unwrap();
        }
        group.bench_function(format!("end to end, {threads} threads"), |bencher| {
            bencher.iter(|| on_threads(threads, || algorithm.iterate(0.0).unwrap()));
        });
        group.bench_function(format!("update, {threads} threads"), |bencher| {
            bencher.iter_custom(|iterations| measured(algorithm.as_mut(), threads, iterations, "time/update-seconds"));
        });
        let products: Vec<Product> = (0..STEPS).flat_map(|_| update()).collect();
        bench_floor(&mut group, threads, &products);
    }
    group.finish();
}

/// The products of one update, of a policy over 3 observations and 1 action and two Q-networks over both.
fn update() -> Vec<Product> {
    let layers = |sides: [usize; 4]| {
        [0, 1, 2].map(|layer| Layer { batch: 256, inputs: sides[layer], outputs: sides[layer + 1] })
    };
    let mut products = Vec::new();
    let policy = layers([3, 256, 256, 2]);
    // The actions of both states; then the gradient.
    products.extend(policy.iter().flat_map(|layer| [layer.forward(); 2]));
    products.extend(policy.iter().map(Layer::to_weights));
    products.extend(policy[1..].iter().map(Layer::to_inputs));
    let q_network = layers([4, 256, 256, 1]);
    for _ in 0..2 {
        // The target, the loss, and the slope that the policy climbs.
        products.extend(q_network.iter().flat_map(|layer| [layer.forward(); 3]));
        products.extend(q_network.iter().map(Layer::to_weights));
        products.extend(q_network[1..].iter().map(Layer::to_inputs));
        products.extend(q_network.iter().map(Layer::to_inputs));
    }
    products
}

criterion_group!(benches, sac);
criterion_main!(benches);
