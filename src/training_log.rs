//! What a training writes down while it goes on, and what it goes on from.

use std::{
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{bail, ensure};
use gradus_agents::{Algorithm, Checkpoint};
use serde::{Deserialize, Serialize};

use crate::{
    config::TrainingConfig,
    difference::differences,
    progress,
    run::{Checkpoints, EventWriter, Metrics, MetricsWriter, Row, RunDirectory, Value},
};

/// Suspended states that are kept, so that there is one when the newest is damaged.
const SUSPENDED: usize = 2;

/// At most one part in so many of a training's time goes into suspended states.
const SHARE_OF_TIME: u32 = 20;

/// Under what name a suspended state has where its log stands.
const PLACE: &str = "log";

/// Where the log of a training stands.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Place {
    /// Rows of the metrics.
    rows: usize,
    /// Seconds of training.
    seconds: f64,
}

/// What an earlier training has left of a run.
pub(crate) enum Earlier {
    /// Nothing to go on from.
    None,
    /// All of it.
    Finished(RunDirectory),
    /// A state to go on from.
    Suspended(RunDirectory, Box<Checkpoint>),
}

impl Earlier {
    /// What there is of the run of `config` in `root`; a run of another config is an error.
    pub(crate) fn find(root: &Path, config: &TrainingConfig) -> anyhow::Result<Self> {
        let path = root.join(format!("seed-{}", config.seed));
        if !path.is_dir() {
            return Ok(Self::None);
        }
        let run = RunDirectory::open(&path)?;
        if run.config_path().exists() {
            let kept = TrainingConfig::load(&run.config_path(), &[])?.with_whole_paths();
            let differences = differences(&kept, &config.with_whole_paths())?;
            if !differences.is_empty() {
                let path = path.display();
                bail!("{path} holds the run of another config: {}; use --out for another", differences.join("; "));
            }
        }
        let metrics =
            if run.metrics_path().exists() { Metrics::read(&run.metrics_path())? } else { Metrics::default() };
        let rows = metrics.rows();
        let found = suspended(&run).newest(|bytes| {
            let state = Checkpoint::from_bytes(bytes)?;
            let place: Place = state.state(PLACE)?;
            let missing = place.rows.saturating_sub(rows.len());
            ensure!(missing == 0, "{missing} rows of the metrics that it goes on from are not there");
            Ok(state)
        })?;
        if let Some(checkpoint) = found.to_go_on_from(progress::warn)? {
            return Ok(Self::Suspended(run, Box::new(checkpoint)));
        }
        if rows.last().and_then(|row| row.get("steps")).is_some_and(|steps| steps >= config.total_steps as f64) {
            // It may have been killed while it was clearing up.
            suspended(&run).clear()?;
            return Ok(Self::Finished(run));
        }
        if !rows.is_empty() {
            progress::warn(&format!("{} was stopped before it kept a state: it begins anew", path.display()));
        }
        Ok(Self::None)
    }
}

fn suspended(run: &RunDirectory) -> Checkpoints {
    Checkpoints::by_steps(&run.suspended_path())
}

/// Writes down a training as it goes on.
pub(crate) struct Log {
    metrics: MetricsWriter,
    events: EventWriter,
    checkpoints: Checkpoints,
    suspended: Checkpoints,
    place: Place,
    steps: u64,
    start: Instant,
    save_every: Duration,
    saved: Instant,
    /// How long the last suspended state took to write.
    took: Duration,
}

impl Log {
    /// Begins the log of a run of `config`, or goes on with it where the training was suspended.
    pub(crate) fn open(
        run: &RunDirectory,
        config: &TrainingConfig,
        from: Option<&Checkpoint>,
        save_every: Duration,
    ) -> anyhow::Result<Self> {
        let (path, now) = (run.metrics_path(), SystemTime::now());
        let place = from.map(|from| from.state(PLACE)).transpose()?.unwrap_or_default();
        let Place { rows, .. } = place;
        let (metrics, events) = if let Some(from) = from {
            (MetricsWriter::resume(&path, rows)?, EventWriter::resume(&run.events_path(), now, from.steps)?)
        } else {
            let mut events = EventWriter::create(&run.events_path(), now)?;
            let text = config.to_toml()?;
            // As they are written, with no more digits.
            events.describe(now, &text, &toml::from_str(&text)?)?;
            (MetricsWriter::create(&path)?, events)
        };
        Ok(Self {
            metrics,
            events,
            checkpoints: Checkpoints::by_steps(&run.checkpoints_path()),
            suspended: suspended(run),
            place,
            steps: from.map_or(0, |from| from.steps),
            start: Instant::now(),
            save_every,
            saved: Instant::now(),
            took: Duration::ZERO,
        })
    }

    /// Environment steps so far.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// Seconds of training so far.
    pub(crate) fn seconds(&self) -> f64 {
        self.place.seconds + self.start.elapsed().as_secs_f64()
    }

    /// The row of the iteration after which so many steps are done.
    pub(crate) fn row(&mut self, steps: u64) -> Row {
        self.place.rows += 1;
        self.steps = steps;
        Row::from_iter([("iteration", self.place.rows as f64), ("steps", steps as f64)])
    }

    /// Writes a row.
    pub(crate) fn append(&mut self, row: &Row) -> anyhow::Result<()> {
        self.metrics.append(row)?;
        Ok(self.events.append(self.steps, SystemTime::now(), row)?)
    }

    /// Shows TensorBoard more than the row of this iteration.
    pub(crate) fn show(&mut self, values: Vec<Value>) -> anyhow::Result<()> {
        Ok(self.events.show(self.steps, SystemTime::now(), values)?)
    }

    /// Keeps what the agent has learned.
    pub(crate) fn checkpoint(&self, checkpoint: &Checkpoint) -> anyhow::Result<()> {
        Ok(self.checkpoints.save(checkpoint.steps, &checkpoint.to_bytes()?)?)
    }

    /// Whether it is time for a state to go on from.
    pub(crate) fn is_due(&self) -> bool {
        self.saved.elapsed() >= self.save_every.max(self.took * SHARE_OF_TIME)
    }

    /// Keeps a state to go on from.
    pub(crate) fn suspend(&mut self, algorithm: &dyn Algorithm) -> anyhow::Result<()> {
        let begin = Instant::now();
        // On the disk before the state that goes on from it.
        self.metrics.sync()?;
        self.events.sync()?;
        let mut state = algorithm.suspend()?;
        state.keep_state(PLACE, &Place { rows: self.place.rows, seconds: self.seconds() })?;
        self.suspended.save(state.steps, &state.to_bytes()?)?;
        self.suspended.keep(SUSPENDED)?;
        self.saved = Instant::now();
        self.took = self.saved - begin;
        Ok(())
    }

    /// The training is at its end: there is nothing to go on from any more.
    pub(crate) fn clear(&self) -> anyhow::Result<()> {
        Ok(self.suspended.clear()?)
    }
}
