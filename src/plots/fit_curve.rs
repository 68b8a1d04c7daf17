//! The learning curves of a critic: losses and accuracies by epoch.

use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::PlotError;
use super::axis::Axis;
use super::canvas::{Canvas, bold, length, sheet, text, write};
use super::chart::{Chart, tick_counts};
use super::curve::Point;
use super::legend::Legend;
use super::palette::{GREY, INK, Look};
use crate::run::{Metrics, Row};

const WIDTH: f64 = 900.0;
/// Of each row of panels.
const ROW: f64 = 240.0;
/// For the title, and the line below it.
const HEAD: f64 = 62.0;
/// Below the panels, for the name of the axis.
const FOOT: f64 = 30.0;
const MARGIN: f64 = 14.0;
/// Panels beside each other.
const COLUMNS: usize = 3;

/// The parts that a figure is measured on, each in a look of its own.
const PARTS: [&str; 2] = ["train", "validation"];

/// One figure, on each part that it was measured on.
struct Figure<'a> {
    name: &'a str,
    curves: Vec<(Look, Vec<Point>)>,
}

/// Draws every figure of the training and the validation part; none if the metrics of the fit have none.
pub fn draw(name: &str, metrics: &Metrics) -> Result<Option<String>, PlotError> {
    let figures = figures(metrics);
    if figures.is_empty() {
        return Ok(None);
    }
    let rows = figures.len().div_ceil(COLUMNS);
    let height = HEAD + ROW * rows as f64 + FOOT;
    let svg = sheet((WIDTH, height), "Learning curves", |canvas| {
        write(canvas, &format!("Learning curves of {name}"), (MARGIN, 24.0), bold(INK, 18.0))?;
        write(canvas, "by epoch; every panel has its own scale", (MARGIN, 45.0), text(GREY, 13.0))?;
        Legend::of(PARTS.iter().enumerate().map(|(index, part)| (*part, Look::of(index))), WIDTH)
            .draw(canvas, (WIDTH - 230.0, 14.0))?;
        let inner = canvas.margin(length(HEAD), length(FOOT), length(MARGIN / 2.0), length(MARGIN / 2.0));
        for (figure, part) in figures.iter().zip(inner.split_evenly((rows, COLUMNS.min(figures.len())))) {
            figure.draw(&part)?;
        }
        let centred = text(INK, 12.0).pos(Pos::new(HPos::Center, VPos::Center));
        write(canvas, "epoch", (WIDTH / 2.0, height - 14.0), centred)
    })?;
    Ok(Some(svg))
}

/// The figures, in the order in which they first appear.
fn figures(metrics: &Metrics) -> Vec<Figure<'_>> {
    let mut figures: Vec<Figure<'_>> = Vec::new();
    for column in metrics.columns() {
        let Some((part, name)) = column.split_once('/') else { continue };
        let Some(part) = PARTS.iter().position(|known| *known == part) else { continue };
        let point = |row: &Row| Some((row.get("epoch")?, row.get(column).filter(|value| value.is_finite())?));
        let curve: Vec<Point> = metrics.rows().iter().filter_map(point).collect();
        if curve.is_empty() {
            continue;
        }
        let curve = (Look::of(part), curve);
        match figures.iter_mut().find(|figure| figure.name == name) {
            Some(figure) => figure.curves.push(curve),
            None => figures.push(Figure { name, curves: vec![curve] }),
        }
    }
    figures
}

impl Figure<'_> {
    fn draw(&self, canvas: &Canvas<'_>) -> Result<(), PlotError> {
        let points = || self.curves.iter().flat_map(|(_, curve)| curve);
        let (across, up) = tick_counts(canvas);
        let last = points().map(|point| point.0).fold(1.0, f64::max);
        // No more ticks than epochs, so that they are whole.
        let epochs = Axis::up_to(last, across.min(last));
        let values = Axis::around(points().map(|point| point.1), up);
        let chart = Chart::new(canvas, &self.name.replace('-', " "), &epochs, &values)?;
        for (look, curve) in &self.curves {
            chart.line(curve, look.colour, 1.8)?;
            curve.iter().try_for_each(|point| chart.marker(look.marker, *point, look.colour))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_both_parts_share_a_panel() {
        let row = |epoch: u32| {
            let loss = 1.0 / f64::from(epoch);
            Row::from_iter([
                ("epoch", f64::from(epoch)),
                ("train/log-loss", loss),
                ("validation/log-loss", loss + 0.1),
                ("validation/accuracy", 1.0 - loss),
                ("time/seconds", 1.0),
            ])
        };
        let metrics: Metrics = (1..=5).map(row).collect();
        let names: Vec<_> = figures(&metrics).iter().map(|figure| (figure.name, figure.curves.len())).collect();
        assert_eq!(names, [("log-loss", 2), ("accuracy", 1)]);
        let svg = draw("lstm", &metrics).unwrap().unwrap();
        assert!(svg.contains("Learning curves of lstm") && !svg.contains("NaN"));
        assert_eq!(draw("markov", &Metrics::default()).unwrap(), None);
    }
}
