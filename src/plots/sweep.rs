//! The trials of a sweep: what each setting does to the score, a panel a setting.

use plotters::style::Color;
use plotters::style::text_anchor::HPos;

use super::PlotError;
use super::axis::Axis as Scale;
use super::canvas::{Canvas, bold, length, sheet, size, text, write};
use super::chart::{Chart, tick_counts};
use super::comparison::rows;
use super::palette::{GREY, INK, Look};
use super::ruler::Ruler;
use crate::statistics::Estimate;

/// Trials with their scores, the best first.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// What they are scored by.
    pub metric: String,
    /// What was varied.
    pub axes: Vec<Axis>,
    /// The score of each trial.
    pub estimates: Vec<Estimate>,
}

/// A setting that was varied.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Its key in the config.
    pub key: String,
    /// Its value in each trial.
    pub values: Vec<toml::Value>,
}

const WIDTH: f64 = 640.0;
const HEAD: f64 = 50.0;
/// Above a panel, for its title.
const TITLE: f64 = 26.0;
/// Below the rows of a panel, for the numbers.
const FOOT: f64 = 40.0;
/// The height of a panel of a setting with many values.
const CHART: f64 = 240.0;
/// The widest that the name of a value may be.
const NAME: f64 = 170.0;
/// More different numbers than this are drawn along an axis.
const MOST_ROWS: usize = 10;
/// From this ratio of the largest to the smallest on, numbers are drawn by their logarithm.
const WIDE: f64 = 30.0;

/// Draws every trial in every panel: where it varies, a row a value; where it was drawn from a range, along an axis. The best
/// trial has a marker of its own.
pub fn draw(ranked: &Ranked) -> Result<String, PlotError> {
    let heights: Vec<f64> = ranked.axes.iter().map(Axis::height).collect();
    let height = HEAD + heights.iter().sum::<f64>();
    sheet((WIDTH, height), "Sweep", |canvas| {
        write(canvas, &format!("{} by setting", ranked.metric), (7.0, 16.0), bold(INK, 16.0))?;
        let about = "bars: 95 % intervals over seeds; the square is the best trial";
        write(canvas, about, (7.0, 36.0), text(GREY, 12.0))?;
        let mut top = HEAD;
        for (axis, height) in ranked.axes.iter().zip(heights) {
            let part = canvas.margin(length(top), length(size(canvas).1 - top - height), 0, 0);
            match axis.numbers() {
                Some(numbers) => along(&part, axis, &numbers, ranked)?,
                None => in_rows(&part, axis, ranked)?,
            }
            top += height;
        }
        Ok(())
    })
}

impl Axis {
    fn height(&self) -> f64 {
        if self.numbers().is_some() { CHART } else { TITLE + rows::ROW * self.distinct().len() as f64 + FOOT }
    }

    /// The different values: numbers rising, others in the order of the trials.
    fn distinct(&self) -> Vec<&toml::Value> {
        let mut distinct: Vec<&toml::Value> = Vec::new();
        for value in &self.values {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        distinct.sort_by(|left, right| match (number(left), number(right)) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            _ => std::cmp::Ordering::Equal,
        });
        distinct
    }

    /// The values as numbers, where there are too many for a row each.
    fn numbers(&self) -> Option<Vec<f64>> {
        if self.distinct().len() <= MOST_ROWS {
            return None;
        }
        self.values.iter().map(number).collect()
    }
}

