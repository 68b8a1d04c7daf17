//! Networks over sequences: a step of learning, and judging pieces at once against one place at a time.
//!
//! `cargo bench -p gradus-models --bench sequence`
//!
//! The shapes are those of `micro.py` of the peers: a causal Transformer of 4 layers (width 128, 4 heads) and an LSTM of
//! 128 units, 64 sequences of 64 places, 38 tokens. A table at the end, on standard error, has each time, and what share
//! of it the matrix products alone would take: 6 (8 with what is judged only: 2) operations a weight and place, at the speed
//! that this machine multiplies matrices of that width at.

use std::time::{Duration, Instant};

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use gradus_models::AdamConfig;
use gradus_models::memory::keep_freed_memory;
use gradus_models::ops::categorical;
use gradus_models::sequence::{
    Alphabet, Dropout, LstmConfig, SequenceConfig, SequenceModel, Sequences, TransformerConfig,
};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

const SEQUENCES: usize = 64;
const LENGTH: usize = 64;
const ALPHABET: Alphabet = Alphabet { tokens: 38, phases: 16 };

fn configs() -> [(&'static str, SequenceConfig); 2] {
    let transformer = TransformerConfig { layers: 4, width: 128, heads: 4, context: LENGTH, dropout: 0.0 };
    let lstm = LstmConfig { layers: 1, units: 128, dropout: 0.0 };
    [("transformer", SequenceConfig::Transformer(transformer)), ("lstm", SequenceConfig::Lstm(lstm))]
}

fn model(config: &SequenceConfig, device: &Device) -> SequenceModel {
    SequenceModel::init(config, ALPHABET, ALPHABET.tokens, 0.1, &mut Xoshiro256PlusPlus::seed_from_u64(1), device)
}

fn sequences() -> (Sequences, Vec<u32>) {
    let token = |i: usize| ((i * 7919) % ALPHABET.tokens) as u32;
    let tokens: Vec<u32> = (0..SEQUENCES * LENGTH).map(token).collect();
    let phases = (0..SEQUENCES * LENGTH).map(|i| (i % LENGTH % ALPHABET.phases) as u32).collect();
    let targets = tokens.iter().map(|token| (token + 1) % ALPHABET.tokens as u32).collect();
    (Sequences { tokens, phases, length: LENGTH }, targets)
}

/// Measures with criterion; returns the fastest sample's seconds a run.
fn seconds(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut run: impl FnMut() -> Duration) -> f64 {
    let mut least = f64::INFINITY;
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|runs| {
            let total: Duration = (0..runs).map(|_| run()).sum();
            least = least.min(total.as_secs_f64() / runs as f64);
            total
        });
    });
    least
}

/// Floating-point operations a second of a product with a square matrix as wide as the networks.
fn speed(group: &mut BenchmarkGroup<'_, WallTime>) -> f64 {
    let device = Device::flex();
    let matrix = |rows: usize| -> Tensor<2> {
        let values: Vec<f32> = (0..rows * 128).map(|i| (i % 101) as f32 * 0.01).collect();
        Tensor::from_data(TensorData::new(values, [rows, 128]), &device)
    };
    let (x, weight) = (matrix(SEQUENCES * LENGTH), matrix(128));
    let seconds = seconds(group, "floor: matrix product", || {
        let start = Instant::now();
        std::hint::black_box(x.clone().matmul(weight.clone()));
        start.elapsed()
    });
    (2 * SEQUENCES * LENGTH * 128 * 128) as f64 / seconds
}

#[expect(clippy::print_stderr, reason = "standard output is criterion's")]
fn networks(criterion: &mut Criterion) {
    keep_freed_memory();
    let mut group = criterion.benchmark_group("64 sequences of 64 places");
    group.sample_size(10);
    let speed = speed(&mut group);
    let (sequences, targets) = sequences();
    let mut lines = Vec::new();
    for (name, config) in configs() {
        let device = Device::flex().autodiff();
        let mut adam = AdamConfig::default().init();
        let mut network = Some(model(&config, &device));
        let weights = network.as_ref().map_or(0, Module::num_params);
        let learning = seconds(&mut group, &format!("{name}: a step of learning"), || {
            let model = network.take().expect("every step puts the network back");
            let start = Instant::now();
            let logits = model.forward(&sequences, &mut Dropout::off());
            let loss = -categorical(logits, None, &targets).log_prob.mean();
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            network = Some(adam.step(model, gradients, 1e-3, Some(1.0)).0);
            start.elapsed()
        });
        let model = model(&config, &Device::flex());
        let judging = seconds(&mut group, &format!("{name}: all places at once"), || {
            let start = Instant::now();
            std::hint::black_box(model.forward(&sequences, &mut Dropout::off()).into_data());
            start.elapsed()
        });
        let mut host = model.to_host(SEQUENCES);
        let mut logits = vec![0.0; SEQUENCES * ALPHABET.tokens];
        let stepping = seconds(&mut group, &format!("{name}: place by place"), || {
            let start = Instant::now();
            for place in 0..LENGTH {
                let at = |values: &[u32]| -> Vec<u32> { values.chunks(LENGTH).map(|row| row[place]).collect() };
                host.step(&at(&sequences.tokens), &at(&sequences.phases), &mut logits);
            }
            (0..SEQUENCES).for_each(|row| host.reset(row));
            start.elapsed()
        });
        let places = (SEQUENCES * LENGTH * weights) as f64;
        lines.push((format!("{name}: a step of learning"), learning, 6.0 * places / speed));
        lines.push((format!("{name}: all places at once"), judging, 2.0 * places / speed));
        lines.push((format!("{name}: place by place"), stepping, 2.0 * places / speed));
    }
    group.finish();
    eprintln!("\n{:<36}{:>12}{:>24}", "64 sequences of 64 places", "ms", "times its products");
    for (name, seconds, floor) in lines {
        eprintln!("  {name:<34}{:>12.1}{:>24.2}", seconds * 1e3, seconds / floor);
    }
    eprintln!("  products run at {:.0} GFLOP/s", speed / 1e9);
}

criterion_group!(benches, networks);
criterion_main!(benches);
