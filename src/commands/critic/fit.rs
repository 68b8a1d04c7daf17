//! `gradus critic fit`.

use std::{path::PathBuf, time::Instant};

use gradus_models::critics::{Epoch, Progress};
use gradus_music::Shares;

use super::judgement::Judgement;
use crate::{
    critic::{CriticDirectory, CriticFile, DataSource, FittedCritic},
    output,
    progress::FitProgress,
    run::{MetricsWriter, Row},
    split::{self, Parts},
};

/// The arguments of `gradus critic fit`.
#[derive(clap::Args)]
#[command(after_help = "\
The critic is written to results/critics/NAME: config, weights, the pieces of each part, and a row of metrics an epoch.
Transposition (`transpose` in the critic's fit settings) moves the pieces of the training part only.

Examples:
  gradus critic fit configs/critics/lstm.toml
  gradus critic fit configs/critics/transformer.toml --set critic.transformer.fit.epochs=5 --out results/critics/trial
  gradus critic fit configs/critics/linear.toml --corpus my/midi --split 0.7,0.15,0.15")]
pub(super) struct Fit {
    /// The critic's config, a TOML file
    config: PathBuf,
    /// The seed, instead of the config's
    #[arg(long)]
    seed: Option<u64>,
    /// Change a setting: critic.lstm.fit.batch=16; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    assignments: Vec<String>,
    #[command(flatten)]
    source: DataSource,
    /// The shares of the tunes for training, validation and test; 0.8,0.1,0.1 if not given
    #[arg(
        long,
        value_name = "A,B,C",
        conflicts_with_all = ["jsb", "jsb_quarter"],
        allow_hyphen_values = true,
        long_help = split::HELP
    )]
    split: Option<Shares>,
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

impl Fit {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let mut pool = rayon::ThreadPoolBuilder::new();
        if let Some(threads) = self.threads {
            pool = pool.num_threads(threads);
        }
        pool.build()?.install(|| self.fit())
    }

    fn fit(&self) -> anyhow::Result<()> {
        let mut file = CriticFile::load(&self.config, &self.assignments)?;
        file.seed = self.seed.unwrap_or(file.seed);
        file.choose_data(&self.source, self.split);
        let corpus = file.read_data()?;
        let parts = Parts::of_tokens(&corpus);
        if let Some(shares) = file.split {
            parts.refuse_empty(shares)?;
        } else if !file.reads_benchmark() {
            file.split = Some(Shares::default());
        }
        let directory = CriticDirectory::create(&self.out(), self.force)?;
        let mut metrics = MetricsWriter::create(&directory.metrics_path())?;
        let mut progress = FitProgress::new();
        let start = Instant::now();
        let mut failure = None;
        let model = file.critic.config().fit(&corpus, file.seed, &mut |done, epoch| {
            progress.update(done, epoch.map(|epoch| epoch.validation_loss));
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
        let critic = FittedCritic { file, parts: Some(parts), model };
        directory.save(&critic)?;
        let mut text = format!("fitted in {seconds:.1} s: {} numbers\n", critic.model.parameters());
        for (part, pieces) in [("validation", &corpus.validation), ("test", &corpus.test)] {
            let judgement = Judgement::in_short(&critic.model, pieces, corpus.writing, critic.file.seed);
            if let Some(judgement) = judgement {
                text += &format!("{part}\n{judgement}");
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
    let mut row = Row::from_iter([("epoch", epoch.epoch as f64)]);
    epoch.figures.iter().for_each(|&(name, value)| row.set(name, value));
    row.set("time/seconds", seconds);
    row
}
