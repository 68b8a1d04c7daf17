//! What can go wrong with a plot.

use std::io;

use plotters::drawing::DrawingAreaErrorKind;

use super::series::{RunSeries, columns};

/// An error of a plot.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// No plot has that name.
    #[error("no plot `{name}`: choose one of {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },

    /// The runs lack what the plot shows.
    #[error("nothing to plot: no row has `steps` and a number under `{wanted}`; {there}")]
    Nothing {
        /// The columns that the plot reads.
        wanted: &'static str,
        /// The columns that are there.
        there: String,
    },

    /// There is no font for the words of a picture in pixels.
    #[error(
        "no font is installed for the words of a PNG file; install one (fonts-dejavu, for instance), or take the SVG file"
    )]
    NoFont,

    /// A drawing does not become a picture in pixels.
    #[error("cannot turn the drawing into a PNG file: {0}")]
    Draw(String),

    /// The drawing library said no.
    #[error("cannot draw the plot")]
    Drawing(#[from] DrawingAreaErrorKind<io::Error>),
}

impl PlotError {
    /// Says what is missing, and what is there instead.
    pub(super) fn nothing(wanted: &'static str, runs: &[RunSeries]) -> Self {
        let there = match columns(runs).as_slice() {
            [] => "the metrics are empty: train for an iteration first".to_owned(),
            columns => format!("the columns there are {}", columns.join(", ")),
        };
        Self::Nothing { wanted, there }
    }
}
