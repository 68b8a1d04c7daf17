//! The functions of one number and the optimizer's passes: nanoseconds an element, and what share that is of the matrix
//! products that they follow.
//!
//! `RAYON_NUM_THREADS=1 cargo bench -p gradus-models --bench elementwise`
//!
//! # How to read it
//!
//! criterion's own lines give the time of a whole batch. The tables at the end, on standard error, put it in proportion,
//! each entry by the fastest of criterion's samples, which is the steadiest on a machine that does other things too:
//!
//! - *ns an element*: the time over the number of elements of the output.
//! - *of the product*: the time over that of the product that the function would follow, `[512, 64] x [64, 64]` (for
//!   log-softmax `[512, 64] x [64, 38]`), by burn. For "and backward" over three times that, since a layer's backward
//!   pass takes two products more. At 100 % a network spends as long in its activations as in its arithmetic.
//! - *burn*: the same function by burn's own operations. "times 2" is what any operation on the graph costs.
//!
//! A filter that leaves out the product leaves the shares at 0. "Backward" starts from a gradient of ones, whose making
//! is counted.

use std::time::{Duration, Instant};

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData, activation};
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use gradus_models::AdamConfig;
use gradus_models::blocks::{Mlp, MlpConfig};
use gradus_models::memory::keep_freed_memory;
use gradus_models::ops::{log_softmax, unary};
use gradus_models::optim::polyak;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

const BATCH: usize = 512;
const UNITS: usize = 64;
const ACTIONS: usize = 38;

type Function = Box<dyn Fn(Tensor<2>) -> Tensor<2>>;

fn matrix(rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    let numbers: Vec<f32> = (0..rows * columns).map(|i| ((i * 7919) % 1009) as f32 / 100.9 - 5.0).collect();
    Tensor::from_data(TensorData::new(numbers, [rows, columns]), device)
}

/// Measures with criterion; returns the fastest sample's seconds a run, infinity where a filter left the benchmark out.
fn seconds<T>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut run: impl FnMut() -> T) -> f64 {
    let mut least = f64::INFINITY;
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|runs| {
            let mut total = Duration::ZERO;
            for _ in 0..runs {
                let start = Instant::now();
                let result = run();
                total += start.elapsed();
                drop(result);
            }
            least = least.min(total.as_secs_f64() / runs as f64);
            total
        });
    });
    least
}

/// A line of a table.
struct Line {
    name: String,
    seconds: f64,
    elements: usize,
    floor: f64,
}

#[expect(clippy::print_stderr, reason = "standard output is criterion's")]
fn print(title: &str, floor: &str, lines: &[Line]) {
    eprintln!("\n{title:<44}{:>14}{floor:>24}", "ns an element");
    for Line { name, seconds, elements, floor } in lines.iter().filter(|line| line.seconds.is_finite()) {
        let (each, share) = (seconds * 1e9 / *elements as f64, 100.0 * seconds / floor);
        eprintln!("  {name:<42}{each:>14.2}{share:>22.0} %");
    }
    eprintln!();
}

fn functions(criterion: &mut Criterion) {
    keep_freed_memory();
    let mut group = criterion.benchmark_group("functions of 512 x 64");
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let (x, weight) = (matrix(BATCH, UNITS, &plain), matrix(UNITS, UNITS, &plain));
    let floor = seconds(&mut group, "floor: matrix product of burn", || x.clone().matmul(weight.clone()));
    let elements = BATCH * UNITS;
    let mut lines = vec![Line { name: "matrix product".into(), seconds: floor, elements, floor }];
    let functions: [(&str, Function); 11] = [
        ("tanh", Box::new(unary::tanh)),
        ("tanh of burn", Box::new(Tensor::tanh)),
        ("sigmoid", Box::new(unary::sigmoid)),
        ("sigmoid of burn", Box::new(activation::sigmoid)),
        ("softplus", Box::new(unary::softplus)),
        ("softplus of burn", Box::new(|x| activation::softplus(x, 1.0))),
        ("gelu", Box::new(unary::gelu)),
        ("gelu of burn", Box::new(activation::gelu)),
        ("exp", Box::new(unary::exp)),
        ("exp of burn", Box::new(Tensor::exp)),
        ("times 2 of burn", Box::new(|x| x * 2.0)),
    ];
    for (name, function) in functions {
        let forward = seconds(&mut group, name, || function(x.clone()));
        lines.push(Line { name: name.into(), seconds: forward, elements, floor });
        let x = matrix(BATCH, UNITS, &tracked).require_grad();
        let name = format!("{name}, and backward");
        let both = seconds(&mut group, &name, || function(x.clone()).backward());
        lines.push(Line { name, seconds: both, elements, floor: 3.0 * floor });
    }
    group.finish();
    print("functions of 512 x 64", "of the product", &lines);
}

