//! Causal self-attention as one operation, with its gradient.
//!
//! Each position of a sequence looks at itself and at those before it:
//!
//! `out_i = sum_j p_ij v_j`, `p_i = softmax_j (R_i q_i . R_j k_j / sqrt d + b_(i - j))`, `j <= i`
//!
//! `R_i` turns pairs of numbers by angles that grow with the position (rotary positions: Su et al. 2021, arXiv 2104.09864, section 3.2), so that a product of a query and a key depends on what lies between them; b is a learned
//! number for each head and distance (Raffel et al. 2020, arXiv 1910.10683, section 2.1, without their buckets), which
//! lets a head look "a bar ago" whatever stands there.

#![expect(clippy::inline_always, reason = "a call would leave the loop behind in the baseline instruction set")]

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, Shape, TensorData, TensorMetadata, backend_extension};
use burn::tensor::{IndexingUpdateOp, Tensor};
use pulp::{Arch, Simd, WithSimd};

use super::flex::{all_f32, contiguous, tensor};
use super::matmul::{Matrix, Panels, Plain, multiply};
use super::simd;

/// The greatest wavelength of the rotation is this times 2 pi positions.
const BASE: f64 = 10_000.0;

/// Causal self-attention of several heads.
///
/// # Shapes
///
/// - `qkv`: `[sequences * length, 3 * width]`: each position's queries, keys and values, each the heads' side by side
/// - `bias`: `[heads, span]`: what is added to the score of a pair so many positions apart
/// - output: `[sequences * length, width]`
///
/// # Panics
///
/// Panics if the shapes do not agree, a sequence is longer than `span`, or a head's width is odd.
pub fn attention(qkv: Tensor<2>, bias: Tensor<2>, length: usize) -> Tensor<2> {
    let ([rows, columns], [heads, span]) = (qkv.dims(), bias.dims());
    assert!(rows.is_multiple_of(length), "{rows} rows are not sequences of {length}");
    assert!(length <= span, "sequences of {length} positions where distances go up to {span}");
    assert!(columns.is_multiple_of(6 * heads), "{columns} columns are not three even widths for {heads} heads");
    let shape = Dimensions { sequences: rows / length, length, heads, size: columns / 3 / heads, span };
    Tensor::from_dispatch(Dispatch::causal_attention(qkv.into_dispatch(), bias.into_dispatch(), shape))
}

/// The sizes of an [`attention`].
#[derive(Debug, Clone, Copy)]
pub struct Dimensions {
    sequences: usize,
    /// Positions of a sequence.
    length: usize,
    heads: usize,
    /// Numbers of a head's query.
    size: usize,
    /// Distances that have a bias.
    span: usize,
}

impl Dimensions {
    /// Numbers of a position's queries.
    fn width(self) -> usize {
        self.heads * self.size
    }

    fn scale(self) -> f32 {
        1.0 / (self.size as f32).sqrt()
    }
}

/// A backend that can run [`attention`].
#[backend_extension(Flex, Autodiff, Cube: cfg(any(feature = "cuda", feature = "wgpu")))]
pub trait AttentionBackend: Backend {
    /// What each position gathers.
    fn causal_attention(qkv: FloatTensor<Self>, bias: FloatTensor<Self>, shape: Dimensions) -> FloatTensor<Self> {
        Self::attention_with_weights(qkv, bias, shape).0
    }

    /// The same, and the weights p, `[sequences * heads * length, length]`.
    fn attention_with_weights(
        qkv: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        shape: Dimensions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        composed_attention::<Self>(qkv, bias, shape)
    }

    /// The gradients of `qkv` and of the bias.
    fn attention_backward(
        qkv: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: Dimensions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        composed_attention_backward::<Self>(qkv, weights, gradient, shape)
    }
}

#[cfg(any(feature = "cuda", feature = "wgpu"))]
impl AttentionBackend for burn::backend::Cube {}

