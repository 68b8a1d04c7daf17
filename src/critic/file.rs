//! All that determines how a critic is fitted: its config, and the music that it reads.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use gradus_envs::{Fit, range::Range};
use gradus_models::critics::{
    Benchmark, CriticConfig, MelodyData, TokenCorpus, TokenPiece, VoicesData, Writing, token_piece,
};
use gradus_music::{Corpus, MelodyEncoding, MelodySource, Moves, MusicError, Score, Shares};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    config::ConfigError,
    corpus_config::{self, CorpusConfig},
    paths,
    reading::tell_of_corpus,
    settings::{self, config_file},
    text,
    voice::VoiceArgs,
};

/// All that determines how a critic is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CriticFile {
    /// The seed of every stream of random numbers.
    #[schemars(transform = Range::seed())]
    pub seed: u64,
    /// A folder of MIDI files to use instead of the embedded corpus, and the voice of each that is its melody.
    pub corpus: Option<CorpusConfig>,
    /// A file of the JSB chorales, four voices on the sixteenth grid, to use instead, with its own split.
    pub jsb: Option<PathBuf>,
    /// A file of the JSB chorales, what sounds on each quarter, to use instead, with its own split.
    pub jsb_quarter: Option<PathBuf>,
    /// The shares of the corpus's tunes for training, validation and test; `0.8,0.1,0.1` if not given.
    pub split: Option<Shares>,
    /// What the critic reads.
    pub data: DataConfig,
    /// The critic.
    pub critic: CriticConfig,
}

/// What a critic reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataConfig {
    /// Melodies, a token a step.
    Melody(MelodyData),
    /// Four-part pieces, a token a voice and step.
    Voices(VoicesData),
}

impl Default for DataConfig {
    fn default() -> Self {
        Self::Melody(MelodyData::default())
    }
}

impl DataConfig {
    /// A finished piece as the critic judges it, and what was changed for that, in words; without notes there are no
    /// tokens. A melody is where `source` says.
    pub fn finished(
        &self,
        name: &str,
        score: &Score,
        source: &MelodySource,
    ) -> Result<(TokenPiece, Vec<String>), MusicError> {
        match self {
            Self::Melody(melody) => {
                let encoding = MelodyEncoding { moves: Moves::Needed, source: source.clone(), ..melody.encoding()? };
                let encoded = encoding.encode(score)?;
                let changes = Fit::of(&encoded).words(encoding.vocabulary, encoding.grid, encoding.key);
                Ok((token_piece(name, &encoded.tokens), changes))
            }
            Self::Voices(voices) => Ok((voices.piece(name, score)?, Vec::new())),
        }
    }

    /// How pieces are written as tokens.
    pub fn writing(&self) -> Result<Writing, MusicError> {
        match self {
            Self::Melody(melody) => melody.writing(),
            Self::Voices(voices) => voices.writing(),
        }
    }
}

config_file!(CriticFile, Critic);

impl Default for CriticFile {
    fn default() -> Self {
        Self {
            seed: 0,
            corpus: None,
            jsb: None,
            jsb_quarter: None,
            split: None,
            data: DataConfig::default(),
            critic: CriticConfig::defaults().swap_remove(0),
        }
    }
}

