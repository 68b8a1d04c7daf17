//! Where two configs differ.

use serde::Serialize;
use toml::{Table, Value};

/// The keys whose values differ, each with the value that was kept and the one given now.
pub(crate) fn differences<C: Serialize>(kept: &C, given: &C) -> Result<Vec<String>, toml::ser::Error> {
    let mut found = Vec::new();
    compare("", &Value::Table(Table::try_from(kept)?), &Value::Table(Table::try_from(given)?), &mut found);
    Ok(found)
}

fn compare(key: &str, kept: &Value, given: &Value, found: &mut Vec<String>) {
    let inner = |part: &str| if key.is_empty() { part.to_owned() } else { format!("{key}.{part}") };
    match (kept, given) {
        (Value::Table(kept), Value::Table(given)) => {
            for (part, value) in kept {
                match given.get(part) {
                    Some(other) => compare(&inner(part), value, other, found),
                    None => found.push(format!("{} was {value}, and is not given now", inner(part))),
                }
            }
            let added = given.iter().filter(|(part, _)| !kept.contains_key(*part));
            found.extend(added.map(|(part, value)| format!("{} was not given, and is {value} now", inner(part))));
        }
        (Value::Array(kept), Value::Array(given)) if kept.len() == given.len() => {
            let pairs = kept.iter().zip(given).enumerate();
            pairs.for_each(|(index, (kept, given))| compare(&inner(&index.to_string()), kept, given, found));
        }
        _ if kept == given => {}
        _ => found.push(format!("{key} was {kept}, and is {given} now")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
