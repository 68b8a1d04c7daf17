//! Causal self-attention as a critic.
//!
//! **Says** how likely each token is after up to `context` places before it, each of which it can look back at.
//! **Network**: layers of attention and of a perceptron, each normalised before; places are told by rotations and by a learned
//! weight for each distance.
//! **Fitted** by Adam on the mean of -ln p over windows of the training pieces;
//! the epoch with the least validation loss is kept.
//! **Blind to** what lies before the context. A token is foreseen best where the piece repeats itself, so repetition looks good
//! to it: see which damage it does not notice before you reward an agent by it.
//! **Sources**: Vaswani et al. 2017, "Attention is all you need"; Xiong et al. 2020, arXiv 2002.04745, for the place of the
//! normalisation; Su et al. 2021, arXiv 2104.09864, for the rotations.

use gradus_envs::registry::Registered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Critic, FitConfig, FitCritic, FitState, TokenCorpus, Watch, network};
use crate::error::ModelError;
use crate::sequence::{Alphabet, SequenceConfig, TransformerConfig};
use crate::weights::NamedArray;

/// Settings of `transformer`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The shape of the network.
    pub network: TransformerConfig,
    /// How it is fitted.
    pub fit: FitConfig,
}

impl Registered for Config {
    const NAME: &'static str = "transformer";
    const SUMMARY: &'static str = "causal self-attention with rotary positions and learned distances";
}

impl FitCritic for Config {
    fn check(&self) -> Result<(), ModelError> {
        SequenceConfig::Transformer(self.network.clone()).validate().map_err(|error| error.within("network"))
    }

    fn fit_from(
        &self,
        corpus: &TokenCorpus,
        seed: u64,
        from: Option<&FitState>,
        watch: &mut Watch<'_>,
    ) -> Result<Critic, ModelError> {
        network::fit_new(&SequenceConfig::Transformer(self.network.clone()), corpus, &self.fit, seed, from, watch)
    }

    fn restore(&self, alphabet: Alphabet, arrays: &[NamedArray]) -> Result<Critic, ModelError> {
        network::restore(&SequenceConfig::Transformer(self.network.clone()), alphabet, arrays)
    }
}
