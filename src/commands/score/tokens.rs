//! Token sequences from a JSON file.

use std::path::Path;

use anyhow::{anyhow, bail};
use gradus_envs::{EnvironmentConfig, tasks::melody};
use gradus_music::Token;
use serde_json::Value;

use super::{judge::Judge, judged::Judged};
use crate::text;

/// Judges every sequence of a file.
pub(super) fn judge(path: &Path, judge: &mut Judge) -> anyhow::Result<Vec<Judged>> {
    let EnvironmentConfig::Melody(melody) = judge.config().env.clone() else {
        bail!(
            "`{}` does not compose in tokens; score with a config whose environment is `melody`",
            judge.config().env.name()
        );
    };
    let sequences = read(path, melody.setting()?.vocabulary.size())?;
    let judge = |(number, tokens): (usize, Vec<Token>)| {
        judge.judge(format!("sequence {number}"), melody.transcript(&tokens)?, None)
    };
    sequences.into_iter().enumerate().map(judge).collect()
}

/// Reads `[[14, 16, ...], ...]` or `[{"tokens": [14, 16, ...]}, ...]`, each number a token of a vocabulary of so many.
fn read(path: &Path, size: usize) -> anyhow::Result<Vec<Vec<Token>>> {
    parse(&text::read(path)?, &path.display().to_string(), size)
}

fn parse(text: &str, name: &str, size: usize) -> anyhow::Result<Vec<Vec<Token>>> {
    let neither = |reason: String| {
        anyhow!("{name} is neither [[14, 16, ...], ...] nor [{{\"tokens\": [14, 16, ...]}}, ...]: {reason}")
    };
    let document: Value = serde_json::from_str(text).map_err(|error| neither(format!("it is no JSON: {error}")))?;
    let Value::Array(sequences) = document else { return Err(neither("it is no list of sequences".to_owned())) };
    let sequence = |(number, sequence): (usize, &Value)| {
        let tokens = sequence.as_array().or_else(|| sequence.get("tokens")?.as_array());
        let tokens = tokens.ok_or_else(|| neither(format!("sequence {number} is no list of tokens")))?;
        if tokens.len() > melody::Config::MAX_STEPS {
            bail!("{name}: sequence {number} is longer than {} steps", melody::Config::MAX_STEPS);
        }
        let token = |(step, token): (usize, &Value)| {
            token_of(token, size).map_err(|reason| anyhow!("{name}: sequence {number}, step {step}: {token} {reason}"))
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
            assert_eq!(parse(text, "t.json", 38).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            ("[[14, 16, 1.0]]", "t.json: sequence 0, step 2: 1.0 is not a whole number"),
            ("[[14], [14, \"C4\"]]", "t.json: sequence 1, step 1: \"C4\" is not a whole number"),
            ("[[14, 38]]", "t.json: sequence 0, step 1: 38 is not a token; there are 38, from 0"),
            ("[[14, -1]]", "t.json: sequence 0, step 1: -1 is not a token"),
            ("[[14], 3]", "sequence 1 is no list of tokens"),
            ("{\"tokens\": [14]}", "t.json is neither [[14, 16, ...], ...] nor"),
            ("{\"tokens\": 3", "it is no JSON: EOF"),
        ] {
            let error = parse(text, "t.json", 38).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
