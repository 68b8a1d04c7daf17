//! Music from files, and what is told of files that are not as they should be.

use std::path::Path;

use gradus_envs::Library;
use gradus_music::{
    Score,
    midi::{self, Reading},
};

use crate::progress;

/// How many faults are named before the rest is only counted.
const NAMED: usize = 10;

/// A piece of a MIDI file.
pub(crate) struct MusicPiece {
    /// The file, with the number of the piece where it holds several.
    pub(crate) name: String,
    /// The music.
    pub(crate) score: Score,
}

/// Reads the pieces of a MIDI file: one, unless it is of format 2. Tells of its faults on standard error.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<MusicPiece>> {
    let Reading { scores, warnings } = midi::read(path)?;
    let file = path.display().to_string();
    tell(&warnings.iter().map(|warning| format!("{file}: {warning}")).collect::<Vec<_>>());
    let several = scores.len() > 1;
    let name = |number: usize| if several { format!("{file}#{number}") } else { file.clone() };
    Ok((1..).zip(scores).map(|(number, score)| MusicPiece { name: name(number), score }).collect())
}

/// Tells on standard error of the files of a user's corpus that could not be read, and of the faults of the others;
/// nothing where the corpus has not been asked for yet.
pub(crate) fn tell_of_corpus(library: &Library) {
    let Some(corpus) = library.corpus_if_read() else { return };
    let failures = corpus.failures.iter().map(|failure| format!("{}: left out: {}", failure.name, failure.reason));
    let warnings = corpus.warnings.iter().map(|warning| format!("{}: {}", warning.name, warning.warning));
    tell(&failures.chain(warnings).collect::<Vec<_>>());
}

fn tell(faults: &[String]) {
    faults.iter().take(NAMED).for_each(|fault| progress::warn(fault));
    if let Some(more) = faults.len().checked_sub(NAMED).filter(|more| *more > 0) {
        progress::warn(&format!("and {more} more faults; `gradus corpus inspect` lists all those of a folder"));
    }
}
