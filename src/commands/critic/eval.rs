//! `gradus critic eval`.

use std::{hint::black_box, path::PathBuf, time::Instant};

use gradus_models::critics::{Critic, Excerpt, TokenPiece};
use gradus_music::Shares;
use serde::Serialize;

use super::{few::Few, judgement::Judgement};
use crate::{
    critic::{CriticDirectory, DataSource, FittedCritic},
    output,
};

/// What `--split` says of itself.
const SPLIT: &str = "\
The shares of the tunes of another folder for training, validation and test, of which the test part is judged by: 0,0,1 \
judges by all of it. The split that the critic was fitted with if not given. Of the music that the critic was fitted to no \
other split is accepted, because its test part would hold what the critic has learned from";

/// The arguments of `gradus critic eval`.
#[derive(clap::Args)]
#[command(after_help = "\
Critics of what comes next are judged by how well they foresee the test pieces. They and critics of what is real are judged by \
how well they tell the pieces from damaged copies of them: AUC is the probability that a piece is found better than a copy.

Examples:
  gradus critic eval results/critics/lstm
  gradus critic eval results/critics/lstm --corpus my/midi --split 0,0,1")]
pub(super) struct Eval {
    /// The critic's folder
    critic: PathBuf,
    #[command(flatten)]
    source: DataSource,
    /// The shares of a folder that the critic has not learned from; 0,0,1 judges by all of it
    #[arg(
        long,
        value_name = "A,B,C",
        conflicts_with_all = ["jsb", "jsb_quarter"],
        allow_hyphen_values = true,
        long_help = SPLIT
    )]
    split: Option<Shares>,
    /// Judge stretches of so many steps, each without what stands before it, as the pieces of an environment are
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u16).range(1..))]
    stretch: Option<u16>,
    /// The seed of the damage; the critic's own if not given
    #[arg(long)]
    seed: Option<u64>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    few_test_pieces: Option<Few>,
}

impl Eval {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let FittedCritic { mut file, parts, model } = CriticDirectory::at(&self.critic).load()?;
        let is_own = file.reads(&self.source);
        let own_split = file.split.unwrap_or_default();
        if let Some(split) = self.split.filter(|split| is_own && *split != own_split) {
            anyhow::bail!(
                "split {split}: {} was fitted with {own_split}, and another test part of the same music would hold what it \
                 has learned from; leave --split out, or fit the critic again",
                self.critic.display()
            );
        }
        file.choose_data(&self.source, self.split);
        let corpus = file.read_data()?;
        if let Some(parts) = parts.filter(|_| is_own) {
            parts.refuse_known(&corpus.test)?;
        }
        let test = match self.stretch {
            None => corpus.test,
            Some(steps) => {
                let tokens = usize::from(steps) * corpus.writing.tokens_a_step();
                corpus.test.iter().flat_map(|piece| piece.stretches(tokens)).collect()
            }
        };
        let seed = self.seed.unwrap_or(file.seed);
        let Some(judgement) = Judgement::of(&model, &test, corpus.writing, seed) else {
            anyhow::bail!(
                "the test part holds no melody, or none so long; give a larger corpus, or --corpus with --split 0,0,1"
            );
        };
        let seconds = seconds(&model, &test);
        let report = Report {
            critic: self.critic.display().to_string(),
            kind: file.critic.name(),
            parameters: model.parameters(),
            pieces: test.len(),
            seconds,
            tokens_per_second: test.iter().map(|piece| piece.tokens.len()).sum::<usize>() as f64 / seconds,
            few_test_pieces: Few::of(&model, &test, corpus.writing, &judgement, seed),
            judgement,
        };
        if self.json {
            return output::json(&report);
        }
        let Report { critic, kind, parameters, pieces, tokens_per_second, .. } = &report;
        let few = report.few_test_pieces.as_ref().map(ToString::to_string).unwrap_or_default();
        let text = format!(
            "{critic}: {kind} of {parameters} numbers, {pieces} test pieces at {tokens_per_second:.0} tokens a second\n{}{few}",
            report.judgement
        );
        Ok(output::text(text)?)
    }
}

/// How long a critic takes to read all pieces once.
fn seconds(critic: &Critic, pieces: &[TokenPiece]) -> f64 {
    let excerpts: Vec<Excerpt<'_>> = pieces.iter().map(|piece| piece.tokens.as_slice().into()).collect();
    let start = Instant::now();
    match critic {
        Critic::NextToken(model) => drop(black_box(model.judge(&excerpts))),
        Critic::Discriminator(model) => drop(black_box(model.judge(&excerpts))),
        Critic::Classifier(model) => drop(black_box(model.judge(&excerpts))),
        Critic::Regressor(model) => drop(black_box(model.judge(&excerpts))),
    }
    start.elapsed().as_secs_f64()
}
