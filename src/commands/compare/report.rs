//! A comparison as one JSON document.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    subject::{Curves, Subject, Task},
    words,
};
use crate::statistics::{Aggregates, Comparison, Curve, Estimate, Improvement, Profile};

/// What is told of algorithms, in whatever form.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    metric: &'a str,
    tasks: &'a [Task],
    /// By name: the aggregates, and the scores that they are of.
    algorithms: Map<String, Value>,
    /// Every pair of algorithms, in both orders.
    probability_of_improvement: Vec<Improvement>,
    /// The thresholds as `taus`, and by name the share of scores above each.
    performance_profiles: Map<String, Value>,
    /// By name the interval of each share.
    performance_profile_intervals: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_efficiency: Option<Efficiency>,
    /// What the pairs say.
    sentences: Vec<String>,
    notes: Vec<String>,
}

/// The interquartile means, by name.
#[derive(Serialize)]
struct Efficiency {
    steps: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct AlgorithmReport {
    runs: usize,
    iqm: Estimate,
    /// Over tasks; that of a single one is the mean.
    median: Estimate,
    mean: Estimate,
    /// None where the scores have no scale on which 1 is a reference.
    optimality_gap: Option<Estimate>,
    /// A list a run, with a score a task.
    scores: Vec<Vec<f64>>,
}

impl<'a> Report<'a> {
    pub(super) fn of(subject: &'a Subject, comparison: &Comparison) -> serde_json::Result<Self> {
        let mut algorithms = Map::new();
        for (compared, (_, scores)) in comparison.algorithms.iter().zip(subject.table.algorithms()) {
            let Aggregates { iqm, median, mean, optimality_gap } = compared.aggregates;
            let optimality_gap = subject.normalised.then_some(optimality_gap);
            let report =
                AlgorithmReport { runs: compared.runs, iqm, median, mean, optimality_gap, scores: scores.rows() };
            algorithms.insert(compared.name.clone(), serde_json::to_value(report)?);
        }
        let both = |(pair, _): &(Improvement, _)| [pair.clone(), pair.reversed()];
        let profiles = |told: fn(&Estimate) -> Value| {
            comparison.algorithms.iter().map(move |compared| {
                let Profile(shares) = &compared.profile;
                (compared.name.clone(), shares.iter().map(told).collect())
            })
        };
        let taus = ("taus".to_owned(), json!(comparison.taus));
        let by_name = |curves: &[Curve]| {
            let named = comparison.algorithms.iter().zip(curves);
            named.map(|(compared, curve)| Ok((compared.name.clone(), serde_json::to_value(curve)?))).collect()
        };
        let efficiency = |Curves { steps, seconds }: &Curves| -> serde_json::Result<Efficiency> {
            Ok(Efficiency { steps: by_name(steps)?, seconds: seconds.as_deref().map(by_name).transpose()? })
        };
        Ok(Self {
            metric: &subject.metric,
            tasks: &subject.tasks,
            algorithms,
            probability_of_improvement: comparison.pairs.iter().flat_map(both).collect(),
            performance_profiles: std::iter::once(taus).chain(profiles(|share| json!(share.point))).collect(),
            performance_profile_intervals: profiles(|share| json!(share.ci)).collect(),
            sample_efficiency: subject.curves.as_ref().map(efficiency).transpose()?,
            sentences: words::sentences(comparison, subject.repetition),
            notes: words::notes(subject, comparison),
        })
    }
}
