//! A sequence model on the host, one place at a time: for acting and sampling.

use burn::module::Param;
use burn::tensor::Tensor;

use super::transformer::{Layer as TransformerLayer, Transformer};
use super::{Body, SequenceModel, ffnn::Ffnn, lstm::Lstm};
use crate::blocks::host::{HostDense, elements};
use crate::ops::attention::{self, Rotation};
use crate::ops::rms_norm::rms_norm_rows;
use crate::ops::{Activation, lstm, simd};

/// The weights of a [`SequenceModel`] as they were when [`SequenceModel::to_host`] copied them, and what each of several
/// sequences has been through.
///
/// A place costs the same whatever its number for a window and for long short-term memory, and a pass over the keys and
/// values of the places before for self-attention.
#[derive(Debug, Clone)]
pub struct HostSequenceModel {
    embedding: Table,
    phase: Table,
    body: HostBody,
    head: HostDense,
    /// `[batch, width]`
    x: Vec<f32>,
}

/// Rows to look up.
#[derive(Debug, Clone)]
struct Table {
    rows: Vec<f32>,
    width: usize,
}

#[derive(Debug, Clone)]
enum HostBody {
    Ffnn(HostFfnn),
    Lstm(HostLstm),
    Transformer(Box<HostTransformer>),
}

impl HostSequenceModel {
    pub(super) fn new(model: &SequenceModel, batch: usize) -> Self {
        let embedding = Table::of(&model.embedding);
        let body = match &model.body {
            Body::Ffnn(ffnn) => HostBody::Ffnn(HostFfnn::new(ffnn, batch)),
            Body::Lstm(lstm) => HostBody::Lstm(HostLstm::new(lstm, batch)),
            Body::Transformer(transformer) => HostBody::Transformer(Box::new(HostTransformer::new(transformer, batch))),
        };
        let head = HostDense::new(&model.head, Activation::Identity);
        let x = vec![0.0; batch * embedding.width];
        Self { phase: Table::of(&model.phase), embedding, body, head, x }
    }

    /// Numbers for each place.
    pub fn outputs(&self) -> usize {
        self.head.outputs()
    }

    /// Begins sequence number `row` anew.
    pub fn reset(&mut self, row: usize) {
        match &mut self.body {
            HostBody::Ffnn(ffnn) => ffnn.reset(row),
            HostBody::Lstm(lstm) => lstm.reset(row),
            HostBody::Transformer(transformer) => transformer.reset(row),
        }
    }

    /// Goes on by one place in every sequence.
    ///
    /// # Shapes
    ///
    /// - `tokens`, `phases`: `[batch]`: what stands before the place, and its phase
    /// - `outputs`: `[batch, outputs]`
    ///
    /// # Panics
    ///
    /// Panics if a sequence of self-attention goes beyond its context.
    pub fn step(&mut self, tokens: &[u32], phases: &[u32], outputs: &mut [f32]) {
        self.step_active(tokens, phases, &vec![true; tokens.len()], outputs);
    }

    /// The same in the sequences that are `active` only, `[batch]`; what is written for the others means nothing.
    pub fn step_active(&mut self, tokens: &[u32], phases: &[u32], active: &[bool], outputs: &mut [f32]) {
        for ((x, &token), &phase) in self.x.chunks_exact_mut(self.embedding.width).zip(tokens).zip(phases) {
            let rows = self.embedding.row(token).iter().zip(self.phase.row(phase));
            x.iter_mut().zip(rows).for_each(|(x, (token, phase))| *x = token + phase);
        }
        let features = match &mut self.body {
            HostBody::Ffnn(ffnn) => ffnn.step(&self.x, active),
            HostBody::Lstm(lstm) => lstm.step(&self.x, active),
            HostBody::Transformer(transformer) => transformer.step(&mut self.x, active),
        };
        self.head.forward(features, outputs);
    }
}

impl Table {
    fn of(table: &Param<Tensor<2>>) -> Self {
        let table = table.val();
        let width = table.dims()[1];
        Self { rows: elements(table), width }
    }

    fn row(&self, index: u32) -> &[f32] {
        &self.rows[index as usize * self.width..][..self.width]
    }
}

/// The window of each sequence, the latest place first.
#[derive(Debug, Clone)]
struct HostFfnn {
    layers: Vec<HostDense>,
    /// `[batch, window * width]`
    windows: Vec<f32>,
    window: usize,
    activations: [Vec<f32>; 2],
}

