//! What is told of a corpus, in whatever form.

use gradus_music::{Corpus, Shares, Summary};
use serde::Serialize;

use crate::split::Parts;

/// The figures of a corpus and its split; the document that `--json` prints.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    /// The folder, or what else the corpus is.
    pub(super) corpus: &'a str,
    /// Which piece is used for what.
    pub(super) split: SplitReport,
    /// The figures.
    #[serde(flatten)]
    pub(super) summary: Summary,
}

/// The split of a corpus.
#[derive(Serialize)]
pub(super) struct SplitReport {
    /// The shares of the tunes.
    pub(super) shares: Shares,
    /// The names of the pieces.
    #[serde(flatten)]
    pub(super) parts: Parts,
}

impl<'a> Report<'a> {
    /// The report of a corpus that was split by these shares.
    pub(super) fn of(name: &'a str, corpus: &Corpus, shares: Shares) -> Self {
        let split = SplitReport { shares, parts: Parts::of(corpus) };
        Self { corpus: name, split, summary: Summary::of(corpus) }
    }
}