impl AttentionBackend for Flex {
    fn attention_with_weights(qkv: FlexTensor, bias: FlexTensor, shape: Dimensions) -> (FlexTensor, FlexTensor) {
        if !all_f32(&[&qkv, &bias]) {
            return composed_attention::<Self>(qkv, bias, shape);
        }
        let Dimensions { sequences, length, heads, size, span } = shape;
        let (qkv, bias) = (contiguous(qkv), contiguous(bias));
        // The nearest last, so that a row of scores and its biases run the same way.
        let biases: Vec<f32> =
            bias.storage::<f32>().chunks_exact(span).flat_map(|head| head.iter().rev().copied()).collect();
        let rotation = Rotation::new(length, size);
        let mut out = vec![0.0; sequences * length * shape.width()];
        let mut weights = vec![0.0; sequences * heads * length * length];
        let (mut queries, mut keys) = (vec![0.0; length * size], vec![0.0; length * size]);
        let mut gathered = vec![0.0; length * size];
        for (index, weights) in weights.chunks_exact_mut(length * length).enumerate() {
            let head = Head::of(qkv.storage(), shape, index);
            rotation.apply(head.part(0), &mut queries, 1.0);
            rotation.apply(head.part(1), &mut keys, 1.0);
            let queries = Matrix::new(&queries, length, size);
            multiply(queries, &Panels::new(mirrored(&keys, length, size)), weights, &Plain);
            let biases = &biases[index % heads * span..][..span];
            Arch::new().dispatch(Softmax { scores: weights, length, scale: shape.scale(), biases });
            multiply(Matrix::new(weights, length, length), &Panels::new(head.part(2)), &mut gathered, &Plain);
            head.write(&mut out, shape.width(), 0, &gathered);
        }
        (tensor(out, [sequences * length, shape.width()]), tensor(weights, [sequences * heads * length, length]))
    }

    fn attention_backward(
        qkv: FlexTensor,
        weights: FlexTensor,
        gradient: FlexTensor,
        shape: Dimensions,
    ) -> (FlexTensor, FlexTensor) {
        if !all_f32(&[&qkv, &weights, &gradient]) {
            return composed_attention_backward::<Self>(qkv, weights, gradient, shape);
        }
        let Dimensions { sequences, length, heads, size, span } = shape;
        let (qkv, weights, gradient) = (contiguous(qkv), contiguous(weights), contiguous(gradient));
        let rotation = Rotation::new(length, size);
        let mut qkv_gradient = vec![0.0; sequences * length * 3 * shape.width()];
        let mut bias_gradient = vec![0.0; heads * span];
        let mut score_gradient = vec![0.0; length * length];
        let (mut queries, mut keys) = (vec![0.0; length * size], vec![0.0; length * size]);
        let (mut product, mut turned) = (queries.clone(), queries.clone());
        for (index, weights) in weights.storage::<f32>().chunks_exact(length * length).enumerate() {
            let head = Head::of(qkv.storage(), shape, index);
            let of_out = Head::of_output(gradient.storage(), shape, index);
            // v: p^T g
            multiply(mirrored(weights, length, length), &Panels::new(of_out), &mut product, &Plain);
            head.write(&mut qkv_gradient, 3 * shape.width(), 2, &product);
            // scores: p (g v^T - sum)
            multiply(of_out, &Panels::new(transposed(head.part(2))), &mut score_gradient, &Plain);
            let biases = &mut bias_gradient[index % heads * span..][..span];
            let scale = shape.scale();
            Arch::new().dispatch(SoftmaxBackward { weights, gradient: &mut score_gradient, length, scale, biases });
            // q and k: turned back
            rotation.apply(head.part(0), &mut queries, 1.0);
            rotation.apply(head.part(1), &mut keys, 1.0);
            let by_score = Matrix::new(&score_gradient, length, length);
            multiply(by_score, &Panels::new(Matrix::new(&keys, length, size)), &mut product, &Plain);
            rotation.apply(Matrix::new(&product, length, size), &mut turned, -1.0);
            head.write(&mut qkv_gradient, 3 * shape.width(), 0, &turned);
            multiply(transposed(by_score), &Panels::new(Matrix::new(&queries, length, size)), &mut product, &Plain);
            rotation.apply(Matrix::new(&product, length, size), &mut turned, -1.0);
            head.write(&mut qkv_gradient, 3 * shape.width(), 1, &turned);
        }
        bias_gradient.chunks_exact_mut(span).for_each(<[f32]>::reverse);
        (tensor(qkv_gradient, [sequences * length, 3 * shape.width()]), tensor(bias_gradient, [heads, span]))
    }
}