impl HostFfnn {
    fn new(ffnn: &Ffnn, batch: usize) -> Self {
        let layers: Vec<_> = ffnn.layers.iter().map(|layer| HostDense::new(layer, Activation::Relu)).collect();
        let windows = vec![0.0; batch * layers[0].inputs()];
        Self { layers, windows, window: ffnn.window, activations: [Vec::new(), Vec::new()] }
    }

    fn reset(&mut self, row: usize) {
        let size = self.layers[0].inputs();
        self.windows[row * size..][..size].fill(0.0);
    }

    fn step(&mut self, x: &[f32], active: &[bool]) -> &[f32] {
        let size = self.layers[0].inputs();
        let width = size / self.window;
        let rows = self.windows.chunks_exact_mut(size).zip(x.chunks_exact(width)).zip(active);
        for ((window, x), _) in rows.filter(|(_, active)| **active) {
            window.copy_within(..size - width, width);
            window[..width].copy_from_slice(x);
        }
        let [read, written] = &mut self.activations;
        read.clone_from(&self.windows);
        let batch = self.windows.len() / size;
        for layer in &self.layers {
            written.resize(batch * layer.outputs(), 0.0);
            layer.forward(read, written);
            std::mem::swap(read, written);
        }
        read
    }
}

#[derive(Debug, Clone)]
struct HostLstm {
    layers: Vec<HostLstmLayer>,
}

#[derive(Debug, Clone)]
struct HostLstmLayer {
    input: HostDense,
    recurrent: HostDense,
    /// `[batch, units]` each.
    outputs: Vec<f32>,
    cells: Vec<f32>,
    /// `[batch, 4 * units]` each.
    gates: Vec<f32>,
    from_outputs: Vec<f32>,
}

impl HostLstm {
    fn new(lstm: &Lstm, batch: usize) -> Self {
        let layer = |layer: &super::lstm::Layer| {
            let input = HostDense::new(&layer.input, Activation::Identity);
            let state = vec![0.0; batch * input.outputs() / 4];
            let gates = vec![0.0; batch * input.outputs()];
            HostLstmLayer {
                recurrent: HostDense::without_bias(layer.recurrent.val()),
                input,
                outputs: state.clone(),
                cells: state,
                gates: gates.clone(),
                from_outputs: gates,
            }
        };
        Self { layers: lstm.layers.iter().map(layer).collect() }
    }

    fn reset(&mut self, row: usize) {
        for layer in &mut self.layers {
            let units = layer.input.outputs() / 4;
            layer.outputs[row * units..][..units].fill(0.0);
            layer.cells[row * units..][..units].fill(0.0);
        }
    }

    fn step<'a>(&'a mut self, x: &'a [f32], active: &[bool]) -> &'a [f32] {
        self.layers.iter_mut().fold(x, |x, layer| layer.step(x, active))
    }
}

impl HostLstmLayer {
    fn step(&mut self, x: &[f32], active: &[bool]) -> &[f32] {
        let Self { input, recurrent, outputs, cells, gates, from_outputs } = self;
        let units = input.outputs() / 4;
        input.forward(x, gates);
        recurrent.forward(outputs, from_outputs);
        gates.iter_mut().zip(from_outputs).for_each(|(gate, product)| *gate += *product);
        let states = cells.chunks_exact_mut(units).zip(outputs.chunks_exact_mut(units));
        for ((gates, (cell, output)), active) in gates.chunks_exact_mut(4 * units).zip(states).zip(active) {
            if *active {
                lstm::advance(gates, cell, output);
            }
        }
        outputs
    }
}

#[derive(Debug, Clone)]
struct HostTransformer {
    layers: Vec<HostTransformerLayer>,
    norm: Vec<f32>,
    rotation: Rotation,
    heads: usize,
    context: usize,
    /// How far each sequence has come.
    places: Vec<usize>,
    scratch: Scratch,
}

#[derive(Debug, Clone, Default)]
struct Scratch {
    normed: Vec<f32>,
    qkv: Vec<f32>,
    gathered: Vec<f32>,
    added: Vec<f32>,
    inner: Vec<f32>,
    scores: Vec<f32>,
    query: Vec<f32>,
}

