//! What a fitted model says of a piece.

use std::{ops::RangeInclusive, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Aspect, Context, RewardTerm, TermConfig};
use crate::{
    critic::RewardCritic, error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting,
};

/// Settings of `critic`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The critic's folder, such as `results/critics/transformer`.
    pub model: PathBuf,
    /// What is made of its opinion.
    pub score: Score,
    /// Whether scores are brought to mean 0 and standard deviation 1 as they come.
    pub normalise: bool,
    /// Lets a discriminator go on learning, against the agent's own pieces; without it the critic stays as it was fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adversarial: Option<Adversarial>,
}

/// How a discriminator goes on learning: one step whenever `batch` pieces have been finished and scored, on them and on as
/// many real stretches of the music that it was fitted to.
///
/// Source: Ho and Ermon 2016, "Generative adversarial imitation learning".
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Adversarial {
    /// Adam's step size.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub learning_rate: f64,
    /// The agent's pieces in a step.
    #[schemars(transform = Range::at_least(1).at_most(4_096))]
    pub batch: usize,
    /// By how much less than 1 the probability is with which real music should be taken for real.
    #[schemars(transform = Range::at_least(0).below(1))]
    pub label_smoothing: f32,
    /// Of the generator that draws the real stretches.
    #[schemars(transform = Range::seed())]
    pub seed: u64,
}

impl Default for Adversarial {
    fn default() -> Self {
        Self { learning_rate: 1e-4, batch: 16, label_smoothing: 0.1, seed: 0 }
    }
}

/// What is made of a critic's opinion of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// ln p of each token after those before it, in nats, at least this.
    LogLikelihood {
        /// One surprise cannot drown the rest.
        #[schemars(transform = Range::at_least(-1_000).below(0))]
        floor: f32,
    },
    /// At the end of a piece, minus the distance of the logarithm of its perplexity to this band: neither noise nor
    /// what anybody could have foreseen.
    PerplexityBand {
        /// The least perplexity that costs nothing.
        #[schemars(transform = Range::at_least(1).at_most(1e6))]
        low: f32,
        /// The greatest.
        #[schemars(transform = Range::at_least(1).at_most(1e6))]
        high: f32,
    },
    /// A discriminator's log-odds at each token that the piece so far is real, divided by the length of a whole piece: so
    /// that a finished piece earns their mean.
    Discriminator {
        /// From minus this to this, before they are divided.
        #[schemars(transform = Range::above(0).at_most(1_000))]
        clip: f32,
    },
}

impl Default for Score {
    fn default() -> Self {
        Self::LogLikelihood { floor: -10.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "critic";
    const SUMMARY: &'static str =
        "what a model fitted to a corpus says of the piece, judged when a rollout is collected";
}

impl TermConfig for Config {
    const NEEDS: &'static [Aspect] = &[Aspect::Tokens];
    const READY: bool = false;

    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Later))
    }

    fn critic(&self, setting: &Setting, library: &Library) -> Option<Result<Box<dyn RewardCritic>, EnvError>> {
        Some(library.critic(self, setting))
    }

    fn normalises(&self) -> bool {
        self.normalise
    }
}

/// **Measures** what a fitted critic says of the piece; nothing while it is composed. All pieces of a rollout are judged in one
/// pass, and what the critic says of each token is added to the reward of that step, before anything is learned from it.
///
/// **Formula**, by `score`: `log-likelihood` gives each token ln p after those before it, at least `floor`; `perplexity-band`
/// gives the last token minus the distance of ln perplexity from the band; `discriminator` gives each token its log-odds of
/// being real, cut to `clip` either way, over the length of a whole piece. With `normalise`, scores are then brought to mean 0 and
/// standard deviation 1. **Range**: 0 at each step, before [`LateRewards`](crate::LateRewards) adds the above.
/// **Edge cases**: an opening from the corpus is read and not judged. With `adversarial`, equal pieces earn other rewards later.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, for likelihoods as rewards; Yu et al. 2017, "`SeqGAN`", and Ho and Ermon 2016
/// for discriminators.
#[derive(Clone, Debug)]
struct Later;

impl RewardTerm for Later {
    fn reset(&mut self) {}

    fn on_step(&mut self, _: &Context<'_>) -> f32 {
        0.0
    }

    fn range(&self) -> RangeInclusive<f32> {
        0.0..=0.0
    }
}
