//! What the benchmarks of algorithms share.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use burn::tensor::{Device, Tensor, TensorData};
use criterion::{BenchmarkGroup, measurement::WallTime};
use gradus::{config::TrainingConfig, critic::Folders};
use gradus_agents::{Algorithm, Task};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// The algorithm of a config, ready for its first iteration.
pub(crate) fn algorithm(config: &str) -> Box<dyn Algorithm> {
    gradus_models::memory::keep_freed_memory();
    let config = TrainingConfig::parse(config, "benchmark", &[]).unwrap();
    let library = config.library();
    let env = config.environment(&library).unwrap();
    let task = Task { env: env.as_ref(), library: &library, models: &Folders, policy: &config.policy, seed: 0 };
    config.agent.config().build(&task).unwrap()
}

pub(crate) fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

/// Times what an algorithm itself measures under `name`, within whole iterations.
pub(crate) fn measured(algorithm: &mut dyn Algorithm, threads: usize, iterations: u64, name: &str) -> Duration {
    Duration::from_secs_f64(on_threads(threads, || {
        (0..iterations).map(|_| algorithm.iterate(0.0).unwrap().get(name).unwrap()).sum()
    }))
}

/// The sides of a matrix product: rows, inner dimension, columns.
pub(crate) type Product = [usize; 3];

/// The products of a layer of so many inputs and outputs, for a batch.
pub(crate) struct Layer {
    pub(crate) batch: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Layer {
    pub(crate) fn forward(&self) -> Product {
        [self.batch, self.inputs, self.outputs]
    }

    pub(crate) fn to_weights(&self) -> Product {
        [self.inputs, self.batch, self.outputs]
    }

    pub(crate) fn to_inputs(&self) -> Product {
        [self.batch, self.outputs, self.inputs]
    }
}

/// Times nothing but these products, shared out to the threads as if none had to wait for another.
pub(crate) fn bench_floor(group: &mut BenchmarkGroup<'_, WallTime>, threads: usize, products: &[Product]) {
    let device = Device::flex();
    let matrix = |rows: usize, columns: usize| {
        Tensor::<2>::from_data(TensorData::new(vec![0.5_f32; rows * columns], [rows, columns]), &device)
    };
    let products: Vec<_> =
        products.iter().map(|&[rows, inner, columns]| (matrix(rows, inner), matrix(inner, columns))).collect();
    group.bench_function(format!("floor: its matrix products, {threads} threads"), |bencher| {
        bencher.iter_custom(|iterations| {
            on_threads(threads, || {
                let start = Instant::now();
                for _ in 0..iterations {
                    products.par_iter().for_each(|(left, right)| {
                        black_box(left.clone().matmul(right.clone()));
                    });
                }
                start.elapsed()
            })
        });
    });
}
