//! Scores from a JSON file, of any source.

use std::{fmt, path::Path};

use anyhow::{anyhow, bail};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::{
    scale::Scales,
    subject::{Repetition, Subject, Task},
};
use crate::{
    statistics::{ScoreTable, Scores},
    text,
};

/// Reads `{"algorithm": [[run x task], ...]}`. Scores are taken as normalised, unless there are scales.
pub(super) fn read(path: &Path, scales: &Scales) -> anyhow::Result<Subject> {
    let text = text::read(path)?;
    parse(&text, scales).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn parse(text: &str, scales: &Scales) -> anyhow::Result<Subject> {
    let document: Document = serde_json::from_str(text)
        .map_err(|error| anyhow!("{error}; write {{\"algorithm\": [[a score a task], a list a run], ...}}"))?;
    let algorithms: Vec<_> =
        document.0.iter().map(|(name, runs)| Ok((name.as_str(), rows(name, runs)?))).collect::<anyhow::Result<_>>()?;
    let tasks = algorithms.iter().filter_map(|(_, rows)| rows.first()).map(Vec::len).next().unwrap_or(0);
    let names: Vec<_> = (0..tasks).map(|task| task.to_string()).collect();
    let scales = scales.of(&names.iter().map(|name| (name.as_str(), None)).collect::<Vec<_>>())?;
    let table = algorithms.iter().map(|(name, rows)| {
        let normalised = rows.iter().map(|row| match &scales {
            Some(scales) if row.len() == tasks => {
                row.iter().zip(scales).map(|(&score, scale)| scale.apply(score)).collect()
            }
            _ => row.clone(),
        });
        // The scores as they are first, so that what is wrong with them is told as it stands in the file.
        Scores::new(name, rows)?;
        Ok(((*name).to_owned(), Scores::new(name, &normalised.collect::<Vec<_>>())?))
    });
    let table = ScoreTable::new(table.collect::<anyhow::Result<_>>()?)?;
    let scale = |task: usize| scales.as_ref().map(|scales| scales[task]);
    Ok(Subject {
        metric: "scores".to_owned(),
        repetition: Repetition::Run,
        table,
        normalised: true,
        tasks: names.into_iter().enumerate().map(|(task, name)| Task { name, scale: scale(task) }).collect(),
        curves: None,
        notes: Vec::new(),
    })
}

/// The scores of an algorithm, a row a run.
fn rows(algorithm: &str, runs: &Value) -> anyhow::Result<Vec<Vec<f64>>> {
    let Value::Array(runs) = runs else {
        bail!("algorithm `{algorithm}`: {} is no list of runs; give a list a run", brief(runs));
    };
    let row = |(run, scores): (usize, &Value)| {
        let Value::Array(scores) = scores else {
            bail!("algorithm `{algorithm}`, run {run}: {} is no list of scores; give a score a task", brief(scores));
        };
        let score = |(task, score): (usize, &Value)| {
            score.as_f64().ok_or_else(|| {
                let score = brief(score);
                anyhow!("algorithm `{algorithm}`, run {run}, task {task}: {score} is no score; give a finite number")
            })
        };
        scores.iter().enumerate().map(score).collect()
    };
    runs.iter().enumerate().map(row).collect()
}

/// A value as it stands in the file, if it is short.
fn brief(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    }
}

/// The algorithms in the file's order. A name that comes again is kept, to be refused: a map would drop one of the two.
struct Document(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a list of runs for each algorithm")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Document(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        match parse(text, &Scales::default()) {
            Ok(_) => panic!("{text} is taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn scores_read_back_in_the_order_of_the_file() {
        let subject = parse(r#"{"b": [[1, 2.5], [3, 4]], "a": [[0, 0]]}"#, &Scales::default()).unwrap();
        let algorithms = subject.table.algorithms();
        assert_eq!((algorithms[0].0.as_str(), algorithms[1].0.as_str()), ("b", "a"));
        assert_eq!(algorithms[0].1.rows(), [[1.0, 2.5], [3.0, 4.0]]);
        assert_eq!(subject.tasks.len(), 2);
    }

    #[test]
    fn scales_normalise_each_task_by_its_own() {
        let scales = Scales {
            random: vec!["0".parse().unwrap()],
            reference: vec!["10".parse().unwrap(), "1=20".parse().unwrap()],
        };
        let subject = parse(r#"{"a": [[5, 5]]}"#, &scales).unwrap();
        assert_eq!(subject.table.algorithms()[0].1.rows(), [[0.5, 0.25]]);
    }

    #[test]
    fn what_is_no_score_is_refused_with_its_place() {
        assert!(error(r#"{"a": [[1, 2], [3, null]]}"#).starts_with("algorithm `a`, run 1, task 1: null is no score"));
        assert!(error(r#"{"a": [[1], ["two"]]}"#).contains("run 1, task 0: \"two\" is no score"));
        assert!(error(r#"{"a": [[1, 2], 3]}"#).contains("run 1: 3 is no list of scores"));
        assert!(error(r#"{"a": {"x": 1}}"#).contains("an object is no list of runs"));
        assert!(error(r#"{"a": [[1, NaN]]}"#).contains("line 1 column 12"));
        assert!(error(r#"{"a": [[1]], "a": [[2]]}"#).contains("`a` is there twice"));
        assert!(error(r#"{"a": [[1]], "b": [[1, 2]]}"#).contains("`b` has 2 tasks, where `a` has 1"));
        assert!(error(r#"{"a": [[1, 2], [1]]}"#).contains("run 1: 1 tasks, where run 0 has 2"));
        assert!(error("{}").contains("no algorithms") && error(r#"{"a": []}"#).contains("no runs"));
        assert!(error("[[1]]").contains("an object with a list of runs"));
    }
}
