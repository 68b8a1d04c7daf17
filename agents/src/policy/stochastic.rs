//! The policy of on-policy algorithms, for every action space.

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor},
};
use gradus_envs::{Space, seeding::Generator};
use gradus_models::{
    ModelError,
    blocks::Mlp,
    ops::{Categorical, categorical},
    sequence::{Alphabet, Dropout, SequenceConfig, SequenceModel},
    weights::import,
};
use serde::{Deserialize, Serialize};

use super::{Start, host::HostPolicy, reader::Reader};
use crate::{
    rollout::Minibatch,
    segments::Histories,
    tensors::{elements, indices, matrix, vector},
};

/// ln sqrt(2 pi).
pub(super) const LN_SQRT_TAU: f32 = 0.918_938_5;

/// A network whose outputs are distributions of actions: for a discrete space the logits of a categorical one, for a
/// multi-discrete space those of an independent one a dimension, for a box the means of independent normal ones, whose
/// standard deviations are the same in every state.
#[derive(Debug, Module)]
pub(crate) struct Policy {
    network: Network,
    /// The logarithms of the standard deviations; none for choices.
    log_std: Option<Param<Tensor<1>>>,
    /// Choices of each categorical distribution; none for a box.
    #[module(skip)]
    sizes: Vec<usize>,
    /// What the pieces are made of that a network over tokens reads.
    #[module(skip)]
    reading: Option<Reading>,
}

/// What a policy's outputs come from.
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
#[derive(Debug, Module)]
enum Network {
    /// The flat observation.
    Mlp(Mlp),
    /// The tokens of the piece so far.
    Sequence(SequenceModel),
}

/// How a policy reads tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// The shape of its network.
    pub(crate) network: SequenceConfig,
    /// What pieces are made of.
    pub(crate) alphabet: Alphabet,
}

/// What a policy thinks of actions that were taken.
pub(crate) struct Opinion {
    /// Their log-probabilities, `[batch]`.
    pub(crate) log_probability: Tensor<1>,
    /// The mean entropy of the distributions, `[1]`.
    pub(crate) entropy: Tensor<1>,
}

impl Policy {
    /// A policy for `space`; standard deviations start at 1.
    pub(crate) fn init(
        start: Start,
        inputs: usize,
        space: &Space,
        gain: f64,
        generator: &mut Generator,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let (outputs, sizes, log_std) = match space {
            Space::Discrete { n } => (*n, vec![*n], None),
            Space::MultiDiscrete { nvec } => (nvec.iter().sum(), nvec.clone(), None),
            Space::Box { low, .. } => (low.len(), Vec::new(), Some(Tensor::zeros([low.len()], device))),
        };
        let (network, reading) = match start {
            Start::Mlp(config) => (Network::Mlp(config.init(inputs, outputs, gain, generator, device)), None),
            Start::Sequence { config, alphabet, fitted } => {
                let network = SequenceModel::init(&config, alphabet, outputs, gain, generator, device);
                let network = match fitted {
                    Some(arrays) => import(network, "", &arrays)?,
                    None => network,
                };
                (Network::Sequence(network), Some(Reading { network: config, alphabet }))
            }
        };
        Ok(Self { network, log_std: log_std.map(Param::from_tensor), sizes, reading })
    }

    /// How it reads tokens, if it does.
    pub(crate) fn reading(&self) -> Option<&Reading> {
        self.reading.as_ref()
    }

    /// What this policy thinks of the actions of some transitions.
    pub(crate) fn judge(&self, batch: &Minibatch, device: &Device) -> Opinion {
        let output = match &self.network {
            Network::Mlp(network) => {
                let inputs = network.layers[0].weight.dims()[0];
                network.forward(matrix(&batch.observations, inputs, device))
            }
            Network::Sequence(network) => {
                let Histories { sequences, places } = &batch.histories;
                let outputs = network.forward(sequences, &mut Dropout::off());
                outputs.select(0, indices(places, device))
            }
        };
        match &self.log_std {
            None => judge_choices(output, &batch.masks, batch.actions.choices(), &self.sizes),
            Some(log_std) => judge_vectors(output, log_std.val(), batch.actions.reals(), device),
        }
    }

    /// A copy on the host, for acting.
    pub(crate) fn to_host(&self, space: &Space) -> HostPolicy {
        match (&self.network, &self.reading) {
            (Network::Sequence(network), Some(Reading { network: config, alphabet })) => {
                let (network, context, alphabet) = (network.clone(), config.context(), *alphabet);
                let open = move |envs| Reader::new(Box::new(network.to_host(envs)), alphabet, context, envs);
                HostPolicy::of_tokens(alphabet.tokens, space, Box::new(open))
            }
            (Network::Mlp(network), _) => {
                let log_std = self.log_std.as_ref().map(|log_std| elements(log_std.val()));
                HostPolicy::of_observations(network, space, log_std.unwrap_or_default())
            }
            (Network::Sequence(_), None) => unreachable!("a network over tokens comes with what it reads"),
        }
    }
}

/// The dimensions of a multi-discrete action are independent: log-probabilities and entropies add up.
fn judge_choices(logits: Tensor<2>, masks: &[bool], choices: &[u32], sizes: &[usize]) -> Opinion {
    if sizes.len() == 1 {
        let Categorical { log_prob, entropy } = categorical(logits, Some(masks), choices);
        return Opinion { log_probability: log_prob, entropy: entropy.mean() };
    }
    let width: usize = sizes.iter().sum();
    let mut offset = 0;
    let opinions = sizes.iter().enumerate().map(|(dimension, &size)| {
        let part = offset..offset + size;
        offset += size;
        let mask: Vec<bool> = masks.chunks_exact(width).flat_map(|row| &row[part.clone()]).copied().collect();
        let choices: Vec<u32> = choices.iter().skip(dimension).step_by(sizes.len()).copied().collect();
        let Categorical { log_prob, entropy } =
            categorical(logits.clone().narrow(1, part.start, size), Some(&mask), &choices);
        Opinion { log_probability: log_prob, entropy: entropy.mean() }
    });
    opinions
        .reduce(|sum, next| Opinion {
            log_probability: sum.log_probability + next.log_probability,
            entropy: sum.entropy + next.entropy,
        })
        .expect("a multi-discrete space has dimensions")
}

/// ln N(x; m, s) = -((x - m) / s)^2 / 2 - ln s - ln sqrt(2 pi), of entropy ln s + ln sqrt(2 pi) + 1 / 2 a dimension.
fn judge_vectors(means: Tensor<2>, log_std: Tensor<1>, vectors: &[f32], device: &Device) -> Opinion {
    let dimensions = log_std.dims()[0];
    let log_std = log_std.unsqueeze::<2>();
    let distance = (matrix(vectors, dimensions, device) - means) * (-log_std.clone()).exp();
    let log_probability = (distance.square() * -0.5 - log_std.clone() - LN_SQRT_TAU).sum_dim(1).squeeze_dim::<1>(1);
    let constant = vector(&[dimensions as f32 * (LN_SQRT_TAU + 0.5)], device);
    Opinion { log_probability, entropy: log_std.sum() + constant }
}
