//! Standard output: text for people, or one JSON document for machines.

use std::io::{self, Write};

use serde::Serialize;
use textwrap::{Options, WordSplitter, core::display_width};

use crate::terminal;

/// Left of a table.
const INDENT: usize = 2;
/// Between its columns.
const GAP: usize = 2;

/// Writes lines of text that fit a terminal; a closed pipe is an error to pass on, not a panic.
pub(crate) fn text(text: impl AsRef<str>) -> io::Result<()> {
    let text = terminal::fitted(text.as_ref(), terminal::width());
    // Colours are left out where none are shown.
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes one JSON document.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(document(&serde_json::to_string_pretty(value)?)?)
}

/// Writes a document for a program as it is.
pub(crate) fn document(document: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(document.as_bytes())?;
    if !document.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Lays out rows in columns, words left-aligned and numbers right-aligned. Where a terminal is too narrow for all of them, the
/// columns that do not fit follow below, each time beside the first one.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    table_within(rows, terminal::width())
}

fn table_within(rows: &[Vec<String>], room: Option<usize>) -> String {
    let columns: Vec<Column> =
        (0..rows.iter().map(Vec::len).max().unwrap_or(0)).map(|of| Column::of(rows, of)).collect();
    let blocks = blocks(columns, room);
    let blocks = blocks.iter().map(|columns| rows.iter().map(|row| lines(row, columns)).collect::<String>());
    blocks.collect::<Vec<_>>().join("\n")
}

/// A column of a table.
#[derive(Clone, Copy)]
struct Column {
    /// Its place in a row.
    place: usize,
    width: usize,
    is_numbers: bool,
}

impl Column {
    fn of(rows: &[Vec<String>], place: usize) -> Self {
        let cells = || rows.iter().filter_map(|row| row.get(place));
        let width = cells().map(|cell| display_width(cell)).max().unwrap_or(0);
        // The first one names its row.
        Self { place, width, is_numbers: place > 0 && holds_numbers(rows, place) }
    }
}

/// Whether a column of a table has numbers in it, which stand to its right.
pub(crate) fn holds_numbers(rows: &[Vec<String>], place: usize) -> bool {
    rows.iter().filter_map(|row| row.get(place)).any(|cell| begins_as_number(cell))
}

fn begins_as_number(cell: &str) -> bool {
    cell.trim_start_matches(['+', '-', '[', '(']).starts_with(|letter: char| letter.is_ascii_digit())
}

/// Puts columns side by side as far as they fit, every time beginning with the first; one that fits nowhere is made narrower.
fn blocks(columns: Vec<Column>, room: Option<usize>) -> Vec<Vec<Column>> {
    let whole = INDENT + columns.iter().map(|column| column.width + GAP).sum::<usize>().saturating_sub(GAP);
    let (Some(room), Some((&first, others))) = (room.filter(|room| whole > *room), columns.split_first()) else {
        return vec![columns];
    };
    let room = room.saturating_sub(INDENT);
    let first = Column { width: first.width.min(if others.is_empty() { room } else { room / 2 }), ..first };
    let mut blocks = vec![vec![first]];
    let mut used = first.width;
    for &column in others {
        let width = column.width.min(room.saturating_sub(first.width + GAP));
        if used > first.width && used + GAP + width > room {
            blocks.push(vec![first]);
            used = first.width;
        }
        used += GAP + width;
        blocks.last_mut().into_iter().for_each(|block| block.push(Column { width, ..column }));
    }
    blocks
}

/// A row in some columns: one line, or more where a cell does not fit.
fn lines(row: &[String], columns: &[Column]) -> String {
    let cell = |column: &Column| {
        let cell = row.get(column.place).map_or("", String::as_str);
        if display_width(cell) <= column.width {
            return vec![cell.into()];
        }
        let indent = if column.place == 0 { "  " } else { "" };
        let options = Options::new(column.width.max(1)).subsequent_indent(indent);
        textwrap::wrap(cell, options.word_splitter(WordSplitter::NoHyphenation))
    };
    let cells: Vec<_> = columns.iter().map(cell).collect();
    let mut text = String::new();
    for number in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
        let mut line = " ".repeat(INDENT);
        for (column, cell) in columns.iter().zip(&cells) {
            let cell = cell.get(number).map_or("", AsRef::as_ref);
            let padding = " ".repeat(column.width.saturating_sub(display_width(cell)));
            line += &" ".repeat(if column.place == 0 { 0 } else { GAP });
            let (before, after) = if column.is_numbers { (padding.as_str(), "") } else { ("", padding.as_str()) };
            line.extend([before, cell, after]);
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|&cell| cell.to_owned()).collect()).collect()
    }

    #[test]
    fn columns_line_up_numbers_to_the_right_and_words_to_the_left() {
        let rows = rows(&[&["term", "share", "kind"], &["key", "-0.5", "rule"], &["interval", "12.25", "a rule"]]);
        let expected = "  term      share  kind\n  key        -0.5  rule\n  interval  12.25  a rule\n";
        assert_eq!(table_within(&rows, None), expected);
        assert_eq!(table_within(&rows, Some(25)), expected);
    }

    #[test]
    fn columns_that_do_not_fit_follow_below_beside_the_first() {
        let rows = rows(&[&["term", "least", "most", "mean"], &["interval", "-1.00", "12.25", "3.50"]]);
        let expected = "  term      least   most\n  interval  -1.00  12.25\n\n  term      mean\n  interval  3.50\n";
        assert_eq!(table_within(&rows, Some(24)), expected);
    }

    #[test]
    fn a_cell_that_fits_nowhere_is_broken_between_its_words() {
        let rows = rows(&[&["key", "minus one for each note outside"], &["tonic", "ends well"]]);
        let expected = "  key    minus one\n         for each\n         note\n         outside\n  tonic  ends well\n";
        assert_eq!(table_within(&rows, Some(19)), expected);
        assert_eq!(table_within(&[vec!["one sentence alone".to_owned()]], Some(16)), "  one sentence\n    alone\n");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let row = |row: usize| (0..9).map(|column| "word ".repeat((row + column) % 4)).collect::<Vec<_>>();
        let rows: Vec<_> = (0..6).map(row).collect();
        for room in 20..120 {
            let text = table_within(&rows, Some(room));
            assert!(text.lines().all(|line| display_width(line) <= room), "{room}:\n{text}");
        }
    }
}
