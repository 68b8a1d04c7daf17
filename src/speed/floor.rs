//! The floor of a computation: nothing but its matrix products.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use burn::tensor::{Device, Tensor, TensorData};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// The sides of a matrix product: rows, inner dimension, columns.
pub type Product = [usize; 3];

/// A layer of so many inputs and outputs, for a batch.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// Rows of the batch.
    pub batch: usize,
    /// Inputs of each row.
    pub inputs: usize,
    /// Outputs of each row.
    pub outputs: usize,
}

impl Layer {
    /// The product by which outputs come from inputs.
    pub fn forward(&self) -> Product {
        [self.batch, self.inputs, self.outputs]
    }

    /// The product by which the gradient comes to the weights.
    pub fn to_weights(&self) -> Product {
        [self.inputs, self.batch, self.outputs]
    }

    /// The product by which the gradient comes to the inputs.
    pub fn to_inputs(&self) -> Product {
        [self.batch, self.outputs, self.inputs]
    }
}

/// Products, ready to be computed.
pub struct Floor(Vec<(Tensor<2>, Tensor<2>)>);

impl Floor {
    /// Of these products, on the CPU.
    pub fn of(products: &[Product]) -> Self {
        let device = Device::flex();
        let matrix = |rows: usize, columns: usize| {
            Tensor::<2>::from_data(TensorData::new(vec![0.5_f32; rows * columns], [rows, columns]), &device)
        };
        Self(products.iter().map(|&[rows, inner, columns]| (matrix(rows, inner), matrix(inner, columns))).collect())
    }

    /// How long they take by burn's kernel, shared out to the threads as if none had to wait for another.
    pub fn time(&self) -> Duration {
        let start = Instant::now();
        self.0.par_iter().for_each(|(left, right)| {
            black_box(left.clone().matmul(right.clone()));
        });
        start.elapsed()
    }
}

/// The floating-point operations of products: a multiplication and an addition each.
pub fn operations(products: &[Product]) -> f64 {
    products.iter().map(|sides| 2.0 * sides.iter().map(|&side| side as f64).product::<f64>()).sum()
}
