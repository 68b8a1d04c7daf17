//! `gradus plot`: pictures of what runs recorded.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::{
    output,
    plots::{self, PLOTS, Plot, PlotError, RunSeries},
    run::{RunDirectory, write_atomic},
};

/// The arguments of `gradus plot`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  gradus plot results/quickstart
  gradus plot results/rl-tuner-ppo results/rl-tuner-dqn --png
  gradus plot results/quickstart --plot learning-curve --out plots")]
pub struct Args {
    /// The runs: results/NAME with all its seeds, or results/NAME/seed-N
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Only this plot, as `gradus list plots` names it; may be given several times
    #[arg(long = "plot", value_name = "PLOT")]
    plots: Vec<String>,
    /// The folder for the files; by default that of a single run, or results/plots for several
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write PNG files beside the SVG ones
    #[arg(long)]
    png: bool,
    /// Print one JSON document: [FILE, ...]
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let chosen: Vec<&Plot> = if self.plots.is_empty() {
            PLOTS.iter().collect()
        } else {
            self.plots.iter().map(|name| plots::find(name)).collect::<Result<_, _>>()?
        };
        let series: Vec<_> = self.runs.iter().map(|run| RunSeries::read(run)).collect::<Result<_, _>>()?;
        let out = match &self.out {
            Some(out) => out.clone(),
            None => default_folder(&self.runs)?,
        };
        let drawn = draw(&chosen, &series, &out, self.plots.is_empty())?;
        if drawn.is_empty() {
            bail!("the runs have no metrics to plot yet");
        }
        let drawn = if self.png { with_png(drawn)? } else { drawn };
        let lines: Vec<_> = drawn.iter().map(|path| path.display().to_string()).collect();
        if self.json {
            return output::json(&lines);
        }
        output::text(lines.join("\n"))?;
        Ok(())
    }
}

/// Draws every plot for which there is something to plot into `folder`.
pub(super) fn draw_all(series: &[RunSeries], folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    draw(&PLOTS.iter().collect::<Vec<_>>(), series, folder, true)
}

/// Draws `plots` into `folder`. An agent that does not learn has no losses: `lenient`, such a plot is left out.
fn draw(plots: &[&Plot], series: &[RunSeries], folder: &Path, lenient: bool) -> anyhow::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut drawn = Vec::with_capacity(plots.len());
    for plot in plots {
        match (plot.draw)(series) {
            Ok(svg) => {
                let path = folder.join(format!("{}.svg", plot.name));
                write_atomic(&path, svg.as_bytes())?;
                drawn.push(path);
            }
            Err(PlotError::Nothing { .. }) if lenient => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(drawn)
}

/// A PNG file beside every SVG file, and the names of all.
pub(super) fn with_png(drawn: Vec<PathBuf>) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::with_capacity(2 * drawn.len());
    for path in drawn {
        let svg = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let beside = path.with_extension("png");
        write_atomic(&beside, &plots::png(&svg)?)?;
        all.extend([path, beside]);
    }
    Ok(all)
}

fn default_folder(runs: &[PathBuf]) -> anyhow::Result<PathBuf> {
    if let [only] = runs {
        let seeds = RunDirectory::open_all(only)?;
        if let [seed] = seeds.as_slice() {
            return Ok(seed.plots_path());
        }
        return Ok(only.join("plots"));
    }
    Ok(PathBuf::from("results/plots"))
}
