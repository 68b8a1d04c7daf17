//! Words as HTML.

use std::fmt::Display;

/// Words with the letters that HTML reads otherwise written as it takes them.
pub(crate) fn escaped(words: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_all_of_it_is_escaped() {
        assert_eq!(marked_up("set `a<b` to `1`, not `2"), "set <code>a&#60;b</code> to <code>1</code>, not 2");
        assert_eq!(marked_up("plain & simple"), "plain &#38; simple");
    }
}
