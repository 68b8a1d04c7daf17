//! `gradus critic eval`.

use std::{
    fmt::{self, Display, Formatter},
    path::PathBuf,
    time::Instant,
};

use gradus_models::critics::{Critic, Foresight, TokenPiece};
use gradus_music::Shares;
use serde::Serialize;

use crate::{
    critic::{CriticDirectory, FittedCritic},
    output,
};

/// The arguments of `gradus critic eval`.
#[derive(clap::Args)]
pub(super) struct Eval {
    /// The critic's folder
    critic: PathBuf,
    /// Judge it by the test part of this folder of MIDI files instead of its own corpus's
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Judge it by the test part of the JSB chorales in this file
    #[arg(long, value_name = "FILE", conflicts_with = "corpus")]
    jsb: Option<PathBuf>,
    /// How to split that folder, instead of as the critic's own corpus: 0,0,1 judges by all of it
    #[arg(long, value_name = "SHARES", requires = "corpus", allow_hyphen_values = true)]
    split: Option<Shares>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    critic: String,
    kind: &'a str,
    parameters: usize,
    pieces: usize,
    seconds: f64,
    tokens_per_second: f64,
    #[serde(flatten)]
    judgement: Judgement,
}

impl Eval {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let FittedCritic { mut file, model } = CriticDirectory::load(&self.critic)?;
        file.choose_data(self.corpus.as_ref(), self.jsb.as_ref(), self.split);
        let test: Vec<TokenPiece> = file.read_data()?.test;
        let start = Instant::now();
        let Some(judgement) = Judgement::of(&model, &test) else {
            anyhow::bail!("the test part holds no melody; give a larger corpus");
        };
        let seconds = start.elapsed().as_secs_f64();
        let report = Report {
            critic: self.critic.display().to_string(),
            kind: file.critic.name(),
            parameters: model.parameters(),
            pieces: test.len(),
            seconds,
            tokens_per_second: test.iter().map(|piece| piece.tokens.len()).sum::<usize>() as f64 / seconds,
            judgement,
        };
        if self.json {
            return output::json(&report);
        }
        let Report { critic, kind, parameters, pieces, tokens_per_second, .. } = &report;
        let text = format!(
            "{critic}: {kind} of {parameters} numbers, {pieces} test pieces at {tokens_per_second:.0} tokens a second\n{}",
            report.judgement
        );
        Ok(output::text(text)?)
    }
}

/// How well a critic does what it was fitted for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Judgement {
    /// What comes next.
    Foresight(Foresight),
}

impl Judgement {
    /// Of a critic, over some pieces; none without a token.
    pub(super) fn of(critic: &Critic, pieces: &[TokenPiece]) -> Option<Self> {
        match critic {
            Critic::NextToken(model) => Foresight::of(model.as_ref(), pieces).map(Self::Foresight),
            Critic::Discriminator(_) => None,
        }
    }
}

impl Display for Judgement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foresight(foresight) => f.write_str(&describe(foresight)),
        }
    }
}

fn describe(foresight: &Foresight) -> String {
    let Foresight { tokens, log_loss, perplexity, accuracy, onset_accuracy } = foresight;
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let mut rows = vec![
        vec!["tokens".to_owned(), tokens.to_string()],
        vec!["log loss, nats a token".to_owned(), format!("{log_loss:.4}")],
        vec!["perplexity".to_owned(), format!("{perplexity:.3}")],
        vec!["accuracy".to_owned(), percent(*accuracy)],
    ];
    if let Some(share) = onset_accuracy {
        rows.push(vec!["accuracy where a note begins".to_owned(), percent(*share)]);
    }
    output::table(&rows)
}