impl<B: AttentionBackend, C: CheckpointStrategy> AttentionBackend for Autodiff<B, C> {
    fn causal_attention(qkv: FloatTensor<Self>, bias: FloatTensor<Self>, shape: Dimensions) -> FloatTensor<Self> {
        let ((qkv, qkv_node), (bias, bias_node)) = (qkv.into_parts(), bias.into_parts());
        match Attention.prepare::<C>([qkv_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(node) => {
                let (out, weights) = B::attention_with_weights(qkv.clone(), bias, shape);
                node.finish((qkv, weights, shape), out)
            }
            OpsKind::UnTracked(node) => node.finish(B::causal_attention(qkv, bias, shape)),
        }
    }
}

/// The backward step of [`attention`], from its input and its weights.
#[derive(Debug)]
struct Attention;

impl<B: AttentionBackend> Backward<B, 2> for Attention {
    type State = (FloatTensor<B>, FloatTensor<B>, Dimensions);

    fn backward(self, node: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [qkv_node, bias_node] = node.parents;
        let (qkv, weights, shape) = node.state;
        let gradient = gradients.consume::<B>(&node.node);
        let (qkv, bias) = B::attention_backward(qkv, weights, gradient, shape);
        if let Some(node) = qkv_node {
            gradients.register::<B>(node.id, qkv);
        }
        if let Some(node) = bias_node {
            gradients.register::<B>(node.id, bias);
        }
    }
}

/// One head of one sequence within the rows of a batch.
#[derive(Clone, Copy)]
struct Head<'a> {
    rows: &'a [f32],
    shape: Dimensions,
    /// The first row of the sequence.
    first: usize,
    /// The first column of the head within a width.
    column: usize,
}

impl<'a> Head<'a> {
    fn of(rows: &'a [f32], shape: Dimensions, index: usize) -> Self {
        let (sequence, head) = (index / shape.heads, index % shape.heads);
        Self { rows, shape, first: sequence * shape.length, column: head * shape.size }
    }

    /// The head's part of `rows` that are one width wide.
    fn of_output(rows: &'a [f32], shape: Dimensions, index: usize) -> Matrix<'a> {
        Self::of(rows, shape, index).within(shape.width(), 0)
    }

    /// Its queries (0), keys (1) or values (2).
    fn part(self, part: usize) -> Matrix<'a> {
        self.within(3 * self.shape.width(), part)
    }

    fn within(self, row: usize, part: usize) -> Matrix<'a> {
        let Dimensions { length, size, .. } = self.shape;
        let start = self.first * row + part * self.shape.width() + self.column;
        Matrix { elements: &self.rows[start..], rows: length, columns: size, row_step: row, column_step: 1 }
    }

    /// Writes the head's part of other rows, each of so many numbers.
    fn write(self, rows: &mut [f32], row: usize, part: usize, values: &[f32]) {
        let start = self.first * row + part * self.shape.width() + self.column;
        for (place, values) in rows[start..].chunks_mut(row).zip(values.chunks_exact(self.shape.size)) {
            place[..values.len()].copy_from_slice(values);
        }
    }
}

/// The transpose of a matrix that is stored row after row.
fn mirrored(elements: &[f32], rows: usize, columns: usize) -> Matrix<'_> {
    transposed(Matrix::new(elements, rows, columns))
}

fn transposed(matrix: Matrix<'_>) -> Matrix<'_> {
    Matrix {
        rows: matrix.columns,
        columns: matrix.rows,
        row_step: matrix.column_step,
        column_step: matrix.row_step,
        ..matrix
    }
}

/// Rotary positions: number k of the first half of a row and number k of the second are turned as a pair.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    /// The cosine and the sine of each angle, `[length, size / 2]`.
    cosines: Vec<f32>,
    sines: Vec<f32>,
    half: usize,
}

impl Rotation {
    /// Of positions 0 to `length - 1`.
    pub(crate) fn new(length: usize, size: usize) -> Self {
        let half = size / 2;
        let angle = |place: usize| (place / half) as f64 * BASE.powf(-((place % half) as f64) / half as f64);
        let angles: Vec<(f64, f64)> = (0..length * half).map(|place| angle(place).sin_cos()).collect();
        Self {
            cosines: angles.iter().map(|(_, cosine)| *cosine as f32).collect(),
            sines: angles.iter().map(|(sine, _)| *sine as f32).collect(),
            half,
        }
    }

    /// Writes rows turned to their places, or with a `direction` of -1 back.
    fn apply(&self, rows: Matrix<'_>, out: &mut [f32], direction: f32) {
        for (position, out) in out.chunks_exact_mut(rows.columns).enumerate() {
            let row = &rows.elements[position * rows.row_step..][..rows.columns];
            self.turn(position, row, out, direction);
        }
    }

