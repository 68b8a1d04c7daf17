//! PPO from end to end and its update alone, beside the floor of their matrix arithmetic.
//!
//! The setting is that of `benches/peers/ppo.py`: 64 environments × 128 steps, 4 epochs, minibatch 512, two networks of
//! 64-64 tanh units over 66 observations and 38 actions.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot start has nothing to say")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use burn::tensor::{Device, Tensor, TensorData};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gradus::config::TrainingConfig;
use gradus_agents::{Algorithm, Task};

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

/// Weights of the policy and of the value network.
const WEIGHTS: [[[usize; 2]; 3]; 2] = [[[66, 64], [64, 64], [64, 38]], [[66, 64], [64, 64], [64, 1]]];

fn algorithm(rewards: &str) -> Box<dyn Algorithm> {
    let text = CONFIG.replace("REWARDS", rewards);
    let config = TrainingConfig::parse(&text, "benchmark", &[]).unwrap();
    let env = config.environment(&config.library()).unwrap();
    let library = config.library();
    let task = Task { env: env.as_ref(), library: &library, policy: &config.policy, seed: 0 };
    config.agent.config().build(&task).unwrap()
}

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn end_to_end(criterion: &mut Criterion) {
    let rules = include_str!("../configs/rl-tuner.toml");
    let rules = &rules[rules.find("[[reward]]").unwrap()..rules.find("[agent").unwrap()];
    let mut group = criterion.benchmark_group("ppo");
    group.throughput(Throughput::Elements(TRANSITIONS)).sample_size(20).measurement_time(Duration::from_secs(10));
    for threads in [1, 2] {
        let mut algorithm = algorithm(rules);
        group.bench_function(format!("end to end, nine rules, {threads} threads"), |bencher| {
            bencher.iter(|| on_threads(threads, || algorithm.iterate(0.0).unwrap()));
        });
        // The update is timed by the algorithm itself, within whole iterations.
        group.bench_function(format!("update, {threads} threads"), |bencher| {
            bencher.iter_custom(|iterations| {
                let seconds: f64 = on_threads(threads, || {
                    (0..iterations).map(|_| algorithm.iterate(0.0).unwrap().get("time/update-seconds").unwrap()).sum()
                });
                Duration::from_secs_f64(seconds)
            });
        });
    }
    group.finish();
}

/// The matrix products of one iteration and nothing else, one after the other on one core: acting and valuing
/// (one product a weight matrix and transition), then four epochs of forward, backward to the weights and to the inputs.
fn floor(criterion: &mut Criterion) {
    let device = Device::flex();
    let matrix = |rows: usize, columns: usize| {
        Tensor::<2>::from_data(TensorData::new(vec![0.5_f32; rows * columns], [rows, columns]), &device)
    };
    let product = |batch: usize, [inputs, outputs]: [usize; 2]| (matrix(batch, inputs), matrix(inputs, outputs));
    let mut products = Vec::new();
    for network in WEIGHTS {
        for (layer, weight) in network.into_iter().enumerate() {
            products.extend(std::iter::repeat_with(|| product(64, weight)).take(128));
            let [inputs, outputs] = weight;
            for _ in 0..4 * 16 {
                products.push(product(512, weight));
                products.push((matrix(inputs, 512), matrix(512, outputs)));
                if layer > 0 {
                    products.push(product(512, [outputs, inputs]));
                }
            }
        }
    }
    let mut group = criterion.benchmark_group("ppo");
    group.throughput(Throughput::Elements(TRANSITIONS)).sample_size(20);
    group.bench_function("floor: the matrix products of one iteration, one core", |bencher| {
        bencher.iter_custom(|iterations| {
            let start = Instant::now();
            for _ in 0..iterations {
                for (left, right) in &products {
                    black_box(left.clone().matmul(right.clone()));
                }
            }
            start.elapsed()
        });
    });
    group.finish();
}

criterion_group!(benches, end_to_end, floor);
criterion_main!(benches);
