//! The terminal: how wide it is, lines that fit it, and colours where it shows them.

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

use anstyle::{AnsiColor, Style};
use terminal_size::{Width, terminal_size};
use textwrap::{Options, WordSplitter, core::display_width};

/// Nothing is fitted to less than this.
const NARROWEST: usize = 40;

/// The columns of standard output; none where it is no terminal, so that nothing is broken there.
pub(crate) fn width() -> Option<usize> {
    columns(io::stdout().is_terminal())
}

/// The columns of standard error.
pub(crate) fn error_width() -> Option<usize> {
    columns(io::stderr().is_terminal())
}

fn columns(is_terminal: bool) -> Option<usize> {
    let (Width(columns), _) = is_terminal.then(terminal_size).flatten()?;
    Some(usize::from(columns).max(NARROWEST))
}

/// What a word means to whoever reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// To be looked at.
    Careful,
    /// Wrong.
    Bad,
}

impl Tone {
    fn style(self) -> Style {
        let colour = match self {
            Self::Good => AnsiColor::Green,
            Self::Careful => AnsiColor::Yellow,
            Self::Bad => AnsiColor::Red,
        };
        colour.on_default().bold()
    }
}

/// Words in the colour of their tone; where no colours are shown, whoever writes them leaves the colour out.
pub(crate) fn painted(tone: Tone, words: &str) -> String {
    let style = tone.style();
    format!("{style}{words}{style:#}")
}

/// Writes lines to standard error that fit it.
pub(crate) fn tell(lines: &str) -> io::Result<()> {
    writeln!(anstream::stderr(), "{}", fitted(lines, error_width()))
}

/// Breaks lines that are too long between their words; what follows is indented a little further.
pub(crate) fn fitted(text: &str, width: Option<usize>) -> Cow<'_, str> {
    let Some(width) = width.filter(|width| text.lines().any(|line| display_width(line) > *width)) else {
        return text.into();
    };
    let fit = |line: &str| {
        let indent = " ".repeat(line.len() - line.trim_start().len() + 2);
        let options = Options::new(width)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        let mut lines = textwrap::wrap(line.trim_end_matches('\n'), options).join("\n");
        lines.extend(line.ends_with('\n').then_some('\n'));
        lines
    };
    text.split_inclusive('\n').map(fit).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words_and_short_ones_are_not() {
        let text = "short\n  a line that is-too long\nresults/a-path-that-has-no-place-to-break\n";
        let expected = "short\n  a line that\n    is-too long\nresults/a-path-that-has-no-place-to-break\n";
        assert_eq!(fitted(text, Some(16)), expected);
        assert_eq!(fitted(text, None), text);
    }

    #[test]
    fn colours_take_no_room() {
        let verdict = painted(Tone::Good, "passes");
        assert!(verdict.len() > "passes".len());
        assert_eq!(fitted(&verdict, Some(6)), verdict);
    }
}
