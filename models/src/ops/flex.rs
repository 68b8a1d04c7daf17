//! The memory of CPU tensors, in and out of the kernels.

use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::{Bytes, DType, Shape, TensorMetadata};

use super::matmul::{Finish, Matrix, Panels, multiply};

/// Whether every tensor holds `f32`, the type that the kernels are written for.
pub(super) fn all_f32(tensors: &[&FlexTensor]) -> bool {
    tensors.iter().all(|tensor| TensorMetadata::dtype(*tensor) == DType::F32)
}

/// The same tensor in a buffer that holds its elements in order and nothing else; a copy only where it has to be.
pub(super) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    let whole = tensor.as_slice::<f32>().is_some_and(|elements| elements.len() == tensor.storage::<f32>().len());
    if whole { tensor } else { tensor.to_contiguous() }
}

/// The same tensor in such a buffer, one that nobody else has a hold on.
pub(super) fn owned(tensor: FlexTensor) -> FlexTensor {
    // The C library's long copies become several times as slow where both ends lie alike in their pages; short ones not.
    const PIECE: usize = 256;
    let mut tensor = contiguous(tensor);
    if tensor.try_storage_mut::<f32>().is_some() {
        return tensor;
    }
    let mut elements = Vec::with_capacity(tensor.storage::<f32>().len());
    for piece in tensor.storage::<f32>().chunks(PIECE) {
        elements.extend_from_slice(piece);
    }
    FlexTensor::new(Bytes::from_elems(elements), Layout::contiguous(tensor.shape()), DType::F32)
}

/// A tensor of these elements.
pub(super) fn tensor<const D: usize>(elements: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(elements), Layout::contiguous(Shape::new(shape)), DType::F32)
}

/// The matrix product, each row finished.
pub(super) fn product(lhs: &FlexTensor, rhs: &FlexTensor, finish: &(impl Finish + Sync)) -> FlexTensor {
    let (Some(lhs), Some(rhs)) = (matrix(lhs), matrix(rhs)) else {
        return product(&lhs.to_contiguous(), &rhs.to_contiguous(), finish);
    };
    let mut out = vec![0.0; lhs.rows * rhs.columns];
    multiply(lhs, &Panels::new(rhs), &mut out, finish);
    tensor(out, [lhs.rows, rhs.columns])
}

/// A view of a tensor of rank 2, unless it is flipped.
fn matrix(tensor: &FlexTensor) -> Option<Matrix<'_>> {
    let layout = tensor.layout();
    let &[row_step, column_step] = layout.strides() else {
        panic!("a matrix product takes tensors of rank 2, not {}", layout.num_dims());
    };
    Some(Matrix {
        elements: &tensor.storage()[layout.start_offset()..],
        rows: layout.shape()[0],
        columns: layout.shape()[1],
        row_step: row_step.try_into().ok()?,
        column_step: column_step.try_into().ok()?,
    })
}
