//! What the reader of TOML says, in a user's words.

use super::document::Elsewhere;

/// The message, kinds of value by their everyday names.
pub(super) fn in_words(message: &str) -> String {
    let kinds = [
        (&["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize"][..], "a whole number"),
        (&["f32", "f64"], "a number"),
        (&["a boolean"], "true or false"),
        (&["a string", "path string"], "text"),
        (&["a sequence"], "a list"),
        (&["a map"], "a table"),
    ];
    let plain = |expected: &str| {
        let (first, rest) = expected.split_once('\n').unwrap_or((expected, ""));
        let named = kinds.iter().find(|(names, _)| names.contains(&first)).map(|(_, word)| *word);
        let word = named.or(first.starts_with("struct ").then_some("a table"));
        word.map(|word| if rest.is_empty() { word.to_owned() } else { format!("{word}\n{rest}") })
    };
    // A number of more digits than TOML has, which its reader takes for another kind of number.
    let too_large = |message: &str| {
        let (number, rest) = message.strip_prefix("invalid type: integer `")?.split_once("` as ")?;
        ["i128", "u128"]
            .iter()
            .any(|kind| rest.starts_with(kind))
            .then(|| format!("{number} is too large; whole numbers go up to {}", i64::MAX))
    };
    if let Some(message) = too_large(message) {
        return message;
    }
    match message.rsplit_once(", expected ") {
        Some((before, expected)) => match plain(expected) {
            Some(word) => format!("{before}, expected {word}"),
            None => message.to_owned(),
        },
        None => message.to_owned(),
    }
}

/// A better name for the unknown one that a message speaks of: its whole path, which `elsewhere` knows if it stands in the
/// wrong place, or the name there that is most like it.
pub(super) fn hint(message: &str, elsewhere: &Elsewhere<'_>) -> Option<String> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    elsewhere(unknown).or_else(|| {
        quoted
            .map(|name| (strsim::damerau_levenshtein(unknown, name), name))
            .min()
            .filter(|(distance, _)| *distance <= 2.max(unknown.len() / 2))
            .map(|(_, name)| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_value_have_their_everyday_names() {
        for (message, expected) in [
            ("invalid type: string \"a\", expected usize", "invalid type: string \"a\", expected a whole number"),
            (
                "invalid type: string \"a\", expected f64\nin `x`",
                "invalid type: string \"a\", expected a number\nin `x`",
            ),
            ("invalid type: integer `1`, expected struct Config", "invalid type: integer `1`, expected a table"),
            (
                "invalid type: integer `99999999999999999999` as i128, expected any valid TOML value",
                "99999999999999999999 is too large; whole numbers go up to 9223372036854775807",
            ),
            ("unknown field `a`, expected `b` or `c`", "unknown field `a`, expected `b` or `c`"),
        ] {
            assert_eq!(in_words(message), expected);
        }
    }

    #[test]
    fn a_name_is_looked_for_elsewhere_first() {
        let message = "unknown field `clipp`, expected `clip` or `seed`";
        assert_eq!(hint(message, &|_| None).unwrap(), "clip");
        assert_eq!(hint(message, &|name| Some(format!("agent.{name}"))).unwrap(), "agent.clipp");
        assert_eq!(hint("missing field `clip`", &|_| None), None);
    }
}
