//! A layer of long short-term memory over whole sequences as one operation, with its gradient.
//!
//! With z = x W + b + h U, where h is the output of the position before, and z's quarters i, f, o and g:
//!
//! `c' = sigmoid(f) c + sigmoid(i) tanh(g)`, `h' = sigmoid(o) tanh(c')`
//!
//! Source: Hochreiter and Schmidhuber 1997, "Long short-term memory"; the forget gate: Gers et al. 2000.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, Shape, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

use super::flex::{all_f32, contiguous, owned, tensor};
use super::matmul::{Matrix, Panels, Plain, multiply};
use super::simd;

/// The outputs of a layer, each sequence beginning with a state of zeros.
///
/// # Shapes
///
/// - `x`: `[sequences * length, 4 * units]`: x W + b, the input, forget and output gates' and the candidates'
/// - `recurrent`: `[units, 4 * units]`: U
/// - output: `[sequences * length, units]`
///
/// # Panics
///
/// Panics if the shapes do not agree.
pub fn lstm(x: Tensor<2>, recurrent: Tensor<2>, length: usize) -> Tensor<2> {
    let ([rows, columns], [units, gates]) = (x.dims(), recurrent.dims());
    assert!(rows.is_multiple_of(length), "{rows} rows are not sequences of {length}");
    assert!(columns == 4 * units && gates == columns, "{columns} and {gates} columns for {units} units");
    Tensor::from_dispatch(Dispatch::lstm(x.into_dispatch(), recurrent.into_dispatch(), length))
}

