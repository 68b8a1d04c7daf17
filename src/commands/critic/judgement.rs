//! How well a critic does what it was fitted for.

use std::fmt::{self, Display, Formatter};

use gradus_models::{
    critics::{
        CorruptionKind, Critic, Discriminator, Foresight, TokenPiece, Trial, Writing, number_report, style_report,
        trials,
    },
    evaluation::{BinaryReport, ClassificationReport, Confusion, RegressionReport},
};
use gradus_music::voices::{Accuracy, VOICES, VoiceToken, copy_last};
use serde::Serialize;

use crate::{
    number::{fixed, percent},
    output,
    terminal::{Tone, painted},
};

/// How well a critic does what it was fitted for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Judgement {
    /// What comes next, and how much likelier pieces are than their damaged copies.
    Foresight {
        #[serde(flatten)]
        foresight: Foresight,
        #[serde(flatten)]
        frames: Option<FourVoices>,
        #[serde(flatten)]
        corruptions: Option<Corruptions>,
    },
    /// What is real.
    Reality {
        #[serde(flatten)]
        corruptions: Corruptions,
        /// Pieces against copies with wrong notes, by the probability of being real.
        wrong_notes: Option<BinaryReport>,
    },
    /// To which collection a piece belongs.
    Style(ClassificationReport),
    /// A number of a piece.
    Number {
        target: &'static str,
        #[serde(flatten)]
        report: RegressionReport,
    },
}

/// What is said of four voices besides: they are published by the frame, and beside the copying of the last frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct FourVoices {
    /// The frames of all pieces, the first of each piece included.
    frames: usize,
    /// The mean over all of them of -ln p, in nats a frame.
    log_loss_a_frame: f64,
    /// The share of the tokens that are right when each voice goes on as it was.
    copy_last_accuracy: Option<f64>,
    /// The same where a voice changes: 0, by what a change is.
    copy_last_onset_accuracy: Option<f64>,
}

/// How well pieces are told from their damaged copies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Corruptions {
    /// A trial a kind of damage.
    corruptions: Vec<Trial>,
    /// The damages that pass as music.
    unnoticed: Vec<&'static str>,
}

impl Judgement {
    /// Of a critic, over some pieces and their damaged copies, which follow from the seed; none without a token.
    pub(super) fn of(critic: &Critic, pieces: &[TokenPiece], writing: Writing, seed: u64) -> Option<Self> {
        let corruptions = || Corruptions::of(critic, pieces, writing, seed);
        if pieces.iter().all(|piece| piece.tokens.is_empty()) {
            return None;
        }
        Some(match critic {
            Critic::NextToken(model) => {
                let foresight = Foresight::of(model.as_ref(), pieces)?;
                Self::Foresight {
                    frames: FourVoices::of(&foresight, pieces, writing),
                    foresight,
                    corruptions: corruptions(),
                }
            }
            Critic::Discriminator(_) => {
                let corruptions = corruptions()?;
                Self::Reality { wrong_notes: corruptions.wrong_notes(), corruptions }
            }
            Critic::Classifier(model) => Self::Style(style_report(model.as_ref(), pieces)),
            Critic::Regressor(model) => {
                let target = model.target();
                let report = number_report(model.as_ref(), &target.of(pieces, writing));
                Self::Number { target: target.name(), report }
            }
        })
    }

    /// The same without what takes long: a model of what comes next does not read damaged copies.
    pub(super) fn in_short(critic: &Critic, pieces: &[TokenPiece], writing: Writing, seed: u64) -> Option<Self> {
        match critic {
            Critic::NextToken(model) => {
                let foresight = Foresight::of(model.as_ref(), pieces)?;
                let frames = FourVoices::of(&foresight, pieces, writing);
                Some(Self::Foresight { foresight, frames, corruptions: None })
            }
            _ => Self::of(critic, pieces, writing, seed),
        }
    }

    /// What was made of damaged copies, if they were read.
    pub(super) fn trials(&self) -> &[Trial] {
        match self {
            Self::Foresight { corruptions: Some(corruptions), .. } | Self::Reality { corruptions, .. } => {
                &corruptions.corruptions
            }
            _ => &[],
        }
    }
}

impl FourVoices {
    /// Of the pieces that were foreseen; none of melodies.
    fn of(foresight: &Foresight, pieces: &[TokenPiece], writing: Writing) -> Option<Self> {
        let Writing::Voices { .. } = writing else { return None };
        let copied: Accuracy = pieces
            .iter()
            .map(|piece| {
                let tokens: Vec<VoiceToken> = piece.tokens.iter().map(|&token| VoiceToken(token as u8)).collect();
                Accuracy::of::<{ VOICES.len() }>(&tokens, copy_last::<{ VOICES.len() }>(&tokens))
            })
            .sum();
        let frames = pieces.iter().map(|piece| writing.steps(piece.tokens.len())).sum();
        Some(Self {
            frames,
            log_loss_a_frame: foresight.log_loss * foresight.tokens as f64 / frames as f64,
            copy_last_accuracy: copied.overall(),
            copy_last_onset_accuracy: copied.on_onsets(),
        })
    }
}

impl Corruptions {
    fn of(critic: &Critic, pieces: &[TokenPiece], writing: Writing, seed: u64) -> Option<Self> {
        let corruptions = trials(critic, pieces, writing, seed)?;
        let unnoticed = corruptions.iter().filter(|trial| trial.is_unnoticed()).map(|trial| trial.corruption).collect();
        Some(Self { corruptions, unnoticed })
    }

