//! `gradus critic fit`.

use std::{
    fmt::{self, Display, Formatter},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use gradus_models::{
    ModelError,
    critics::{Epoch, FitState, Moment, Progress, TokenPiece},
};
use gradus_music::Shares;
use serde::Serialize;
use serde_json::json;

use super::{few::Few, judgement::Judgement};
use crate::{
    critic::{CriticDirectory, CriticFile, DataSource, FittedCritic},
    interrupt::{Stopped, stop_signal},
    output,
    plots::fit_curve,
    progress::{self, FitProgress},
    run::{Metrics, MetricsWriter, Row, write_atomic},
    split::{self, Parts},
    threads::Threads,
    voice::VoiceArgs,
};

/// The arguments of `gradus critic fit`.
#[derive(clap::Args)]
#[command(after_help = "\
The critic is written to results/critics/NAME: config, weights, the pieces of each part, and a row of metrics an epoch. \
Transposition (transpose in the critic's fit settings) moves the pieces of the training part only.

Examples:
  gradus critic fit critics/lstm
  gradus critic fit configs/critics/lstm.toml --set critic.lstm.fit.epochs=5
  gradus critic fit critics/linear --corpus my/midi --split 0.7,0.15,0.15")]
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
    #[command(flatten)]
    voice: VoiceArgs,
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
    /// Go on with a fit that was stopped, after its last whole epoch; it ends as if it had never been
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON document: {"critic", "seconds", "validation": {...}, "test": {...}, ...}
    #[arg(long)]
    json: bool,
}

impl Fit {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        self.threads.pool()?.install(|| self.fit())
    }

    fn fit(&self) -> anyhow::Result<()> {
        let directory = CriticDirectory::at(&self.out());
        if self.resume {
            directory.refuse_absent()?;
        }
        let mut file = CriticFile::load(&self.config, &self.assignments)?;
        let within = |error: ModelError| error.within(&format!("critic.{}", file.critic.name()));
        file.critic.config().check().map_err(within)?;
        file.seed = self.seed.unwrap_or(file.seed);
        file.choose_data(&self.source, self.split);
        file.choose_voice(&self.voice);
        let corpus = file.read_data()?;
        let parts = Parts::of_tokens(&corpus);
        // No other shares would help where there is nothing to split.
        if let Some(shares) = file.split.filter(|_| !parts.is_empty()) {
            parts.refuse_empty(shares)?;
        } else if !file.reads_benchmark() {
            file.split = file.split.or(Some(Shares::default()));
        }
        if corpus.train.is_empty() {
            anyhow::bail!("no melody in the training part: {}", file.why_nothing_to_learn()?);
        }
        split::warn_of_few(corpus.train.len());
        let _lock = directory.lock()?;
        if self.resume && directory.is_fitted() {
            // It may have been killed while it was clearing up.
            directory.clear()?;
            let critic = directory.path().display().to_string();
            if self.json {
                return output::json(&json!({ "critic": critic, "finished": true }));
            }
            return Ok(output::text(format!("{critic} is fitted: there is nothing to go on with\n"))?);
        }
        let from = if self.resume { directory.resume(&file, &parts)?.to_go_on_from(progress::warn)? } else { None };
        if from.is_none() {
            if !self.force && !self.resume {
                directory.refuse_taken()?;
            }
            directory.begin(&file, &parts)?;
        }
        let mut log = Log::open(&directory, from.as_ref())?;
        let critic = file.critic.config().fit_from(&corpus, file.seed, from.as_ref(), &mut |moment| log.hear(moment));
        let (seconds, stopped) = log.close()?;
        let critic = FittedCritic { model: critic?, file, parts: Some(parts) };
        let name = directory.path().file_name().unwrap_or_default().to_string_lossy();
        if let Some(curve) = fit_curve::draw(&name, &Metrics::read(&directory.metrics_path())?)? {
            write_atomic(&directory.curve_path(), curve.as_bytes())?;
        }
        directory.save(&critic, !stopped)?;
        let in_short =
            |pieces: &[TokenPiece]| Judgement::in_short(&critic.model, pieces, corpus.writing, critic.file.seed);
        let test = in_short(&corpus.test);
        let few = |test| Few::of(&critic.model, &corpus.test, corpus.writing, test, critic.file.seed);
        let report = Report {
            critic: directory.path().display().to_string(),
            finished: !stopped,
            seconds,
            parameters: critic.model.parameters(),
            validation: in_short(&corpus.validation),
            few_test_pieces: test.as_ref().and_then(few),
            test,
        };
        if self.json {
            output::json(&report)?;
        } else {
            output::text(report.to_string())?;
        }
        if stopped {
            return Err(Stopped("stopped: --resume goes on with this fit".to_owned()).into());
        }
        Ok(())
    }

    fn out(&self) -> PathBuf {
        let name = self.config.file_stem().unwrap_or("critic".as_ref());
        self.out.clone().unwrap_or_else(|| PathBuf::from("results/critics").join(name))
    }
}

