//! Which pieces of a corpus are taken for one tune, and by what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::{Corpus, tunes};

/// Pieces that are settings of one tune.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The tune's name: the first, in alphabetical order, of its settings.
    pub tune: String,
    /// The names of the pieces, in alphabetical order; at least two.
    pub pieces: Vec<String>,
    /// By what they were found, the title first; empty where pieces of the embedded corpus are one tune because it has always
    /// had them so.
    pub evidence: Vec<Evidence>,
}

/// By what two pieces are taken for one tune.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// They have the same title.
    Title,
    /// Their melodies have the same notes on the beat, in any key.
    Outline,
    /// Their melodies have the same notes, in any key and note values.
    Melody,
}

impl fmt::Display for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Evidence::Title => "title",
            Evidence::Outline => "outline",
            Evidence::Melody => "melody",
        })
    }
}

impl Corpus {
    /// The tunes of several settings, in the order of their names.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: BTreeMap<usize, (BTreeSet<&str>, BTreeSet<Evidence>)> = BTreeMap::new();
        for piece in &self.pieces {
            groups.entry(piece.tune).or_default().0.insert(&piece.name);
        }
        groups.retain(|_, (pieces, _)| pieces.len() > 1);
        if groups.is_empty() {
            return Vec::new();
        }
        for link in tunes::links(&self.pieces, &self.heard()) {
            let (left, right) = (self.pieces[link.pieces.0].tune, self.pieces[link.pieces.1].tune);
            if let Some((_, evidence)) = groups.get_mut(&left).filter(|_| left == right) {
                evidence.insert(link.by);
            }
        }
        let group = |(pieces, evidence): (BTreeSet<&str>, BTreeSet<Evidence>)| Group {
            tune: pieces.first().map(|name| (*name).to_owned()).unwrap_or_default(),
            pieces: pieces.into_iter().map(str::to_owned).collect(),
            evidence: evidence.into_iter().collect(),
        };
        let mut groups: Vec<_> = groups.into_values().map(group).collect();
        groups.sort_by(|left, right| left.tune.cmp(&right.tune));
        groups
    }
}