/// A backend that can run [`lstm`].
#[backend_extension(Flex, Autodiff, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait LstmBackend: Backend {
    /// The outputs.
    fn lstm(x: FloatTensor<Self>, recurrent: FloatTensor<Self>, length: usize) -> FloatTensor<Self> {
        Self::lstm_with_states(x, recurrent, length).0
    }

    /// The outputs, the gates and candidates after their functions, `[rows, 4 * units]`, and the cells, `[rows, units]`.
    fn lstm_with_states(
        x: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        length: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed_lstm::<Self>(&x, &recurrent, length)
    }

    /// The gradients of `x` and of the recurrent weights.
    fn lstm_backward(
        outputs: FloatTensor<Self>,
        gates: FloatTensor<Self>,
        cells: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        length: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        composed_lstm_backward::<Self>([outputs, gates, cells], &recurrent, &gradient, length)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl LstmBackend for burn::backend::Cube {}

impl LstmBackend for Flex {
    fn lstm_with_states(x: FlexTensor, recurrent: FlexTensor, length: usize) -> (FlexTensor, FlexTensor, FlexTensor) {
        if !all_f32(&[&x, &recurrent]) {
            return composed_lstm::<Self>(&x, &recurrent, length);
        }
        let (mut gates, recurrent) = (owned(x), contiguous(recurrent));
        let ([rows, columns], [units, _]) = (gates.shape().dims(), recurrent.shape().dims());
        let sequences = rows / length;
        let panels = Panels::new(Matrix::new(recurrent.storage(), units, columns));
        let (mut outputs, mut cells) = (vec![0.0; rows * units], vec![0.0; rows * units]);
        let mut product = vec![0.0; sequences * columns];
        let all_gates: &mut [f32] = gates.storage_mut();
        for position in 0..length {
            if position > 0 {
                let before = &outputs[(position - 1) * units..];
                let before = Matrix {
                    elements: before,
                    rows: sequences,
                    columns: units,
                    row_step: length * units,
                    column_step: 1,
                };
                multiply(before, &panels, &mut product, &Plain);
            }
            for (sequence, product) in product.chunks_exact(columns).enumerate() {
                let row = sequence * length + position;
                let gates = &mut all_gates[row * columns..][..columns];
                let (earlier, rest) = cells.split_at_mut(row * units);
                let cell = &mut rest[..units];
                if position > 0 {
                    gates.iter_mut().zip(product).for_each(|(gate, product)| *gate += product);
                    cell.copy_from_slice(&earlier[(row - 1) * units..]);
                }
                advance(gates, cell, &mut outputs[row * units..][..units]);
            }
        }
        (tensor(outputs, [rows, units]), gates, tensor(cells, [rows, units]))
    }

    fn lstm_backward(
        outputs: FlexTensor,
        gates: FlexTensor,
        cells: FlexTensor,
        recurrent: FlexTensor,
        gradient: FlexTensor,
        length: usize,
    ) -> (FlexTensor, FlexTensor) {
        if !all_f32(&[&recurrent, &gradient]) {
            return composed_lstm_backward::<Self>([outputs, gates, cells], &recurrent, &gradient, length);
        }
        let (outputs, gates, cells) = (contiguous(outputs), contiguous(gates), contiguous(cells));
        let (recurrent, gradient) = (contiguous(recurrent), contiguous(gradient));
        let ([rows, columns], [units, _]) = (gates.shape().dims(), recurrent.shape().dims());
        let sequences = rows / length;
        let back =
            Matrix { elements: recurrent.storage(), rows: columns, columns: units, row_step: 1, column_step: columns };
        let back = Panels::new(back);
        let (outputs, gates, cells): (&[f32], &[f32], &[f32]) = (outputs.storage(), gates.storage(), cells.storage());
        let mut x_gradient = vec![0.0; rows * columns];
        // The gradients of the outputs and cells, through the positions after.
        let (mut of_output, mut of_cell) = (vec![0.0; sequences * units], vec![0.0; sequences * units]);
        for position in (0..length).rev() {
            for sequence in 0..sequences {
                let row = sequence * length + position;
                let gradient = &gradient.storage::<f32>()[row * units..][..units];
                let of_output = &mut of_output[sequence * units..][..units];
                of_output.iter_mut().zip(gradient).for_each(|(sum, gradient)| *sum += gradient);
                let before = if position > 0 { &cells[(row - 1) * units..][..units] } else { &[] };
                retreat(
                    &gates[row * columns..][..columns],
                    &cells[row * units..][..units],
                    before,
                    of_output,
                    &mut of_cell[sequence * units..][..units],
                    &mut x_gradient[row * columns..][..columns],
                );
            }
            let of_gates = &x_gradient[position * columns..];
            let of_gates =
                Matrix { elements: of_gates, rows: sequences, columns, row_step: length * columns, column_step: 1 };
            multiply(of_gates, &back, &mut of_output, &Plain);
        }
        let mut before = vec![0.0; rows * units];
        for (before, outputs) in before.chunks_exact_mut(length * units).zip(outputs.chunks_exact(length * units)) {
            before[units..].copy_from_slice(&outputs[..(length - 1) * units]);
        }
        let before = Matrix { elements: &before, rows: units, columns: rows, row_step: 1, column_step: units };
        let mut of_recurrent = vec![0.0; units * columns];
        multiply(before, &Panels::new(Matrix::new(&x_gradient, rows, columns)), &mut of_recurrent, &Plain);
        (tensor(x_gradient, [rows, columns]), tensor(of_recurrent, [units, columns]))
    }
}

/// One position of one sequence: `gates` hold z and then what their functions make of it, `cell` c and then c'.
pub(crate) fn advance(gates: &mut [f32], cell: &mut [f32], output: &mut [f32]) {
    let units = cell.len();
    let (logistic, candidates) = gates.split_at_mut(3 * units);
    simd::sigmoid(logistic);
    simd::tanh(candidates);
    let (input, rest) = logistic.split_at(units);
    let (forget, out) = rest.split_at(units);
    for (((cell, input), forget), candidate) in cell.iter_mut().zip(input).zip(forget).zip(candidates) {
        *cell = forget.mul_add(*cell, input * *candidate);
    }
    output.copy_from_slice(cell);
    simd::tanh(output);
    output.iter_mut().zip(out).for_each(|(output, gate)| *output *= gate);
}

/// The same position on the way back: writes the gradient of z, and of c to the place of that of c'. `before` is c, empty
/// where it is 0.
fn retreat(gates: &[f32], cell: &[f32], before: &[f32], of_output: &[f32], of_cell: &mut [f32], of_gates: &mut [f32]) {
    let units = cell.len();
    let (input, rest) = gates.split_at(units);
    let (forget, rest) = rest.split_at(units);
    let (out, candidate) = rest.split_at(units);
    let (of_input, rest) = of_gates.split_at_mut(units);
    let (of_forget, rest) = rest.split_at_mut(units);
    let (of_out, of_candidate) = rest.split_at_mut(units);
    // What is no more needed of the candidates' place: tanh c'.
    of_candidate.copy_from_slice(cell);
    simd::tanh(of_candidate);
    for unit in 0..units {
        let squashed = of_candidate[unit];
        of_out[unit] = of_output[unit] * squashed * out[unit] * (1.0 - out[unit]);
        let of_c = of_cell[unit] + of_output[unit] * out[unit] * (1.0 - squashed * squashed);
        of_input[unit] = of_c * candidate[unit] * input[unit] * (1.0 - input[unit]);
        of_candidate[unit] = of_c * input[unit] * (1.0 - candidate[unit] * candidate[unit]);
        of_forget[unit] = of_c * before.get(unit).copied().unwrap_or(0.0) * forget[unit] * (1.0 - forget[unit]);
        of_cell[unit] = of_c * forget[unit];
    }
}

impl<B: LstmBackend, C: CheckpointStrategy> LstmBackend for Autodiff<B, C> {
    fn lstm(x: FloatTensor<Self>, recurrent: FloatTensor<Self>, length: usize) -> FloatTensor<Self> {
        let ((x, x_node), (recurrent, recurrent_node)) = (x.into_parts(), recurrent.into_parts());
        match Lstm.prepare::<C>([x_node, recurrent_node]).compute_bound().stateful() {
            OpsKind::Tracked(node) => {
                let (outputs, gates, cells) = B::lstm_with_states(x, recurrent.clone(), length);
                node.finish(([outputs.clone(), gates, cells], recurrent, length), outputs)
            }
            OpsKind::UnTracked(node) => node.finish(B::lstm(x, recurrent, length)),
        }
    }
}

/// The backward step of [`lstm`], from its outputs, gates and cells.
#[derive(Debug)]
struct Lstm;

impl<B: LstmBackend> Backward<B, 2> for Lstm {
    type State = ([FloatTensor<B>; 3], FloatTensor<B>, usize);

    fn backward(self, node: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, recurrent_node] = node.parents;
        let ([outputs, gates, cells], recurrent, length) = node.state;
        let gradient = gradients.consume::<B>(&node.node);
        let (of_x, of_recurrent) = B::lstm_backward(outputs, gates, cells, recurrent, gradient, length);
        if let Some(node) = x_node {
            gradients.register::<B>(node.id, of_x);
        }
        if let Some(node) = recurrent_node {
            gradients.register::<B>(node.id, of_recurrent);
        }
    }
}

