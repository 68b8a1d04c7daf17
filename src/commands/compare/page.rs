//! A comparison as plots, and as a page of HTML that needs nothing but itself.

use askama::Template;

use super::{
    subject::{Curves, Repetition, Subject},
    tables::{self, Table},
    words,
};
use crate::{
    page::inline,
    plots::{PlotError, comparison as plots},
    statistics::Comparison,
};

/// A plot of a comparison.
pub(in crate::commands) struct Plotted {
    /// The name of its file, without `.svg`.
    pub(super) name: &'static str,
    pub(in crate::commands) title: &'static str,
    /// How to read it.
    pub(in crate::commands) caption: &'static str,
    /// The SVG document.
    pub(super) svg: String,
}

impl Plotted {
    /// The drawing as a part of a page.
    pub(in crate::commands) fn inline(&self) -> String {
        inline(&self.svg)
    }
}

/// Every plot that there is something for.
pub(super) fn plots(subject: &Subject, comparison: &Comparison) -> Result<Vec<Plotted>, PlotError> {
    let several = "Bars: 95 % intervals. Markers: the estimates. The interquartile mean is the mean of all scores of all tasks \
                   without the lowest and the highest quarter; median and mean are over tasks, of each task's mean; the \
                   optimality gap is how far scores fall short of 1.";
    let one = "Bars: 95 % intervals. Markers: the estimates. The interquartile mean is the mean of all scores without the lowest \
               and the highest quarter; the optimality gap is how far scores fall short of 1. A median would be over tasks, and \
               there is one.";
    let mut all = vec![Plotted {
        name: "aggregates",
        title: "Aggregates",
        caption: if subject.tasks.len() > 1 { several } else { one },
        svg: plots::intervals(comparison, subject.tasks.len(), subject.normalised)?,
    }];
    if !comparison.pairs.is_empty() {
        all.push(Plotted {
            name: "probability-of-improvement",
            title: "Probability of improvement",
            caption: "How probable it is that a run of the left algorithm scores higher than one of the right on the same task; \
                      a tie counts half. Where a bar touches the line at 0.5, the runs do not tell the two apart.",
            svg: plots::improvement(comparison)?,
        });
    }
    all.push(Plotted {
        name: "performance-profiles",
        title: "Performance profiles",
        caption: "The share of all scores above a threshold, with 95 % intervals. A line that is above another everywhere is \
                  that of the better algorithm, whatever is asked for.",
        svg: plots::profiles(comparison, subject.normalised)?,
    });
    let Some(Curves { steps, seconds }) = &subject.curves else { return Ok(all) };
    all.push(Plotted {
        name: "sample-efficiency-steps",
        title: "At equal steps",
        caption: "The interquartile mean over runs and tasks, with 95 % intervals, as far as all runs of an algorithm go. A run \
                  stands where the mean of its last tenth so far is.",
        svg: plots::efficiency(comparison, steps, &subject.metric, "environment steps")?,
    });
    if let Some(seconds) = seconds {
        all.push(Plotted {
            name: "sample-efficiency-seconds",
            title: "At equal seconds",
            caption: "The same against the seconds that training took; they compare only where the machine was the same.",
            svg: plots::efficiency(comparison, seconds, &subject.metric, "seconds of training")?,
        });
    }
    Ok(all)
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Page<'a> {
    title: String,
    table: Table,
    sentences: Vec<String>,
    notes: Vec<String>,
    subject: &'a Subject,
    plots: &'a [Plotted],
}

/// The page of a comparison.
pub(super) fn html(subject: &Subject, comparison: &Comparison, plots: &[Plotted]) -> anyhow::Result<String> {
    let names: Vec<_> = comparison.algorithms.iter().map(|compared| compared.name.as_str()).collect();
    let title = match (subject.repetition, names.as_slice()) {
        (Repetition::Run, _) => format!("Scores of {} algorithms", names.len()),
        (Repetition::Seed, names) if names.len() <= 4 => format!("{} of {}", subject.metric, names.join(", ")),
        (Repetition::Seed, names) => format!("{} of {} algorithms", subject.metric, names.len()),
    };
    let page = Page {
        title,
        table: tables::aggregates(subject, comparison),
        sentences: words::sentences(comparison, subject.repetition),
        notes: words::notes(subject, comparison),
        subject,
        plots,
    };
    Ok(page.render()?)
}
