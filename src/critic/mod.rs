//! Critics on disk: their configs, and the folders in which fitted ones are kept.

mod file;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use gradus_envs::{
    CriticShelf, EnvError, RewardCritic, Setting,
    rewards::{CriticScore, CriticSettings},
};
use gradus_models::{
    critics::{Adversary, Critic, Likelihood, ModelShelf, NextToken, Refusal, Verdict},
    sequence::Alphabet,
    weights::{from_safetensors, to_safetensors},
};
use serde::{Deserialize, Serialize};

pub use file::{CriticFile, DataConfig, DataSource};

use crate::{run::write_atomic, split::Parts};

/// A fitted critic, ready to judge.
pub struct FittedCritic {
    /// The config that it was fitted with.
    pub file: CriticFile,
    /// The pieces that it was fitted and chosen by, and those that were kept from it; none if nobody wrote them down.
    pub parts: Option<Parts>,
    /// The model.
    pub model: Critic,
}

/// Critics kept in folders.
#[derive(Debug)]
pub struct Folders;

impl Folders {
    /// The critic in a folder, if it reads the melodies of `setting`.
    fn critic(path: &Path, setting: &Setting) -> Result<FittedCritic, Refusal> {
        if path.as_os_str().is_empty() {
            return Err(Refusal::new(
                "no critic is named",
                "give the folder of one, such as \"results/critics/transformer\"",
            ));
        }
        let critic = CriticDirectory::load(path)
            .map_err(|error| Refusal::new(format!("{error:#}"), "give the folder of a fitted critic"))?;
        let DataConfig::Melody(melody) = &critic.file.data else {
            let problem = format!("{} judges four-part pieces", path.display());
            return Err(Refusal::new(problem, "give a critic that was fitted to melodies"));
        };
        let unreadable = |error| Refusal::new(format!("{}: {error}", path.display()), "fit the critic again");
        if let Some(difference) = melody.difference(setting).map_err(unreadable)? {
            let problem = format!("{} was fitted to other melodies: {difference}", path.display());
            return Err(Refusal::new(problem, "fit a critic with the environment's pitches, grid and key"));
        }
        Ok(critic)
    }
}

impl CriticShelf for Folders {
    fn open(&self, settings: &CriticSettings, setting: &Setting) -> Result<Box<dyn RewardCritic>, EnvError> {
        let FittedCritic { file, model, .. } = Self::critic(&settings.model, setting)
            .map_err(|Refusal { problem, remedy }| EnvError::config("reward.critic.model", problem, remedy))?;
        let refuse_score = |problem: &str, remedy: &str| {
            let problem = format!("{} {problem}", settings.model.display());
            Err(EnvError::config("reward.critic.score", problem, remedy))
        };
        match (&model, settings.score) {
            (Critic::NextToken(_), CriticScore::Discriminator { .. }) => refuse_score(
                "says what comes next, and `discriminator` asks whether a piece is real",
                "choose `log-likelihood` or `perplexity-band`, or give a discriminator such as \"results/critics/gan\"",
            ),
            (Critic::Discriminator(_), CriticScore::LogLikelihood { .. } | CriticScore::PerplexityBand { .. }) => {
                refuse_score(
                    "says whether a piece is real, and this score asks what comes next",
                    "set score = { discriminator = { clip = 5.0 } }, or give a model of what comes next",
                )
            }
            (Critic::NextToken(_), _) if settings.adversarial.is_some() => Err(EnvError::config(
                "reward.critic.adversarial",
                format!("{} is no discriminator, and nothing else can go on learning", settings.model.display()),
                "leave it out, or give a discriminator such as \"results/critics/gan\"",
            )),
            (Critic::NextToken(model), score) => Ok(Box::new(Likelihood::new(Arc::clone(model), score))),
            (Critic::Discriminator(model), CriticScore::Discriminator { clip }) => {
                let verdict = Verdict::new(Arc::clone(model), clip, setting.steps);
                let Some(adversarial) = settings.adversarial else {
                    return Ok(Box::new(verdict));
                };
                let refuse = |problem: String| {
                    Err(EnvError::config("reward.critic.adversarial", problem, "change it or leave it out"))
                };
                let real = match file.read_data() {
                    Ok(corpus) => corpus.train,
                    Err(error) => return refuse(format!("{error:#}")),
                };
                match Adversary::new(model.as_ref(), adversarial, real) {
                    Ok(adversary) => Ok(Box::new(verdict.learning(adversary))),
                    Err(error) => refuse(error.to_string()),
                }
            }
            (Critic::Classifier(_) | Critic::Regressor(_), _) => {
                refuse_score("does not say how good a piece is", "give a critic of what comes next, or of what is real")
            }
        }
    }
}