/// The rows of one position, `[sequences, columns]`.
fn at<B: Backend>(rows: &FloatTensor<B>, position: usize, length: usize) -> FloatTensor<B> {
    let [count, columns] = rows.shape().dims();
    let sequences = count / length;
    let split = B::float_reshape(rows.clone(), Shape::new([sequences, length, columns]));
    let part = B::float_slice(split, &[(0..sequences).into(), (position..position + 1).into()]);
    B::float_reshape(part, Shape::new([sequences, columns]))
}

/// The rows of all positions, from those of each.
fn joined<B: Backend>(positions: Vec<FloatTensor<B>>) -> FloatTensor<B> {
    let length = positions.len();
    let [sequences, columns] = positions[0].shape().dims();
    let positions =
        positions.into_iter().map(|rows| B::float_reshape(rows, Shape::new([sequences, 1, columns]))).collect();
    B::float_reshape(B::float_cat(positions, 1), Shape::new([sequences * length, columns]))
}

/// One of the quarters of a row.
fn quarter<B: Backend>(gates: &FloatTensor<B>, index: usize) -> FloatTensor<B> {
    let [rows, columns] = gates.shape().dims();
    let units = columns / 4;
    B::float_slice(gates.clone(), &[(0..rows).into(), (index * units..(index + 1) * units).into()])
}

