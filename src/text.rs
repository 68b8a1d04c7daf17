//! Texts that users give.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub(crate) struct Unreadable {
    /// The file.
    pub(crate) path: PathBuf,
    /// The reason.
    pub(crate) source: io::Error,
}

/// Reads a text, without the byte order mark that some editors put before it.
pub(crate) fn read(path: &Path) -> Result<String, Unreadable> {
    let text = fs::read_to_string(path).map_err(|source| Unreadable { path: path.to_owned(), source })?;
    Ok(without_mark(&text).to_owned())
}

/// The text without a byte order mark before it.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