impl ModelShelf for Folders {
    fn next_token(&self, path: &Path, setting: &Setting) -> Result<Arc<dyn NextToken>, Refusal> {
        match Self::critic(path, setting)?.model {
            Critic::NextToken(model) => Ok(model),
            Critic::Discriminator(_) | Critic::Classifier(_) | Critic::Regressor(_) => {
                let problem = format!("{} does not say what comes next", path.display());
                Err(Refusal::new(problem, "give a `markov`, `ffnn`, `lstm` or `transformer`"))
            }
        }
    }
}

/// What stands in the note of a critic's weights.
#[derive(Serialize, Deserialize)]
struct Note {
    critic: String,
    alphabet: Alphabet,
}

/// The folder of a critic.
#[derive(Clone, Debug)]
pub struct CriticDirectory(PathBuf);

impl CriticDirectory {
    /// Makes the folder. A critic that is there already is an error, unless `force` says to replace it.
    pub fn create(path: &Path, force: bool) -> anyhow::Result<Self> {
        let directory = Self(path.to_owned());
        if directory.weights_path().exists() && !force {
            anyhow::bail!("{} holds a critic already: add --force to replace it, or --out for another", path.display());
        }
        fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(directory)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// One row an epoch.
    pub fn metrics_path(&self) -> PathBuf {
        self.0.join("metrics.jsonl")
    }

    fn config_path(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    fn weights_path(&self) -> PathBuf {
        self.0.join("model.safetensors")
    }

    fn parts_path(&self) -> PathBuf {
        self.0.join("split.json")
    }

    /// Keeps a critic.
    pub fn save(&self, critic: &FittedCritic) -> anyhow::Result<()> {
        let note = Note { critic: critic.file.critic.name().to_owned(), alphabet: critic.model.alphabet() };
        let bytes = to_safetensors(&critic.model.keep(), &serde_json::to_string(&note)?)?;
        write_atomic(&self.config_path(), toml::to_string_pretty(&critic.file)?.as_bytes())?;
        if let Some(parts) = &critic.parts {
            write_atomic(&self.parts_path(), &serde_json::to_vec_pretty(parts)?)?;
        }
        Ok(write_atomic(&self.weights_path(), &bytes)?)
    }

    /// The critic kept in the folder `path`.
    pub fn load(path: &Path) -> anyhow::Result<FittedCritic> {
        let directory = Self(path.to_owned());
        let weights = directory.weights_path();
        let missing = || format!("{} holds no critic; fit one with `gradus critic fit CONFIG`", path.display());
        let bytes = fs::read(&weights).with_context(missing)?;
        let file = CriticFile::load(&directory.config_path(), &[])?;
        let damaged = || format!("{} is damaged; fit the critic again with --force", weights.display());
        let (arrays, note) = from_safetensors(&bytes).with_context(damaged)?;
        let note: Note = serde_json::from_str(&note).with_context(damaged)?;
        if note.critic != file.critic.name() {
            let config = directory.config_path();
            anyhow::bail!(
                "{} holds a `{}`, and {} describes a `{}`",
                weights.display(),
                note.critic,
                config.display(),
                file.critic.name()
            );
        }
        let model = file.critic.config().restore(note.alphabet, &arrays).with_context(damaged)?;
        Ok(FittedCritic { file, parts: directory.load_parts()?, model })
    }
    fn load_parts(&self) -> anyhow::Result<Option<Parts>> {
        let path = self.parts_path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let damaged = || format!("{} is damaged; fit the critic again with --force", path.display());
        Ok(Some(serde_json::from_str(&text).with_context(damaged)?))
    }
}
