//! Proxy against held-out reward: what happens to what the agent is not paid for.

use super::paths::Paths;
use super::{PlotError, RunSeries};

/// Draws a panel for every term with `eval-only = true`: where it falls while the return rises, the reward is being hacked.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    let mut columns: Vec<&str> = Vec::new();
    for column in runs.iter().flat_map(|run| &run.held_out) {
        if !columns.contains(&column.as_str()) {
            columns.push(column);
        }
    }
    let title = |column: &str| {
        let name = column.strip_prefix("reward/").unwrap_or(column);
        let unpaid = runs.iter().filter(|run| run.held_out.iter().any(|held_out| held_out == column));
        let unpaid: Vec<_> = unpaid.map(|run| run.name.as_str()).collect();
        let where_not = if unpaid.len() < runs.len() { format!(" in {}", unpaid.join(", ")) } else { String::new() };
        format!("{name}, not paid for{where_not}")
    };
    Paths {
        title: "Held-out reward",
        about: "terms that were measured and not paid for, against the return that was; a fall while the return rises is hacking",
        runs,
        along: ("return/mean", "mean episode return, which the agent is paid for"),
        panels: columns.iter().map(|column| (*column, title(column))).collect(),
    }
    .to_svg("return/mean and a reward term with eval-only = true")
}
