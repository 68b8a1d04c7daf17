//! Which pieces are learned from, chosen by and reported on: as a user asks for it, and as a critic keeps it.

use std::collections::HashSet;

use anyhow::bail;
use gradus_envs::{Env, Library};
use gradus_models::critics::{TokenCorpus, TokenPiece};
use gradus_music::{Corpus, Shares, Split};
use serde::{Deserialize, Serialize};

use crate::{config::TrainingConfig, progress};

/// What `--split` says of itself.
pub(crate) const HELP: &str = "\
The shares of the tunes for training, validation and test: three numbers above 0 whose sum is 1. A tune's part is told by a \
hash (FNV-1a) of its name alone, that of the first of its settings below the folder, so neither a seed nor the order of \
the files nor other tunes change it, and all settings of a tune stay together. Few tunes may miss their shares widely. \
0.8,0.1,0.1 if not given";

/// With fewer pieces to learn from than this, a warning tells.
const FEW: usize = 10;

/// That a training on music of the user's own has a melody to learn from; warns where there are few.
pub(crate) fn refuse_untaught(config: &TrainingConfig, library: &Library, env: &dyn Env) -> anyhow::Result<()> {
    // The embedded corpus as it is has enough, and need not be read for an environment without music.
    let own = config.corpus.is_some() || config.split.is_some();
    if let Some(setting) = env.setting().filter(|_| own) {
        warn_of_few(library.training_melodies(&setting.encoding())?.len());
    }
    Ok(())
}

/// Warns where there are few pieces to learn from.
pub(crate) fn warn_of_few(pieces: usize) {
    if pieces < FEW {
        let noun = if pieces == 1 { "piece" } else { "pieces" };
        progress::warn(&format!(
            "{pieces} {noun} to learn from: what is learned from fewer than {FEW} says little about music"
        ));
    }
}

/// The names of the pieces in each part of some music.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// To learn from.
    pub train: Vec<String>,
    /// To choose settings by.
    pub validation: Vec<String>,
    /// To report on.
    pub test: Vec<String>,
}

impl Parts {
    /// The parts of a corpus.
    pub fn of(corpus: &Corpus) -> Self {
        let [train, validation, test] =
            Split::ALL.map(|split| corpus.split(split).map(|piece| piece.name.clone()).collect());
        Self { train, validation, test }
    }

    /// The parts of what a critic reads.
    pub fn of_tokens(corpus: &TokenCorpus) -> Self {
        let names = |pieces: &[TokenPiece]| pieces.iter().map(|piece| piece.name.clone()).collect();
        Self { train: names(&corpus.train), validation: names(&corpus.validation), test: names(&corpus.test) }
    }

    /// That these shares, which a user asked for, leave no part without pieces.
    pub fn refuse_empty(&self, shares: Shares) -> anyhow::Result<()> {
        let parts = [(Split::Train, &self.train), (Split::Validation, &self.validation), (Split::Test, &self.test)];
        let pieces: usize = parts.iter().map(|(_, names)| names.len()).sum();
        if let Some((part, _)) = parts.iter().find(|(_, names)| names.is_empty()) {
            bail!(
                "split {shares}: the {part} part gets none of the {pieces} pieces; \
                 give it a larger share, or a larger corpus"
            );
        }
        Ok(())
    }

    /// Whether there is no piece in any part.
    pub fn is_empty(&self) -> bool {
        self.train.is_empty() && self.validation.is_empty() && self.test.is_empty()
    }

    /// That no piece of a test part has been learned from, or chosen by, in these parts.
    pub fn refuse_known(&self, test: &[TokenPiece]) -> anyhow::Result<()> {
        let tested: HashSet<&String> = self.test.iter().collect();
        let known: HashSet<&String> = self.train.iter().chain(&self.validation).collect();
        let mut known =
            test.iter().map(|piece| &piece.name).filter(|&name| known.contains(name) && !tested.contains(name));
        if let Some(name) = known.next() {
            let more = known.count();
            bail!(
                "the music has changed since the critic was fitted: {name} and {more} more pieces were learned from and \
                 are in the test part now; fit the critic again"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(train: &[&str], validation: &[&str], test: &[&str]) -> Parts {
        let [train, validation, test] =
            [train, validation, test].map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        Parts { train, validation, test }
    }

    fn piece(name: &str) -> TokenPiece {
        gradus_models::critics::token_piece(name, &[])
    }

    #[test]
    fn a_part_without_pieces_is_named() {
        let shares = "0.5,0.25,0.25".parse().unwrap();
        assert!(parts(&["a"], &["b"], &["c"]).refuse_empty(shares).is_ok());
        let error = parts(&["a", "b"], &[], &["c"]).refuse_empty(shares).unwrap_err().to_string();
        assert!(error.starts_with("split 0.5,0.25,0.25: the validation part gets none of the 3 pieces"), "{error}");
    }

    #[test]
    fn a_test_piece_that_was_learned_from_is_named_and_new_ones_are_welcome() {
        let parts = parts(&["a", "twice"], &["b"], &["c", "twice"]);
        assert!(parts.refuse_known(&[piece("c"), piece("new"), piece("twice")]).is_ok());
        let error = parts.refuse_known(&[piece("c"), piece("b"), piece("a")]).unwrap_err().to_string();
        assert!(error.contains("b and 1 more pieces were learned from"), "{error}");
    }
}
