//! A figure: a title, a legend, panels, and a caption that says how to read them.

use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{Canvas, bold, length, sheet, text, write};
use super::legend::Legend;
use super::palette::{GREY, INK};
use super::panel::{Panel, SMOOTHING};
use super::{PlotError, RunSeries};

/// The width of every figure, in pixels.
const WIDTH: f64 = 900.0;
/// The height of a figure with up to three rows of panels and a small legend.
const HEIGHT: f64 = 540.0;
/// What every further row adds.
const ROW: f64 = 150.0;
/// The height of a small legend.
const LEGEND: f64 = 60.0;
/// The white around a figure.
const MARGIN: f64 = 14.0;
/// The title, and the line below it.
const HEAD: f64 = 56.0;
/// The name of the axes below, and the caption.
const FOOT: f64 = 50.0;

/// What most figures tell along the axes below.
pub(super) const STEPS: &str = "environment steps";

/// A title, a legend, panels in a grid, and what has to be said below them.
pub(super) struct Layout<'a> {
    /// What the figure shows, in a word or two.
    pub(super) title: &'static str,
    /// What that is, in a sentence.
    pub(super) about: &'a str,
    /// The runs, for their names.
    pub(super) runs: &'a [RunSeries],
    /// What lines and colours stand for.
    pub(super) legend: Legend<'a>,
    /// What the axes below the panels tell.
    pub(super) along: &'a str,
    /// How to read the panels.
    pub(super) caption: String,
}

impl Layout<'_> {
    /// The width that a legend may have.
    pub(super) const LEGEND_WIDTH: f64 = WIDTH - 2.0 * MARGIN;

    /// The figure as an SVG document, of so many panels; each draws itself, by its number.
    pub(super) fn to_svg(
        &self,
        panels: usize,
        draw: impl Fn(usize, &Canvas<'_>) -> Result<(), PlotError>,
    ) -> Result<String, PlotError> {
        let Self { title, about, legend, along, caption, .. } = self;
        let grid = grid(panels);
        let height = HEIGHT + ROW * grid.0.saturating_sub(3) as f64 + (legend.height() - LEGEND).max(0.0);
        sheet((WIDTH, height), title, |canvas| {
            write(canvas, &self.heading(), (MARGIN, 24.0), bold(INK, 18.0))?;
            write(canvas, about, (MARGIN, 45.0), text(GREY, 13.0))?;
            legend.draw(canvas, (MARGIN, HEAD))?;
            let top = HEAD + legend.height() + 6.0;
            let inner = canvas.margin(length(top), length(FOOT), length(MARGIN / 2.0), length(MARGIN / 2.0));
            for (panel, part) in inner.split_evenly(grid).iter().enumerate().take(panels) {
                draw(panel, part)?;
            }
            let centred = text(INK, 12.0).pos(Pos::new(HPos::Center, VPos::Center));
            write(canvas, along, (WIDTH / 2.0, height - 40.0), centred)?;
            write(canvas, caption, (MARGIN, height - 16.0), text(GREY, 11.0))
        })
    }

    fn heading(&self) -> String {
        match self.runs {
            [run] => format!("{} of {}", self.title, run.name),
            _ => self.title.to_owned(),
        }
    }
}

/// What a plot against steps draws.
pub(super) struct Figure<'a> {
    /// What it shows, in a word or two.
    pub(super) title: &'static str,
    /// What that is, in a sentence.
    pub(super) about: &'static str,
    /// The runs, for their names.
    pub(super) runs: &'a [RunSeries],
    /// The panels, in reading order.
    pub(super) panels: Vec<Panel>,
}

impl Figure<'_> {
    /// The figure as an SVG document.
    pub(super) fn to_svg(&self) -> Result<String, PlotError> {
        let layout = Layout {
            title: self.title,
            about: self.about,
            runs: self.runs,
            legend: Legend::new(self.runs, self.has_baseline(), Layout::LEGEND_WIDTH),
            along: STEPS,
            caption: self.caption(),
        };
        // One step at least, so that the axis has a length.
        let last_step = self.panels.iter().map(Panel::last_step).fold(1.0, f64::max);
        let marked = self.runs.len() > 1;
        layout.to_svg(self.panels.len(), |panel, canvas| self.panels[panel].draw(canvas, last_step, marked))
    }

    fn caption(&self) -> String {
        let percent = SMOOTHING * 100.0;
        let average = format!("exponential moving average, {percent}% of the steps to either side");
        let curves = self.panels.iter().flat_map(|panel| &panel.curves);
        let seeds: Vec<_> = curves.map(|(_, curve)| curve.seeds.len()).collect();
        let most = seeds.iter().max().copied().unwrap_or(1);
        if most == 1 {
            return format!("Thick: {average}. Thin: as measured.");
        }
        let up_to = if seeds.iter().all(|&seeds| seeds == most) { "" } else { "up to " };
        format!(
            "Thick: mean of {up_to}{most} seeds, {average}. Thin: each seed as measured. \
             Band: lowest to highest seed."
        )
    }

    fn has_baseline(&self) -> bool {
        self.panels.iter().any(|panel| !panel.baselines.is_empty())
    }
}

/// Rows and columns for a number of panels.
fn grid(panels: usize) -> (usize, usize) {
    let columns = match panels {
        0..=3 => panels,
        4 => 2,
        5..=6 => 3,
        _ => 4,
    };
    (panels.div_ceil(columns.max(1)), columns)
}
