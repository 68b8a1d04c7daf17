//! Plots of what run directories hold, as SVG.
//!
//! A plot reads nothing but [`RunSeries`], so any run can be plotted again later. To add one, write
//! a file with a `draw` function, and give it a `mod` line and a row of [`PLOTS`] here; `gradus
//! list`, the command line and the tests below follow from the row. Plots of a [`corpus`], of a [`comparison`], of an audit
//! and of a [`sweep`] stand apart.

mod action_histogram;
mod axis;
mod canvas;
mod chart;
pub mod comparison;
pub mod corpus;
mod curve;
mod error;
mod figure;
mod legend;
mod palette;
mod panel;
mod png;
mod ruler;
mod series;
mod shades;

pub mod audit_matrix;
mod diagnostics;
pub mod fit_curve;
mod held_out;
mod learning_curve;
mod losses;
mod paths;
pub mod returns;
mod reward_against_kl;
mod reward_terms;
mod speed;
mod stacked_terms;
pub mod sweep;

pub use error::PlotError;
pub use png::{Picture, picture, png};
pub use series::RunSeries;

/// A plot that can be asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct Plot {
    /// The name on the command line and of the file.
    pub name: &'static str,
    /// What it shows, in a line.
    pub summary: &'static str,
    /// Draws runs, each in its own colour, and returns the SVG document.
    pub draw: fn(&[RunSeries]) -> Result<String, PlotError>,
}

/// Every plot.
#[rustfmt::skip]
pub static PLOTS: &[Plot] = &[
    Plot { name: "learning-curve", summary: "mean episode return against steps", draw: learning_curve::draw },
    Plot { name: "reward-terms", summary: "what each reward term gave, a panel a term", draw: reward_terms::draw },
    Plot { name: "stacked-terms", summary: "what the return is made of, term upon term", draw: stacked_terms::draw },
    Plot { name: "held-out", summary: "each term that was not paid for against the return, which was", draw: held_out::draw },
    Plot { name: "reward-against-kl", summary: "mean return against the distance from the prior", draw: reward_against_kl::draw },
    Plot { name: "action-histogram", summary: "how often the trained agent takes each action", draw: action_histogram::draw },
    Plot { name: "losses", summary: "what the optimiser minimised, a panel a loss", draw: losses::draw },
    Plot { name: "diagnostics", summary: "whether the algorithm is well, a panel a measurement", draw: diagnostics::draw },
    Plot { name: "speed", summary: "environment steps per second", draw: speed::draw },
];

/// The plot of that name.
pub fn find(name: &str) -> Result<&'static Plot, PlotError> {
    PLOTS.iter().find(|plot| plot.name == name).ok_or_else(|| {
        let names: Vec<_> = PLOTS.iter().map(|plot| plot.name).collect();
        PlotError::Unknown { name: name.to_owned(), known: names.join(", ") }
    })
}

#[cfg(test)]
mod tests {
    use super::series::tests::{run_of, training};
    use super::*;
    use gradus_agents::{ActionCounts, ActionHistogram};

    fn run(name: &str, rows_of_seeds: &[u32]) -> RunSeries {
        let seed = |(seed, rows): (usize, &u32)| training(seed as u64, *rows);
        RunSeries {
            name: name.to_owned(),
            seeds: rows_of_seeds.iter().enumerate().map(seed).collect(),
            held_out: vec!["reward/term-3".to_owned()],
            actions: Some(actions()),
        }
    }

    fn actions() -> ActionHistogram {
        let counts = |high: f64, counts: &[u64]| ActionCounts { low: 0.0, high, counts: counts.into() };
        ActionHistogram { dimensions: vec![counts(3.0, &[5, 0, 2]), counts(1.0, &[0; 32])] }
    }

    #[test]
    fn every_plot_draws_every_kind_of_runs_the_same_twice() {
        let cases = [
            vec![run("one row", &[1])],
            vec![run("seeds of different lengths", &[40, 30, 1])],
            vec![run("one", &[20, 20]), run("a < b & \"c\"", &[30])],
            (0..40).map(|index| run(&format!("run {index}"), &[3])).collect(),
        ];
        for (plot, runs) in PLOTS.iter().flat_map(|plot| cases.iter().map(move |runs| (plot, runs))) {
            let svg = (plot.draw)(runs).unwrap();
            let what = format!("{} of {}", plot.name, runs[0].name);
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{what}");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{what}");
            assert_eq!(svg, (plot.draw)(runs).unwrap(), "{what}");
        }
    }

    #[test]
    fn every_plot_names_the_columns_that_are_there_instead() {
        for plot in PLOTS {
            let error = (plot.draw)(&[run_of("music/notes", &[f64::NAN])]).unwrap_err().to_string();
            assert!(error.ends_with("the columns there are steps, music/notes"), "{error}");
            let error = (plot.draw)(&[]).unwrap_err().to_string();
            assert!(error.ends_with("the metrics are empty: train for an iteration first"), "{error}");
        }
    }

    #[test]
    fn a_plot_is_found_by_name_or_the_names_are_given() {
        for plot in PLOTS {
            assert_eq!(find(plot.name).unwrap().summary, plot.summary);
        }
        let error = find("learning").unwrap_err().to_string();
        assert!(error.starts_with("no plot `learning`: choose one of learning-curve, "), "{error}");
    }

    #[test]
    fn a_small_learning_curve() {
        let runs = [run_of("return/mean", &[-1.0, 0.5, 0.25]), run_of("return/mean", &[0.0])];
        insta::assert_snapshot!(learning_curve::draw(&runs).unwrap());
    }
}