    /// Writes one row turned to its place.
    pub(crate) fn turn(&self, position: usize, row: &[f32], out: &mut [f32], direction: f32) {
        let angles = position * self.half..(position + 1) * self.half;
        let turns = self.cosines[angles.clone()].iter().zip(&self.sines[angles]);
        let ((x, y), (out_x, out_y)) = (row.split_at(self.half), out.split_at_mut(self.half));
        for ((((x, y), out_x), out_y), (cosine, sine)) in x.iter().zip(y).zip(out_x).zip(out_y).zip(turns) {
            let sine = direction * sine;
            *out_x = x * cosine - y * sine;
            *out_y = x * sine + y * cosine;
        }
    }
}

/// Turns a head's scores into weights, row by row; those of later positions become 0.
struct Softmax<'a> {
    scores: &'a mut [f32],
    length: usize,
    scale: f32,
    /// From the farthest distance to none.
    biases: &'a [f32],
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let scale = simd.splat_f32s(self.scale);
        for (position, row) in self.scores.chunks_exact_mut(self.length).enumerate() {
            let (row, later) = row.split_at_mut(position + 1);
            later.fill(0.0);
            simd::map_with(
                simd,
                row,
                &self.biases[self.biases.len() - row.len()..],
                #[inline(always)]
                |score, bias| simd.mul_add_f32s(score, scale, bias),
            );
            softmax(simd, row);
        }
    }
}

/// Replaces scores by the weights that they define.
pub(crate) fn softmax_row(scores: &mut [f32]) {
    struct One<'a>(&'a mut [f32]);
    impl WithSimd for One<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            softmax(simd, self.0);
        }
    }
    Arch::new().dispatch(One(scores));
}

#[inline(always)]
fn softmax<S: Simd>(simd: S, row: &mut [f32]) {
    let greatest = simd.splat_f32s(simd::max(row));
    simd::map(
        simd,
        row,
        #[inline(always)]
        |score| simd::decay_vector(simd, simd.sub_f32s(score, greatest)),
    );
    let share = simd.splat_f32s(simd::sum(row).recip());
    simd::map(
        simd,
        row,
        #[inline(always)]
        |weight| simd.mul_f32s(weight, share),
    );
}

/// From the gradient of the weights to that of the products of queries and keys; adds up that of the biases.
struct SoftmaxBackward<'a> {
    weights: &'a [f32],
    gradient: &'a mut [f32],
    length: usize,
    scale: f32,
    biases: &'a mut [f32],
}

impl WithSimd for SoftmaxBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { weights, gradient, length, scale, biases } = self;
        let scale = simd.splat_f32s(scale);
        for (position, (row, weights)) in
            gradient.chunks_exact_mut(length).zip(weights.chunks_exact(length)).enumerate()
        {
            let (row, later) = row.split_at_mut(position + 1);
            later.fill(0.0);
            let weights = &weights[..=position];
            let mean = simd.splat_f32s(simd::dot(weights, row));
            simd::map_with(
                simd,
                row,
                weights,
                #[inline(always)]
                |gradient, weight| simd.mul_f32s(weight, simd.sub_f32s(gradient, mean)),
            );
            let start = biases.len() - row.len();
            simd::map_with(
                simd,
                &mut biases[start..],
                row,
                #[inline(always)]
                |sum, gradient| simd.add_f32s(sum, gradient),
            );
            simd::map(
                simd,
                row,
                #[inline(always)]
                |gradient| simd.mul_f32s(gradient, scale),
            );
        }
    }
}

/// The parts of a composed attention that do not depend on its numbers.
struct Composed<B: Backend> {
    shape: Dimensions,
    /// `[1, 1, length, size]` each.
    cosines: FloatTensor<B>,
    sines: FloatTensor<B>,
    /// Takes a row (x, y) to (-y, x), `[1, 1, size, size]`.
    quarter_turn: FloatTensor<B>,
    /// The distance of each pair, 0 for those that are later.
    distances: IntTensor<B>,
    /// 1 for the pairs that count, `[1, 1, length, length]`.
    causal: FloatTensor<B>,
}

