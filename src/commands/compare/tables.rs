//! The figures as tables, for the terminal and for the page.

use super::{subject::Subject, words};
use crate::{
    number::decimals,
    output,
    statistics::{Aggregates, Comparison},
};

/// A table with a row of heads; the first cell of a row names it.
pub(in crate::commands) struct Table {
    /// How to read it.
    pub(in crate::commands) about: String,
    /// The heads of the columns.
    pub(in crate::commands) head: Vec<String>,
    /// A cell a column.
    pub(in crate::commands) rows: Vec<Vec<String>>,
}

/// The aggregates of every algorithm.
pub(super) fn aggregates(subject: &Subject, comparison: &Comparison) -> Table {
    let several = subject.tasks.len() > 1;
    let mut head = vec!["algorithm".to_owned(), format!("{}s", subject.repetition), "IQM".to_owned()];
    head.extend(several.then(|| "median over tasks".to_owned()));
    head.push(if several { "mean over tasks" } else { "mean" }.to_owned());
    head.extend(subject.normalised.then(|| "optimality gap".to_owned()));
    let rows = comparison.algorithms.iter().map(|compared| {
        let Aggregates { iqm, median, mean, optimality_gap } = compared.aggregates;
        let mut told = vec![iqm];
        told.extend(several.then_some(median));
        told.push(mean);
        told.extend(subject.normalised.then_some(optimality_gap));
        let largest = told.iter().map(|estimate| estimate.point.abs()).fold(0.0, f64::max);
        let decimals = decimals(largest);
        let figures = told.iter().map(|estimate| words::with_interval(estimate, decimals));
        [compared.name.clone(), compared.runs.to_string()].into_iter().chain(figures).collect()
    });
    Table { about: about(subject), head, rows: rows.collect() }
}

/// What the scores are.
fn about(subject: &Subject) -> String {
    let names: Vec<_> = subject.tasks.iter().map(|task| task.name.as_str()).collect();
    let tasks = match names.as_slice() {
        [only] => format!("task {only}"),
        names if names.len() <= 6 => format!("tasks {}", names.join(", ")),
        names => format!("{} tasks", names.len()),
    };
    let scale = if subject.has_scales() { "; 0 is the random agent and 1 the reference" } else { "" };
    let steps = subject.steps.as_ref().map_or_else(String::new, |steps| format!(" after {steps} steps"));
    format!("{}, {tasks}{steps}{scale}; 95 % intervals by a stratified bootstrap", subject.metric)
}

/// All of it for the terminal.
pub(super) fn text(subject: &Subject, comparison: &Comparison) -> String {
    let Table { about, head, rows } = aggregates(subject, comparison);
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let mut text = format!("{about}\n{}", output::table(&rows));
    for (title, lines) in
        [("", words::sentences(comparison, subject.repetition)), ("note: ", words::notes(subject, comparison))]
    {
        if !lines.is_empty() {
            text.push('\n');
        }
        for line in lines {
            text += format!("{title}{line}\n").as_str();
        }
    }
    text
}
