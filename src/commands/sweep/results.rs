//! What the trials of a sweep came to.

use std::{
    fmt::{self, Display, Formatter},
    path::Path,
};

use serde::Serialize;

use super::{
    super::compare::Run,
    name,
    plan::{Best, Sweep, Trial},
};
use crate::{
    number::{fixed, setting},
    output,
    plots::sweep::{Axis, Ranked},
    statistics::{Aggregates, Estimate, Scores},
};

/// Rows that are printed at most.
const ROWS: usize = 20;

/// Every trial, the best first, and those without a finished training last.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Results {
    metric: String,
    best: Best,
    trials: Vec<TrialResult>,
}

/// What one trial came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct TrialResult {
    trial: String,
    /// What was varied: key and value.
    settings: Vec<(String, toml::Value)>,
    /// The score of each seed that is trained to its end.
    scores: Vec<f64>,
    /// Their interquartile mean with its 95 % interval; none without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    iqm: Option<Estimate>,
}

impl Results {
    /// Reads what lies in the trials' folders.
    pub(super) fn read(sweep: &Sweep, trials: &[Trial], out: &Path) -> anyhow::Result<Self> {
        let result = |(index, trial): (usize, &Trial)| -> anyhow::Result<_> {
            let (trial_name, seeds) = (name(index), sweep.seeds()?);
            let folder = out.join(&trial_name);
            let there = seeds.iter().map(|seed| folder.join(format!("seed-{seed}"))).filter(|run| run.exists());
            let mut scores = Vec::new();
            for run in there {
                // A training that has not come to its first row has no score; one that is on its way has not either.
                let Ok(run) = Run::at(&run) else { continue };
                if run.missing().is_none() {
                    scores.push(run.score(&run.column(&sweep.metric)?, None)?);
                }
            }
            let rows: Vec<_> = scores.iter().map(|&score| vec![score]).collect();
            let iqm = if rows.is_empty() {
                None
            } else {
                Some(Aggregates::estimate(&Scores::new(&trial_name, &rows)?, 0).iqm)
            };
            Ok(TrialResult { trial: trial_name, settings: trial.varied.clone(), scores, iqm })
        };
        let mut trials = trials.iter().enumerate().map(result).collect::<anyhow::Result<Vec<_>>>()?;
        let key = |result: &TrialResult| match (result.iqm, sweep.best) {
            (None, _) => f64::INFINITY,
            (Some(iqm), Best::Highest) => -iqm.point,
            (Some(iqm), Best::Lowest) => iqm.point,
        };
        // Stable: of equal ones the earlier is the better.
        trials.sort_by(|left, right| key(left).total_cmp(&key(right)));
        Ok(Self { metric: sweep.metric.clone(), best: sweep.best, trials })
    }

    /// What a plot shows of the trials that have scores; none without any.
    pub(super) fn to_plot(&self) -> Option<Ranked> {
        let scored: Vec<_> = self.trials.iter().filter_map(|trial| Some((trial, trial.iqm?))).collect();
        let (first, _) = scored.first()?;
        let axis = |index: usize| Axis {
            key: first.settings[index].0.clone(),
            values: scored.iter().map(|(trial, _)| trial.settings[index].1.clone()).collect(),
        };
        Some(Ranked {
            metric: self.metric.clone(),
            axes: (0..first.settings.len()).map(axis).collect(),
            estimates: scored.iter().map(|(_, iqm)| *iqm).collect(),
        })
    }
}

impl Display for Results {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let keys = self.trials.first().into_iter().flat_map(|trial| &trial.settings).map(|(key, _)| key.clone());
        let head = [
            vec!["trial".to_owned()],
            keys.collect(),
            vec![self.metric.clone(), "95 %".to_owned(), "seeds".to_owned()],
        ];
        let row = |TrialResult { trial, settings, scores, iqm }: &TrialResult| {
            let value = |(_, value): &(String, toml::Value)| match value {
                toml::Value::Float(value) => setting(*value),
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let (point, interval) =
                iqm.map_or(("-".to_owned(), String::new()), |Estimate { point, ci: [low, high] }| {
                    (fixed(point, 3), format!("[{}, {}]", fixed(low, 3), fixed(high, 3)))
                });
            let rest = vec![point, interval, scores.len().to_string()];
            [vec![trial.clone()], settings.iter().map(value).collect(), rest].concat()
        };
        let rows = std::iter::once(head.concat()).chain(self.trials.iter().take(ROWS).map(row));
        f.write_str(&output::table(&rows.collect::<Vec<_>>()))?;
        if self.trials.len() > ROWS {
            writeln!(f, "and {} more, which the table has", self.trials.len() - ROWS)?;
        }
        if self.trials.iter().any(|trial| (1..3).contains(&trial.scores.len())) {
            writeln!(
                f,
                "with fewer than 3 seeds a trial, the best may be the luckiest: train it again with other seeds"
            )?;
        }
        Ok(())
    }
}