impl<B: Backend> Composed<B> {
    fn new(like: &FloatTensor<B>, shape: Dimensions) -> Self {
        let device = like.device();
        let Dimensions { length, size, .. } = shape;
        let Rotation { cosines, sines, half } = Rotation::new(length, size);
        let floats = |values: Vec<f32>, shape: [usize; 4]| B::float_from_data(TensorData::new(values, shape), &device);
        let twice = |values: &[f32]| -> Vec<f32> {
            values.chunks_exact(half).flat_map(|row| row.iter().chain(row).copied()).collect()
        };
        let mut quarter_turn = vec![0.0; size * size];
        for k in 0..half {
            quarter_turn[(half + k) * size + k] = -1.0;
            quarter_turn[k * size + half + k] = 1.0;
        }
        let pairs = || (0..length).flat_map(|i| (0..length).map(move |j| (i, j)));
        let distances: Vec<i64> = pairs().map(|(i, j)| i.saturating_sub(j) as i64).collect();
        let causal = pairs().map(|(i, j)| if j <= i { 1.0 } else { 0.0 }).collect();
        Self {
            shape,
            cosines: floats(twice(&cosines), [1, 1, length, size]),
            sines: floats(twice(&sines), [1, 1, length, size]),
            quarter_turn: floats(quarter_turn, [1, 1, size, size]),
            distances: B::int_from_data(TensorData::new(distances, [length * length]), &device),
            causal: floats(causal, [1, 1, length, length]),
        }
    }

    /// `[sequences * length, parts * width]` as `[sequences, heads, length, size]`, the part of number `part`.
    fn heads(&self, rows: FloatTensor<B>, part: usize) -> FloatTensor<B> {
        let Dimensions { sequences, length, heads, size, .. } = self.shape;
        let parts = rows.shape()[1] / self.shape.width();
        let split = B::float_reshape(rows, Shape::new([sequences, length, parts, heads, size]));
        let part = B::float_slice(split, &[(0..sequences).into(), (0..length).into(), (part..part + 1).into()]);
        let part = B::float_reshape(part, Shape::new([sequences, length, heads, size]));
        B::float_swap_dims(part, 1, 2)
    }

    /// The way back.
    fn rows(&self, heads: FloatTensor<B>) -> FloatTensor<B> {
        let Dimensions { sequences, length, .. } = self.shape;
        B::float_reshape(B::float_swap_dims(heads, 1, 2), Shape::new([sequences * length, self.shape.width()]))
    }

    fn turned(&self, rows: FloatTensor<B>) -> FloatTensor<B> {
        let across = B::float_matmul(rows.clone(), self.quarter_turn.clone());
        B::float_add(B::float_mul(rows, self.cosines.clone()), B::float_mul(across, self.sines.clone()))
    }

    fn turned_back(&self, rows: FloatTensor<B>) -> FloatTensor<B> {
        let across = B::float_matmul(rows.clone(), self.quarter_turn.clone());
        B::float_sub(B::float_mul(rows, self.cosines.clone()), B::float_mul(across, self.sines.clone()))
    }
}

fn composed_attention<B: Backend>(
    qkv: FloatTensor<B>,
    bias: FloatTensor<B>,
    shape: Dimensions,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let Dimensions { sequences, length, heads, .. } = shape;
    let composed = Composed::<B>::new(&qkv, shape);
    let queries = composed.turned(composed.heads(qkv.clone(), 0));
    let keys = composed.turned(composed.heads(qkv.clone(), 1));
    let scores = B::float_matmul(queries, B::float_swap_dims(keys, 2, 3));
    let biases = B::float_select(bias, 1, composed.distances.clone());
    let biases = B::float_reshape(biases, Shape::new([1, heads, length, length]));
    let scores = B::float_add(B::float_mul_scalar(scores, shape.scale().into()), biases);
    let later = B::float_add_scalar(composed.causal.clone(), (-1_f32).into());
    let scores = B::float_add(scores, B::float_mul_scalar(later, 1e9_f32.into()));
    let powers = B::float_exp(B::float_sub(scores.clone(), B::float_max_dim(scores, 3)));
    let weights = B::float_div(powers.clone(), B::float_sum_dim(powers, 3));
    let out = composed.rows(B::float_matmul(weights.clone(), composed.heads(qkv, 2)));
    (out, B::float_reshape(weights, Shape::new([sequences * heads * length, length])))
}

