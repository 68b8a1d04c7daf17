//! Every plot of a comparison, of every kind of comparison.

use super::*;
use crate::statistics::{Comparison, Curve, Measured, ScoreTable, Scores, Settings};

fn comparison(algorithms: &[(&str, &[f64])]) -> Comparison {
    let algorithms = algorithms.iter().map(|(name, scores)| {
        let rows: Vec<_> = scores.iter().map(|&score| vec![score]).collect();
        ((*name).to_owned(), Scores::new(name, &rows).unwrap())
    });
    Comparison::of(&ScoreTable::new(algorithms.collect()).unwrap(), &Settings::default())
}

fn is_whole(svg: &str) {
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

/// The words of a plot.
fn words(svg: &str) -> Vec<&str> {
    svg.lines().map(str::trim).filter(|line| !line.starts_with('<')).collect()
}

#[test]
fn every_plot_draws_every_kind_of_comparison() {
    for comparison in [
        comparison(&[("only", &[3.0])]),
        comparison(&[("equal", &[0.5; 3]), ("constants", &[0.5; 4])]),
        comparison(&[("a < b & c", &[-1e9, 1e9]), ("a name that is far too long to be written", &[1e-9, 2e-9])]),
    ] {
        for svg in [intervals(&comparison, 1, true), profiles(&comparison, true), improvement(&comparison)] {
            is_whole(&svg.unwrap());
        }
    }
}

#[test]
fn intervals_have_a_bar_an_algorithm_and_an_aggregate() {
    let comparison = comparison(&[("a", &[1.0, 2.0, 3.0]), ("b", &[4.0, 5.0])]);
    let bars = |tasks, normalised| intervals(&comparison, tasks, normalised).unwrap().matches("<rect").count();
    // One is the sheet. The median is over tasks, and there is none over one.
    assert_eq!((bars(1, false), bars(2, false), bars(2, true)), (1 + 2 * 2, 1 + 2 * 3, 1 + 2 * 4));
    let svg = intervals(&comparison, 1, false).unwrap();
    assert!(!words(&svg).iter().any(|word| word.contains("optimality")), "{svg}");
}

#[test]
fn the_one_that_rather_scores_higher_stands_left() {
    let svg = improvement(&comparison(&[("low", &[1.0, 2.0]), ("high", &[4.0, 5.0])])).unwrap();
    let words = words(&svg);
    let place = |wanted: &str| words.iter().position(|word| *word == wanted).unwrap();
    assert!(place("high") < place("low"), "{words:?}");
}

#[test]
fn curves_are_drawn_for_those_that_have_one() {
    let comparison = comparison(&[("long", &[1.0]), ("none", &[4.0])]);
    let run = |points: &[(f64, f64)]| Measured::new(points.to_vec()).unwrap();
    let long = [vec![run(&[(1.0, 1.0), (1e6, 2.0)])]];
    let apart = [vec![run(&[(1.0, 1.0)]), run(&[(5.0, 1.0)])]];
    let curves = Curve::of_all(&[&long, &apart], 0);
    let svg = efficiency(&comparison, &curves, "return/mean", "environment steps").unwrap();
    is_whole(&svg);
    assert!(svg.contains("interquartile mean of return/mean") && svg.contains("environment steps"), "{svg}");
    is_whole(&efficiency(&comparison, &Curve::of_all(&[&apart, &apart], 0), "x", "y").unwrap());
}
