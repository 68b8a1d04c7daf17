//! The shape of policies, as in a config's `[policy]`.

use std::path::PathBuf;

use gradus_envs::{Env, Space};
use gradus_models::{
    blocks::MlpConfig,
    critics::alphabet,
    sequence::{Alphabet, LstmConfig, SequenceConfig, TransformerConfig},
    weights::NamedArray,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{algos::Task, error::AgentError};

/// The shape of the networks, as in a config's `[policy]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyConfig {
    /// A multilayer perceptron over the flat observation.
    Mlp(MlpConfig),
    /// Long short-term memory over the tokens of the piece so far.
    Lstm(LstmConfig),
    /// Causal self-attention over the tokens of the piece so far.
    Transformer(TransformerConfig),
    /// The fitted critic in this folder, an `lstm`, `transformer` or `ffnn`: its shape, and its weights to begin with.
    Init(PathBuf),
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self::Mlp(MlpConfig::default())
    }
}

/// What a policy's network is before training.
pub(crate) enum Start {
    /// A perceptron.
    Mlp(MlpConfig),
    /// A network over the tokens so far, perhaps with weights that were fitted to music.
    Sequence { config: SequenceConfig, alphabet: Alphabet, fitted: Option<Vec<NamedArray>> },
}

impl PolicyConfig {
    /// The perceptron's shape, checked, for an `agent` that learns from single transitions.
    pub(crate) fn mlp(&self, agent: &str) -> Result<&MlpConfig, AgentError> {
        let Self::Mlp(config) = self else {
            let problem = format!(
                "`{agent}` learns from transitions drawn one by one from its replay buffer, and a network over tokens \
                 needs the whole piece before each"
            );
            return Err(AgentError::config(&self.key(), problem, "use `policy.mlp`, or the agent `ppo`"));
        };
        config.validate().map_err(|error| error.within(&self.key()))?;
        Ok(config)
    }

    /// The value network's shape: a policy over tokens has a perceptron of the usual size beside it.
    pub(crate) fn value(&self) -> MlpConfig {
        match self {
            Self::Mlp(config) => config.clone(),
            Self::Lstm(_) | Self::Transformer(_) | Self::Init(_) => MlpConfig::default(),
        }
    }

    /// The network before training.
    pub(crate) fn start(&self, task: &Task<'_>) -> Result<Start, AgentError> {
        let config = match self {
            Self::Mlp(config) => {
                config.validate().map_err(|error| error.within(&self.key()))?;
                return Ok(Start::Mlp(config.clone()));
            }
            Self::Lstm(config) => SequenceConfig::Lstm(config.clone()),
            Self::Transformer(config) => SequenceConfig::Transformer(config.clone()),
            Self::Init(path) => {
                let alphabet = reads_tokens(&self.key(), task.env)?;
                let refuse = |problem: String, remedy: &str| AgentError::config(&self.key(), problem, remedy);
                let setting = task.env.setting().ok_or_else(|| speaks_no_tokens(&self.key(), task.env))?;
                let model = task.models.next_token(path, setting).map_err(|why| refuse(why.problem, &why.remedy))?;
                let network = model.network().ok_or_else(|| {
                    refuse(format!("{} is no network", path.display()), "give an `lstm`, `transformer` or `ffnn`")
                })?;
                let config = network.config().clone();
                check_context(&config, task.env)?;
                return Ok(Start::Sequence { config, alphabet, fitted: Some(model.keep()) });
            }
        };
        config.validate().map_err(|error| error.within(&self.key()))?;
        check_context(&config, task.env)?;
        Ok(Start::Sequence { config, alphabet: reads_tokens(&self.key(), task.env)?, fitted: None })
    }

    /// Its place in a config.
    fn key(&self) -> String {
        let name = match self {
            Self::Mlp(_) => "mlp",
            Self::Lstm(_) => "lstm",
            Self::Transformer(_) => "transformer",
            Self::Init(_) => "init",
        };
        format!("policy.{name}")
    }
}

/// What the pieces of an environment are made of, for what reads tokens; the setting `key` asks for it.
pub(crate) fn reads_tokens(key: &str, env: &dyn Env) -> Result<Alphabet, AgentError> {
    match (env.setting(), &env.spec().action_space) {
        (Some(setting), Space::Discrete { n }) if *n == setting.vocabulary.size() => {
            Ok(alphabet(setting.vocabulary, setting.grid))
        }
        _ => Err(speaks_no_tokens(key, env)),
    }
}

fn speaks_no_tokens(key: &str, env: &dyn Env) -> AgentError {
    let problem = format!("`{}` does not speak in tokens, which this reads", env.spec().name);
    AgentError::config(key, problem, "leave it out, or use the environment `melody`")
}

fn check_context(config: &SequenceConfig, env: &dyn Env) -> Result<(), AgentError> {
    let longest = env.spec().max_episode_steps;
    match config.context() {
        Some(context) if context < longest => Err(super::too_long(context, longest)),
        _ => Ok(()),
    }
}
