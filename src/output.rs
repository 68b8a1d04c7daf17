//! Standard output: text for people, or one JSON document for machines.

use std::io::{self, Write};

use serde::Serialize;

/// Writes lines of text; a closed pipe is an error to pass on, not a panic.
pub(crate) fn text(text: impl AsRef<str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_ref().as_bytes())?;
    if !text.as_ref().ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes one JSON document.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    text(serde_json::to_string_pretty(value)?)?;
    Ok(())
}

/// Lays out rows in columns, the first left-aligned, the others right-aligned.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            line += &if column == 0 { format!(" {cell:<width$}") } else { format!("  {cell:>width$}") };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["key".to_owned(), "-0.5".to_owned()], vec!["interval".to_owned(), "12.25".to_owned()]];
        assert_eq!(table(&rows), "  key        -0.5\n  interval  12.25\n");
    }
}
