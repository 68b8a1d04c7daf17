//! The perceptron over a window of tokens as a critic.
//!
//! **Says** how likely each token is after the `window` before it, whose places in the bar it knows.
//! **Network**: a table of numbers for each token, the window's side by side, dense layers over them.
//! **Fitted** by Adam on the mean of -ln p over windows of the training pieces;
//! the epoch with the least validation loss is kept.
//! **Blind to** all that lies before the window.
//! **Source**: Bengio et al. 2003, "A neural probabilistic language model".

use gradus_envs::registry::Registered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Critic, FitConfig, FitCritic, FitState, TokenCorpus, Watch, network};
use crate::error::ModelError;
use crate::sequence::{Alphabet, FfnnConfig, SequenceConfig};
use crate::weights::NamedArray;

/// Settings of `ffnn`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The shape of the network.
    pub network: FfnnConfig,
    /// How it is fitted.
    pub fit: FitConfig,
}

impl Registered for Config {
    const NAME: &'static str = "ffnn";
    const SUMMARY: &'static str = "a perceptron over a window of tokens (Bengio et al. 2003)";
}

impl FitCritic for Config {
    fn check(&self) -> Result<(), ModelError> {
        SequenceConfig::Ffnn(self.network.clone()).validate().map_err(|error| error.within("network"))
    }

    fn fit_from(
        &self,
        corpus: &TokenCorpus,
        seed: u64,
        from: Option<&FitState>,
        watch: &mut Watch<'_>,
    ) -> Result<Critic, ModelError> {
        network::fit_new(&SequenceConfig::Ffnn(self.network.clone()), corpus, &self.fit, seed, from, watch)
    }

    fn restore(&self, alphabet: Alphabet, arrays: &[NamedArray]) -> Result<Critic, ModelError> {
        network::restore(&SequenceConfig::Ffnn(self.network.clone()), alphabet, arrays)
    }
}
