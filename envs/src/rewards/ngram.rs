//! How likely the corpus finds each token.

use std::{ops::RangeInclusive, sync::Arc};

use gradus_music::{NGram, NGramConfig, Smoothing, Token};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Aspect, Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `ngram`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The longest context and its continuation, in tokens.
    #[schemars(transform = Range::at_least(1).at_most(8))]
    pub order: usize,
    /// How shorter contexts are mixed in.
    pub smoothing: Smoothing,
    /// Each step's log-likelihood is raised to this at least, in nats, so that one surprise cannot drown the rest.
    #[schemars(transform = Range::at_least(-1_000).below(0))]
    pub floor: f32,
}

impl Default for Config {
    fn default() -> Self {
        let NGramConfig { order, smoothing } = NGramConfig::default();
        Self { order, smoothing, floor: -10.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "ngram";
    const SUMMARY: &'static str = "log-likelihood of each token under an n-gram model of the training corpus, in nats";
}

impl TermConfig for Config {
    const NEEDS: &'static [Aspect] = &[Aspect::Tokens];

    fn build(&self, setting: &Setting, library: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        let config = NGramConfig { order: self.order, smoothing: self.smoothing };
        let model = setting.fit_ngram(library, &config)?;
        Ok(Box::new(Likelihood { model: Arc::new(model), floor: self.floor, context: Vec::new(), order: self.order }))
    }
}

/// **Measures** how much the piece sounds like the corpus, token by token.
///
/// **Formula**: ln p(token | the `order - 1` tokens before it) under an interpolated n-gram model fitted on
/// the training part of the corpus, moved into the setting's key; at least `floor`.
/// **Range**: `floor` to 0 nats. **Edge cases**: at the start the context is shorter; tokens of an opening
/// drawn from the corpus belong to it. A few look-ups a step.
/// **Source**: Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling".
#[derive(Clone, Debug)]
struct Likelihood {
    model: Arc<NGram>,
    floor: f32,
    order: usize,
    /// The tokens before the current one, where they reach back into the primer.
    context: Vec<Token>,
}

impl RewardTerm for Likelihood {
    fn reset(&mut self) {
        self.context.clear();
        self.context.reserve(self.order);
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        let Some((&token, before)) = context.tokens.split_last() else {
            return 0.0;
        };
        let step = before.len();
        let reach = self.order - 1;
        let likelihood = if step >= reach || context.primer.is_empty() {
            self.model.log_probability(&before[step.saturating_sub(reach)..], token)
        } else {
            let from_primer = context.primer.len().min(reach - step);
            self.context.clear();
            self.context.extend_from_slice(&context.primer[context.primer.len() - from_primer..]);
            self.context.extend_from_slice(before);
            self.model.log_probability(&self.context, token)
        };
        likelihood.max(self.floor)
    }

    fn range(&self) -> RangeInclusive<f32> {
        self.floor..=0.0
    }
}
