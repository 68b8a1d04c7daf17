//! Priors: models of music that say how likely each next token is, whatever the rewards.

use std::sync::Arc;

use gradus_envs::{Env, Library, VecEnv};
use gradus_music::{NGram, NGramConfig, Token};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::AgentError;

/// A prior, as in a config.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PriorConfig {
    /// An n-gram model of the training corpus.
    Ngram(NGramConfig),
}

/// A fitted prior.
#[derive(Clone, Debug)]
pub(crate) struct Prior {
    model: Arc<NGram>,
}

impl PriorConfig {
    /// Fits the prior; `key` is its place in the config.
    pub(crate) fn fit(&self, key: &str, env: &dyn Env, library: &Library) -> Result<Prior, AgentError> {
        let Self::Ngram(config) = self;
        let Some(setting) = env.setting() else {
            let problem = format!("`{}` does not speak in tokens, which the prior knows", env.spec().name);
            return Err(AgentError::config(key, problem, "leave out the prior, or use `melody`"));
        };
        Ok(Prior { model: Arc::new(setting.fit_ngram(library, config)?) })
    }
}

impl Prior {
    /// Writes ln p(token | piece so far) for every token in every environment, `[envs × tokens]`. An opening that the
    /// environment gave belongs to no piece.
    pub(crate) fn log_probabilities(&self, envs: &VecEnv, log_probabilities: &mut Vec<f32>) {
        log_probabilities.clear();
        for index in 0..envs.len() {
            let piece = envs.env(index).tokens();
            let tokens = (0..self.model.vocabulary_size()).map(|token| Token(token as u8));
            log_probabilities.extend(tokens.map(|token| self.model.log_probability(piece, token)));
        }
    }
}