    /// The classification of wrong notes; none if they cannot be written.
    fn wrong_notes(&self) -> Option<BinaryReport> {
        let name = CorruptionKind::WRONG_NOTES.name();
        let trial = self.corruptions.iter().find(|trial| trial.corruption == name && trial.pieces > 0)?;
        let examples: Vec<(bool, f64)> =
            trial.examples.iter().map(|&(real, log_odds)| (real, <dyn Discriminator>::probability(log_odds))).collect();
        Some(BinaryReport::of(&examples))
    }
}

impl Display for Judgement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foresight { foresight, frames, corruptions } => {
                f.write_str(&describe_foresight(foresight, frames.as_ref()))?;
                corruptions.iter().try_for_each(|corruptions| corruptions.fmt(f))
            }
            Self::Reality { corruptions, wrong_notes } => {
                corruptions.fmt(f)?;
                wrong_notes.iter().try_for_each(|report| f.write_str(&describe_binary(report)))
            }
            Self::Style(report) => f.write_str(&describe_classes(report)),
            Self::Number { target, report } => f.write_str(&describe_numbers(target, report)),
        }
    }
}

impl Display for Corruptions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let row = |trial: &Trial| {
            let auc = trial.auc.map_or_else(|| "cannot be written".to_owned(), |auc| format!("{auc:.3}"));
            vec![trial.corruption.to_owned(), trial.pieces.to_string(), auc]
        };
        let head = ["real against damaged", "pieces", "AUC"].map(str::to_owned).to_vec();
        f.write_str(&output::table(
            &std::iter::once(head).chain(self.corruptions.iter().map(row)).collect::<Vec<_>>(),
        ))?;
        let below = Trial::NOTICED;
        if self.unnoticed.is_empty() {
            writeln!(f, "  {} (AUC of {below} or more)", painted(Tone::Good, "notices every damage"))
        } else {
            let verdict = painted(Tone::Careful, "does not notice:");
            writeln!(f, "  {verdict} {} (AUC below {below})", self.unnoticed.join(", "))
        }
    }
}

/// A row with a share, or a dash where it has no value.
fn share(name: &str, share: Option<f64>) -> Vec<String> {
    vec![name.to_owned(), share.map_or_else(|| "-".to_owned(), |share| percent(share, 2))]
}

/// A row with a number, or a dash where it has no value.
fn number(name: &str, value: Option<f64>) -> Vec<String> {
    vec![name.to_owned(), value.map_or_else(|| "-".to_owned(), |value| fixed(value, 4))]
}

fn describe_foresight(foresight: &Foresight, frames: Option<&FourVoices>) -> String {
    let Foresight { tokens, log_loss, perplexity, accuracy, onset_accuracy } = foresight;
    let mut rows =
        vec![vec!["tokens".to_owned(), tokens.to_string()], number("log loss, nats a token", Some(*log_loss))];
    rows.extend(frames.map(|frames| number("log loss, nats a frame", Some(frames.log_loss_a_frame))));
    rows.push(vec!["perplexity".to_owned(), fixed(*perplexity, 3)]);
    rows.push(share("accuracy", Some(*accuracy)));
    rows.extend(frames.map(|frames| share("accuracy of copying the last frame", frames.copy_last_accuracy)));
    if onset_accuracy.is_some() {
        rows.push(share("accuracy where a note begins", *onset_accuracy));
        rows.extend(frames.map(|frames| share("of copying, where a note begins", frames.copy_last_onset_accuracy)));
    }
    output::table(&rows)
}

fn describe_binary(report: &BinaryReport) -> String {
    let Confusion { true_positives, false_positives, true_negatives, false_negatives } = report.confusion;
    let called = |name: &str, real: usize, damaged: usize| vec![name.to_owned(), real.to_string(), damaged.to_string()];
    let matrix = [
        ["wrong notes", "called real", "called damaged"].map(str::to_owned).to_vec(),
        called("real", true_positives, false_negatives),
        called("damaged", false_positives, true_negatives),
    ];
    let rows = [
        number("log loss, nats", report.log_loss),
        number("Brier score", report.brier),
        number("AUC", report.auc),
        share("accuracy", report.accuracy),
        share("precision", report.precision),
        share("recall", report.recall),
        share("specificity", report.specificity),
        share("negative predictive value", report.negative_predictive_value),
        share("false positive rate", report.false_positive_rate),
        share("false negative rate", report.false_negative_rate),
        number("F1", report.f1),
        number("expected calibration error", report.calibration.expected_error),
    ];
    output::table(&matrix) + output::table(&rows).as_str()
}

fn describe_classes(report: &ClassificationReport) -> String {
    let names = report.classes.iter().map(|class| class.name.clone());
    let head = std::iter::once("collection called".to_owned()).chain(names.clone()).collect();
    let counts = names
        .zip(&report.confusion)
        .map(|(name, row)| std::iter::once(name).chain(row.iter().map(ToString::to_string)).collect::<Vec<String>>());
    let rows = [
        vec!["pieces".to_owned(), report.examples.to_string()],
        number("log loss, nats", report.log_loss),
        share("accuracy", report.accuracy),
        share("precision, mean over collections", report.macro_precision),
        share("recall, mean over collections", report.macro_recall),
        number("F1, mean over collections", report.macro_f1),
    ];
    output::table(&std::iter::once(head).chain(counts).collect::<Vec<_>>()) + output::table(&rows).as_str()
}

fn describe_numbers(target: &str, report: &RegressionReport) -> String {
    output::table(&[
        vec![format!("pieces that say their {target}"), report.examples.to_string()],
        number("mean absolute error", report.mean_absolute_error),
        number("mean squared error", report.mean_squared_error),
        number("root of the mean squared error", report.root_mean_squared_error),
        number("R2", report.r2),
        number("adjusted R2", report.adjusted_r2),
    ])
}
