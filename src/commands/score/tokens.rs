//! Token sequences from a JSON file.

use std::path::Path;

use anyhow::{anyhow, bail};
use gradus_envs::tasks::melody;
use gradus_music::Token;
use serde_json::Value;

use crate::text;

/// Reads `[[14, 16, ...], ...]` or `[{"tokens": [14, 16, ...]}, ...]`, each number a token of a vocabulary of so many.
pub(super) fn read(path: &Path, size: usize) -> anyhow::Result<Vec<Vec<Token>>> {
    parse(&text::read(path)?, size).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn parse(text: &str, size: usize) -> anyhow::Result<Vec<Vec<Token>>> {
    const FORMS: &str = "write [[14, 16, ...], ...] or [{\"tokens\": [14, 16, ...]}, ...]";

    let document: Value = serde_json::from_str(text).map_err(|error| anyhow!("not JSON: {error}; {FORMS}"))?;
    let Value::Array(sequences) = document else { bail!("not a list of sequences; {FORMS}") };
    let sequence = |(number, sequence): (usize, &Value)| {
        let tokens = sequence.as_array().or_else(|| sequence.get("tokens")?.as_array());
        let tokens = tokens.ok_or_else(|| anyhow!("sequence {number} is not a list of tokens; {FORMS}"))?;
        if tokens.len() > melody::Config::MAX_STEPS {
            bail!("sequence {number} is longer than {} steps", melody::Config::MAX_STEPS);
        }
        let token = |(step, token): (usize, &Value)| {
            token_of(token, size).map_err(|reason| anyhow!("sequence {number}, step {step}: {token} {reason}"))
        };
        tokens.iter().enumerate().map(token).collect()
    };
    sequences.iter().enumerate().map(sequence).collect()
}

/// The token that a number stands for, or the reason why it stands for none.
fn token_of(token: &Value, size: usize) -> Result<Token, String> {
    match token.as_u64() {
        Some(number) if number < size as u64 => Ok(Token(number as u8)),
        None if token.as_i64().is_none() => Err("is not a whole number".to_owned()),
        _ => Err(format!("is not a token; there are {size}, from 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let expected = vec![vec![Token(14), Token(16)], vec![]];
        for text in ["[[14, 16], []]", "[{\"tokens\": [14, 16]}, {\"tokens\": []}]"] {
            assert_eq!(parse(text, 38).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            ("[[14, 16, 1.0]]", "sequence 0, step 2: 1.0 is not a whole number"),
            ("[[14], [14, \"C4\"]]", "sequence 1, step 1: \"C4\" is not a whole number"),
            ("[[14, 38]]", "sequence 0, step 1: 38 is not a token; there are 38, from 0"),
            ("[[14, -1]]", "sequence 0, step 1: -1 is not a token"),
            ("[[14], 3]", "sequence 1 is not a list of tokens; write [["),
            ("{\"tokens\": [14]}", "not a list of sequences"),
            ("{\"tokens\": 3", "not JSON: EOF"),
        ] {
            let error = parse(text, 38).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