impl CriticFile {
    /// Reads a config and changes what `assignments` say. Paths lead where those of a training's config lead.
    pub fn load(path: &Path, assignments: &[String]) -> Result<Self, ConfigError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut written: Self = settings::load(path, &[])?;
        let written: Vec<PathBuf> = written.paths().map(|path| path.clone()).collect();
        let mut file: Self = settings::load(path, assignments)?;
        paths::locate(file.paths(), &written, folder);
        Ok(file)
    }

    /// The config as it is kept in `folder`, from where its paths lead to the same places.
    #[must_use]
    pub fn kept_in(&self, folder: &Path) -> Self {
        let mut kept = self.clone();
        kept.paths().for_each(|path| *path = paths::kept(path, folder));
        kept
    }

    /// The config with each path written in one way only, to be compared with another.
    #[must_use]
    pub(super) fn with_whole_paths(&self) -> Self {
        let mut whole = self.clone();
        whole.paths().for_each(|path| *path = paths::whole(path));
        whole
    }

    /// Every path that the config names.
    fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.corpus
            .iter_mut()
            .filter_map(|corpus| corpus.path.as_mut())
            .chain(&mut self.jsb)
            .chain(&mut self.jsb_quarter)
    }

    /// Reads other music, or splits it otherwise, if either is given.
    pub fn choose_data(&mut self, source: &DataSource, split: Option<Shares>) {
        let DataSource { corpus, jsb, jsb_quarter } = source;
        if source.is_given() {
            self.corpus = CorpusConfig::choose(None, corpus.clone(), None);
            (self.jsb, self.jsb_quarter) = (jsb.clone(), jsb_quarter.clone());
        }
        if jsb.is_some() || jsb_quarter.is_some() {
            self.split = None;
        }
        self.split = split.or(self.split);
    }

    /// Hears the melodies in another voice, if one is given.
    pub(crate) fn choose_voice(&mut self, voice: &VoiceArgs) {
        self.corpus = CorpusConfig::choose(self.corpus.take(), None, voice.voice.clone());
    }

    /// Whether this is the music that the critic reads, as it is if none is given.
    pub fn reads(&self, source: &DataSource) -> bool {
        let same = |left: &Option<PathBuf>, right: Option<&Path>| match (left, right) {
            (Some(left), Some(right)) => {
                let place = |path: &Path| fs::canonicalize(path).ok();
                left.as_path() == right || place(left).is_some_and(|left| place(right) == Some(left))
            }
            (left, right) => left.as_deref() == right,
        };
        let DataSource { corpus, jsb, jsb_quarter } = source;
        let is_same = same(corpus, corpus_config::path(self.corpus.as_ref()))
            && same(jsb, self.jsb.as_deref())
            && same(jsb_quarter, self.jsb_quarter.as_deref());
        !source.is_given() || is_same
    }

    /// Whether the music comes with a split of its own.
    pub fn reads_benchmark(&self) -> bool {
        self.jsb.is_some() || self.jsb_quarter.is_some()
    }

    /// The music that the critic reads.
    pub fn read_data(&self) -> anyhow::Result<TokenCorpus> {
        let benchmark = match (&self.jsb, &self.jsb_quarter) {
            (Some(_), Some(_)) => anyhow::bail!("`jsb` and `jsb-quarter` must not be mixed: give one of them"),
            (Some(path), None) => Some((Benchmark::Sixteenth, path)),
            (None, Some(path)) => Some((Benchmark::Quarter, path)),
            (None, None) => None,
        };
        if let (Some(shares), Some((_, path))) = (&self.split, benchmark) {
            anyhow::bail!("split: {} has its own split; leave `{shares}` out", path.display());
        }
        let voice = self.corpus.as_ref().map(|corpus| &corpus.voice).filter(|voice| **voice != MelodySource::Auto);
        if let (Some(voice), DataConfig::Voices(_)) = (voice, &self.data) {
            anyhow::bail!("voice {voice}: this critic reads four-part pieces, all voices of them; leave it out");
        }
        match (&self.data, benchmark) {
            (DataConfig::Melody(melody), None) => Ok(melody.read(&self.read_corpus()?)?),
            (DataConfig::Voices(voices), None) => Ok(voices.read(&self.read_corpus()?)?),
            (DataConfig::Voices(voices), Some((benchmark, path))) => {
                let text = text::read(path)?;
                voices.read_benchmark(benchmark, &text).with_context(|| path.display().to_string())
            }
            (DataConfig::Melody(_), Some((_, path))) => {
                anyhow::bail!("{} holds four-part pieces, and this critic reads melodies", path.display())
            }
        }
    }

    /// Why there is nothing to learn from in it.
    pub fn why_nothing_to_learn(&self) -> anyhow::Result<String> {
        Ok(if self.reads_benchmark() { "it is empty".to_owned() } else { self.read_corpus()?.why_nothing_to_learn() })
    }

    fn read_corpus(&self) -> anyhow::Result<Corpus> {
        let mut corpus = self.corpus.as_ref().map_or_else(Corpus::embedded, CorpusConfig::read)?;
        tell_of_corpus(&corpus);
        if let Some(shares) = self.split {
            corpus.resplit(shares);
        }
        Ok(corpus)
    }
}

/// Music to use instead of a config's own.
#[derive(clap::Args, Clone, Debug, Default)]
#[group(multiple = false)]
pub struct DataSource {
    /// A folder of MIDI files instead of the config's corpus
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// The JSB chorales in this file: four voices on the sixteenth grid, with the file's own split
    #[arg(long, value_name = "FILE")]
    pub jsb: Option<PathBuf>,
    /// The JSB chorales in this file: what sounds on each quarter, with the file's own split
    #[arg(long, value_name = "FILE")]
    pub jsb_quarter: Option<PathBuf>,
}

impl DataSource {
    fn is_given(&self) -> bool {
        self.corpus.is_some() || self.jsb.is_some() || self.jsb_quarter.is_some()
    }
}
