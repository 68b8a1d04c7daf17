//! Where environments and reward terms find the corpus, read once, on first use, shared by all; and the critics.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use gradus_music::{Corpus, MelodyEncoding, MelodySource, PieceMelody, Shares, Split};

use crate::{
    critic::{CriticShelf, EmptyShelf, RewardCritic, SharedShelf},
    error::EnvError,
    rewards::CriticSettings,
    setting::Setting,
};

/// The pieces at hand, read when somebody first asks for them.
#[derive(Debug)]
pub struct Library {
    folder: Option<PathBuf>,
    voice: MelodySource,
    shares: Option<Shares>,
    corpus: OnceLock<Corpus>,
    critics: SharedShelf,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            folder: None,
            voice: MelodySource::Auto,
            shares: None,
            corpus: OnceLock::new(),
            critics: Arc::new(EmptyShelf),
        }
    }
}

impl Library {
    /// The embedded corpus.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// A user's own folder of MIDI files.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self { folder: Some(path.into()), ..Self::default() }
    }

    /// Takes the melodies from where `voice` says; a corpus already read stays as it is.
    #[must_use]
    pub fn heard_by(self, voice: MelodySource) -> Self {
        Self { voice, ..self }
    }

    /// A corpus already read.
    pub fn of(corpus: Corpus) -> Self {
        Self { corpus: OnceLock::from(corpus), ..Self::default() }
    }

    /// Splits the tunes by other shares than the default ones, if any are given.
    #[must_use]
    pub fn split_by(self, shares: Option<Shares>) -> Self {
        Self { shares, ..self }
    }

    /// The same with critics at hand.
    #[must_use]
    pub fn with_critics(self, critics: Arc<dyn CriticShelf>) -> Self {
        Self { critics, ..self }
    }

    /// The critic that a reward term asks for.
    pub(crate) fn critic(
        &self,
        settings: &CriticSettings,
        setting: &Setting,
    ) -> Result<Box<dyn RewardCritic>, EnvError> {
        self.critics.open(settings, setting)
    }

    /// The corpus, if somebody has asked for it.
    pub fn corpus_if_read(&self) -> Option<&Corpus> {
        self.corpus.get()
    }

    /// The corpus.
    pub fn corpus(&self) -> Result<&Corpus, EnvError> {
        if let Some(corpus) = self.corpus.get() {
            return Ok(corpus);
        }
        let mut corpus = Corpus::read(self.folder.as_deref(), self.voice.clone())?;
        if let Some(shares) = self.shares {
            corpus.resplit(shares);
        }
        Ok(self.corpus.get_or_init(|| corpus))
    }

    /// The melodies of the training part, of which there is one at least: from nothing, nothing is learned.
    pub fn training_melodies(&self, encoding: &MelodyEncoding) -> Result<Vec<PieceMelody>, EnvError> {
        let corpus = self.corpus()?;
        let melodies = corpus.melodies(Split::Train, encoding)?;
        if melodies.is_empty() {
            let problem = format!("no melody in the training part: {}", corpus.why_nothing_to_learn());
            let remedy = "give a folder with more music, or another split; `gradus corpus inspect` tells what is in it";
            return Err(EnvError::config("corpus", problem, remedy));
        }
        Ok(melodies)
    }
}
