//! The figures, held to those of scikit-learn in `tests/fixtures/evaluation.json`.

use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Deserialize)]
struct Record {
    binary: Vec<Case<(bool, f64)>>,
    classes: Vec<Case<(usize, Vec<f64>)>>,
    regression: Vec<Case<(f64, f64)>>,
}

#[derive(Deserialize)]
struct Case<E> {
    name: String,
    #[serde(default)]
    features: usize,
    examples: Vec<E>,
    report: Value,
}

fn record() -> Record {
    serde_json::from_str(include_str!("../../tests/fixtures/evaluation.json")).unwrap()
}

/// Whatever the record holds is in ours, and the same up to rounding.
fn assert_agree(recorded: &Value, ours: &Value, place: &str) {
    match (recorded, ours) {
        (Value::Object(fields), Value::Object(_)) => {
            for (name, value) in fields {
                assert_agree(value, &ours[name], &format!("{place}: {name}"));
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            assert_eq!(left.len(), right.len(), "{place}");
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                assert_agree(left, right, &format!("{place}[{index}]"));
            }
        }
        (Value::Number(_), Value::Number(_)) => {
            let (left, right) = (recorded.as_f64().unwrap(), ours.as_f64().unwrap());
            assert!((left - right).abs() <= 1e-12 * left.abs().max(1.0), "{place}: {left} recorded, {right} here");
        }
        _ => assert_eq!(recorded, ours, "{place}"),
    }
}

#[test]
fn classifiers_of_two_kinds_are_judged_as_scikit_learn_does() {
    for case in record().binary {
        let ours = serde_json::to_value(BinaryReport::of(&case.examples)).unwrap();
        assert_agree(&case.report, &ours, &case.name);
    }
}

#[test]
fn classifiers_of_several_kinds_are_judged_as_scikit_learn_does() {
    for case in record().classes {
        let names: Vec<String> = (0..case.examples[0].1.len()).map(|class| class.to_string()).collect();
        let ours = serde_json::to_value(ClassificationReport::of(&names, &case.examples)).unwrap();
        assert_agree(&case.report, &ours, &case.name);
    }
}

#[test]
fn models_of_numbers_are_judged_as_scikit_learn_does() {
    for case in record().regression {
        let ours = serde_json::to_value(RegressionReport::of(&case.examples, case.features)).unwrap();
        assert_agree(&case.report, &ours, &case.name);
    }
}

#[test]
fn without_an_example_no_figure_has_a_value() {
    let report = BinaryReport::of(&[]);
    assert_eq!((report.log_loss, report.brier, report.accuracy, report.auc), (None, None, None, None));
    assert_eq!((report.calibration.expected_error, report.roc.len()), (None, 0));
    let report = ClassificationReport::of::<Vec<f64>>(&["one".to_owned()], &[]);
    assert_eq!((report.log_loss, report.macro_f1, report.confusion), (None, None, vec![vec![0]]));
    let report = RegressionReport::of(&[], 0);
    assert_eq!((report.mean_absolute_error, report.r2, report.adjusted_r2), (None, None, None));
}
