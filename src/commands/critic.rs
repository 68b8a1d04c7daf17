//! `gradus critic`: models learned from a corpus.

use std::{path::PathBuf, time::Instant};

use clap::Subcommand;
use gradus_models::critics::{Epoch, Foresight, Progress, TokenPiece};
use serde::Serialize;

use crate::{
    critic::{CriticDirectory, CriticFile, FittedCritic},
    output,
    progress::FitProgress,
    run::{MetricsWriter, Row},
};

/// The arguments of `gradus critic`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Fit a critic to a corpus
    Fit(Fit),
    /// Judge a fitted critic by music that it has not learned from
    Eval(Eval),
}

/// The arguments of `gradus critic fit`.
#[derive(clap::Args)]
#[command(after_help = "\
The critic is written to results/critics/NAME: config, weights, and a row of metrics an epoch.

Examples:
  gradus critic fit configs/critics/lstm.toml
  gradus critic fit configs/critics/transformer.toml --set critic.transformer.fit.epochs=5 --out results/critics/trial")]
struct Fit {
    /// The critic's config, a TOML file
    config: PathBuf,
    /// The seed, instead of the config's
    #[arg(long)]
    seed: Option<u64>,
    /// Change a setting: critic.lstm.fit.batch=16; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    assignments: Vec<String>,
    /// Learn from this folder of MIDI files instead of the embedded corpus
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Learn from the JSB chorales in this file: four voices on the sixteenth grid, with the file's own split
    #[arg(long, value_name = "FILE", conflicts_with = "corpus")]
    jsb: Option<PathBuf>,
    /// The critic's folder; results/critics/ and the config's name if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a critic that is there already
    #[arg(long)]
    force: bool,
    /// How many threads to use; the results are the same on any number
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// The arguments of `gradus critic eval`.
#[derive(clap::Args)]
struct Eval {
    /// The critic's folder
    critic: PathBuf,
    /// Judge it by the test part of this folder of MIDI files instead of its own corpus's
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Judge it by the test part of the JSB chorales in this file
    #[arg(long, value_name = "FILE", conflicts_with = "corpus")]
    jsb: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.action {
            Action::Fit(fit) => {
                let mut pool = rayon::ThreadPoolBuilder::new();
                if let Some(threads) = fit.threads {
                    pool = pool.num_threads(threads);
                }
                pool.build()?.install(|| fit.run())
            }
            Action::Eval(eval) => eval.run(),
        }
    }
}

impl Fit {
    fn run(&self) -> anyhow::Result<()> {
        let mut file = CriticFile::load(&self.config, &self.assignments)?;
        file.seed = self.seed.unwrap_or(file.seed);
        file.choose_data(self.corpus.as_ref(), self.jsb.as_ref());
        let corpus = file.read_data()?;
        let directory = CriticDirectory::create(&self.out(), self.force)?;
        let mut metrics = MetricsWriter::create(&directory.metrics_path())?;
        let mut progress = FitProgress::new();
        let start = Instant::now();
        let mut failure = None;
        let model = file.critic.config().fit(&corpus, file.seed, &mut |done, epoch| {
            progress.update(done, epoch.map(|epoch| epoch.validation.log_loss));
            let written = epoch.map_or(Ok(()), |epoch| metrics.append(&row(epoch, start.elapsed().as_secs_f64())));
            match written {
                Ok(()) => Progress::Continue,
                Err(error) => {
                    failure = Some(error);
                    Progress::Stop
                }
            }
        })?;
        progress.finish();
        if let Some(error) = failure {
            return Err(error.into());
        }
        let seconds = start.elapsed().as_secs_f64();
        let critic = FittedCritic { file, model };
        directory.save(&critic)?;
        let mut text = format!("fitted in {seconds:.1} s: {} numbers\n", critic.model.parameters());
        for (part, pieces) in [("validation", &corpus.validation), ("test", &corpus.test)] {
            if let Some(foresight) = Foresight::of(critic.model.as_ref(), pieces) {
                text += &format!("{part}\n{}", describe(&foresight));
            }
        }
        text += &format!("critic: {}\n", directory.path().display());
        Ok(output::text(text)?)
    }

    fn out(&self) -> PathBuf {
        let name = self.config.file_stem().unwrap_or("critic".as_ref());
        self.out.clone().unwrap_or_else(|| PathBuf::from("results/critics").join(name))
    }
}

/// An epoch as a row of the metrics.
fn row(epoch: &Epoch, seconds: f64) -> Row {
    let Foresight { log_loss, accuracy, onset_accuracy, .. } = epoch.validation;
    let mut row = Row::from_iter([
        ("epoch", epoch.epoch as f64),
        ("train/log-loss", epoch.train_loss),
        ("validation/log-loss", log_loss),
        ("validation/accuracy", accuracy),
        ("fit/learning-rate", epoch.learning_rate),
        ("time/seconds", seconds),
    ]);
    if let Some(onset_accuracy) = onset_accuracy {
        row.set("validation/onset-accuracy", onset_accuracy);
    }
    row
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
    foresight: Foresight,
}

impl Eval {
    fn run(self) -> anyhow::Result<()> {
        let FittedCritic { mut file, model } = CriticDirectory::load(&self.critic)?;
        file.choose_data(self.corpus.as_ref(), self.jsb.as_ref());
        let test: Vec<TokenPiece> = file.read_data()?.test;
        let start = Instant::now();
        let Some(foresight) = Foresight::of(model.as_ref(), &test) else {
            anyhow::bail!("the test part holds no melody; give a larger corpus");
        };
        let seconds = start.elapsed().as_secs_f64();
        let report = Report {
            critic: self.critic.display().to_string(),
            kind: file.critic.name(),
            parameters: model.parameters(),
            pieces: test.len(),
            seconds,
            tokens_per_second: foresight.tokens as f64 / seconds,
            foresight,
        };
        if self.json {
            return output::json(&report);
        }
        let Report { critic, kind, parameters, pieces, tokens_per_second, .. } = &report;
        let text = format!(
            "{critic}: {kind} of {parameters} numbers, {pieces} test pieces at {tokens_per_second:.0} tokens a second\n{}",
            describe(&foresight)
        );
        Ok(output::text(text)?)
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
