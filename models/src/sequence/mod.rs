//! Networks over sequences of tokens: what comes next, what a policy should do, whether a piece is real.
//!
//! A [`SequenceModel`] looks its tokens up in a table, adds what is known of each place (its phase within a bar), lets a
//! body mix each place with those before it, and reads its outputs off that. [`HostSequenceModel`] does the same one
//! place at a time, remembering what came before, for acting and sampling.

mod dropout;
mod ffnn;
mod host;
mod lstm;
mod stream;
mod transformer;

use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::blocks::Dense;
use crate::error::ModelError;
use crate::ops::Activation;
pub use dropout::Dropout;
use ffnn::Ffnn;
pub use ffnn::FfnnConfig;
pub use host::HostSequenceModel;
use lstm::Lstm;
pub use lstm::LstmConfig;
pub use stream::Stream;
use transformer::Transformer;
pub use transformer::TransformerConfig;

/// The standard deviation of the entries of a table before training.
const TABLE_SCALE: f32 = 0.1;

/// The shape of a [`SequenceModel`] between its tokens and its outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SequenceConfig {
    /// A perceptron over a window of tokens.
    Ffnn(FfnnConfig),
    /// Layers of long short-term memory.
    Lstm(LstmConfig),
    /// Layers of causal self-attention.
    Transformer(TransformerConfig),
}

impl SequenceConfig {
    /// Says what is wrong with the config, if anything is.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Self::Ffnn(config) => config.validate(),
            Self::Lstm(config) => config.validate(),
            Self::Transformer(config) => config.validate(),
        }
    }

    /// How many places a pass can see at most, where there is a limit.
    pub fn context(&self) -> Option<usize> {
        match self {
            Self::Transformer(config) => Some(config.context),
            Self::Ffnn(_) | Self::Lstm(_) => None,
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Ffnn(config) => config.embedding,
            Self::Lstm(config) => config.units,
            Self::Transformer(config) => config.width,
        }
    }
}

/// What a [`SequenceModel`] reads and how much it says of each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Alphabet {
    /// Different tokens; the one more that a piece begins with has this number.
    pub tokens: usize,
    /// After how many places the phase comes round: steps of a bar, times voices.
    pub phases: usize,
}

impl Alphabet {
    /// What stands before the first token.
    pub fn start(self) -> u32 {
        self.tokens as u32
    }

    /// The phase of a place, where `before` places stand before the piece, which begins with phase 0.
    pub fn phase(self, place: usize, before: usize) -> u32 {
        ((place + self.phases - before % self.phases) % self.phases) as u32
    }
}

/// Sequences of one length, as a model reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequences {
    /// What stands before each place, `[sequences * length]`.
    pub tokens: Vec<u32>,
    /// The phase of each place, `[sequences * length]`.
    pub phases: Vec<u32>,
    /// Places of each sequence.
    pub length: usize,
}

/// The part of a network that mixes places.
#[derive(Debug, Module)]
enum Body {
    Ffnn(Ffnn),
    Lstm(Lstm),
    Transformer(Transformer),
}

/// A network over sequences of tokens, whose outputs at a place depend on that place and on those before it.
#[derive(Debug, Module)]
pub struct SequenceModel {
    /// What each token says, `[tokens + 1, width]`.
    embedding: Param<Tensor<2>>,
    /// What each phase says, `[phases, width]`.
    phase: Param<Tensor<2>>,
    body: Body,
    head: Dense,
}

impl SequenceModel {
    /// A network with random weights. `head_gain` scales the first outputs: small for a policy close to uniform.
    pub fn init(
        config: &SequenceConfig,
        alphabet: Alphabet,
        outputs: usize,
        head_gain: f64,
        rng: &mut impl Rng,
        device: &Device,
    ) -> Self {
        let width = config.width();
        let embedding = table(alphabet.tokens + 1, width, rng, device);
        let phase = table(alphabet.phases, width, rng, device);
        let (body, features) = match config {
            SequenceConfig::Ffnn(config) => (Body::Ffnn(Ffnn::init(config, rng, device)), config.features()),
            SequenceConfig::Lstm(config) => (Body::Lstm(Lstm::init(config, rng, device)), config.units),
            SequenceConfig::Transformer(config) => {
                (Body::Transformer(Transformer::init(config, rng, device)), config.width)
            }
        };
        Self { embedding, phase, body, head: Dense::init(features, outputs, head_gain, rng, device) }
    }

    /// The outputs at each place.
    ///
    /// # Shapes
    ///
    /// - output: `[sequences * length, outputs]`
    pub fn forward(&self, sequences: &Sequences, dropout: &mut Dropout<'_>) -> Tensor<2> {
        self.head.forward(self.features(sequences, dropout), Activation::Identity)
    }

    /// What the last layer reads at each place.
    ///
    /// # Shapes
    ///
    /// - output: `[sequences * length, features]`
    pub fn features(&self, sequences: &Sequences, dropout: &mut Dropout<'_>) -> Tensor<2> {
        let Sequences { tokens, phases, length } = sequences;
        let embedded = look_up(&self.embedding, tokens) + look_up(&self.phase, phases);
        let embedded = dropout.of(embedded);
        match &self.body {
            Body::Ffnn(ffnn) => ffnn.forward(embedded, *length),
            Body::Lstm(lstm) => lstm.forward(embedded, *length, dropout),
            Body::Transformer(transformer) => transformer.forward(embedded, *length, dropout),
        }
    }

