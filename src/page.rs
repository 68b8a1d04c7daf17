//! Pages of HTML, each in one file that needs no other.

use std::{
    borrow::Borrow,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::{html::escaped, output, run::write_atomic};

/// Where a page goes.
#[derive(clap::Args)]
pub(crate) struct PageArgs {
    /// Write a page of HTML with the tables and with plots, in one file that needs no other
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replace a page that is there already
    #[arg(long, requires = "html")]
    force: bool,
}

impl PageArgs {
    /// The file, if a page is asked for; one that is there is not to be replaced unless that is said.
    pub(crate) fn file(&self) -> anyhow::Result<Option<&Path>> {
        if let Some(page) = self.html.as_ref().filter(|page| page.exists() && !self.force) {
            bail!("{} is there already: add --force to replace it, or choose another file", page.display());
        }
        Ok(self.html.as_deref())
    }
}

/// Writes a page.
pub(crate) fn write(path: &Path, page: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(write_atomic(path, page.as_bytes())?)
}

/// A drawing as a part of a page: there an SVG document needs no namespace, and its width is the page's matter.
pub(crate) fn inline(svg: &str) -> String {
    svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1)
}

/// Whether a column of a table holds words, which stand to its left as its heading does.
pub(crate) fn is_words(rows: &[Vec<String>], column: impl Borrow<usize>) -> bool {
    !output::holds_numbers(rows, *column.borrow())
}

/// What made a page, as HTML: the program, the day, and the command.
pub(crate) fn origin() -> String {
    let day = written().map_or_else(String::new, |day| format!(", {day}"));
    let command = std::iter::once("gradus".to_owned()).chain(std::env::args().skip(1).map(|word| quoted(&word)));
    let command = escaped(&command.collect::<Vec<_>>().join(" "));
    format!("Gradus {}{day}: <code>{command}</code>", env!("CARGO_PKG_VERSION"))
}

/// The moment at which a page is written, or that which `SOURCE_DATE_EPOCH` says, so that pages can be made again byte for byte.
fn written() -> Option<String> {
    let now = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => Timestamp::from_second(seconds.trim().parse().ok()?).ok()?,
        Err(_) => Timestamp::now(),
    };
    Some(now.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_=./:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_command_are_quoted_where_a_shell_would_read_them_otherwise() {
        let words = ["results/a-b_1", "reward.0.key.weight=2", "two words", "it's", ""].map(quoted);
        assert_eq!(words, ["results/a-b_1", "reward.0.key.weight=2", "'two words'", r"'it'\''s'", "''"]);
    }
}
