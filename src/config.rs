//! Training configs: TOML in, checked settings out, and errors that point at the place.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    corpus_config::{self, CorpusConfig},
    critic::Folders,
    paths,
    settings::{self, config_file},
    shipped,
    text::without_mark,
};
use gradus_agents::{AgentConfig, PolicyConfig};
use gradus_envs::{
    Env, EnvError, EnvironmentConfig, Library,
    range::Range,
    rewards::{RewardConfig, ScriptSettings},
};
use gradus_music::Shares;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All that determines a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct TrainingConfig {
    /// Environment steps to train for, over all environments.
    #[schemars(transform = Range::at_least(1).at_most(1e12))]
    pub total_steps: u64,
    /// The seed of every stream of random numbers.
    #[schemars(transform = Range::seed())]
    pub seed: u64,
    /// How many pieces the trained agent composes at the end.
    #[schemars(transform = Range::at_least(0).at_most(10_000))]
    pub compositions: usize,
    /// How many checkpoints are spread over the training, the last one at its end.
    #[schemars(transform = Range::at_least(1).at_most(10_000))]
    pub checkpoints: u64,
    /// `gradus eval` warns where the agent's pieces differ less from each other than this share of what the corpus's do.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub least_diversity: f64,
    /// A folder of MIDI files to use instead of the embedded corpus, relative to the folder of the config, and the voice of each
    /// that is its melody.
    pub corpus: Option<CorpusConfig>,
    /// The shares of the corpus's tunes for training, validation and test; `0.8,0.1,0.1` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Shares>,
    /// The environment.
    pub env: EnvironmentConfig,
    /// The reward terms, summed with their weights.
    pub reward: Vec<RewardConfig>,
    /// The algorithm.
    pub agent: AgentConfig,
    /// The policy's network, for algorithms that have one.
    pub policy: PolicyConfig,
}

config_file!(TrainingConfig, Training);

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            total_steps: 200_000,
            seed: 0,
            compositions: 8,
            checkpoints: 4,
            least_diversity: 0.5,
            corpus: None,
            split: None,
            env: EnvironmentConfig::default(),
            reward: Vec::new(),
            agent: AgentConfig::default(),
            policy: PolicyConfig::default(),
        }
    }
}

/// What is wrong with a config.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the config {}; `configs/` holds those that come with gradus", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key or value is wrong.
    #[error("{origin}: {message}{hint}")]
    Invalid {
        /// The file, or the `--set` argument.
        origin: String,
        /// Where and what.
        message: String,
        /// A better name, on a line of its own, or nothing.
        hint: String,
    },
    /// A reward term's script that cannot be read.
    #[error("cannot read the script {}; `file` is relative to the folder of the config", path.display())]
    Script {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A value that TOML has no way to write.
    #[error("the config cannot be written as TOML; its whole numbers go up to 2^63 - 1")]
    Write(#[source] toml::ser::Error),
    /// A `--set` argument that is not an assignment.
    #[error("--set {0}: not an assignment; write KEY=VALUE, as in agent.ppo.learning-rate=1e-3")]
    Assignment(String),
    /// A `--set` argument whose key leads nowhere.
    #[error("--set {assignment}: {problem}")]
    Key {
        /// The argument.
        assignment: String,
        /// What is wrong with the key.
        problem: String,
    },
}

impl TrainingConfig {
    /// Reads a config, and the scripts of its rewards, and changes what `assignments` say: `agent.ppo.clip=0.1`,
    /// `reward.0.key.weight=2`. A bare name that is no file means the config that comes with Gradus.
    ///
    /// A path in the file is looked for in the file's folder and then in the working directory; one in an assignment in the
    /// working directory first.
    pub fn load(path: &Path, assignments: &[String]) -> Result<Self, ConfigError> {
        let path = &shipped::resolve(path);
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut written = settings::load::<Self>(path, &[])?;
        let written: Vec<PathBuf> = written.paths().into_iter().map(|path| path.clone()).collect();
        let mut config = settings::load::<Self>(path, assignments)?;
        paths::locate(config.paths(), &written, folder);
        config.with_scripts(folder)
    }

    /// The same for a config's text, whose errors name its `origin`; scripts are looked for in the working directory.
    pub fn parse(text: &str, origin: &str, assignments: &[String]) -> Result<Self, ConfigError> {
        settings::parse::<Self>(text, origin, assignments)?.with_scripts(Path::new(""))
    }

    /// The config with the text of its scripts, which lie in `folder`, so that it needs no other file.
    fn with_scripts(mut self, folder: &Path) -> Result<Self, ConfigError> {
        for reward in &mut self.reward {
            if let RewardConfig::Script(script) = reward {
                read_script(&mut script.settings, folder)?;
            }
        }
        Ok(self)
    }

    /// The config as it is kept in `folder`, from where its paths lead to the same places.
    #[must_use]
    pub fn kept_in(&self, folder: &Path) -> Self {
        self.with_paths(|path| paths::kept(path, folder))
    }

    /// The config with each path written in one way only, to be compared with another.
    #[must_use]
    pub(crate) fn with_whole_paths(&self) -> Self {
        self.with_paths(paths::whole)
    }

    fn with_paths(&self, change: impl Fn(&Path) -> PathBuf) -> Self {
        let mut changed = self.clone();
        changed.paths().into_iter().for_each(|path| *path = change(path));
        changed
    }

    /// Every folder that the config names.
    fn paths(&mut self) -> Vec<&mut PathBuf> {
        let mut paths: Vec<&mut PathBuf> = self.corpus.iter_mut().filter_map(|corpus| corpus.path.as_mut()).collect();
        for reward in &mut self.reward {
            if let RewardConfig::Critic(critic) = reward {
                paths.push(&mut critic.settings.model);
            }
        }
        match &mut self.agent {
            AgentConfig::Ppo(ppo) => paths.extend(ppo.prior.as_mut().map(|prior| &mut prior.model)),
            AgentConfig::Prior(prior) => paths.push(&mut prior.model),
            _ => {}
        }
        if let PolicyConfig::Init(path) = &mut self.policy {
            paths.push(path);
        }
        paths
    }

    /// The complete config, every default written out.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string_pretty(self).map_err(ConfigError::Write)
    }

    /// The corpus that the config asks for, not yet read.
    pub fn library(&self) -> Library {
        let library = corpus_config::path(self.corpus.as_ref()).map_or_else(Library::embedded, Library::folder);
        let voice = self.corpus.as_ref().map(|corpus| corpus.voice.clone()).unwrap_or_default();
        library.heard_by(voice).split_by(self.split).with_critics(Arc::new(Folders))
    }

    /// Makes the environment; `library` is [`TrainingConfig::library`].
    pub fn environment(&self, library: &Library) -> Result<Box<dyn Env>, EnvError> {
        self.env.config().build(&self.reward, library)
    }
}

