//! Normalisation: a score's place between that of the random agent, 0, and that of a reference, 1.

use std::str::FromStr;

use anyhow::bail;
use serde::Serialize;

/// The scores of a task that stand for 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Scale {
    /// The score that becomes 0.
    pub(super) random: f64,
    /// The score that becomes 1.
    pub(super) reference: f64,
}

impl Scale {
    /// The normalised score.
    pub(super) fn apply(self, score: f64) -> f64 {
        (score - self.random) / (self.reference - self.random)
    }
}

/// `NUMBER`, for every task, or `TASK=NUMBER`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given {
    task: Option<String>,
    score: f64,
}

impl FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A task's name may hold an equals sign; a number cannot.
        let (task, number) = text.rsplit_once('=').map_or((None, text), |(task, number)| (Some(task), number));
        let score = number.trim().parse().ok().filter(|score: &f64| score.is_finite());
        let score = score.ok_or_else(|| format!("`{number}` is no number; write NUMBER or TASK=NUMBER"))?;
        Ok(Self { task: task.map(str::to_owned), score })
    }
}

/// What was given on the command line.
#[derive(Clone, Debug, Default)]
pub(super) struct Scales {
    /// Scores that become 0.
    pub(super) random: Vec<Given>,
    /// Scores that become 1.
    pub(super) reference: Vec<Given>,
}

impl Scales {
    /// The scale of each task, of which some know what a random agent scores; `None` without a reference.
    pub(super) fn of(&self, tasks: &[(&str, Option<f64>)]) -> anyhow::Result<Option<Vec<Scale>>> {
        for (option, given) in [("--random", &self.random), ("--reference", &self.reference)] {
            let known = |name: &str| tasks.iter().any(|(task, _)| *task == name);
            if let Some(name) = given.iter().filter_map(|given| given.task.as_deref()).find(|name| !known(name)) {
                let names: Vec<_> = tasks.iter().map(|(task, _)| *task).collect();
                bail!("{option} {name}: there is no such task; the tasks are {}", names.join(", "));
            }
        }
        if self.reference.is_empty() {
            return Ok(None);
        }
        let scale = |&(task, known): &(&str, Option<f64>)| {
            let Some(reference) = score_of(task, &self.reference) else {
                bail!("there is no reference for {task}; add --reference {task}=NUMBER");
            };
            let Some(random) = score_of(task, &self.random).or(known) else {
                bail!("the score of a random agent on {task} is not known for this metric; add --random {task}=NUMBER");
            };
            if random == reference {
                bail!("{task}: the reference scores {reference}, as the random agent does; give another --reference");
            }
            Ok(Scale { random, reference })
        };
        tasks.iter().map(scale).collect::<Result<_, _>>().map(Some)
    }
}

/// The last score that was given for a task by name, or else for every task.
fn score_of(task: &str, given: &[Given]) -> Option<f64> {
    let last = |name: Option<&str>| given.iter().rev().find(|given| given.task.as_deref() == name);
    last(Some(task)).or_else(|| last(None)).map(|given| given.score)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scales(random: &[&str], reference: &[&str]) -> Scales {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Scales { random: parse(random), reference: parse(reference) }
    }

    #[test]
    fn the_random_agent_scores_0_and_the_reference_1() {
        let scale = Scale { random: -200.0, reference: -100.0 };
        assert_eq!([-200.0, -100.0, -250.0].map(|score| scale.apply(score)), [0.0, 1.0, -0.5]);
    }

    #[test]
    fn what_is_given_for_a_task_goes_before_what_is_given_for_all_and_that_before_what_is_known() {
        let tasks = [("melody", Some(-18.0)), ("a=b", None)];
        let given = scales(&["a=b=-3"], &["100", "melody=50"]);
        let expected = [Scale { random: -18.0, reference: 50.0 }, Scale { random: -3.0, reference: 100.0 }];
        assert_eq!(given.of(&tasks).unwrap().unwrap(), expected);
        assert_eq!(scales(&["5"], &[]).of(&tasks).unwrap(), None);
    }

    #[test]
    fn what_is_missing_or_unknown_is_named_with_the_remedy() {
        let error = |random: &[&str], reference: &[&str]| {
            scales(random, reference).of(&[("melody", None), ("phrase", None)]).unwrap_err().to_string()
        };
        assert!(error(&[], &["melodie=3"]).ends_with("the tasks are melody, phrase"));
        assert!(error(&["0"], &["melody=3"]).ends_with("add --reference phrase=NUMBER"));
        assert!(error(&[], &["3"]).ends_with("add --random melody=NUMBER"));
        assert!(error(&["3"], &["3"]).contains("give another --reference"));
        assert!("melody=high".parse::<Given>().unwrap_err().contains("`high` is no number"));
        assert!("NaN".parse::<Given>().is_err());
    }
}
