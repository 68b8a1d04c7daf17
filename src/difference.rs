//! Where two configs differ.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use toml::{Table, Value};

/// A key whose values differ, each as TOML writes it; `None` where it is not given.
pub(crate) struct Difference {
    /// The way to the key, with points in between.
    pub(crate) key: String,
    /// The value of the first config.
    pub(crate) first: Option<String>,
    /// The value of the second.
    pub(crate) second: Option<String>,
}

/// Of a config that was kept and one that is given now.
impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (&self.first, &self.second) {
            (Some(first), Some(second)) => write!(f, "{} was {first}, and is {second} now", self.key),
            (Some(first), None) => write!(f, "{} was {first}, and is not given now", self.key),
            (None, second) => {
                write!(f, "{} was not given, and is {} now", self.key, second.as_deref().unwrap_or_default())
            }
        }
    }
}

/// The keys whose values differ, each with the value that was kept and the one given now.
pub(crate) fn differences<C: Serialize>(kept: &C, given: &C) -> Result<Vec<String>, toml::ser::Error> {
    Ok(differing(kept, given)?.iter().map(ToString::to_string).collect())
}

/// The keys whose values differ.
pub(crate) fn differing<C: Serialize>(first: &C, second: &C) -> Result<Vec<Difference>, toml::ser::Error> {
    let mut found = Vec::new();
    compare("", &Value::Table(Table::try_from(first)?), &Value::Table(Table::try_from(second)?), &mut found);
    Ok(found)
}

fn compare(key: &str, first: &Value, second: &Value, found: &mut Vec<Difference>) {
    let inner = |part: &str| if key.is_empty() { part.to_owned() } else { format!("{key}.{part}") };
    let difference = |key: String, first: Option<&Value>, second: Option<&Value>| Difference {
        key,
        first: first.map(ToString::to_string),
        second: second.map(ToString::to_string),
    };
    match (first, second) {
        (Value::Table(first), Value::Table(second)) => {
            for (part, value) in first {
                match second.get(part) {
                    Some(other) => compare(&inner(part), value, other, found),
                    None => found.push(difference(inner(part), Some(value), None)),
                }
            }
            let added = second.iter().filter(|(part, _)| !first.contains_key(*part));
            found.extend(added.map(|(part, value)| difference(inner(part), None, Some(value))));
        }
        (Value::Array(first), Value::Array(second)) if first.len() == second.len() => {
            let pairs = first.iter().zip(second).enumerate();
            pairs.for_each(|(index, (first, second))| compare(&inner(&index.to_string()), first, second, found));
        }
        _ if first == second => {}
        (Value::String(first), Value::String(second)) if first.contains('\n') || second.contains('\n') => {
            found.extend(first_line_apart(key, first, second));
        }
        _ => found.push(difference(key.to_owned(), Some(first), Some(second))),
    }
}

/// Of two long texts, the first line in which they differ.
fn first_line_apart(key: &str, first: &str, second: &str) -> Option<Difference> {
    let (first, second): (Vec<_>, Vec<_>) = (first.split('\n').collect(), second.split('\n').collect());
    let quoted = |line: Option<&&str>| line.map(|line| Value::from(*line).to_string());
    let apart = (0..first.len().max(second.len())).find(|&line| first.get(line) != second.get(line))?;
    Some(Difference {
        key: format!("{key}, line {},", apart + 1),
        first: quoted(first.get(apart)),
        second: quoted(second.get(apart)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_long_texts_the_first_line_that_differs_is_told() {
        let table = |text: &str| Table::from_iter([("source".to_owned(), Value::from(text))]);
        let said = |first: &str, second: &str| differences(&table(first), &table(second)).unwrap().join("; ");
        assert_eq!(said("a\nb\nc\n", "a\nd\ne\n"), "source, line 2, was \"b\", and is \"d\" now");
        assert_eq!(said("a\nb", "a"), "source, line 2, was \"b\", and is not given now");
        assert_eq!(said("a", "a\nb"), "source, line 2, was not given, and is \"b\" now");
    }

    #[test]
    fn every_key_that_differs_is_named_with_both_values() {
        let table = |text: &str| text.parse::<Table>().unwrap();
        let kept = table("seed = 1\nsame = [1, 2]\n[agent.ppo]\nclip = 0.2\nold = true\n[[reward]]\nkey = 1\n");
        let given = table("seed = 2\nsame = [1, 2]\n[agent.ppo]\nclip = 0.1\nnew = true\n[[reward]]\nkey = 3\n");
        let expected = [
            "seed was 1, and is 2 now",
            "agent.ppo.clip was 0.2, and is 0.1 now",
            "agent.ppo.old was true, and is not given now",
            "agent.ppo.new was not given, and is true now",
            "reward.0.key was 1, and is 3 now",
        ];
        let mut found = differences(&kept, &given).unwrap();
        let mut expected = expected.map(str::to_owned).to_vec();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        assert!(differences(&kept, &kept).unwrap().is_empty());
    }
}
