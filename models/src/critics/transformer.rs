//! Causal self-attention as a critic.

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
