//! The pages of the plots, each with the plot of one committed run.

use std::fs;

use gradus::plots::{PLOTS, Plot};

use super::{MARK, overview_path, source::plot_documentation};

/// The page of every plot, and the overview.
pub(super) fn pages() -> Vec<(String, String)> {
    let rows = PLOTS.iter().map(|Plot { name, summary, .. }| format!("| [`{name}`]({name}.md) | {summary} |\n"));
    let text = format!(
        "{MARK}# Plots\n\n`gradus plot RUN` draws them all, `gradus plot RUN --plot NAME` one; `gradus list plots` shows the \
         same.\n\n| name | what it shows |\n|---|---|\n{}",
        rows.collect::<String>()
    );
    let mut pages = vec![(overview_path("plots"), text)];
    pages.extend(PLOTS.iter().map(|plot| (format!("reference/plots/{}.md", plot.name), page(plot))));
    pages
}

fn page(Plot { name, summary, .. }: &Plot) -> String {
    let file = format!("src/plots/{}.rs", name.replace('-', "_"));
    let documentation = plot_documentation(&file);
    let picture = format!("images/{name}.svg");
    let picture = if fs::exists(crate::page::sources().join(&picture)).unwrap() {
        format!("\n![{name}](../../{picture})\n")
    } else {
        String::new()
    };
    format!(
        "{MARK}# `{name}`\n\nA plot: {summary}.\n\n{documentation}{picture}\n`gradus plot results/NAME --plot {name}` draws it; \
         several runs are drawn in one picture, a colour each, and with several seeds of a run their mean and spread.\n\n\
         Source: `{file}`.\n"
    )
}
