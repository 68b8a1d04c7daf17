//! `gradus critic score`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use gradus_models::critics::{Critic, Discriminator, Excerpt, Judged, TokenPiece, Writing};
use gradus_music::melody::choose;
use serde::{Serialize, Serializer};

use crate::{
    critic::{CriticDirectory, DataConfig, FittedCritic},
    number::{fixed, number, percent, signed},
    output, progress,
    reading::{self, MusicPiece},
    voice::VoiceArgs,
};

/// The arguments of `gradus critic score`.
#[derive(clap::Args)]
#[command(after_help = "\
A critic of melodies judges every piece of a file by its melody, as it is; only where it does not fit the critic's key, range or \
grid it is moved, and a line says so. One of four voices needs a file of four.

Example:
  gradus critic score results/critics/lstm tune.mid")]
pub(super) struct Score {
    /// The critic's folder
    critic: PathBuf,
    /// MIDI files
    #[arg(required = true, value_name = "FILE.mid")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    voice: VoiceArgs,
    /// Print one JSON document: [{"name", "tokens": [{"token", "score"}, ...], "total", ...}, ...]
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    name: &'a str,
    #[serde(flatten)]
    verdict: Verdict<'a>,
}

/// What a critic says of a piece.
#[derive(Serialize)]
#[serde(untagged)]
enum Verdict<'a> {
    /// ln p of each token, in nats.
    Likelihood { tokens: Vec<TokenScore>, total: f64, mean: f64 },
    /// What each token adds to the log-odds of being real.
    Reality { tokens: Vec<TokenScore>, total: f64, probability: f64 },
    /// The probability of each collection.
    Style {
        #[serde(serialize_with = "as_map")]
        probabilities: Vec<(&'a str, f64)>,
    },
    /// A number.
    Number { target: &'static str, value: f64 },
}

#[derive(Serialize)]
struct TokenScore {
    token: u32,
    score: f32,
}

impl Score {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let FittedCritic { file, model, .. } = CriticDirectory::at(&self.critic).load()?;
        let pieces =
            self.files.iter().map(|path| self.read(path, &file.data)).collect::<anyhow::Result<Vec<_>>>()?.concat();
        let verdicts = judge(&model, &pieces);
        let reports: Vec<Report<'_>> =
            pieces.iter().zip(verdicts).map(|(piece, verdict)| Report { name: &piece.name, verdict }).collect();
        if self.json {
            return output::json(&reports);
        }
        let writing = file.data.writing()?;
        let text: String = reports.iter().map(|report| describe(report, writing)).collect();
        Ok(output::text(text)?)
    }

    /// The pieces of a MIDI file, as the critic judges them.
    fn read(&self, path: &Path, data: &DataConfig) -> anyhow::Result<Vec<TokenPiece>> {
        let source = self.voice.source();
        let (mut pieces, mut silent) = (Vec::new(), None);
        for MusicPiece { name, score } in reading::read(path)? {
            if let Some(silence) = score.silence() {
                progress::warn(&format!("{name} is not judged: {silence}"));
                silent = Some(silence);
                continue;
            }
            let (piece, changes) = data.finished(&name, &score, &source).with_context(|| match data {
                DataConfig::Melody(_) => format!("no melody in {name}"),
                DataConfig::Voices(_) => format!("{name} cannot be read as four voices"),
            })?;
            if matches!(data, DataConfig::Melody(_)) {
                progress::note(&format!("{name}: melody: {}", choose(&score, &source)?));
            }
            for change in changes {
                progress::note(&format!("{name}: {change}"));
            }
            pieces.push(piece);
        }
        if let (true, Some(silence)) = (pieces.is_empty(), silent) {
            bail!("{}: there is nothing to judge: {silence}", path.display());
        }
        Ok(pieces)
    }
}

/// What a critic says of each piece, all of them in one pass.
fn judge<'a>(critic: &'a Critic, pieces: &[TokenPiece]) -> Vec<Verdict<'a>> {
    let excerpts: Vec<Excerpt<'_>> = pieces.iter().map(|piece| piece.tokens.as_slice().into()).collect();
    let scored = |piece: &TokenPiece, scores: Vec<f32>| {
        let total: f64 = scores.iter().copied().map(f64::from).sum();
        let score = |(&token, score)| TokenScore { token, score };
        (piece.tokens.iter().zip(scores).map(score).collect::<Vec<_>>(), total)
    };
    match critic {
        Critic::NextToken(model) => {
            let verdict = |(piece, judged): (&TokenPiece, Vec<Judged>)| {
                let (tokens, total) = scored(piece, judged.iter().map(|judged| judged.log_p).collect());
                Verdict::Likelihood { mean: total / tokens.len() as f64, tokens, total }
            };
            pieces.iter().zip(model.judge(&excerpts)).map(verdict).collect()
        }
        Critic::Discriminator(model) => {
            let verdict = |(piece, judged)| {
                let (tokens, total) = scored(piece, judged);
                Verdict::Reality { tokens, total, probability: <dyn Discriminator>::probability(total) }
            };
            pieces.iter().zip(model.judge(&excerpts)).map(verdict).collect()
        }
        Critic::Classifier(model) => {
            let names = || model.classes().iter().map(String::as_str);
            let verdict = |probabilities| Verdict::Style { probabilities: names().zip(probabilities).collect() };
            model.judge(&excerpts).into_iter().map(|judged: Vec<f64>| verdict(judged)).collect()
        }
        Critic::Regressor(model) => {
            let target = model.target().name();
            model.judge(&excerpts).into_iter().map(|value| Verdict::Number { target, value }).collect()
        }
    }
}

/// A line about the piece, and one for each token to which something is due.
fn describe(report: &Report<'_>, writing: Writing) -> String {
    let Report { name, verdict } = report;
    match verdict {
        Verdict::Likelihood { tokens, total, mean } => {
            let head =
                format!("{name}: {} tokens, ln p {}, {} a token\n", tokens.len(), number(*total), fixed(*mean, 4));
            head + describe_tokens(tokens, writing).as_str()
        }
        Verdict::Reality { tokens, total, probability } => {
            let (tokens_read, odds, real) = (tokens.len(), signed(*total), percent(*probability, 2));
            let head = format!("{name}: {tokens_read} tokens, log-odds {odds}, real with {real}\n");
            head + describe_tokens(tokens, writing).as_str()
        }
        Verdict::Style { probabilities } => {
            let row = |(name, p): &(&str, f64)| vec![(*name).to_owned(), percent(*p, 2)];
            format!("{name}:\n{}", output::table(&probabilities.iter().map(row).collect::<Vec<_>>()))
        }
        Verdict::Number { target, value } => format!("{name}: {target} {}\n", number(*value)),
    }
}

fn describe_tokens(tokens: &[TokenScore], writing: Writing) -> String {
    let row = |(place, TokenScore { token, score }): (usize, &TokenScore)| {
        let (place, token, score) = (writing.place_name(place), writing.token_name(*token), number(f64::from(*score)));
        format!("  {place:<20}  {token:<4}  {score:>8}\n")
    };
    tokens.iter().enumerate().filter(|(_, token)| token.score != 0.0).map(row).collect()
}

fn as_map<S: Serializer>(entries: &[(&str, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().copied())
}