fn log_probabilities(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("log-softmax of 512 x 38");
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let (x, weight) = (matrix(BATCH, UNITS, &plain), matrix(UNITS, ACTIONS, &plain));
    let floor = seconds(&mut group, "floor: matrix product of burn", || x.clone().matmul(weight.clone()));
    let elements = BATCH * ACTIONS;
    let mut lines = vec![Line { name: "matrix product".into(), seconds: floor, elements, floor }];
    let mask: Vec<bool> = (0..elements).map(|i| i % 3 != 1).collect();
    let functions: [(&str, Function); 3] = [
        ("log-softmax", Box::new(|x| log_softmax(x, None))),
        ("log-softmax, masked", Box::new(move |x| log_softmax(x, Some(&mask)))),
        ("log-softmax of burn", Box::new(|x| activation::log_softmax(x, 1))),
    ];
    let logits = matrix(BATCH, ACTIONS, &plain);
    for (name, function) in functions {
        let forward = seconds(&mut group, name, || function(logits.clone()));
        lines.push(Line { name: name.into(), seconds: forward, elements, floor });
        let logits = matrix(BATCH, ACTIONS, &tracked).require_grad();
        let name = format!("{name}, and backward");
        let both = seconds(&mut group, &name, || function(logits.clone()).backward());
        lines.push(Line { name, seconds: both, elements, floor: 3.0 * floor });
    }
    group.finish();
    print("log-softmax of 512 x 38", "of the product", &lines);
}

fn network(device: &Device) -> Mlp {
    let config = MlpConfig { hidden: vec![256, 256], ..MlpConfig::default() };
    config.init(UNITS, ACTIONS, 0.01, &mut Xoshiro256PlusPlus::seed_from_u64(1), device)
}

/// The passes over all parameters that follow a backward pass, of a network of two layers of 256.
fn parameters(criterion: &mut Criterion) {
    let device = Device::flex().autodiff();
    let mut group = criterion.benchmark_group("parameters 64-256-256-38");
    let x = matrix(256, UNITS, &device);
    let gradients = |network: &Mlp| GradientsParams::from_grads(network.forward(x.clone()).mean().backward(), network);
    let elements = network(&device).num_params();
    let floor = {
        let network = network(&device);
        seconds(&mut group, "floor: forward and backward, batch 256", || gradients(&network))
    };
    let mut lines = vec![Line { name: "forward and backward".into(), seconds: floor, elements, floor }];
    for (name, limit) in [("Adam", None), ("Adam with the norm of gradients", Some(0.5))] {
        let mut adam = AdamConfig::default().init();
        let mut module = Some(network(&device));
        let mut least = f64::INFINITY;
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|runs| {
                let mut total = Duration::ZERO;
                for _ in 0..runs {
                    let network = module.take().expect("every step puts the network back");
                    let gradients = gradients(&network);
                    let start = Instant::now();
                    module = Some(match limit {
                        Some(limit) => adam.step(network, gradients, 3e-4, Some(limit)).0,
                        None => adam.step_unclipped(network, gradients, 3e-4),
                    });
                    total += start.elapsed();
                }
                least = least.min(total.as_secs_f64() / runs as f64);
                total
            });
        });
        lines.push(Line { name: name.into(), seconds: least, elements, floor });
    }
    let source = network(&device);
    let mut target = Some(source.valid());
    let follow = seconds(&mut group, "polyak", || {
        target = target.take().map(|target| polyak(target, &source, 0.005));
    });
    lines.push(Line { name: "polyak".into(), seconds: follow, elements, floor });
    group.finish();
    print("parameters 64-256-256-38", "of for- and backward", &lines);
}

criterion_group!(benches, functions, log_probabilities, parameters);
criterion_main!(benches);
