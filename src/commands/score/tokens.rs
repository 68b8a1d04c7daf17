//! Token sequences from a JSON file.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use gradus_envs::{EnvironmentConfig, tasks::melody};
use gradus_music::Token;
use serde::Deserialize;

use super::{judge::Judge, judged::Judged};

/// Judges every sequence of a file.
pub(super) fn judge(path: &Path, judge: &mut Judge) -> anyhow::Result<Vec<Judged>> {
    let EnvironmentConfig::Melody(melody) = judge.config().env.clone() else {
        bail!(
            "`{}` does not compose in tokens; score with a config whose environment is `melody`",
            judge.config().env.name()
        );
    };
    let sequences = read(path, &melody)?;
    let judge = |(number, tokens): (usize, Vec<Token>)| {
        judge.judge(format!("sequence {number}"), melody.transcript(&tokens)?, None)
    };
    sequences.into_iter().enumerate().map(judge).collect()
}

fn read(path: &Path, config: &melody::Config) -> anyhow::Result<Vec<Vec<Token>>> {
    #[derive(Deserialize)]
    struct Sequence {
        tokens: Vec<u64>,
    }

    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let sequences: Vec<Vec<u64>> = if let Ok(lists) = serde_json::from_str(&text) {
        lists
    } else {
        let objects: Vec<Sequence> = serde_json::from_str(&text).with_context(|| {
            format!("{} is neither [[14, 16, ...], ...] nor [{{\"tokens\": [...]}}, ...]", path.display())
        })?;
        objects.into_iter().map(|object| object.tokens).collect()
    };
    let size = config.setting()?.vocabulary.size();
    let mut pieces = Vec::with_capacity(sequences.len());
    for (number, sequence) in sequences.into_iter().enumerate() {
        if let Some((step, token)) = sequence.iter().enumerate().find(|(_, token)| **token >= size as u64) {
            bail!(
                "{}: sequence {number}, step {step}: {token} is not a token; there are {size}, from 0",
                path.display()
            );
        }
        if sequence.len() > melody::Config::MAX_STEPS {
            bail!("{}: sequence {number} is longer than {} steps", path.display(), melody::Config::MAX_STEPS);
        }
        pieces.push(sequence.into_iter().map(|token| Token(token as u8)).collect());
    }
    Ok(pieces)
}