#[derive(Debug, Clone)]
struct HostTransformerLayer {
    attention_norm: Vec<f32>,
    qkv: HostDense,
    /// `[heads, context]`
    bias: Vec<f32>,
    gather: HostDense,
    inner_norm: Vec<f32>,
    up: HostDense,
    down: HostDense,
    /// The turned keys and the values of the places so far, `[batch, context, width]` each.
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl HostTransformer {
    fn new(transformer: &Transformer, batch: usize) -> Self {
        let norm: Vec<f32> = elements(transformer.norm.val());
        let width = norm.len();
        let [heads, context] = transformer.layers.first().map_or([1, 1], |layer| layer.bias.val().dims());
        let layer = |layer: &TransformerLayer| HostTransformerLayer {
            attention_norm: elements(layer.attention_norm.val()),
            qkv: HostDense::new(&layer.qkv, Activation::Identity),
            bias: elements(layer.bias.val()),
            gather: HostDense::new(&layer.gather, Activation::Identity),
            inner_norm: elements(layer.inner_norm.val()),
            up: HostDense::new(&layer.up, Activation::Identity),
            down: HostDense::new(&layer.down, Activation::Identity),
            keys: vec![0.0; batch * context * width],
            values: vec![0.0; batch * context * width],
        };
        Self {
            layers: transformer.layers.iter().map(layer).collect(),
            rotation: Rotation::new(context, width / heads),
            norm,
            heads,
            context,
            places: vec![0; batch],
            scratch: Scratch::default(),
        }
    }

    fn reset(&mut self, row: usize) {
        self.places[row] = 0;
    }

    fn step<'a>(&mut self, x: &'a mut [f32], active: &[bool]) -> &'a [f32] {
        let Self { layers, norm, rotation, heads, context, places, scratch } = self;
        let width = norm.len();
        for layer in layers {
            let Scratch { normed, qkv, gathered, added, inner, scores, query } = scratch;
            normed.clear();
            normed.extend_from_slice(x);
            rms_norm_rows(normed, &layer.attention_norm);
            qkv.resize(3 * x.len(), 0.0);
            layer.qkv.forward(normed, qkv);
            gathered.clear();
            gathered.resize(x.len(), 0.0);
            let rows = qkv.chunks_exact(3 * width).zip(gathered.chunks_exact_mut(width)).enumerate();
            for (row, (qkv, gathered)) in rows.filter(|(row, _)| active[*row]) {
                let place = places[row];
                assert!(place < *context, "a sequence of more than the context of {context} places");
                let memory = row * *context * width..(row + 1) * *context * width;
                let (keys, values) = (&mut layer.keys[memory.clone()], &mut layer.values[memory]);
                values[place * width..][..width].copy_from_slice(&qkv[2 * width..]);
                let size = width / *heads;
                for head in 0..*heads {
                    let part = head * size..(head + 1) * size;
                    let key = &qkv[width..2 * width][part.clone()];
                    rotation.turn(place, key, &mut keys[place * width..][..width][part.clone()], 1.0);
                    query.resize(size, 0.0);
                    rotation.turn(place, &qkv[part.clone()], query, 1.0);
                    let biases = layer.bias[head * *context..][..=place].iter().rev();
                    scores.clear();
                    scores.extend(keys.chunks_exact(width).zip(biases).map(|(key, bias)| {
                        let product: f32 = query.iter().zip(&key[part.clone()]).map(|(q, k)| q * k).sum();
                        product / (size as f32).sqrt() + bias
                    }));
                    attention::softmax_row(scores);
                    for (weight, value) in scores.iter().zip(values.chunks_exact(width)) {
                        let value = value[part.clone()].iter();
                        gathered[part.clone()].iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
                    }
                }
            }
            added.resize(x.len(), 0.0);
            layer.gather.forward(gathered, added);
            x.iter_mut().zip(&*added).for_each(|(x, added)| *x += added);
            normed.copy_from_slice(x);
            rms_norm_rows(normed, &layer.inner_norm);
            inner.resize(x.len() / width * layer.up.outputs(), 0.0);
            layer.up.forward(normed, inner);
            simd::gelu(inner);
            layer.down.forward(inner, added);
            x.iter_mut().zip(&*added).for_each(|(x, added)| *x += added);
        }
        places.iter_mut().zip(active).for_each(|(place, active)| *place += usize::from(*active));
        rms_norm_rows(x, norm);
        x
    }
}