fn composed_lstm<B: Backend>(
    x: &FloatTensor<B>,
    recurrent: &FloatTensor<B>,
    length: usize,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let (mut outputs, mut gates, mut cells) = (Vec::new(), Vec::new(), Vec::<FloatTensor<B>>::new());
    for position in 0..length {
        let mut z = at::<B>(x, position, length);
        if let Some(output) = outputs.last().cloned() {
            z = B::float_add(z, B::float_matmul(output, recurrent.clone()));
        }
        let [input, forget, out] = [0, 1, 2].map(|index| B::sigmoid(quarter::<B>(&z, index)));
        let candidate = B::float_tanh(quarter::<B>(&z, 3));
        let mut cell = B::float_mul(input.clone(), candidate.clone());
        if let Some(before) = cells.last().cloned() {
            cell = B::float_add(cell, B::float_mul(forget.clone(), before));
        }
        outputs.push(B::float_mul(out.clone(), B::float_tanh(cell.clone())));
        gates.push(B::float_cat(vec![input, forget, out, candidate], 1));
        cells.push(cell);
    }
    (joined::<B>(outputs), joined::<B>(gates), joined::<B>(cells))
}

fn composed_lstm_backward<B: Backend>(
    [outputs, gates, cells]: [FloatTensor<B>; 3],
    recurrent: &FloatTensor<B>,
    gradient: &FloatTensor<B>,
    length: usize,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let one_minus = |x: FloatTensor<B>| B::float_add_scalar(B::float_neg(x), 1_f32.into());
    let mut of_output = B::float_mul_scalar(at::<B>(gradient, 0, length), 0_f32.into());
    let mut of_cell = of_output.clone();
    let mut of_x = Vec::new();
    let mut of_recurrent = B::float_mul_scalar(recurrent.clone(), 0_f32.into());
    for position in (0..length).rev() {
        let of_h = B::float_add(of_output, at::<B>(gradient, position, length));
        let gates = at::<B>(&gates, position, length);
        let [input, forget, out, candidate] = [0, 1, 2, 3].map(|index| quarter::<B>(&gates, index));
        let squashed = B::float_tanh(at::<B>(&cells, position, length));
        let of_out = B::float_mul(of_h.clone(), squashed.clone());
        let through = one_minus(B::float_mul(squashed.clone(), squashed));
        let of_c = B::float_add(of_cell, B::float_mul(B::float_mul(of_h, out.clone()), through));
        let logistic =
            |of: FloatTensor<B>, gate: FloatTensor<B>| B::float_mul(of, B::float_mul(gate.clone(), one_minus(gate)));
        let of_input = logistic(B::float_mul(of_c.clone(), candidate.clone()), input.clone());
        let of_forget = match position.checked_sub(1) {
            Some(before) => logistic(B::float_mul(of_c.clone(), at::<B>(&cells, before, length)), forget.clone()),
            None => B::float_mul_scalar(forget.clone(), 0_f32.into()),
        };
        let slope = one_minus(B::float_mul(candidate.clone(), candidate));
        let of_candidate = B::float_mul(B::float_mul(of_c.clone(), input), slope);
        let of_gates = B::float_cat(vec![of_input, of_forget, logistic(of_out, out), of_candidate], 1);
        of_cell = B::float_mul(of_c, forget);
        of_output = B::float_matmul(of_gates.clone(), B::float_swap_dims(recurrent.clone(), 0, 1));
        if let Some(before) = position.checked_sub(1) {
            let before = B::float_swap_dims(at::<B>(&outputs, before, length), 0, 1);
            of_recurrent = B::float_add(of_recurrent, B::float_matmul(before, of_gates.clone()));
        }
        of_x.push(of_gates);
    }
    of_x.reverse();
    (joined::<B>(of_x), of_recurrent)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    const SEQUENCES: usize = 3;
    const LENGTH: usize = 4;
    const UNITS: usize = 5;

    fn numbers(count: usize, seed: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 504.5 - 1.0).collect()
    }

    fn floats(values: &[f64]) -> Vec<f32> {
        values.iter().map(|x| *x as f32).collect()
    }

    fn inputs() -> [Vec<f64>; 2] {
        [numbers(SEQUENCES * LENGTH * 4 * UNITS, 1), numbers(UNITS * 4 * UNITS, 2)]
    }

    /// By the book, in f64.
    fn truth([x, recurrent]: &[Vec<f64>; 2]) -> Vec<f64> {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let mut outputs = Vec::new();
        for sequence in x.chunks(LENGTH * 4 * UNITS) {
            let (mut output, mut cell) = (vec![0.0; UNITS], vec![0.0; UNITS]);
            for x in sequence.chunks(4 * UNITS) {
                let z: Vec<f64> = (0..4 * UNITS)
                    .map(|k| x[k] + (0..UNITS).map(|unit| output[unit] * recurrent[unit * 4 * UNITS + k]).sum::<f64>())
                    .collect();
                for unit in 0..UNITS {
                    let [input, forget, out, candidate] = [0, 1, 2, 3].map(|gate| z[gate * UNITS + unit]);
                    cell[unit] = sigmoid(forget) * cell[unit] + sigmoid(input) * candidate.tanh();
                    output[unit] = sigmoid(out) * cell[unit].tanh();
                }
                outputs.extend_from_slice(&output);
            }
        }
        outputs
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn matrix(elements: &[f64], columns: usize, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(floats(elements), [elements.len() / columns, columns]), device)
    }

    #[test]
    fn values_and_gradients_are_those_of_the_definition() {
        let device = Device::flex().autodiff();
        let [x, recurrent] = inputs();
        let x = matrix(&x, 4 * UNITS, &device).require_grad();
        let recurrent = matrix(&recurrent, 4 * UNITS, &device).require_grad();
        let outputs = lstm(x.clone(), recurrent.clone(), LENGTH);
        for (ours, expected) in values(outputs.clone()).into_iter().zip(truth(&inputs())) {
            assert!((f64::from(ours) - expected).abs() < 1e-6, "{ours} against {expected}");
        }
        let weights = numbers(SEQUENCES * LENGTH * UNITS, 3);
        let gradients = (outputs * matrix(&weights, UNITS, &device)).sum().backward();
        let gradients = [values(x.grad(&gradients).unwrap()), values(recurrent.grad(&gradients).unwrap())];
        let value = |arguments: &[Vec<f64>; 2]| {
            truth(arguments).iter().zip(&weights).map(|(y, weight)| y * weight).sum::<f64>()
        };
        let step = 1e-6;
        for (index, gradient) in gradients.iter().enumerate() {
            for (place, gradient) in gradient.iter().enumerate() {
                let (mut above, mut below) = (inputs(), inputs());
                above[index][place] += step;
                below[index][place] -= step;
                let expected = (value(&above) - value(&below)) / (2.0 * step);
                assert!((f64::from(*gradient) - expected).abs() < 1e-5, "{index}, {place}: {gradient} {expected}");
            }
        }
    }

    #[test]
    fn the_kernels_agree_with_the_composed_operations() {
        let [x, recurrent] = inputs();
        let x = tensor(floats(&x), [SEQUENCES * LENGTH, 4 * UNITS]);
        let recurrent = tensor(floats(&recurrent), [UNITS, 4 * UNITS]);
        let gradient = tensor(floats(&numbers(SEQUENCES * LENGTH * UNITS, 3)), [SEQUENCES * LENGTH, UNITS]);
        let near = |ours: &FlexTensor, composed: &FlexTensor| {
            assert_eq!(ours.shape(), composed.shape());
            let (ours, composed) = (contiguous(ours.clone()), contiguous(composed.clone()));
            for (ours, composed) in ours.storage::<f32>().iter().zip(composed.storage::<f32>()) {
                assert!((ours - composed).abs() < 2e-6, "{ours} against {composed}");
            }
        };
        let ours = Flex::lstm_with_states(x.clone(), recurrent.clone(), LENGTH);
        let composed = composed_lstm::<Flex>(&x, &recurrent, LENGTH);
        near(&ours.0, &composed.0);
        near(&ours.1, &composed.1);
        near(&ours.2, &composed.2);
        let [outputs, gates, cells] = [composed.0, composed.1, composed.2];
        let states = [outputs.clone(), gates.clone(), cells.clone()];
        let ours = Flex::lstm_backward(outputs, gates, cells, recurrent.clone(), gradient.clone(), LENGTH);
        let composed = composed_lstm_backward::<Flex>(states, &recurrent, &gradient, LENGTH);
        near(&ours.0, &composed.0);
        near(&ours.1, &composed.1);
    }
}
