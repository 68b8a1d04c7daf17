//! Classifiers of several kinds.

use serde::Serialize;

use super::{Confusion, mean, share, surprise};

/// Everything about a classifier of several kinds, which calls an example what it finds likeliest, the first of equals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassificationReport {
    /// The examples judged.
    pub examples: usize,
    /// The mean of -ln p of what is true, in nats: 0 to 36.04, because no probability counts as less than 2.2e-16; none
    /// without an example.
    pub log_loss: Option<f64>,
    /// The share of the examples that were called what they are: 0 to 1; none without an example.
    pub accuracy: Option<f64>,
    /// The mean of the kinds' precisions, as far as they have one: 0 to 1.
    pub macro_precision: Option<f64>,
    /// The mean of the kinds' recalls, as far as they have one: 0 to 1.
    pub macro_recall: Option<f64>,
    /// The mean of the kinds' F1, as far as they have one: 0 to 1.
    pub macro_f1: Option<f64>,
    /// Each kind against all others.
    pub classes: Vec<ClassReport>,
    /// How many of each kind (a row) were called each (a column).
    pub confusion: Vec<Vec<usize>>,
}

/// One kind against all others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// Its name.
    pub name: String,
    /// The examples of it.
    pub examples: usize,
    /// See [`Confusion::precision`].
    pub precision: Option<f64>,
    /// See [`Confusion::recall`].
    pub recall: Option<f64>,
    /// See [`Confusion::f1`].
    pub f1: Option<f64>,
}

impl ClassificationReport {
    /// Of examples by what they are, as an index into `names`, and the probability given to each kind.
    pub fn of<P: AsRef<[f64]>>(names: &[String], examples: &[(usize, P)]) -> Self {
        let mut confusion = vec![vec![0; names.len()]; names.len()];
        for (class, probabilities) in examples {
            confusion[*class][likeliest(probabilities.as_ref())] += 1;
        }
        let right = (0..names.len()).map(|class| confusion[class][class]).sum();
        let classes: Vec<ClassReport> =
            names.iter().enumerate().map(|(class, name)| ClassReport::of(name, &confusion, class)).collect();
        Self {
            examples: examples.len(),
            log_loss: mean(examples.iter().map(|(class, probabilities)| surprise(probabilities.as_ref()[*class]))),
            accuracy: share(right, examples.len()),
            macro_precision: mean(classes.iter().filter_map(|class| class.precision)),
            macro_recall: mean(classes.iter().filter_map(|class| class.recall)),
            macro_f1: mean(classes.iter().filter_map(|class| class.f1)),
            classes,
            confusion,
        }
    }
}

impl ClassReport {
    fn of(name: &str, confusion: &[Vec<usize>], class: usize) -> Self {
        let own = confusion[class][class];
        let called: usize = confusion.iter().map(|row| row[class]).sum();
        let examples: usize = confusion[class].iter().sum();
        let against_others = Confusion {
            true_positives: own,
            false_positives: called - own,
            false_negatives: examples - own,
            ..Confusion::default()
        };
        Self {
            name: name.to_owned(),
            examples,
            precision: against_others.precision(),
            recall: against_others.recall(),
            f1: against_others.f1(),
        }
    }
}

fn likeliest(probabilities: &[f64]) -> usize {
    let better = |best: usize, next: usize| if probabilities[next] > probabilities[best] { next } else { best };
    (0..probabilities.len()).reduce(better).unwrap_or(0)
}
