//! Linear models of named musical features as critics: they say at once why they judge as they do.
//!
//! **Says** of a piece whether it is real or damaged, to which collection it belongs, or a number, by `problem`.
//! **Fitted** in one go by Newton's method or in closed form, with `l2` against large weights; nothing but the damage is random.
//! **Blind to** damage that it was not fitted to: name as many as you can.
//!
//! Features are standardised by their mean and standard deviation in the training part, and one that has no value in a piece
//! counts as that mean. Damaged copies weigh together as much as the pieces that they were made of, so that the log-odds
//! mean those of a piece picked from two piles of the same height.

mod examples;
mod features;
mod model;
mod solve;

use std::sync::Arc;

use gradus_envs::{
    range::{self, Range},
    registry::Registered,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Classifier, CorruptionKind, Critic, Discriminator, Epoch, Excerpt, FitCritic, FitState, Moment, Regressor,
    TokenCorpus, TokenPiece, Watch, Writing,
};
use crate::error::ModelError;
use crate::evaluation::{BinaryReport, ClassificationReport, RegressionReport};
use crate::sequence::Alphabet;
use crate::weights::NamedArray;
use examples::Examples;
use model::{Linear, Number, Style};

/// Settings of `linear`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// What it learns to say of a piece.
    pub problem: Problem,
    /// For `real`: the damages to tell music from; all that can be written if none is named.
    pub corruptions: Vec<CorruptionKind>,
    /// For `number`: which number.
    pub target: Target,
    /// How much large weights cost: `l2 / 2` times the sum of their squares, beside a loss that is summed over the examples.
    #[schemars(transform = Range::above(0).at_most(1e12))]
    pub l2: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self { problem: Problem::Real, corruptions: Vec::new(), target: Target::Tempo, l2: 1.0 }
    }
}

/// What a linear critic says of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// Whether it is real music or a damaged copy: logistic regression.
    Real,
    /// To which collection it belongs: multinomial logistic regression.
    Style,
    /// A number: ridge regression.
    Number,
}

/// A number that can be said of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Its first stated tempo, in quarter-note beats a minute.
    Tempo,
    /// Its length in quarter-note beats.
    LengthInBeats,
}

impl Target {
    /// Its name in a config.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tempo => "tempo",
            Self::LengthInBeats => "length-in-beats",
        }
    }

    /// The number for each piece that says it, with the piece.
    pub fn of(self, pieces: &[TokenPiece], writing: Writing) -> Vec<(&TokenPiece, f64)> {
        let beats = |tokens: usize| writing.steps(tokens) as f64 / f64::from(writing.notation().grid.steps_per_beat());
        let number = |piece: &TokenPiece| match self {
            Self::Tempo => piece.labels.tempo.map(gradus_music::Tempo::bpm),
            Self::LengthInBeats => Some(beats(piece.tokens.len())),
        };
        pieces.iter().filter_map(|piece| Some((piece, number(piece)?))).collect()
    }
}

impl Registered for Config {
    const NAME: &'static str = "linear";
    const SUMMARY: &'static str = "logistic or ridge regression on named musical features";
}

impl FitCritic for Config {
    /// It has one epoch, so it always begins at the beginning.
    fn fit_from(
        &self,
        corpus: &TokenCorpus,
        seed: u64,
        _: Option<&FitState>,
        watch: &mut Watch<'_>,
    ) -> Result<Critic, ModelError> {
        range::check("", self)?;
        if corpus.train.is_empty() || corpus.validation.is_empty() {
            return Err(ModelError::TooFewPieces { train: corpus.train.len(), validation: corpus.validation.len() });
        }
        match self.problem {
            Problem::Real => self.fit_real(corpus, seed, watch),
            Problem::Style => self.fit_style(corpus, watch),
            Problem::Number => self.fit_number(corpus, watch),
        }
    }

    fn restore(&self, alphabet: Alphabet, arrays: &[NamedArray]) -> Result<Critic, ModelError> {
        let linear = |outputs| Linear::restore(alphabet, arrays, outputs);
        Ok(match self.problem {
            Problem::Real => Critic::Discriminator(Arc::new(linear(1)?)),
            Problem::Style => {
                let classes = model::class_names(arrays);
                Critic::Classifier(Arc::new(Style { linear: linear(classes.len().saturating_sub(1))?, classes }))
            }
            Problem::Number => Critic::Regressor(Arc::new(Number { linear: linear(1)?, target: self.target })),
        })
    }
}