/// What is told of a fit.
#[derive(Serialize)]
struct Report {
    critic: String,
    finished: bool,
    seconds: f64,
    parameters: usize,
    validation: Option<Judgement>,
    test: Option<Judgement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    few_test_pieces: Option<Few>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { critic, seconds, parameters, .. } = self;
        if self.finished {
            writeln!(f, "fitted in {seconds:.1} s: {parameters} numbers")?;
        } else {
            writeln!(f, "stopped after {seconds:.1} s: the best of {parameters} numbers so far; --resume goes on")?;
        }
        for (part, judgement) in [("validation", &self.validation), ("test", &self.test)] {
            judgement.iter().try_for_each(|judgement| write!(f, "{part}\n{judgement}"))?;
        }
        self.few_test_pieces.iter().try_for_each(|few| few.fmt(f))?;
        writeln!(f, "critic: {critic}")
    }
}

/// Follows a fit: shows how far it is, and writes down what it needs to go on.
struct Log<'a> {
    directory: &'a CriticDirectory,
    metrics: MetricsWriter,
    progress: FitProgress,
    start: Instant,
    /// Seconds of the fit before it was stopped.
    before: f64,
    /// Whether there is anything to go on from.
    kept: bool,
    stop: Arc<AtomicBool>,
    failure: Option<anyhow::Error>,
}

impl<'a> Log<'a> {
    fn open(directory: &'a CriticDirectory, from: Option<&FitState>) -> anyhow::Result<Self> {
        let path = directory.metrics_path();
        let metrics = match from {
            Some(state) => MetricsWriter::resume(&path, state.reported())?,
            None => MetricsWriter::create(&path)?,
        };
        let before = Metrics::read(&path)?.rows().last().and_then(|row| row.get(SECONDS)).unwrap_or(0.0);
        Ok(Self {
            directory,
            metrics,
            progress: FitProgress::new(),
            start: Instant::now(),
            before,
            kept: from.is_some(),
            stop: stop_signal()?,
            failure: None,
        })
    }

    fn hear(&mut self, moment: Moment<'_>) -> Progress {
        let Moment { done, epoch, .. } = moment;
        self.progress.update(done, epoch.map(|epoch| epoch.validation_loss));
        if let Err(error) = self.keep(moment) {
            self.failure = Some(error);
        }
        if self.failure.is_some() || self.stop.load(Ordering::Relaxed) { Progress::Stop } else { Progress::Continue }
    }

    /// The row first: from a checkpoint on, its rows are there.
    fn keep(&mut self, moment: Moment<'_>) -> anyhow::Result<()> {
        if let Some(epoch) = moment.epoch {
            self.metrics.append(&row(epoch, self.seconds()))?;
        }
        if let Some(state) = moment.state {
            self.directory.checkpoint(state)?;
            self.kept = true;
        }
        Ok(())
    }

    fn seconds(&self) -> f64 {
        self.before + self.start.elapsed().as_secs_f64()
    }

    /// The seconds of the whole fit, and whether it was stopped; an error if something could not be kept, or if it was
    /// stopped with nothing to show.
    fn close(self) -> anyhow::Result<(f64, bool)> {
        self.progress.finish();
        let seconds = self.seconds();
        if let Some(error) = self.failure {
            return Err(error);
        }
        let stopped = self.stop.load(Ordering::Relaxed);
        if stopped && !self.kept {
            return Err(Stopped("stopped before the first epoch was over: nothing was kept".to_owned()).into());
        }
        Ok((seconds, stopped))
    }
}

/// The column of the seconds.
const SECONDS: &str = "time/seconds";

/// An epoch as a row of the metrics.
fn row(epoch: &Epoch, seconds: f64) -> Row {
    let mut row = Row::from_iter([("epoch", epoch.epoch as f64)]);
    epoch.figures.iter().for_each(|&(name, value)| row.set(name, value));
    row.set(SECONDS, seconds);
    row
}
