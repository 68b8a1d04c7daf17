//! Critics on disk: their configs, and the folders in which fitted ones are kept.

mod directory;
mod file;

use std::{path::Path, sync::Arc};

use gradus_envs::{
    CriticShelf, EnvError, RewardCritic, Setting,
    rewards::{CriticScore, CriticSettings},
};
use gradus_models::critics::{Adversary, Critic, Likelihood, ModelShelf, NextToken, Refusal, Verdict};

pub use directory::CriticDirectory;
pub use file::{CriticFile, DataConfig, DataSource};

use crate::split::Parts;

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
        let critic = CriticDirectory::at(path)
            .load()
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
