//! `metrics.jsonl`: written a row at a time, read back as columns.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Row, RunError, write_atomic};

/// Appends rows to a metrics file.
#[derive(Debug)]
pub struct MetricsWriter {
    file: File,
    path: PathBuf,
}

impl MetricsWriter {
    /// Starts an empty metrics file.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        let file = File::create(path).map_err(RunError::io("create", path))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Continues a metrics file after its first `rows` rows.
    ///
    /// What an interrupted run wrote after its last checkpoint is dropped: the continued run writes
    /// those rows again.
    pub fn resume(path: &Path, rows: usize) -> Result<Self, RunError> {
        let text = fs::read_to_string(path).map_err(RunError::io("read", path))?;
        let whole = |line: &&str| line.ends_with('\n');
        let found = text.split_inclusive('\n').filter(whole).count();
        if found < rows {
            return Err(RunError::MetricsTooShort { path: path.to_owned(), found, needed: rows });
        }
        let kept: String = text.split_inclusive('\n').take(rows).collect();
        write_atomic(path, kept.as_bytes())?;
        let file = File::options().append(true).open(path).map_err(RunError::io("write", path))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Appends a row; it is in the file when this returns, so that a running run can be watched.
    pub fn append(&mut self, row: &Row) -> Result<(), RunError> {
        let line = row.to_json() + "\n";
        self.file.write_all(line.as_bytes()).map_err(RunError::io("write", &self.path))
    }

    /// Has all rows so far reach the disk.
    pub fn sync(&self) -> Result<(), RunError> {
        self.file.sync_data().map_err(RunError::io("write", &self.path))
    }
}

/// The rows of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    rows: Vec<Row>,
    torn: Option<TornLine>,
}

/// A last line that a crash cut short, or that a running run is still writing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: the last row is cut short and was left out", path.display())]
pub struct TornLine {
    /// The metrics file.
    pub path: PathBuf,
    /// The line, counted from one.
    pub line: usize,
}

impl Metrics {
    /// Reads a metrics file. A torn last line is left out and [reported](Self::torn); any other bad
    /// line is an error.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let text = fs::read_to_string(path).map_err(RunError::io("read", path))?;
        let mut metrics = Self::default();
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let line_number = index + 1;
            match Row::from_json(line) {
                Ok(row) => metrics.rows.push(row),
                Err(_) if !line.ends_with('\n') => {
                    metrics.torn = Some(TornLine { path: path.to_owned(), line: line_number });
                }
                Err(reason) => {
                    return Err(RunError::Metrics { path: path.to_owned(), line: line_number, reason });
                }
            }
        }
        Ok(metrics)
    }

    /// The rows, in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The names of the columns, in the order in which they first appear.
    pub fn columns(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for (name, _) in self.rows.iter().flat_map(Row::iter) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// One value a row; NaN where the row lacks the column.
    pub fn column(&self, name: &str) -> Vec<f64> {
        self.rows.iter().map(|row| row.get(name).unwrap_or(f64::NAN)).collect()
    }

    /// The torn last line, if there was one: worth a warning.
    pub fn torn(&self) -> Option<&TornLine> {
        self.torn.as_ref()
    }
}

impl FromIterator<Row> for Metrics {
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Self {
        Self { rows: rows.into_iter().collect(), torn: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(steps: u32) -> Row {
        Row::from_iter([("steps", f64::from(steps)), ("return/mean", 0.1)])
    }

    fn folder_with(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn rows_read_back_as_they_were_appended() {
        let (_folder, path) = folder_with("rows of an older run");
        let mut writer = MetricsWriter::create(&path).unwrap();
        let rows = [row(1), Row::from_iter([("loss/value", 0.5)])];
        for row in &rows {
            writer.append(row).unwrap();
        }

        let metrics = Metrics::read(&path).unwrap();

        assert_eq!(metrics.rows(), rows);
        assert_eq!(metrics.columns(), ["steps", "return/mean", "loss/value"]);
        assert_eq!(metrics.column("steps")[0].to_bits(), 1f64.to_bits());
        assert!(metrics.column("steps")[1].is_nan());
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_reported() {
        let (_folder, path) = folder_with("{\"steps\":1}\n{\"steps\":2,\"ret");
        let metrics = Metrics::read(&path).unwrap();
        assert_eq!(metrics.rows().len(), 1);
        assert_eq!(metrics.torn().unwrap().line, 2);
    }

    #[test]
    fn a_bad_line_in_the_middle_is_an_error_with_its_position() {
        let (_folder, path) = folder_with("{\"steps\":1}\n[]\n{\"steps\":3}\n");
        let error = Metrics::read(&path).unwrap_err();
        assert!(matches!(error, RunError::Metrics { line: 2, .. }), "{error}");
    }

    #[test]
    fn resuming_drops_what_came_after_the_checkpoint() {
        let (_folder, path) = folder_with("{\"steps\":1}\n{\"steps\":2}\n{\"ste");
        MetricsWriter::resume(&path, 1).unwrap().append(&row(7)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"steps\":1}\n{\"steps\":7,\"return/mean\":0.1}\n");
    }

    #[test]
    fn resuming_from_more_rows_than_there_are_is_an_error() {
        let (_folder, path) = folder_with("{\"steps\":1}\n{\"steps\":2");
        let error = MetricsWriter::resume(&path, 2).unwrap_err();
        assert!(matches!(error, RunError::MetricsTooShort { found: 1, needed: 2, .. }), "{error}");
    }
}
