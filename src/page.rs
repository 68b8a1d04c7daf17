//! Pages of HTML, each in one file that needs no other.

use std::{
    borrow::Borrow,
    fmt::Display,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::{output, run::write_atomic};

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

/// Words as HTML, with what stands between backticks marked up as code.
pub(crate) fn marked_up(words: impl Display) -> String {
    let words = escaped(&words.to_string());
    let parts: Vec<_> = words.split('`').collect();
    // A backtick that is never closed is one more part than pairs make.
    let is_paired = parts.len() % 2 == 1;
    let part = |(index, part): (usize, &&str)| match index % 2 {
        1 if is_paired || index + 1 < parts.len() => format!("<code>{part}</code>"),
        _ => (*part).to_owned(),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Whether a column of a table holds words, which stand to its left as its heading does.
pub(crate) fn is_words(rows: &[Vec<String>], column: impl Borrow<usize>) -> bool {
    !output::holds_numbers(rows, *column.borrow())
}

fn escaped(words: &str) -> String {
    let mut html = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' => html += "&#38;",
            '<' => html += "&#60;",
            '>' => html += "&#62;",
            '"' => html += "&#34;",
            '\'' => html += "&#39;",
            other => html.push(other),
        }
    }
    html
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
    fn what_stands_between_backticks_is_code_and_all_of_it_is_escaped() {
        assert_eq!(marked_up("set `a<b` to `1`, not `2"), "set <code>a&#60;b</code> to <code>1</code>, not 2");
        assert_eq!(marked_up("plain & simple"), "plain &#38; simple");
    }

    #[test]
    fn words_of_a_command_are_quoted_where_a_shell_would_read_them_otherwise() {
        let words = ["results/a-b_1", "reward.0.key.weight=2", "two words", "it's", ""].map(quoted);
        assert_eq!(words, ["results/a-b_1", "reward.0.key.weight=2", "'two words'", r"'it'\''s'", "''"]);
    }
}
