//! A generator and a discriminator that learn against each other.
//!
//! The generator says what comes next, and is fitted to the corpus by maximum likelihood first. Then, in alternation, the
//! discriminator learns to tell real stretches of music from what the generator writes and from damaged real music, and
//! the generator learns by policy gradient to be taken for real, token by token.
//!
//! Sources: Goodfellow et al. 2014, "Generative adversarial nets"; Yu et al. 2017, "`SeqGAN`: sequence generative
//! adversarial nets with policy gradient", for the pre-training and the policy gradient; Fedus et al. 2018, "`MaskGAN`:
//! better text generation via filling in the blanks", for a discriminator that judges every token after those before it;
//! de Masson d'Autume et al. 2019, "Training language GANs from scratch" (`ScratchGAN`), for dense rewards `2 D - 1` with a
//! baseline, and large batches; Salimans et al. 2016, "Improved techniques for training GANs", for one-sided label
//! smoothing; Sønderby et al. 2017, "Amortised MAP inference for image super-resolution", for instance noise.
//!
//! What differs: damaged music is among the negatives, so that the discriminator knows mistakes that no good generator
//! makes; of it, as in Clark et al. 2020, "ELECTRA: pre-training text encoders as discriminators rather than generators",
//! the altered tokens are learned from and the others left out, which are as real as before; and a share of maximum likelihood stays in the generator's steps, against collapse.

mod discriminator;
mod game;
mod generator;
mod material;
mod trial;

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Device;
use gradus_envs::registry::Registered;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Critic, Discriminator, Excerpt, FitConfig, FitCritic, FitState, Network, TokenCorpus, Watch};
use crate::error::ModelError;
use crate::sequence::{Alphabet, SequenceConfig, TransformerConfig};
use crate::weights::{NamedArray, export, import};
pub(super) use discriminator::{Labelled, gradients, judge};
use game::Game;

/// Under what names the networks are kept.
const GENERATOR: &str = "generator";
const DISCRIMINATOR: &str = "discriminator";

/// Settings of `gan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The shape of the network that writes.
    pub generator: SequenceConfig,
    /// The shape of the network that judges. If it is the generator's, it starts as that does after its pre-training:
    /// what it says of a token is then how likely the token is.
    pub discriminator: SequenceConfig,
    /// How the discriminator is fitted; the generator's pre-training goes the same way.
    pub fit: FitConfig,
    /// How the two play against each other.
    pub game: Game,
}

impl Default for Config {
    fn default() -> Self {
        let shape = SequenceConfig::Transformer(TransformerConfig {
            layers: 2,
            width: 64,
            heads: 4,
            context: 128,
            dropout: 0.1,
        });
        Self {
            generator: shape.clone(),
            discriminator: shape,
            fit: FitConfig { epochs: 10, learning_rate: 1e-3, ..FitConfig::default() },
            game: Game::default(),
        }
    }
}

impl Registered for Config {
    const NAME: &'static str = "gan";
    const SUMMARY: &'static str = "a generator and a discriminator that learn against each other (SeqGAN, ScratchGAN)";
}

impl FitCritic for Config {
    fn check(&self) -> Result<(), ModelError> {
        self.generator.validate().map_err(|error| error.within("generator"))?;
        self.discriminator.validate().map_err(|error| error.within("discriminator"))?;
        self.game.validate()
    }

    fn fit_from(
        &self,
        corpus: &TokenCorpus,
        seed: u64,
        from: Option<&FitState>,
        watch: &mut Watch<'_>,
    ) -> Result<Critic, ModelError> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut gan = self.init(corpus.alphabet, &mut rng)?;
        self.game.play(&mut gan, &self.fit, corpus, &mut rng, from, watch)?;
        Ok(Critic::Discriminator(Arc::new(gan)))
    }

    fn restore(&self, alphabet: Alphabet, arrays: &[NamedArray]) -> Result<Critic, ModelError> {
        let mut gan = self.init(alphabet, &mut Xoshiro256PlusPlus::seed_from_u64(0))?;
        gan.restore(arrays)?;
        Ok(Critic::Discriminator(Arc::new(gan)))
    }
}

impl Config {
    fn init(&self, alphabet: Alphabet, rng: &mut Xoshiro256PlusPlus) -> Result<Gan, ModelError> {
        self.check()?;
        let mut network = |config| Network::init(config, alphabet, rng, &Device::flex());
        Ok(Gan { generator: network(&self.generator), discriminator: network(&self.discriminator) })
    }
}

/// Both networks. At a place the discriminator reads what stands before it, like the generator, and has an output for
/// each token that might stand there: that of the token which does is the place's log-odds of being real.
#[derive(Debug, Clone)]
struct Gan {
    generator: Network,
    discriminator: Network,
}

impl Gan {
    /// Takes over the weights that were kept.
    fn restore(&mut self, arrays: &[NamedArray]) -> Result<(), ModelError> {
        self.generator.model = import(self.generator.model.clone(), GENERATOR, arrays)?;
        self.discriminator.model = import(self.discriminator.model.clone(), DISCRIMINATOR, arrays)?;
        Ok(())
    }
}

impl Discriminator for Gan {
    fn alphabet(&self) -> Alphabet {
        self.discriminator.alphabet
    }

    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f32>> {
        judge(&self.discriminator, pieces)
    }

    fn parameters(&self) -> usize {
        self.generator.model.num_params() + self.discriminator.model.num_params()
    }

    fn keep(&self) -> Vec<NamedArray> {
        let mut arrays = export(&self.generator.model, GENERATOR);
        arrays.extend(export(&self.discriminator.model, DISCRIMINATOR));
        arrays
    }

    fn network(&self) -> Option<&Network> {
        Some(&self.discriminator)
    }
}

#[cfg(test)]
mod tests;