impl Config {
    fn fit_real(&self, corpus: &TokenCorpus, seed: u64, watch: &mut Watch<'_>) -> Result<Critic, ModelError> {
        let examples = |pieces| Examples::real_and_corrupted(pieces, corpus.writing, &self.corruptions, seed);
        let train = examples(&corpus.train);
        if train.targets.is_empty() {
            let reason = "none of the corruptions can be written in these tokens; name others";
            return Err(ModelError::Labels { problem: "real", reason: reason.to_owned() });
        }
        let scales = train.scales();
        let weights = solve::logistic(&scales.standardised(&train), &train.classes(), &train.weights, 2, self.l2);
        let model = Linear::new(corpus.alphabet, corpus.writing, scales, &weights);
        let judged = |examples: &Examples| {
            let told = examples.rows.iter().map(|row| <dyn Discriminator>::probability(model.outputs(row)[0]));
            let judged: Vec<(bool, f64)> = examples.targets.iter().map(|target| *target > 0.5).zip(told).collect();
            BinaryReport::of(&judged)
        };
        let (train, validation) = (judged(&train), judged(&examples(&corpus.validation)));
        let figures = [
            ("train/log-loss", train.log_loss),
            ("validation/log-loss", validation.log_loss),
            ("validation/accuracy", validation.accuracy),
            ("validation/auc", validation.auc),
        ];
        report(&figures, validation.log_loss, watch);
        Ok(Critic::Discriminator(Arc::new(model)))
    }

    fn fit_style(&self, corpus: &TokenCorpus, watch: &mut Watch<'_>) -> Result<Critic, ModelError> {
        let mut classes: Vec<String> =
            corpus.train.iter().filter_map(|piece| piece.labels.collection.clone()).collect();
        classes.sort_unstable();
        classes.dedup();
        if classes.len() < 2 {
            let reason = format!(
                "the training pieces belong to {} collection{}; give a corpus of two or more (a subfolder makes one)",
                classes.len(),
                if classes.len() == 1 { "" } else { "s" }
            );
            return Err(ModelError::Labels { problem: "style", reason });
        }
        let train = Examples::of_classes(&corpus.train, corpus.writing, &classes);
        let scales = train.scales();
        let rows = scales.standardised(&train);
        let weights = solve::logistic(&rows, &train.classes(), &train.weights, classes.len(), self.l2);
        let linear = Linear::new(corpus.alphabet, corpus.writing, scales, &weights);
        let model = Style { linear, classes };
        let validation = style_report(&model, &corpus.validation);
        let figures = [
            ("validation/log-loss", validation.log_loss),
            ("validation/accuracy", validation.accuracy),
            ("validation/macro-f1", validation.macro_f1),
        ];
        report(&figures, validation.log_loss, watch);
        Ok(Critic::Classifier(Arc::new(model)))
    }

    fn fit_number(&self, corpus: &TokenCorpus, watch: &mut Watch<'_>) -> Result<Critic, ModelError> {
        let train = Examples::of_numbers(&self.target.of(&corpus.train, corpus.writing), corpus.writing);
        if train.targets.is_empty() {
            let reason = format!("no training piece says its {}; choose another target or corpus", self.target.name());
            return Err(ModelError::Labels { problem: "number", reason });
        }
        let scales = train.scales();
        let weights = solve::ridge(&scales.standardised(&train), &train.targets, self.l2);
        let linear = Linear::new(corpus.alphabet, corpus.writing, scales, &weights);
        let model = Number { linear, target: self.target };
        let validation = number_report(&model, &self.target.of(&corpus.validation, corpus.writing));
        let figures = [
            ("validation/mean-absolute-error", validation.mean_absolute_error),
            ("validation/root-mean-squared-error", validation.root_mean_squared_error),
            ("validation/r2", validation.r2),
        ];
        report(&figures, validation.mean_squared_error, watch);
        Ok(Critic::Regressor(Arc::new(model)))
    }
}

/// How well collections are told apart; pieces of collections that the model does not know are left out.
pub fn style_report(model: &dyn Classifier, pieces: &[TokenPiece]) -> ClassificationReport {
    let class = |piece: &TokenPiece| {
        let collection = piece.labels.collection.as_ref()?;
        model.classes().iter().position(|name| name == collection)
    };
    let (classes, tokens): (Vec<usize>, Vec<Excerpt<'_>>) =
        pieces.iter().filter_map(|piece| Some((class(piece)?, Excerpt::from(piece.tokens.as_slice())))).unzip();
    let examples: Vec<(usize, Vec<f64>)> = classes.into_iter().zip(model.judge(&tokens)).collect();
    ClassificationReport::of(model.classes(), &examples)
}

/// How well a number is told.
pub fn number_report(model: &dyn Regressor, pieces: &[(&TokenPiece, f64)]) -> RegressionReport {
    let tokens: Vec<Excerpt<'_>> = pieces.iter().map(|(piece, _)| piece.tokens.as_slice().into()).collect();
    let examples: Vec<(f64, f64)> = pieces.iter().map(|(_, number)| *number).zip(model.judge(&tokens)).collect();
    RegressionReport::of(&examples, model.features())
}

/// The only epoch there is.
fn report(figures: &[(&'static str, Option<f64>)], validation_loss: Option<f64>, watch: &mut Watch<'_>) {
    let figures = figures.iter().filter_map(|&(name, value)| Some((name, value?))).collect();
    let epoch = Epoch { epoch: 1, figures, validation_loss: validation_loss.unwrap_or(f64::INFINITY), best: true };
    watch(Moment { done: 1.0, epoch: Some(&epoch), state: None });
}

#[cfg(test)]
mod tests;
