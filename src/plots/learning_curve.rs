//! The learning curve: what an agent earns, against the steps it took.

use super::curve::Curve;
use super::figure::Figure;
use super::panel::Panel;
use super::{PlotError, RunSeries};

const RETURN: &str = "return/mean";
const BASELINE: &str = "baseline/random";

/// Draws `return/mean`, and dashed what a random agent earns, where `baseline/random` is there.
pub(super) fn draw(runs: &[RunSeries]) -> Result<String, PlotError> {
    let mut panels = Panel::per_column(runs, RETURN, |column| (column == RETURN).then_some("mean episode return"))?;
    panels[0].baselines = runs.iter().filter_map(baseline).collect();
    // Runs of one task share their baseline.
    panels[0].baselines.dedup();
    Figure { title: "Learning curve", about: "mean return of the episodes that ended in each iteration", runs, panels }
        .to_svg()
}

/// What a random agent earns: the mean over all rows, which hold one value or as many estimates.
fn baseline(run: &RunSeries) -> Option<f64> {
    let points: Vec<_> = Curve::of(run, BASELINE)?.seeds.concat();
    Some(points.iter().map(|point| point.1).sum::<f64>() / points.len() as f64)
}
