//! The figures, held to those of rliable in `tests/fixtures/comparison.json`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    name: String,
    algorithms: BTreeMap<String, Vec<Vec<f64>>>,
    aggregates: BTreeMap<String, BTreeMap<String, Recorded>>,
    probability_of_improvement: Vec<RecordedPair>,
    performance_profiles: RecordedProfiles,
}

/// A figure, and between what values the ends of its interval must lie.
#[derive(Deserialize)]
struct Recorded {
    point: f64,
    ci: [f64; 2],
    brackets: [[f64; 2]; 2],
}

#[derive(Deserialize)]
struct RecordedPair {
    x: String,
    y: String,
    #[serde(flatten)]
    recorded: Recorded,
}

#[derive(Deserialize)]
struct RecordedProfiles {
    taus: Vec<f64>,
    #[serde(flatten)]
    profiles: BTreeMap<String, Vec<Recorded>>,
}

impl Case {
    fn scores(&self, algorithm: &str) -> Scores {
        Scores::new(algorithm, &self.algorithms[algorithm]).unwrap()
    }

    fn table(&self) -> ScoreTable {
        ScoreTable::new(self.algorithms.keys().map(|name| (name.clone(), self.scores(name))).collect()).unwrap()
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../../tests/fixtures/comparison.json")).unwrap()
}

fn assert_agree(ours: &Estimate, recorded: &Recorded, place: &str) {
    // Sums are rounded in proportion to what is summed up, which cancels out in part.
    let rounding = 1e-12 * recorded.ci.iter().fold(recorded.point.abs().max(1.0), |most, end| most.max(end.abs()));
    assert!(
        (ours.point - recorded.point).abs() <= rounding,
        "{place}: {} recorded, {} here",
        recorded.point,
        ours.point
    );
    for (end, [low, high]) in ours.ci.iter().zip(recorded.brackets) {
        assert!(
            (low - rounding..=high + rounding).contains(end),
            "{place}: {:?} recorded, {:?} here, {end} is not within {low} and {high}",
            recorded.ci,
            ours.ci
        );
    }
}

#[test]
fn aggregates_and_their_intervals_are_those_of_rliable() {
    for case in cases() {
        for (algorithm, recorded) in &case.aggregates {
            let ours = Aggregates::estimate(&case.scores(algorithm), 0);
            for (name, ours) in [
                ("iqm", ours.iqm),
                ("median", ours.median),
                ("mean", ours.mean),
                ("optimality_gap", ours.optimality_gap),
            ] {
                assert_agree(&ours, &recorded[name], &format!("{name} of {algorithm} in {}", case.name));
            }
        }
    }
}

#[test]
fn probabilities_of_improvement_and_their_intervals_are_those_of_rliable() {
    for case in cases() {
        let pairs = Comparison::of(&case.table(), &Settings::default()).pairs;
        assert_eq!(pairs.len(), case.probability_of_improvement.len());
        for RecordedPair { x, y, recorded } in &case.probability_of_improvement {
            let found = pairs
                .iter()
                .map(|(pair, _)| pair)
                .find_map(|pair| [pair.clone(), pair.reversed()].into_iter().find(|pair| (&pair.x, &pair.y) == (x, y)));
            assert_agree(&found.unwrap().estimate, recorded, &format!("{x} over {y} in {}", case.name));
        }
    }
}

#[test]
fn performance_profiles_and_their_bands_are_those_of_rliable() {
    for case in cases() {
        let taus = &case.performance_profiles.taus;
        for (algorithm, recorded) in &case.performance_profiles.profiles {
            let Profile(ours) = Profile::of(&case.scores(algorithm), taus, 0);
            assert_eq!(ours.len(), recorded.len());
            for ((ours, recorded), tau) in ours.iter().zip(recorded).zip(taus) {
                assert_agree(ours, recorded, &format!("{algorithm} above {tau} in {}", case.name));
            }
        }
    }
}

#[test]
fn another_seed_draws_other_intervals_and_the_same_points() {
    let scores = cases()[0].scores("a");
    let [first, second] = [0, 1].map(|seed| Aggregates::estimate(&scores, seed));
    assert_eq!(first.iqm.point, second.iqm.point);
    assert_ne!(first.iqm.ci, second.iqm.ci);
}

#[test]
fn the_thresholds_reach_from_all_scores_to_none() {
    for case in cases() {
        let table = case.table();
        let taus = thresholds(&table);
        assert!(taus.is_sorted_by(|left, right| left < right), "{}: {taus:?}", case.name);
        let (lowest, highest) = table.range();
        assert!(taus[taus.len() - 1] >= highest && (taus[0] < lowest || taus[0] == 0.0), "{}: {taus:?}", case.name);
    }
}

#[test]
fn scores_that_are_none_are_refused_with_their_place() {
    let error = |rows: &[Vec<f64>]| Scores::new("ppo", rows).unwrap_err().to_string();
    assert!(
        error(&[vec![1.0, 2.0], vec![1.0, f64::NAN]]).starts_with("algorithm `ppo`, run 1, task 1: NaN is no score")
    );
    assert!(error(&[vec![f64::NEG_INFINITY]]).contains("-inf is no score"));
    assert!(error(&[vec![1e200]]).contains("at most 1e100"));
    assert!(error(&[vec![1.0, 2.0], vec![1.0]]).contains("run 1: 1 tasks, where run 0 has 2"));
    assert!(error(&[]).contains("no runs") && error(&[vec![]]).contains("without tasks"));
}

#[test]
fn tables_that_do_not_compare_are_refused() {
    let scores = |tasks: usize| Scores::new("a", &[vec![1.0; tasks]]).unwrap();
    let error = |table: &[(&str, usize)]| {
        let table = table.iter().map(|&(name, tasks)| (name.to_owned(), scores(tasks))).collect();
        ScoreTable::new(table).unwrap_err().to_string()
    };
    assert!(error(&[]).contains("no algorithms"));
    assert!(error(&[("a", 2), ("b", 3)]).contains("`b` has 3 tasks, where `a` has 2"));
    assert!(error(&[("a", 2), ("a", 2)]).contains("`a` is there twice"));
    assert!(error(&[("a", 2), ("taus", 2)]).contains("`taus`"));
}

fn matrix(runs: std::ops::Range<usize>, tasks: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
    // Few values, so that there are ties.
    prop::collection::vec(prop::collection::vec((-8..8i32).prop_map(|quarters| f64::from(quarters) / 4.0), tasks), runs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_probability_of_improvement_is_the_share_of_pairs_that_win(x in matrix(1..6, 2), y in matrix(1..6, 2)) {
        let mut won = 0.0;
        for (x, y) in x.iter().flat_map(|x| y.iter().map(move |y| (x, y))) {
            won += x.iter().zip(y).map(|(x, y)| if x > y { 1.0 } else if x == y { 0.5 } else { 0.0 }).sum::<f64>();
        }
        let expected = won / (2 * x.len() * y.len()) as f64;
        let [x, y] = [x, y].map(|rows| Scores::new("a", &rows).unwrap());
        let Estimate { point, ci: [low, high] } = probability_of_improvement(&x, &y, 0);
        prop_assert!((point - expected).abs() < 1e-12);
        prop_assert!((0.0..=1.0).contains(&low) && low <= high && high <= 1.0);
    }

    #[test]
    fn aggregates_move_and_stretch_with_scores(rows in matrix(1..6, 3), factor in 0.1..10.0f64, shift in -5.0..5.0f64) {
        let moved: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().map(|score| factor * score + shift).collect()).collect();
        let [before, after] = [&rows, &moved].map(|rows| Aggregates::of(&Scores::new("a", rows).unwrap()));
        for (before, after) in [(before.iqm, after.iqm), (before.median, after.median), (before.mean, after.mean)] {
            prop_assert!((factor * before + shift - after).abs() < 1e-9);
        }
        prop_assert!(before.optimality_gap + before.mean >= 1.0 - 1e-12, "what is above 1 does not count");
    }
}
