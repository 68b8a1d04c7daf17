//! Holding an agent to a model of music: a price for every nat that it moves away.
//!
//! **Sources**: Jaques et al. 2017, "Sequence tutor" (arXiv 1611.02796), section 3.2, for the reward less the divergence
//! from a frozen prior; Ziegler et al. 2019, "Fine-tuning language models from human preferences" (arXiv 1909.08593),
//! section 2.2, for the coefficient that follows a target.

use std::{path::PathBuf, sync::Arc};

use gradus_envs::range::Range;
use gradus_models::critics::NextToken;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    algos::{Iteration, Task},
    error::AgentError,
    policy::reads_tokens,
    rollout::Rollout,
    segments::{Segment, judged},
};

/// The frozen prior of an agent, as in `agent.ppo.prior`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnchorConfig {
    /// The folder of a fitted critic that says what comes next.
    pub model: PathBuf,
    /// What a nat of divergence costs, in units of the reward.
    #[schemars(transform = Range::at_least(0).at_most(1e6))]
    pub kl_coefficient: f64,
    /// Lets the coefficient follow a target; it stays if not given.
    #[serde(default)]
    pub adaptive: Option<Adaptive>,
}

/// How the coefficient follows a target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Adaptive {
    /// The divergence to keep, in nats a token.
    #[schemars(transform = Range::above(0).at_most(100))]
    pub target: f64,
    /// Environment steps over which the coefficient may change by a fifth.
    #[schemars(transform = Range::above(0).at_most(1e12))]
    pub horizon: f64,
}

impl Adaptive {
    /// How far off the target one correction may think it is.
    const LARGEST_ERROR: f64 = 0.2;

    /// The coefficient after so many steps at a divergence.
    fn follow(self, coefficient: f64, kl: f64, steps: usize) -> f64 {
        let error = (kl / self.target - 1.0).clamp(-Self::LARGEST_ERROR, Self::LARGEST_ERROR);
        coefficient * (1.0 + error * (steps as f64 / self.horizon).min(1.0))
    }
}

/// A frozen prior and what it costs to leave it.
pub(crate) struct Anchor {
    model: Arc<dyn NextToken>,
    coefficient: f64,
    adaptive: Option<Adaptive>,
}

/// What a rollout was like beside the prior.
pub(crate) struct Drift {
    /// The mean of ln policy - ln prior over the actions taken: an estimate of the divergence, in nats a token.
    kl: f64,
    /// The mean of ln prior, in nats a token.
    log_likelihood: f64,
    /// What a nat cost.
    coefficient: f64,
}

impl Anchor {
    /// Opens the prior; `key` is its place in the config.
    pub(crate) fn open(config: &AnchorConfig, key: &str, task: &Task<'_>) -> Result<Self, AgentError> {
        reads_tokens(key, task.env)?;
        let setting = task.env.setting().expect("what speaks in tokens has a setting");
        let refuse =
            |why: gradus_models::critics::Refusal| AgentError::config(&format!("{key}.model"), why.problem, why.remedy);
        let model = task.models.next_token(&config.model, setting).map_err(refuse)?;
        Ok(Self { model, coefficient: config.kl_coefficient, adaptive: config.adaptive })
    }

    /// What a nat costs now.
    pub(crate) fn coefficient(&self) -> f64 {
        self.coefficient
    }

    /// What a nat costs from now on.
    pub(crate) fn set_coefficient(&mut self, coefficient: f64) {
        self.coefficient = coefficient;
    }

    /// Takes the price of each action off its reward; all segments go through the prior in one pass.
    pub(crate) fn charge(&mut self, rollout: &mut Rollout, segments: &[Segment]) -> Drift {
        let judged = judged(segments, rollout, |excerpts| self.model.judge(excerpts));
        let (mut kl, mut log_likelihood) = (0.0, 0.0);
        for &(index, opinion) in &judged {
            let ratio = f64::from(rollout.log_probabilities[index] - opinion.log_p);
            rollout.rewards[index] -= (self.coefficient * ratio) as f32;
            kl += ratio;
            log_likelihood += f64::from(opinion.log_p);
        }
        let count = judged.len().max(1) as f64;
        let drift = Drift { kl: kl / count, log_likelihood: log_likelihood / count, coefficient: self.coefficient };
        if let Some(adaptive) = self.adaptive {
            self.coefficient = adaptive.follow(self.coefficient, drift.kl, judged.len());
        }
        drift
    }
}

impl Drift {
    /// Names what is worth a look.
    pub(crate) fn report(&self, iteration: &mut Iteration) {
        iteration.report("prior/kl", self.kl);
        iteration.report("prior/log-likelihood", self.log_likelihood);
        iteration.report("prior/kl-coefficient", self.coefficient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coefficient_rises_above_the_target_and_falls_below_it() {
        let adaptive = Adaptive { target: 0.5, horizon: 1000.0 };
        assert!((adaptive.follow(1.0, 5.0, 1000) - 1.2).abs() < 1e-12);
        assert!((adaptive.follow(1.0, 0.1, 500) - 0.9).abs() < 1e-12);
        assert!((adaptive.follow(2.0, 0.55, 100) - 2.02).abs() < 1e-12);
        assert!((adaptive.follow(1.0, 0.5, 100) - 1.0).abs() < 1e-12);
    }
}
