//! Examples to fit a linear model to: features of pieces, and what is to be said of them.

use rayon::prelude::*;

use super::features::features;
use crate::critics::{CorruptionKind, TokenPiece, Writing, corrupted};

/// Features of pieces with targets and weights.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Examples {
    /// The features of each example, in the order of [`super::features::names`].
    pub(super) rows: Vec<Vec<Option<f64>>>,
    /// A number, or the number of a class.
    pub(super) targets: Vec<f64>,
    /// How much each counts.
    pub(super) weights: Vec<f64>,
}

impl Examples {
    /// Pieces (1) and their damaged copies (0), which weigh together as much as the piece. A piece without any is left out.
    pub(super) fn real_and_corrupted(
        pieces: &[TokenPiece],
        writing: Writing,
        kinds: &[CorruptionKind],
        seed: u64,
    ) -> Self {
        let kinds = if kinds.is_empty() { CorruptionKind::all().collect() } else { kinds.to_vec() };
        let copies: Vec<Vec<Option<Vec<u32>>>> =
            kinds.into_iter().map(|kind| corrupted(pieces, writing, kind, seed)).collect();
        let mut examples: Vec<(&[u32], f64, f64)> = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            let own: Vec<&Vec<u32>> = copies.iter().filter_map(|copies| copies[number].as_ref()).collect();
            if !own.is_empty() {
                examples.push((&piece.tokens, 1.0, 1.0));
            }
            examples.extend(own.iter().map(|copy| (copy.as_slice(), 0.0, 1.0 / own.len() as f64)));
        }
        Self::of(&examples, writing)
    }

    /// Pieces with the number of their collection; those of collections that are not named are left out.
    pub(super) fn of_classes(pieces: &[TokenPiece], writing: Writing, classes: &[String]) -> Self {
        let class = |piece: &TokenPiece| {
            let collection = piece.labels.collection.as_ref()?;
            classes.iter().position(|name| name == collection)
        };
        let example = |piece| Some((tokens(piece), class(piece)? as f64, 1.0));
        Self::of(&pieces.iter().filter_map(example).collect::<Vec<_>>(), writing)
    }

    /// Pieces with their numbers.
    pub(super) fn of_numbers(pieces: &[(&TokenPiece, f64)], writing: Writing) -> Self {
        let examples: Vec<_> = pieces.iter().map(|&(piece, number)| (tokens(piece), number, 1.0)).collect();
        Self::of(&examples, writing)
    }

    fn of(examples: &[(&[u32], f64, f64)], writing: Writing) -> Self {
        Self {
            rows: examples.par_iter().map(|(tokens, ..)| features(writing, tokens)).collect(),
            targets: examples.iter().map(|(_, target, _)| *target).collect(),
            weights: examples.iter().map(|(.., weight)| *weight).collect(),
        }
    }

    /// The targets as numbers of classes.
    pub(super) fn classes(&self) -> Vec<usize> {
        self.targets.iter().map(|target| *target as usize).collect()
    }

    /// What standardises the features.
    pub(super) fn scales(&self) -> Scales {
        let width = self.rows.first().map_or(0, Vec::len);
        let scale = |feature: usize| {
            let values =
                || self.rows.iter().zip(&self.weights).filter_map(|(row, weight)| Some((row[feature]?, weight)));
            let total: f64 = values().map(|(_, weight)| weight).sum();
            if total == 0.0 {
                return (0.0, 1.0);
            }
            let mean = values().map(|(value, weight)| weight * value).sum::<f64>() / total;
            let variance = values().map(|(value, weight)| weight * (value - mean).powi(2)).sum::<f64>() / total;
            let deviation = variance.sqrt();
            // Kept in single precision, hence used so.
            (mean as f32, if deviation > 1e-9 * mean.abs().max(1.0) { deviation as f32 } else { 1.0 })
        };
        Scales((0..width).map(scale).collect())
    }
}

fn tokens(piece: &TokenPiece) -> &[u32] {
    &piece.tokens
}

/// The mean and the standard deviation of each feature; 1 for one that does not vary.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scales(pub(super) Vec<(f32, f32)>);

impl Scales {
    /// Features in standard deviations from the mean; 0 for one without a value.
    pub(super) fn standardise(&self, row: &[Option<f64>]) -> Vec<f64> {
        let standardise = |(value, &(mean, deviation)): (&Option<f64>, &(f32, f32))| {
            value.map_or(0.0, |value| (value - f64::from(mean)) / f64::from(deviation))
        };
        row.iter().zip(&self.0).map(standardise).collect()
    }

    /// The same for every example.
    pub(super) fn standardised(&self, examples: &Examples) -> Vec<Vec<f64>> {
        examples.rows.iter().map(|row| self.standardise(row)).collect()
    }
}
