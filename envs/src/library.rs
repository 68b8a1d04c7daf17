//! Where environments and reward terms find the corpus: read once, on first use, shared by all.

use std::{path::PathBuf, sync::OnceLock};

use gradus_music::Corpus;

use crate::error::EnvError;

/// The pieces at hand, read when somebody first asks for them.
#[derive(Debug, Default)]
pub struct Library {
    folder: Option<PathBuf>,
    corpus: OnceLock<Corpus>,
}

impl Library {
    /// The embedded corpus.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// A user's own folder of MIDI files.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self { folder: Some(path.into()), corpus: OnceLock::new() }
    }

    /// A corpus already read.
    pub fn of(corpus: Corpus) -> Self {
        Self { folder: None, corpus: OnceLock::from(corpus) }
    }

    /// The corpus.
    pub fn corpus(&self) -> Result<&Corpus, EnvError> {
        if let Some(corpus) = self.corpus.get() {
            return Ok(corpus);
        }
        let corpus = match &self.folder {
            Some(folder) => Corpus::from_folder(folder)?,
            None => Corpus::embedded()?,
        };
        Ok(self.corpus.get_or_init(|| corpus))
    }
}
