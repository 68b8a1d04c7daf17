//! A linear model of features, and what is made of what it says.

use rayon::prelude::*;

use super::Target;
use super::examples::Scales;
use super::features::{features, names};
use super::solve::{Weights, apply, probabilities};
use crate::critics::{Classifier, Discriminator, Excerpt, Regressor, Writing};
use crate::error::ModelError;
use crate::sequence::Alphabet;
use crate::weights::{NamedArray, find};

const WRITING: &str = "writing";
const CONSTANT: &str = "constant";
const FEATURE: &str = "feature.";
const CLASS: &str = "class.";

/// Sums of standardised features by their weights.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Linear {
    alphabet: Alphabet,
    writing: Writing,
    scales: Scales,
    /// Of each output, the constant last: `[outputs][features + 1]`, in single precision as they are kept.
    weights: Weights,
}

impl Linear {
    pub(super) fn new(alphabet: Alphabet, writing: Writing, scales: Scales, weights: &Weights) -> Self {
        let rounded = |weights: &Vec<f64>| weights.iter().map(|weight| f64::from(*weight as f32)).collect();
        Self { alphabet, writing, scales, weights: weights.iter().map(rounded).collect() }
    }

    /// What it says of features.
    pub(super) fn outputs(&self, row: &[Option<f64>]) -> Vec<f64> {
        let row = self.scales.standardise(row);
        self.weights.iter().map(|weights| apply(weights, &row)).collect()
    }

    /// What it says of each piece.
    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f64>> {
        pieces.par_iter().map(|piece| self.outputs(&features(self.writing, own(*piece)))).collect()
    }

    fn parameters(&self) -> usize {
        self.weights.iter().map(Vec::len).sum::<usize>() + 2 * self.scales.0.len()
    }

    /// Each feature under its name: its mean, its standard deviation and its weight in each output.
    fn keep(&self) -> Vec<NamedArray> {
        let vector = |name: String, values: Vec<f32>| NamedArray { name, shape: vec![values.len()], values };
        let column = |index: usize| self.weights.iter().map(move |weights| weights[index] as f32);
        let names = names(self.writing);
        let constant = column(names.len()).collect();
        let feature = |(index, name): (usize, &str)| {
            let (mean, deviation) = self.scales.0[index];
            vector(format!("{FEATURE}{name}"), [mean, deviation].into_iter().chain(column(index)).collect())
        };
        let mut arrays: Vec<NamedArray> = names.into_iter().enumerate().map(feature).collect();
        arrays.push(vector(CONSTANT.to_owned(), constant));
        arrays.push(vector(WRITING.to_owned(), self.writing.numbers()));
        arrays
    }

    /// The model of which `arrays` were kept.
    pub(super) fn restore(alphabet: Alphabet, arrays: &[NamedArray], outputs: usize) -> Result<Self, ModelError> {
        let numbers = find(arrays, WRITING, &[6])?;
        let format = || ModelError::Format { reason: format!("`{WRITING}` does not say how music was written") };
        let writing = Writing::from_numbers(&numbers.values).ok_or_else(format)?;
        let constant = &find(arrays, CONSTANT, &[outputs])?.values;
        let mut scales = Vec::new();
        let mut weights = vec![Vec::new(); outputs];
        for name in names(writing) {
            let values = &find(arrays, &format!("{FEATURE}{name}"), &[2 + outputs])?.values;
            scales.push((values[0], values[1]));
            weights.iter_mut().zip(&values[2..]).for_each(|(weights, value)| weights.push(f64::from(*value)));
        }
        weights.iter_mut().zip(constant).for_each(|(weights, value)| weights.push(f64::from(*value)));
        Ok(Self { alphabet, writing, scales: Scales(scales), weights })
    }
}

/// The tokens of the piece itself, which begins a bar.
fn own(piece: Excerpt<'_>) -> &[u32] {
    &piece.tokens[piece.before.min(piece.tokens.len())..]
}

impl Discriminator for Linear {
    fn alphabet(&self) -> Alphabet {
        self.alphabet
    }

    /// All on the last token: the features are those of the whole piece.
    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f32>> {
        let credit = |(piece, outputs): (&Excerpt<'_>, Vec<f64>)| {
            let mut credit = vec![0.0; piece.tokens.len()];
            if let Some(last) = credit.last_mut() {
                *last = outputs[0] as f32;
            }
            credit
        };
        pieces.iter().zip(self.judge(pieces)).map(credit).collect()
    }

    fn parameters(&self) -> usize {
        self.parameters()
    }

    fn keep(&self) -> Vec<NamedArray> {
        self.keep()
    }
}

/// Says to which collection a piece belongs.
pub(super) struct Style {
    /// The log-odds of each collection against the first.
    pub(super) linear: Linear,
    pub(super) classes: Vec<String>,
}

impl Classifier for Style {
    fn alphabet(&self) -> Alphabet {
        self.linear.alphabet
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f64>> {
        self.linear.judge(pieces).iter().map(|log_odds| probabilities(log_odds)).collect()
    }

    fn parameters(&self) -> usize {
        self.linear.parameters()
    }

    fn keep(&self) -> Vec<NamedArray> {
        let name = |(number, name): (usize, &String)| NamedArray {
            name: format!("{CLASS}{name}"),
            shape: vec![1],
            values: vec![number as f32],
        };
        let mut arrays = self.linear.keep();
        arrays.extend(self.classes.iter().enumerate().map(name));
        arrays
    }
}

/// The names of the collections, as they were kept.
pub(super) fn class_names(arrays: &[NamedArray]) -> Vec<String> {
    let class = |array: &NamedArray| Some((*array.values.first()?, array.name.strip_prefix(CLASS)?.to_owned()));
    let mut names: Vec<(f32, String)> = arrays.iter().filter_map(class).collect();
    names.sort_by(|left, right| left.0.total_cmp(&right.0));
    names.into_iter().map(|(_, name)| name).collect()
}

/// Says a number of a piece.
pub(super) struct Number {
    pub(super) linear: Linear,
    pub(super) target: Target,
}

impl Regressor for Number {
    fn alphabet(&self) -> Alphabet {
        self.linear.alphabet
    }

    fn target(&self) -> Target {
        self.target
    }

    fn features(&self) -> usize {
        self.linear.scales.0.len()
    }

    fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<f64> {
        self.linear.judge(pieces).into_iter().map(|outputs| outputs[0]).collect()
    }

    fn parameters(&self) -> usize {
        self.linear.parameters()
    }

    fn keep(&self) -> Vec<NamedArray> {
        self.linear.keep()
    }
}