fn composed_attention_backward<B: Backend>(
    qkv: FloatTensor<B>,
    weights: FloatTensor<B>,
    gradient: FloatTensor<B>,
    shape: Dimensions,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let Dimensions { sequences, length, heads, span, .. } = shape;
    let composed = Composed::<B>::new(&qkv, shape);
    let weights = B::float_reshape(weights, Shape::new([sequences, heads, length, length]));
    let gradient = composed.heads(gradient, 0);
    let of_values = B::float_matmul(B::float_swap_dims(weights.clone(), 2, 3), gradient.clone());
    let of_weights = B::float_matmul(gradient, B::float_swap_dims(composed.heads(qkv.clone(), 2), 2, 3));
    let mean = B::float_sum_dim(B::float_mul(weights.clone(), of_weights.clone()), 3);
    let of_scores = B::float_mul(weights, B::float_sub(of_weights, mean));
    let of_pairs = B::float_reshape(B::float_sum_dim(of_scores.clone(), 0), Shape::new([heads, length * length]));
    let dtype = of_pairs.dtype().into();
    let zeros = B::float_zeros(Shape::new([heads, span]), &of_pairs.device(), dtype);
    let of_biases = B::float_select_assign(zeros, 1, composed.distances.clone(), of_pairs, IndexingUpdateOp::Add);
    let of_products = B::float_mul_scalar(of_scores, shape.scale().into());
    let queries = composed.turned(composed.heads(qkv.clone(), 0));
    let keys = composed.turned(composed.heads(qkv, 1));
    let of_queries = composed.turned_back(B::float_matmul(of_products.clone(), keys));
    let of_keys = composed.turned_back(B::float_matmul(B::float_swap_dims(of_products, 2, 3), queries));
    let parts = [of_queries, of_keys, of_values].map(|part| composed.rows(part));
    (B::float_cat(parts.into(), 1), of_biases)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    const SEQUENCES: usize = 2;
    const LENGTH: usize = 5;
    const HEADS: usize = 2;
    const SIZE: usize = 4;
    const SPAN: usize = 7;
    const WIDTH: usize = HEADS * SIZE;

    fn numbers(count: usize, seed: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 504.5 - 1.0).collect()
    }

    fn inputs() -> [Vec<f64>; 2] {
        [numbers(SEQUENCES * LENGTH * 3 * WIDTH, 1), numbers(HEADS * SPAN, 2)]
    }

    fn output_weight(place: usize) -> f64 {
        ((place * 31) % 17) as f64 * 0.1 - 0.8
    }

    /// By the book, in f64.
    fn truth([qkv, bias]: &[Vec<f64>; 2]) -> Vec<f64> {
        let turned = |row: &[f64], position: usize| -> Vec<f64> {
            let half = SIZE / 2;
            let mut out = row.to_vec();
            for k in 0..half {
                let (sine, cosine) = (position as f64 * 10_000_f64.powf(-(k as f64) / half as f64)).sin_cos();
                out[k] = row[k] * cosine - row[half + k] * sine;
                out[half + k] = row[k] * sine + row[half + k] * cosine;
            }
            out
        };
        let mut out = vec![0.0; SEQUENCES * LENGTH * WIDTH];
        for sequence in 0..SEQUENCES {
            for head in 0..HEADS {
                let part = |position: usize, part: usize| {
                    &qkv[(sequence * LENGTH + position) * 3 * WIDTH + part * WIDTH + head * SIZE..][..SIZE]
                };
                for i in 0..LENGTH {
                    let query = turned(part(i, 0), i);
                    let scores: Vec<f64> = (0..=i)
                        .map(|j| {
                            let key = turned(part(j, 1), j);
                            let product: f64 = query.iter().zip(&key).map(|(q, k)| q * k).sum();
                            (product / (SIZE as f64).sqrt() + bias[head * SPAN + i - j]).exp()
                        })
                        .collect();
                    let total: f64 = scores.iter().sum();
                    for (j, score) in scores.iter().enumerate() {
                        for k in 0..SIZE {
                            out[(sequence * LENGTH + i) * WIDTH + head * SIZE + k] += score / total * part(j, 2)[k];
                        }
                    }
                }
            }
        }
        out
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn matrix(elements: &[f64], columns: usize, device: &Device) -> Tensor<2> {
        let shape = [elements.len() / columns, columns];
        let elements: Vec<f32> = elements.iter().map(|x| *x as f32).collect();
        Tensor::from_data(TensorData::new(elements, shape), device)
    }

    #[test]
    fn values_are_those_of_the_definition() {
        let [qkv, bias] = inputs();
        for device in [Device::flex(), Device::flex().autodiff()] {
            let out = attention(matrix(&qkv, 3 * WIDTH, &device), matrix(&bias, SPAN, &device), LENGTH);
            for (ours, expected) in values(out).into_iter().zip(truth(&inputs())) {
                assert!((f64::from(ours) - expected).abs() < 1e-6, "{ours} against {expected}");
            }
        }
    }

    #[test]
    fn gradients_are_finite_differences_of_the_definition() {
        let device = Device::flex().autodiff();
        let [qkv, bias] = inputs();
        let qkv = matrix(&qkv, 3 * WIDTH, &device).require_grad();
        let bias = matrix(&bias, SPAN, &device).require_grad();
        let weights: Vec<f64> = (0..SEQUENCES * LENGTH * WIDTH).map(output_weight).collect();
        let out = attention(qkv.clone(), bias.clone(), LENGTH);
        let gradients = (out * matrix(&weights, WIDTH, &device)).sum().backward();
        let gradients = [values(qkv.grad(&gradients).unwrap()), values(bias.grad(&gradients).unwrap())];
        let value = |arguments: &[Vec<f64>; 2]| -> f64 {
            truth(arguments).iter().enumerate().map(|(place, out)| out * output_weight(place)).sum()
        };
        let step = 1e-5;
        for (index, gradient) in gradients.iter().enumerate() {
            for (place, gradient) in gradient.iter().enumerate() {
                let (mut above, mut below) = (inputs(), inputs());
                above[index][place] += step;
                below[index][place] -= step;
                let expected = (value(&above) - value(&below)) / (2.0 * step);
                assert!(
                    (f64::from(*gradient) - expected).abs() < 1e-5,
                    "argument {index}, place {place}: {gradient} against {expected}"
                );
            }
        }
    }

    #[test]
    fn the_kernels_agree_with_the_composed_operations() {
        let shape = Dimensions { sequences: SEQUENCES, length: LENGTH, heads: HEADS, size: SIZE, span: SPAN };
        let floats = |values: Vec<f64>| values.into_iter().map(|x| x as f32).collect();
        let [qkv, bias] = inputs();
        let qkv = tensor(floats(qkv), [SEQUENCES * LENGTH, 3 * WIDTH]);
        let bias = tensor(floats(bias), [HEADS, SPAN]);
        let gradient = tensor(floats(numbers(SEQUENCES * LENGTH * WIDTH, 3)), [SEQUENCES * LENGTH, WIDTH]);
        let near = |ours: &FlexTensor, composed: &FlexTensor| {
            assert_eq!(ours.shape(), composed.shape());
            let composed = contiguous(composed.clone());
            for (ours, composed) in ours.storage::<f32>().iter().zip(composed.storage::<f32>()) {
                assert!((ours - composed).abs() < 2e-6, "{ours} against {composed}");
            }
        };
        let ours = Flex::attention_with_weights(qkv.clone(), bias.clone(), shape);
        let composed = composed_attention::<Flex>(qkv.clone(), bias, shape);
        near(&ours.0, &composed.0);
        near(&ours.1, &composed.1);
        let weights = composed.1;
        let ours = Flex::attention_backward(qkv.clone(), weights.clone(), gradient.clone(), shape);
        let composed = composed_attention_backward::<Flex>(qkv, weights, gradient, shape);
        near(&ours.0, &composed.0);
        near(&ours.1, &composed.1);
    }

    #[test]
    fn what_comes_later_changes_nothing() {
        let device = Device::flex();
        let [mut qkv, bias] = inputs();
        let before = values(attention(matrix(&qkv, 3 * WIDTH, &device), matrix(&bias, SPAN, &device), LENGTH));
        let last = (LENGTH - 1) * 3 * WIDTH..LENGTH * 3 * WIDTH;
        qkv[last].iter_mut().for_each(|x| *x += 1.0);
        let after = values(attention(matrix(&qkv, 3 * WIDTH, &device), matrix(&bias, SPAN, &device), LENGTH));
        let unchanged = (LENGTH - 1) * WIDTH;
        assert_eq!(before[..unchanged], after[..unchanged]);
        assert_ne!(before[unchanged..LENGTH * WIDTH], after[unchanged..LENGTH * WIDTH]);
        assert_eq!(before[LENGTH * WIDTH..], after[LENGTH * WIDTH..]);
    }
}
