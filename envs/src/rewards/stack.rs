//! All reward terms of a task together, each one's share kept apart.

use super::{Context, RewardConfig, RewardTerm};
use crate::{critic::WeightedCritic, error::EnvError, library::Library, schedule::Schedule, setting::Setting};

/// A term with its name and weight.
#[derive(Clone)]
pub struct WeightedTerm {
    /// The name under which its share appears.
    pub name: String,
    /// The term.
    pub term: Box<dyn RewardTerm>,
    /// How much it counts.
    pub weight: Schedule,
    /// Whether it is only measured.
    pub eval_only: bool,
}

impl WeightedTerm {
    /// That its value, its share or the sum so far is NaN or infinite.
    #[cold]
    fn not_finite(&self, found: [f32; 3], context: &Context<'_>) -> EnvError {
        let (step, piece) = (context.step, context.piece());
        if let Some(fault) = self.term.fault() {
            return EnvError::ScriptStep { fault: fault.clone(), step, piece };
        }
        let value = found.into_iter().find(|value| !value.is_finite()).unwrap_or(f32::NAN);
        EnvError::NonFiniteReward { term: self.name.clone(), value, step, piece }
    }
}

/// The weighted sum of reward terms.
#[derive(Clone, Default)]
pub struct RewardStack {
    terms: Vec<WeightedTerm>,
    weights: Vec<f32>,
    shares: Vec<f32>,
    critics: Vec<WeightedCritic>,
    allocates: bool,
}

impl RewardStack {
    /// The sum of `terms`.
    pub fn new(terms: Vec<WeightedTerm>) -> Self {
        let shares = vec![0.0; terms.len()];
        let mut stack = Self { weights: shares.clone(), shares, terms, critics: Vec::new(), allocates: false };
        stack.set_progress(0.0);
        stack
    }

    /// Makes the terms that a config asks for, under the names of [`RewardConfig::names`].
    pub fn build(configs: &[RewardConfig], setting: &Setting, library: &Library) -> Result<Self, EnvError> {
        let mut terms: Vec<WeightedTerm> = Vec::with_capacity(configs.len());
        let mut critics = Vec::new();
        let allocates = configs.iter().any(|config| config.config().allocates());
        for (index, (config, name)) in configs.iter().zip(RewardConfig::names(configs)).enumerate() {
            let config = config.config();
            let (weight, eval_only) = (config.weight(), config.is_eval_only());
            let term = config.build(setting, library).map_err(|error| numbered(error, index))?;
            terms.push(WeightedTerm { name, term, weight, eval_only });
            critics.extend(config.critic(index, setting, library).map_err(|error| numbered(error, index))?);
        }
        Ok(Self { critics, allocates, ..Self::new(terms) })
    }

    /// The critics that judge once a piece is there.
    pub fn critics(&self) -> &[WeightedCritic] {
        &self.critics
    }

    /// Whether a term allocates as it judges.
    pub fn allocates(&self) -> bool {
        self.allocates
    }

    /// The terms' names, in the order of [`RewardStack::shares`].
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.name.as_str())
    }

    /// Whether the term of that number is only measured.
    pub fn is_eval_only(&self, term: usize) -> bool {
        self.terms[term].eval_only
    }

    /// Tells how much of the training is done, from 0 to 1, for the weights that follow it.
    pub fn set_progress(&mut self, progress: f32) {
        for (weight, term) in self.weights.iter_mut().zip(&self.terms) {
            *weight = term.weight.at(f64::from(progress)) as f32;
        }
    }

    /// Back to before the first step.
    pub fn reset(&mut self) {
        self.shares.fill(0.0);
        for WeightedTerm { term, .. } in &mut self.terms {
            term.reset();
        }
    }

    /// Judges the current step, and the whole piece if it is `finished`; the sum of all shares that count.
    ///
    /// A term that gives NaN or an infinity, or makes the sum infinite, is an error with the term's name, or what it knows of the reason, the step
    /// and the piece.
    pub fn on_step(&mut self, context: &Context<'_>, finished: bool) -> Result<f32, EnvError> {
        let mut sum = 0.0;
        for ((slot, &weight), share) in self.terms.iter_mut().zip(&self.weights).zip(&mut self.shares) {
            let mut value = slot.term.on_step(context);
            if finished {
                value += slot.term.on_end(context);
            }
            *share = weight * value;
            if !slot.eval_only {
                sum += *share;
            }
            // Where the value is not finite, neither is its share.
            if !(share.is_finite() && sum.is_finite()) {
                return Err(slot.not_finite([value, *share, sum], context));
            }
        }
        Ok(sum)
    }

    /// Each term's weighted share of the last step's reward.
    pub fn shares(&self) -> &[f32] {
        &self.shares
    }
}

/// The error of a term with its number, as a config counts them.
fn numbered(error: EnvError, index: usize) -> EnvError {
    match error {
        EnvError::Config { key, problem, remedy } => {
            let key = key.strip_prefix("reward.").map_or(key.clone(), |term| format!("reward.{index}.{term}"));
            EnvError::Config { key, problem, remedy }
        }
        other => other,
    }
}
