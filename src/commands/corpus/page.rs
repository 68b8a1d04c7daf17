//! The figures of a corpus as a page of HTML that needs nothing but itself.

use askama::Template;

use super::{
    report::Report,
    tables::{Table, tables},
};
use crate::{page::inline, plots::corpus};

#[derive(Template)]
#[template(path = "corpus.html")]
struct Page<'a> {
    name: &'a str,
    tables: Vec<Table>,
    quantities: Vec<Plotted>,
    /// Empty where no piece has a key.
    pitch_classes: String,
}

/// The plots of a quantity.
struct Plotted {
    name: &'static str,
    histogram: String,
    box_plot: String,
}

/// The page of a corpus.
pub(super) fn html(report: &Report<'_>) -> anyhow::Result<String> {
    let summary = &report.summary;
    let mut quantities = Vec::new();
    for (name, quantity) in summary.quantities.by_name() {
        let Some(quantity) = quantity else { continue };
        let (histogram, box_plot) = (corpus::histogram(quantity)?, corpus::box_plot(quantity)?);
        quantities.push(Plotted { name, histogram: inline(&histogram), box_plot: inline(&box_plot) });
    }
    let rows = &summary.pitch_classes;
    let pitch_classes = if rows.is_empty() { String::new() } else { inline(&corpus::heat_map(rows)?) };
    Ok(Page { name: report.corpus, tables: tables(report), quantities, pitch_classes }.render()?)
}
