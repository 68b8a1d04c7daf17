//! The fenced blocks of a page.

/// A fenced block of a page.
pub(crate) struct Block {
    /// What stands behind the fence: a language, and perhaps attributes behind commas.
    pub(crate) info: String,
    /// The line of the fence in the page, from 1.
    pub(crate) line: usize,
    /// The last line of prose above.
    pub(crate) above: String,
    /// What stands between the fences.
    pub(crate) text: String,
}

impl Block {
    /// The blocks of a page.
    pub(crate) fn all(markdown: &str) -> Vec<Self> {
        let mut blocks: Vec<Self> = Vec::new();
        let mut open = false;
        let mut above = "";
        for (line, text) in (1..).zip(markdown.lines()) {
            match (text.strip_prefix("```"), open) {
                (Some(info), false) => {
                    let (info, above) = (info.to_owned(), above.to_owned());
                    blocks.push(Self { info, line, above, text: String::new() });
                    open = true;
                }
                (Some(_), true) => open = false,
                (None, true) => {
                    let block = blocks.last_mut().unwrap();
                    block.text += text;
                    block.text.push('\n');
                }
                (None, false) if !text.trim().is_empty() => above = text,
                (None, false) => {}
            }
        }
        assert!(!open, "a fence is not closed");
        blocks
    }

    /// The language.
    pub(crate) fn language(&self) -> &str {
        self.info.split(',').next().unwrap()
    }

    /// Whether an attribute stands behind the language.
    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.info.split(',').skip(1).any(|other| other.trim() == attribute)
    }

    /// The name of the file that a block is: what its first line says, when that is a comment with a path and nothing else.
    pub(crate) fn file(&self) -> Option<&str> {
        let first = self.text.lines().next()?;
        let name = first.strip_prefix("# ").or_else(|| first.strip_prefix("// "))?.trim();
        let is_path = name.contains('.') && !name.ends_with('.') && !name.contains(' ');
        is_path.then_some(name)
    }

    /// The commands of a console with what is shown below each.
    pub(crate) fn commands(&self) -> Vec<Command> {
        let mut commands: Vec<Command> = Vec::new();
        for (line, text) in (self.line + 1..).zip(self.text.lines()) {
            match (text.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push(Command { line, text: command.to_owned(), shown: Vec::new() }),
                (None, Some(command)) if text.starts_with("> ") => {
                    command.text.push('\n');
                    command.text += &text[2..];
                }
                (None, Some(command)) => command.shown.push(text.to_owned()),
                (None, None) => panic!("line {line}: a console begins with `$ ` and a command"),
            }
        }
        commands
    }
}

/// A command with what the page shows of its output.
pub(crate) struct Command {
    /// Its line in the page.
    pub(crate) line: usize,
    /// What is typed.
    pub(crate) text: String,
    /// Lines of the output, in which `...` stands for anything; a line that is `...` for any lines.
    pub(crate) shown: Vec<String>,
}

impl Command {
    /// The first line that is shown and did not come, after those before it. Numbers may be others, for they depend on the
    /// machine, and so may the spaces that line them up.
    pub(crate) fn missing(&self, output: &str) -> Option<&str> {
        let mut lines = output.lines().map(without_numbers);
        let shown = self.shown.iter().map(String::as_str).filter(|line| !line.trim().is_empty() && *line != "...");
        let mut missing = shown.filter(|shown| {
            let shown = without_numbers(shown);
            !lines.any(|line| is_like(&line, &shown))
        });
        missing.next()
    }
}

/// Whether a line is as shown, `...` standing for anything.
fn is_like(line: &str, shown: &str) -> bool {
    let mut parts = shown.split("...");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last.is_some_and(|part| part.is_empty() || line.ends_with(part))
}

/// The line with `#` for every number, its sign included, and one space for several.
fn without_numbers(line: &str) -> String {
    let mut text = String::new();
    let mut letters = line.trim().chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_digit() {
            while let Some(next) = letters.peek().copied() {
                let mut behind = letters.clone();
                behind.next();
                let is_point = next == '.' && behind.peek().is_some_and(char::is_ascii_digit);
                if !next.is_ascii_digit() && !is_point {
                    break;
                }
                letters.next();
            }
            let before =
                text.strip_suffix(['-', '+']).filter(|text| text.is_empty() || text.ends_with([' ', '(', '[']));
            let kept = before.unwrap_or(&text).len();
            text.truncate(kept);
            text.push('#');
        } else if !(letter == ' ' && text.ends_with(' ')) {
            text.push(letter);
        }
    }
    text
}

#[test]
fn what_is_shown_is_sought_in_order_with_dots_for_anything() {
    let command = |shown: &[&str]| Command {
        line: 1,
        text: String::new(),
        shown: shown.iter().map(|&line| line.to_owned()).collect(),
    };
    let output = "mean 3.5 in 7 s\nsecond\nthird\n";
    assert_eq!(command(&["mean ... in ... s", "...", "third"]).missing(output), None);
    assert_eq!(command(&["mean...", "third"]).missing(output), None);
    assert_eq!(command(&["third", "second"]).missing(output), Some("second"));
    assert_eq!(command(&["mean 3.5"]).missing(output), Some("mean 3.5"));
    assert_eq!(command(&["... in 7"]).missing(output), Some("... in 7"));
}

#[test]
fn numbers_may_be_others_and_words_may_not() {
    assert_eq!(without_numbers("  mean   -445.71 (0.44-0.58) of 7."), "mean # (#-#) of #.");
    let command = Command { line: 1, text: String::new(), shown: vec!["  mean 3.5 [-1, 2]".to_owned()] };
    assert_eq!(command.missing("  mean      -12.25 [0.5, 7]"), None);
    assert!(command.missing("  median 3.5 [-1, 2]").is_some());
}
