//! Long short-term memory as a critic.
//!
//! **Says** how likely each token is after all before it, as far as its state remembers them.
//! **Network**: layers of memory cells with input, forget and output gates, one over the other.
//! **Fitted** by Adam on the mean of -ln p over windows of the training pieces;
//! the epoch with the least validation loss is kept.
//! **Blind to** what its state has forgotten. It needs many steps more than large ones: small minibatches serve it.
//! **Source**: Hochreiter and Schmidhuber 1997, "Long short-term memory"; the forget gate is that of Gers et al. 2000.

use gradus_envs::registry::Registered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Critic, FitConfig, FitCritic, FitState, TokenCorpus, Watch, network};
use crate::error::ModelError;
use crate::sequence::{Alphabet, LstmConfig, SequenceConfig};
use crate::weights::NamedArray;

/// Settings of `lstm`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The shape of the network.
    pub network: LstmConfig,
    /// How it is fitted.
    pub fit: FitConfig,
}

impl Registered for Config {
    const NAME: &'static str = "lstm";
    const SUMMARY: &'static str = "long short-term memory (Hochreiter and Schmidhuber 1997)";
}

impl FitCritic for Config {
    fn check(&self) -> Result<(), ModelError> {
        SequenceConfig::Lstm(self.network.clone()).validate().map_err(|error| error.within("network"))
    }

    fn fit_from(
        &self,
        corpus: &TokenCorpus,
        seed: u64,
        from: Option<&FitState>,
        watch: &mut Watch<'_>,
    ) -> Result<Critic, ModelError> {
        network::fit_new(&SequenceConfig::Lstm(self.network.clone()), corpus, &self.fit, seed, from, watch)
    }

    fn restore(&self, alphabet: Alphabet, arrays: &[NamedArray]) -> Result<Critic, ModelError> {
        network::restore(&SequenceConfig::Lstm(self.network.clone()), alphabet, arrays)
    }
}
