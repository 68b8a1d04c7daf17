//! What figures say, in words.

use super::subject::{Repetition, Subject};
use crate::{
    number::aligned,
    statistics::{Comparison, Estimate, Improvement, Verdict},
};

/// Below this many runs a bootstrap has too few different resamples for its intervals to be as wide as they should be.
const FEW: usize = 5;
/// From this many pairs on, some seem different by chance alone.
const MANY_PAIRS: usize = 10;

/// What the runs of each pair of algorithms say, a sentence a pair.
pub(super) fn sentences(comparison: &Comparison, repetition: Repetition) -> Vec<String> {
    comparison.pairs.iter().map(|(pair, verdict)| sentence(comparison, pair, *verdict, repetition)).collect()
}

fn sentence(comparison: &Comparison, pair: &Improvement, verdict: Verdict, repetition: Repetition) -> String {
    // The one first that rather scores higher.
    let turned = if pair.estimate.point < 0.5 { pair.reversed() } else { pair.clone() };
    let Improvement { x, y, estimate } = &turned;
    let beats = format!("{x} beats {y} with probability {}", with_interval(estimate, 2));
    if matches!(verdict, Verdict::XHigher | Verdict::YHigher) {
        return beats;
    }
    let runs = |name: &str| {
        comparison.algorithms.iter().find(|algorithm| algorithm.name == name).map_or(0, |algorithm| algorithm.runs)
    };
    let few = match (runs(&pair.x), runs(&pair.y)) {
        (1, 1) => format!("{} is", repetition.count(1)),
        (left, right) if left == right => format!("{} are", repetition.count(left)),
        (left, right) => format!("{left} and {} are", repetition.count(right)),
    };
    let few = format!("{few} too few to tell {} from {} apart", pair.x, pair.y);
    if verdict == Verdict::TooFewRuns { format!("{few}, whatever they score") } else { format!("{few}: {beats}") }
}

/// Everything that a reader must know besides the figures.
pub(super) fn notes(subject: &Subject, comparison: &Comparison) -> Vec<String> {
    let mut notes = subject.notes.clone();
    let fewest = comparison.algorithms.iter().map(|algorithm| algorithm.runs).min().unwrap_or(0);
    let repetition = subject.repetition;
    if fewest == 1 {
        notes.push(format!("the intervals of a single {repetition} have no width because nothing can be resampled"));
    } else if fewest < FEW {
        notes.push(format!(
            "with fewer than {FEW} {repetition}s on a task, intervals come out narrower than they should"
        ));
    }
    let pairs = comparison.pairs.len();
    if pairs >= MANY_PAIRS {
        notes.push(format!("of {pairs} pairs, about one in twenty seems different by chance alone"));
    }
    if !subject.normalised {
        notes.push("the optimality gap is left out: without --reference nobody knows what score is optimal".to_owned());
    }
    notes
}

/// A figure and its interval.
pub(super) fn with_interval(estimate: &Estimate, decimals: usize) -> String {
    let [low, high] = estimate.ci.map(|end| aligned(end, decimals));
    format!("{} [{low}, {high}]", aligned(estimate.point, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{ScoreTable, Scores, Settings};

    fn comparison(algorithms: &[(&str, &[f64])]) -> Comparison {
        let algorithms = algorithms.iter().map(|(name, scores)| {
            let rows: Vec<_> = scores.iter().map(|&score| vec![score]).collect();
            ((*name).to_owned(), Scores::new(name, &rows).unwrap())
        });
        Comparison::of(&ScoreTable::new(algorithms.collect()).unwrap(), &Settings::default())
    }

    #[test]
    fn a_sentence_says_who_beats_whom_or_that_the_seeds_are_too_few() {
        let comparison = comparison(&[
            ("dqn", &[1.0, 2.0, 3.0, 4.0, 5.0]),
            ("ppo", &[6.0, 7.0, 8.0, 9.0, 10.0]),
            ("sac", &[2.5, 3.5, 2.6, 3.4]),
            ("one", &[100.0]),
        ]);
        let said = sentences(&comparison, Repetition::Seed);
        assert_eq!(said[0], "ppo beats dqn with probability 1.00 [1.00, 1.00]");
        assert!(said[1].starts_with("5 and 4 seeds are too few to tell dqn from sac apart: "), "{}", said[1]);
        assert_eq!(said[2], "5 and 1 seed are too few to tell dqn from one apart, whatever they score");
    }
}