fn number(value: &toml::Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// The look of a trial: the best one stands out by colour and by shape.
fn look(trial: usize) -> Look {
    Look::of(usize::from(trial == 0))
}

/// A row a value, with all trials that have it.
fn in_rows(canvas: &Canvas<'_>, axis: &Axis, ranked: &Ranked) -> Result<(), PlotError> {
    write(canvas, &axis.key, (7.0, 12.0), bold(INK, 12.0))?;
    let distinct = axis.distinct();
    let names: Vec<String> =
        distinct.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    let column = rows::column(names.iter().map(String::as_str), NAME);
    let ends = ranked.estimates.iter().flat_map(|estimate| [estimate.ci[0], estimate.ci[1], estimate.point]);
    let scores = Scale::around(ends, 6.0);
    let ruler = Ruler { canvas, axis: &scores, left: column, right: WIDTH - 20.0 };
    for (row, (value, name)) in distinct.iter().zip(&names).enumerate() {
        let y = TITLE + rows::ROW * (row as f64 + 0.5);
        rows::name(canvas, name, (0.0, y), column, HPos::Left)?;
        // The best is drawn last, above the others.
        for trial in (0..ranked.estimates.len()).rev().filter(|&trial| axis.values[trial] == **value) {
            rows::estimate(&ruler, &ranked.estimates[trial], y, look(trial))?;
        }
    }
    ruler.draw_axis(size(canvas).1 - FOOT + 4.0)
}

/// The trials along an axis of numbers.
fn along(canvas: &Canvas<'_>, axis: &Axis, numbers: &[f64], ranked: &Ranked) -> Result<(), PlotError> {
    let (least, most) = numbers
        .iter()
        .fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), &number| (least.min(number), most.max(number)));
    let logarithmic = least > 0.0 && most / least > WIDE;
    let place = |number: f64| if logarithmic { number.log10() } else { number };
    let title = if logarithmic { format!("{} (logarithm to base 10)", axis.key) } else { axis.key.clone() };
    let (across, up) = tick_counts(canvas);
    let values = Scale::around(numbers.iter().copied().map(place), across);
    let ends = ranked.estimates.iter().flat_map(|estimate| [estimate.ci[0], estimate.ci[1], estimate.point]);
    let chart = Chart::new(canvas, &title, &values, &Scale::around(ends, up))?;
    for (trial, (&number, estimate)) in numbers.iter().zip(&ranked.estimates).enumerate().rev() {
        let Look { colour, marker } = look(trial);
        let x = place(number);
        chart.line(&[(x, estimate.ci[0]), (x, estimate.ci[1])], colour.mix(0.35), 4.0)?;
        chart.marker(marker, (x, estimate.point), colour)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(values: Vec<Vec<toml::Value>>) -> Ranked {
        let trials = values[0].len();
        let estimate = |trial: usize| {
            let point = 10.0 - trial as f64;
            Estimate { point, ci: [point - 1.0, point + 0.5] }
        };
        Ranked {
            metric: "return/mean".to_owned(),
            axes: values
                .into_iter()
                .enumerate()
                .map(|(index, values)| Axis { key: format!("a.b{index}"), values })
                .collect(),
            estimates: (0..trials).map(estimate).collect(),
        }
    }

    #[test]
    fn few_values_are_rows_in_order_and_many_numbers_are_an_axis() {
        let rows = Axis { key: "a".to_owned(), values: [3, 1, 3, 2].map(toml::Value::Integer).into() };
        assert_eq!(rows.distinct(), [1, 2, 3].map(toml::Value::Integer).iter().collect::<Vec<_>>());
        assert_eq!(rows.numbers(), None);
        let many =
            Axis { key: "a".to_owned(), values: (0..20).map(|value| toml::Value::Float(f64::from(value))).collect() };
        assert_eq!(many.numbers().map(|numbers| numbers.len()), Some(20));
        let words = Axis { key: "a".to_owned(), values: (0..20).map(|value| format!("w{value}").into()).collect() };
        assert_eq!(words.numbers(), None);
    }

    #[test]
    fn every_kind_of_setting_is_drawn() {
        let wide = (0..16).map(|trial| toml::Value::Float(1e-5 * 2_f64.powi(trial)));
        let words = (0..16).map(|trial| toml::Value::String(["relu", "tanh"][trial % 2].to_owned()));
        let svg = draw(&ranked(vec![wide.collect(), words.collect()])).unwrap();
        assert!(svg.contains("a.b0 (logarithm to base 10)") && svg.contains("tanh"), "{svg}");
        assert!(!svg.contains("NaN"));
        draw(&ranked(vec![vec![toml::Value::Boolean(true)]])).unwrap();
    }
}
