//! TensorBoard event files: rows of metrics, the config, and what an agent does at its checkpoints.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::event::{Event, SessionLog, What};
use super::hyperparameters;
use super::summary::{Summary, Value};
use super::{Row, RunError};

/// Appends what TensorBoard shows to an event file.
#[derive(Debug)]
pub struct EventWriter {
    file: File,
    path: PathBuf,
}

impl EventWriter {
    /// Starts an event file in `folder`, beside those that are there.
    pub fn create(folder: &Path, now: SystemTime) -> Result<Self, RunError> {
        let path = next_path(folder, now)?;
        let file = File::create_new(&path).map_err(RunError::io("create", &path))?;
        let mut writer = Self { file, path };
        writer.write(0, now, What::FileVersion("brain.Event:2".to_owned()))?;
        Ok(writer)
    }

    /// Starts an event file that continues the others in `folder` after `step`: TensorBoard forgets
    /// what they hold beyond it, which is what an interrupted run wrote after its last checkpoint.
    pub fn resume(folder: &Path, now: SystemTime, step: u64) -> Result<Self, RunError> {
        let mut writer = Self::create(folder, now)?;
        // It forgets the step that a session starts at, too, and the row of `step` is not written again.
        writer.write(step + 1, now, What::SessionLog(SessionLog { status: SessionLog::START }))?;
        Ok(writer)
    }

    /// Appends every measurement of a row as a scalar at `step`.
    pub fn append(&mut self, step: u64, now: SystemTime, row: &Row) -> Result<(), RunError> {
        self.show(step, now, row.iter().map(|(name, value)| Value::scalar(name, value as f32)).collect())
    }

    /// Appends the config as text and, so that runs can be told apart by them, its settings as hyperparameters.
    pub fn describe(&mut self, now: SystemTime, text: &str, settings: &toml::Table) -> Result<(), RunError> {
        let hyperparameters = hyperparameters::value(settings, seconds(now));
        self.show(0, now, vec![Value::code("config", text), hyperparameters])
    }

    /// Appends values that belong to one `step`.
    pub fn show(&mut self, step: u64, now: SystemTime, value: Vec<Value>) -> Result<(), RunError> {
        self.write(step, now, What::Summary(Summary { value }))
    }

    /// Waits until all that was appended is on the disk.
    pub fn sync(&self) -> Result<(), RunError> {
        self.file.sync_data().map_err(RunError::io("write", &self.path))
    }

    fn write(&mut self, step: u64, now: SystemTime, what: What) -> Result<(), RunError> {
        let event = Event { wall_time: seconds(now), step: step as i64, what: Some(what) };
        self.file.write_all(&event.to_record()).map_err(RunError::io("write", &self.path))
    }
}

/// TensorBoard finds files by `tfevents` in the name, and reads them in the order of their names.
fn file_name(index: usize, second: u64) -> String {
    format!("{PREFIX}{second:010}.gradus.{index}")
}

/// How the names of event files begin.
const PREFIX: &str = "events.out.tfevents.";

/// A path that comes after all files in `folder`, even if the clock was set back.
fn next_path(folder: &Path, now: SystemTime) -> Result<PathBuf, RunError> {
    let entries = fs::read_dir(folder).map_err(RunError::io("read", folder))?;
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let earlier = |path: &PathBuf| path.file_name()?.to_str()?.strip_prefix(PREFIX)?.get(..10)?.parse().ok();
    let latest: u64 = paths.iter().filter_map(earlier).max().unwrap_or(0);
    let names = (latest.max(seconds(now) as u64)..).map(|second| folder.join(file_name(paths.len(), second)));
    // Of two in one second, `10` comes before `9`.
    Ok(names.into_iter().find(|name| paths.iter().all(|path| path < name)).unwrap_or_else(|| folder.join(PREFIX)))
}

/// Seconds since 1970, at which a clock that is set earlier is taken to stand.
fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::run::event::tests::parse;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn events(path: &Path) -> Vec<Event> {
        parse(&fs::read(path).unwrap())
    }

    /// What tensorboard 2.21's own `RecordWriter` makes of the same two events:
    ///
    /// ```python
    /// import io
    /// from tensorboard.compat.proto.event_pb2 import Event
    /// from tensorboard.compat.proto.summary_pb2 import Summary
    /// from tensorboard.summary.writer.record_writer import RecordWriter
    ///
    /// file = io.BytesIO()
    /// mean = Summary.Value(tag="return/mean", simple_value=1.5)
    /// loss = Summary.Value(tag="loss/policy", simple_value=0.0)
    /// for event in (
    ///     Event(wall_time=5.0, file_version="brain.Event:2"),
    ///     Event(wall_time=6.0, step=4096, summary=Summary(value=[mean, loss])),
    /// ):
    ///     RecordWriter(file).write(event.SerializeToString())
    /// print(file.getvalue().hex())
    /// ```
    const GOLDEN: &str = "\
         1800000000000000a37f4b220900000000000014401a0d627261696e2e4576656e743a32d153\
         4f3e36000000000000004f578cef0900000000000018401080202a280a120a0b72657475726e\
         2f6d65616e150000c03f0a120a0b6c6f73732f706f6c6963791500000000f61e55e3";

    #[test]
    fn the_bytes_are_those_of_tensorboards_own_writer() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::create(folder.path(), at(5)).unwrap();
        let row = Row::from_iter([("return/mean", 1.5), ("loss/policy", 0.0)]);
        writer.append(4096, at(6), &row).unwrap();

        let bytes = fs::read(&writer.path).unwrap();

        let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex.concat(), GOLDEN);
    }

    #[test]
    fn rows_become_scalars_after_the_version() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::create(folder.path(), at(5)).unwrap();
        writer.append(4096, at(6), &Row::from_iter([("return/mean", 1.5), ("loss/policy", 0.0)])).unwrap();

        let [version, row] = events(&folder.path().join("events.out.tfevents.0000000005.gradus.0")).try_into().unwrap();

        assert_eq!(version.what, Some(What::FileVersion("brain.Event:2".to_owned())));
        assert_eq!((row.step, row.wall_time.to_bits()), (4096, 6f64.to_bits()));
        let value = vec![Value::scalar("return/mean", 1.5), Value::scalar("loss/policy", 0.0)];
        assert_eq!(row.what, Some(What::Summary(Summary { value })));
    }

    #[test]
    fn each_file_comes_after_those_before_it_whatever_the_clock_says() {
        let folder = tempfile::tempdir().unwrap();
        let mut written = Vec::new();
        for second in std::iter::repeat_n(5, 12).chain([3, 9]) {
            written.push(EventWriter::create(folder.path(), at(second)).unwrap().path);
        }
        assert!(written.is_sorted(), "{written:?}");
    }

    #[test]
    fn a_resumed_file_sorts_after_the_first_and_tells_the_step() {
        let folder = tempfile::tempdir().unwrap();
        EventWriter::create(folder.path(), at(5)).unwrap();
        EventWriter::resume(folder.path(), at(5), 8192).unwrap();

        let resumed = events(&folder.path().join("events.out.tfevents.0000000005.gradus.1"));

        assert_eq!(resumed[1].step, 8193, "what was written at the step itself stays");
        assert_eq!(resumed[1].what, Some(What::SessionLog(SessionLog { status: SessionLog::START })));
    }
}