    /// A copy of the weights on the host that goes through `batch` sequences side by side, one place at a time.
    pub fn to_host(&self, batch: usize) -> HostSequenceModel {
        HostSequenceModel::new(self, batch)
    }
}

fn table(rows: usize, width: usize, rng: &mut impl Rng, device: &Device) -> Param<Tensor<2>> {
    let normal = |_| -> f32 { StandardNormal.sample(rng) };
    let values: Vec<f32> = (0..rows * width).map(normal).map(|x: f32| TABLE_SCALE * x).collect();
    Param::from_tensor(Tensor::from_data(TensorData::new(values, [rows, width]), device))
}

fn look_up(table: &Param<Tensor<2>>, indices: &[u32]) -> Tensor<2> {
    let table = table.val();
    let indices: Vec<i64> = indices.iter().map(|&index| i64::from(index)).collect();
    let count = indices.len();
    let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), &table.device());
    table.select(0, indices)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    const ALPHABET: Alphabet = Alphabet { tokens: 11, phases: 4 };
    const OUTPUTS: usize = 11;
    const LENGTH: usize = 9;

    fn configs() -> [SequenceConfig; 3] {
        [
            SequenceConfig::Ffnn(FfnnConfig { window: 3, embedding: 6, hidden: vec![8] }),
            SequenceConfig::Lstm(LstmConfig { layers: 2, units: 8, dropout: 0.0 }),
            SequenceConfig::Transformer(TransformerConfig {
                layers: 2,
                width: 8,
                heads: 2,
                context: LENGTH,
                dropout: 0.0,
            }),
        ]
    }

    fn model(config: &SequenceConfig, device: &Device) -> SequenceModel {
        SequenceModel::init(config, ALPHABET, OUTPUTS, 1.0, &mut Xoshiro256PlusPlus::seed_from_u64(5), device)
    }

    fn sequences(count: usize) -> Sequences {
        let place = |i: usize| (i / LENGTH, i % LENGTH);
        let token = |i: usize| if place(i).1 == 0 { ALPHABET.start() } else { ((i * 7) % ALPHABET.tokens) as u32 };
        Sequences {
            tokens: (0..count * LENGTH).map(token).collect(),
            phases: (0..count * LENGTH).map(|i| (place(i).1 % ALPHABET.phases) as u32).collect(),
            length: LENGTH,
        }
    }

    fn outputs(model: &SequenceModel, sequences: &Sequences) -> Vec<f32> {
        model.forward(sequences, &mut Dropout::off()).into_data().try_to_vec().unwrap()
    }

    #[test]
    fn what_comes_later_changes_nothing_and_what_stands_there_does() {
        for config in configs() {
            let model = model(&config, &Device::flex());
            let mut sequences = sequences(2);
            let before = outputs(&model, &sequences);
            sequences.tokens[5] = (sequences.tokens[5] + 1) % ALPHABET.tokens as u32;
            let after = outputs(&model, &sequences);
            assert_eq!(before[..5 * OUTPUTS], after[..5 * OUTPUTS], "{config:?}");
            assert_ne!(before[5 * OUTPUTS..6 * OUTPUTS], after[5 * OUTPUTS..6 * OUTPUTS], "{config:?}");
            assert_eq!(before[LENGTH * OUTPUTS..], after[LENGTH * OUTPUTS..], "{config:?}");
        }
    }

    #[test]
    fn the_host_goes_the_same_way_place_by_place() {
        for config in configs() {
            let model = model(&config, &Device::flex().autodiff());
            let sequences = sequences(3);
            let expected = outputs(&model, &sequences);
            let mut host = model.to_host(3);
            let mut logits = vec![0.0; 3 * OUTPUTS];
            // Twice: after a reset nothing of the first pass is left.
            for _ in 0..2 {
                for place in 0..LENGTH {
                    let at = |values: &[u32]| -> Vec<u32> { values.chunks(LENGTH).map(|row| row[place]).collect() };
                    host.step(&at(&sequences.tokens), &at(&sequences.phases), &mut logits);
                    for (row, logits) in logits.chunks(OUTPUTS).enumerate() {
                        let expected = &expected[(row * LENGTH + place) * OUTPUTS..][..OUTPUTS];
                        for (ours, expected) in logits.iter().zip(expected) {
                            assert!((ours - expected).abs() < 1e-5, "{config:?}, place {place}: {ours} {expected}");
                        }
                    }
                }
                (0..3).for_each(|row| host.reset(row));
            }
        }
    }

    #[test]
    fn every_parameter_has_a_gradient() {
        for config in configs() {
            let model = model(&config, &Device::flex().autodiff());
            let loss = model.forward(&sequences(2), &mut Dropout::off()).square().mean();
            let gradients = burn::optim::GradientsParams::from_grads(loss.backward(), &model);
            let parameters = crate::weights::export(&model, "").len();
            assert_eq!(gradients.len(), parameters, "{config:?}");
        }
    }

    #[test]
    fn settings_that_make_no_network_are_refused_by_name() {
        let wrong = [
            SequenceConfig::Ffnn(FfnnConfig { window: 0, ..FfnnConfig::default() }),
            SequenceConfig::Lstm(LstmConfig { units: 0, ..LstmConfig::default() }),
            SequenceConfig::Transformer(TransformerConfig { heads: 3, ..TransformerConfig::default() }),
            SequenceConfig::Transformer(TransformerConfig { dropout: 1.0, ..TransformerConfig::default() }),
        ];
        for (config, key) in wrong.iter().zip(["window", "units", "heads", "dropout"]) {
            let error = config.validate().unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