/// Puts the script's text beside its file's name, unless it is there.
fn read_script(script: &mut ScriptSettings, folder: &Path) -> Result<(), ConfigError> {
    if let (Some(file), None) = (&script.file, &script.source) {
        let path = folder.join(file);
        let fail = |source| ConfigError::Script { path: path.clone(), source };
        // One byte beyond the longest is enough to be refused.
        let source = shipped::read_at_most(&path, ScriptSettings::MAX_BYTES as u64 + 1).map_err(fail)?;
        script.set_source(&path, without_mark(&source).to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "total-steps = 1000\n[[reward]]\nkey = { weight = 2.0 }\n[agent.ppo]\nclip = 0.1\n";

    fn parse(text: &str, assignments: &[&str]) -> Result<TrainingConfig, String> {
        let assignments: Vec<_> = assignments.iter().map(|&text| text.to_owned()).collect();
        TrainingConfig::parse(text, "test.toml", &assignments).map_err(|error| error.to_string())
    }

    #[test]
    fn a_config_written_out_reads_back_equal() {
        let config = parse(CONFIG, &[]).unwrap();
        assert_eq!(parse(&config.to_toml().unwrap(), &[]).unwrap(), config);
    }

    #[test]
    fn a_misspelt_key_is_answered_with_its_line_and_the_nearest_name() {
        let error = parse(&CONFIG.replace("clip", "klip"), &[]).unwrap_err();
        assert!(error.contains("test.toml: TOML parse error at line 5"), "{error}");
        assert!(error.contains("agent.ppo.klip: unknown field `klip`"), "{error}");
        assert!(error.ends_with("hint: did you mean `clip`?"), "{error}");
    }

    #[test]
    fn a_misspelt_reward_is_answered_with_the_nearest_reward() {
        let error = parse(&CONFIG.replace("key =", "kee ="), &[]).unwrap_err();
        assert!(error.contains("line 3") && error.ends_with("did you mean `key`?"), "{error}");
    }

    #[test]
    fn a_setting_of_a_reward_without_settings_is_refused() {
        let error = parse(&CONFIG.replace("weight", "wieght"), &[]).unwrap_err();
        assert!(error.contains("line 3") && error.ends_with("did you mean `weight`?"), "{error}");
    }

    #[test]
    fn assignments_change_tables_and_entries_of_arrays() {
        let config =
            parse(CONFIG, &["total-steps=5_000", "reward.0.key.weight=0.5", "env.melody.key=G major"]).unwrap();
        assert_eq!(config.total_steps, 5000);
        let text = config.to_toml().unwrap();
        assert!(text.contains("weight = 0.5") && text.contains("key = \"G major\""), "{text}");
    }

    #[test]
    fn a_wrong_assignment_names_itself() {
        let error = parse(CONFIG, &["agent.ppo.klip=0.3"]).unwrap_err();
        assert!(error.starts_with("--set agent.ppo.klip=0.3: agent.ppo.klip: unknown field `klip`"), "{error}");
        assert!(parse(CONFIG, &["reward.7.key.weight=1"]).unwrap_err().contains("there are 1"));
        assert!(parse(CONFIG, &["seed"]).unwrap_err().contains("KEY=VALUE"));
        assert!(parse(CONFIG, &["seed.x=1", "total-steps.x=1"]).is_err());
    }
}
