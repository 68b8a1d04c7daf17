//! Numbers of the host as tensors, and back.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Rows of `columns` numbers.
pub(crate) fn matrix(elements: &[f32], columns: usize, device: &Device) -> Tensor<2> {
    let rows = elements.len() / columns;
    Tensor::from_data(TensorData::new(elements.to_vec(), [rows, columns]), device)
}

pub(crate) fn vector(elements: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(elements.to_vec(), [elements.len()]), device)
}

/// Numbers of rows to select.
pub(crate) fn indices(rows: &[u32], device: &Device) -> Tensor<1, Int> {
    let rows: Vec<i64> = rows.iter().map(|&row| i64::from(row)).collect();
    let count = rows.len();
    Tensor::from_data(TensorData::new(rows, [count]), device)
}

/// The tensor's elements, row after row.
pub(crate) fn elements<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("our tensors hold f32")
}

/// The first element.
pub(crate) fn scalar(tensor: Tensor<1>) -> f64 {
    f64::from(elements(tensor)[0])
}
