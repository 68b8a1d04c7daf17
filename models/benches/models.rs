//! Operations and networks, each beside the matrix products that it cannot do without, measured in the same run.
//!
//! `cargo bench -p gradus-models`

use std::hint::black_box;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use criterion::{Criterion, criterion_group, criterion_main};
use gradus_models::blocks::{Mlp, MlpConfig};
use gradus_models::memory::keep_freed_memory;
use gradus_models::ops::{Activation, categorical, dense};
use gradus_models::{Adam, AdamConfig};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

const INPUTS: usize = 66;
const HIDDEN: usize = 64;
const ACTIONS: usize = 38;
const MINIBATCH: usize = 512;
const ENVIRONMENTS: usize = 64;

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0).collect()
}

fn matrix(rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(numbers(rows * columns), [rows, columns]), device)
}

fn network(outputs: usize, device: &Device) -> Mlp {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    MlpConfig::default().init(INPUTS, outputs, 0.01, &mut rng, device)
}

/// A network and its optimizer.
struct Learner {
    module: Option<Mlp>,
    adam: Adam,
}

impl Learner {
    fn new(outputs: usize, device: &Device) -> Self {
        Self { module: Some(network(outputs, device)), adam: AdamConfig::default().init() }
    }

    fn update(&mut self, x: &Tensor<2>) {
        let module = self.module.take().expect("every update puts the network back");
        let loss = module.forward(x.clone()).mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &module);
        self.module = Some(self.adam.step(module, gradients, 3e-4, Some(0.5)).0);
    }
}

fn layer(criterion: &mut Criterion) {
    let device = Device::flex();
    let (x, weight) = (matrix(MINIBATCH, HIDDEN, &device), matrix(HIDDEN, HIDDEN, &device));
    let bias = Tensor::<1>::zeros([HIDDEN], &device);
    keep_freed_memory();
    let mut group = criterion.benchmark_group("layer 512 x 64 x 64");
    group.bench_function("dense tanh", |bencher| {
        bencher.iter(|| dense(x.clone(), weight.clone(), bias.clone(), Activation::Tanh));
    });
    group.bench_function("floor: matrix product of burn", |bencher| bencher.iter(|| x.clone().matmul(weight.clone())));
    group.finish();
}

fn distribution(criterion: &mut Criterion) {
    let device = Device::flex().autodiff();
    let mask: Vec<bool> = (0..MINIBATCH * ACTIONS).map(|i| i % 3 != 1).collect();
    let taken: Vec<u32> = (0..MINIBATCH).map(|i| (i % 12) as u32 * 3).collect();
    let mut group = criterion.benchmark_group("categorical 512 x 38");
    group.bench_function("forward", |bencher| {
        let logits = matrix(MINIBATCH, ACTIONS, &device);
        bencher.iter(|| categorical(logits.clone(), Some(&mask), &taken));
    });
    group.bench_function("forward and backward", |bencher| {
        let logits = matrix(MINIBATCH, ACTIONS, &device).require_grad();
        bencher.iter(|| {
            let result = categorical(logits.clone(), Some(&mask), &taken);
            (result.log_prob + result.entropy).sum().backward()
        });
    });
    group.finish();
}

fn train_step(criterion: &mut Criterion) {
    let device = Device::flex().autodiff();
    let mut group = criterion.benchmark_group("train step 66-64-64-38, batch 512");
    group.bench_function("forward, backward and Adam", |bencher| {
        let mut learner = Learner::new(ACTIONS, &device);
        let x = matrix(MINIBATCH, INPUTS, &device);
        bencher.iter(|| learner.update(&x));
    });
    group.bench_function("two side by side on two threads", |bencher| {
        let mut pair = [ACTIONS, 1].map(|outputs| Learner::new(outputs, &device));
        let x = matrix(MINIBATCH, INPUTS, &device);
        bencher.iter(|| {
            let [policy, value] = &mut pair;
            rayon::join(|| policy.update(&x), || value.update(&x));
        });
    });
    group.bench_function("two one after the other", |bencher| {
        let mut pair = [ACTIONS, 1].map(|outputs| Learner::new(outputs, &device));
        let x = matrix(MINIBATCH, INPUTS, &device);
        bencher.iter(|| pair.iter_mut().for_each(|learner| learner.update(&x)));
    });
    group.bench_function("floor: the eight matrix products of burn", |bencher| {
        let device = Device::flex();
        let widths = [INPUTS, HIDDEN, HIDDEN, ACTIONS];
        let xs = widths.map(|width| matrix(MINIBATCH, width, &device));
        let weights = [0, 1, 2].map(|layer| matrix(widths[layer], widths[layer + 1], &device));
        bencher.iter(|| {
            for layer in 0..3 {
                let (x, gradient, weight) = (&xs[layer], &xs[layer + 1], &weights[layer]);
                black_box(x.clone().matmul(weight.clone()));
                black_box(x.clone().transpose().matmul(gradient.clone()));
                if layer > 0 {
                    black_box(gradient.clone().matmul(weight.clone().transpose()));
                }
            }
        });
    });
    group.finish();
}

fn inference(criterion: &mut Criterion) {
    let device = Device::flex();
    let module = network(ACTIONS, &device);
    let inputs = numbers(ENVIRONMENTS * INPUTS);
    let mut group = criterion.benchmark_group("inference 66-64-64-38, batch 64");
    group.bench_function("host", |bencher| {
        let mut host = module.to_host();
        let mut outputs = vec![0.0; ENVIRONMENTS * ACTIONS];
        bencher.iter(|| host.forward(black_box(&inputs), black_box(&mut outputs)));
    });
    group.bench_function("tensors", |bencher| {
        bencher.iter(|| {
            let x = Tensor::from_data(TensorData::new(inputs.clone(), [ENVIRONMENTS, INPUTS]), &device);
            module.forward(x).into_data()
        });
    });
    group.bench_function("copy to host", |bencher| bencher.iter(|| module.to_host()));
    group.bench_function("floor: the three matrix products of burn", |bencher| {
        let widths = [INPUTS, HIDDEN, HIDDEN, ACTIONS];
        let pairs = [0, 1, 2].map(|layer| {
            (matrix(ENVIRONMENTS, widths[layer], &device), matrix(widths[layer], widths[layer + 1], &device))
        });
        bencher.iter(|| {
            for (x, weight) in &pairs {
                black_box(x.clone().matmul(weight.clone()));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, layer, distribution, train_step, inference);
criterion_main!(benches);
