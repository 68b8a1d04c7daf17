//! `gradus critic eval`.

use std::{hint::black_box, path::PathBuf, time::Instant};

use gradus_models::critics::{Critic, Excerpt, TokenPiece};
use serde::Serialize;

use super::judgement::Judgement;
use crate::{
    critic::{CriticDirectory, DataSource, FittedCritic},
    output,
};

/// The arguments of `gradus critic eval`.
#[derive(clap::Args)]
#[command(after_help = "\
Critics of what comes next are judged by how well they foresee the test pieces. They and critics of what is real are judged
by how well they tell the pieces from damaged copies of them: AUC is the probability that a piece is found better than a copy.")]
pub(super) struct Eval {
    /// The critic's folder
    critic: PathBuf,
    #[command(flatten)]
    source: DataSource,
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
}

impl Eval {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let FittedCritic { mut file, model } = CriticDirectory::load(&self.critic)?;
        file.choose_data(&self.source);
        let corpus = file.read_data()?;
        let test = match self.stretch {
            None => corpus.test,
            Some(steps) => {
                let tokens = usize::from(steps) * corpus.writing.tokens_a_step();
                corpus.test.iter().flat_map(|piece| piece.stretches(tokens)).collect()
            }
        };
        let Some(judgement) = Judgement::of(&model, &test, corpus.writing, self.seed.unwrap_or(file.seed)) else {
            anyhow::bail!("the test part holds no melody, or none so long; give a larger corpus");
        };
        let seconds = seconds(&model, &test);
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
