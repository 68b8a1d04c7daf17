//! Figures from few pieces: that they are few, and how far the figures would move with others.

use std::{
    fmt::{self, Display, Formatter},
    slice,
};

use gradus_models::{
    critics::{Critic, Foresight, TokenPiece, Trial, Writing, number_report, style_report},
    evaluation::auc,
};
use serde::{Serialize, Serializer};

use super::judgement::Judgement;
use crate::{number::fixed, output, statistics::interval_over_pieces};

/// From so many pieces on, figures stand without their intervals.
const ENOUGH: usize = 10;

/// The intervals of figures from few test pieces.
#[derive(Debug, Serialize)]
pub(super) struct Few {
    /// How many there are.
    pieces: usize,
    /// The 95 % interval of a figure under its name; none of a single piece.
    #[serde(serialize_with = "as_map")]
    intervals: Vec<(String, [f64; 2])>,
}

/// What a critic makes of one piece: a mean, and of how many tokens or examples.
struct Share {
    mean: f64,
    weight: f64,
}

impl Few {
    /// Of the figures of a judgement, if few pieces were judged; the resamples follow from the seed.
    pub(super) fn of(
        critic: &Critic,
        pieces: &[TokenPiece],
        writing: Writing,
        judgement: &Judgement,
        seed: u64,
    ) -> Option<Self> {
        if pieces.len() >= ENOUGH {
            return None;
        }
        let mut intervals = Vec::new();
        // One piece does not tell how far pieces differ.
        if pieces.len() > 1 {
            let of_each: Vec<_> = pieces.iter().map(|piece| figures(critic, piece, writing)).collect();
            for name in ["log_loss", "accuracy", "mean_absolute_error"] {
                let shares: Vec<_> = of_each
                    .iter()
                    .flatten()
                    .filter(|(figure, share)| *figure == name && share.weight > 0.0)
                    .map(|(_, share)| share)
                    .collect();
                if shares.len() > 1 {
                    let mean = |drawn: &[usize]| weighted_mean(drawn.iter().map(|&piece| shares[piece]));
                    intervals.push((name.to_owned(), interval_over_pieces(shares.len(), seed, mean)));
                }
            }
            let trials = judgement.trials().iter().filter(|trial| trial.pieces > 1);
            intervals.extend(trials.map(|trial| (format!("auc/{}", trial.corruption), interval_of_auc(trial, seed))));
        }
        Some(Self { pieces: pieces.len(), intervals })
    }
}

/// The figures of one piece that are means over its tokens, or over itself.
fn figures(critic: &Critic, piece: &TokenPiece, writing: Writing) -> Vec<(&'static str, Share)> {
    let pieces = slice::from_ref(piece);
    let share = |name, mean: Option<f64>, weight: usize| Some((name, Share { mean: mean?, weight: weight as f64 }));
    let figures = match critic {
        Critic::NextToken(model) => Foresight::of(model.as_ref(), pieces).map_or([None, None], |foresight| {
            let Foresight { tokens, log_loss, accuracy, .. } = foresight;
            [share("log_loss", Some(log_loss), tokens), share("accuracy", Some(accuracy), tokens)]
        }),
        Critic::Discriminator(_) => [None, None],
        Critic::Classifier(model) => {
            let report = style_report(model.as_ref(), pieces);
            let examples = report.examples;
            [share("log_loss", report.log_loss, examples), share("accuracy", report.accuracy, examples)]
        }
        Critic::Regressor(model) => {
            let report = number_report(model.as_ref(), &model.target().of(pieces, writing));
            [share("mean_absolute_error", report.mean_absolute_error, report.examples), None]
        }
    };
    figures.into_iter().flatten().collect()
}

fn weighted_mean<'a>(shares: impl Iterator<Item = &'a Share>) -> f64 {
    let (sum, weight) =
        shares.fold((0.0, 0.0), |(sum, weight), share| (sum + share.mean * share.weight, weight + share.weight));
    sum / weight
}

/// A piece is drawn together with its damaged copy.
fn interval_of_auc(trial: &Trial, seed: u64) -> [f64; 2] {
    let (real, damaged) = trial.examples.split_at(trial.pieces);
    interval_over_pieces(trial.pieces, seed, |drawn| {
        let examples: Vec<_> = drawn.iter().flat_map(|&piece| [real[piece], damaged[piece]]).collect();
        auc(&examples).unwrap_or(f64::NAN)
    })
}

impl Display for Few {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { pieces, intervals } = self;
        if *pieces == 1 {
            return writeln!(f, "only 1 test piece: how far these figures would move with others cannot be told");
        }
        if intervals.is_empty() {
            return writeln!(f, "only {pieces} test pieces");
        }
        writeln!(f, "only {pieces} test pieces: 95 % intervals by resampling them, too narrow rather than too wide")?;
        let row = |(name, [low, high]): &(String, [f64; 2])| {
            vec![name.replace('_', " "), format!("{} to {}", fixed(*low, 4), fixed(*high, 4))]
        };
        f.write_str(&output::table(&intervals.iter().map(row).collect::<Vec<_>>()))
    }
}

fn as_map<S: Serializer>(intervals: &[(String, [f64; 2])], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(intervals.iter().map(|(name, interval)| (name, interval)))
}
