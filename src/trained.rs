//! A finished training: its config and what it learned, ready to act.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_agents::{Actor, AgentConfig, Checkpoint, Evaluation, PolicyConfig, RandomConfig, Task, evaluate};
use gradus_envs::{CriticScales, Env, Library};

use crate::{config::TrainingConfig, critic::Folders, run::RunDirectory};

/// What a run directory holds of an agent.
pub struct Trained {
    /// The resolved config of its training.
    pub config: TrainingConfig,
    /// The corpus it was trained with.
    pub library: Library,
    /// The environment it was trained in.
    pub env: Box<dyn Env>,
    /// What it learned.
    pub checkpoint: Checkpoint,
}

impl Trained {
    /// Loads the newest checkpoint of a run.
    pub fn load(run: &RunDirectory) -> anyhow::Result<Self> {
        let config = TrainingConfig::load(&run.config_path(), &[])?;
        let library = config.library();
        let env = config.environment(&library)?;
        let path = newest(&run.checkpoints_path())?;
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let checkpoint = Checkpoint::from_bytes(&bytes).with_context(|| {
            format!(
                "{} is damaged; delete it, and an earlier checkpoint is used if there is one, or train again with --force",
                path.display()
            )
        })?;
        Ok(Self { config, library, env, checkpoint })
    }

    /// The agent, its own draws seeded by `seed`; `deterministic`, it takes the most probable action.
    pub fn actor(&self, seed: u64, deterministic: bool) -> anyhow::Result<Box<dyn Actor>> {
        let task = Task {
            env: self.env.as_ref(),
            library: &self.library,
            models: &Folders,
            policy: &self.config.policy,
            seed,
        };
        Ok(self.config.agent.config().actor(&task, &self.checkpoint, deterministic)?)
    }

    /// Lets the agent play whole episodes.
    pub fn evaluate(&self, episodes: usize, seed: u64, deterministic: bool) -> anyhow::Result<Evaluation> {
        let mut actor = self.actor(seed, deterministic)?;
        let scales = self.checkpoint.critic_scales()?;
        Ok(evaluate(self.env.as_ref(), actor.as_mut(), episodes, seed, scales)?)
    }
}

/// Lets the random agent play whole episodes of `env`.
pub fn evaluate_random(env: &(dyn Env + 'static), episodes: usize, seed: u64) -> anyhow::Result<Evaluation> {
    let agent = AgentConfig::Random(RandomConfig::default());
    let task = Task { env, library: &Library::embedded(), models: &Folders, policy: &PolicyConfig::default(), seed };
    let mut actor = agent.config().actor(&task, &Checkpoint::default(), false)?;
    Ok(evaluate(env, actor.as_mut(), episodes, seed, CriticScales::default())?)
}

/// The file of the checkpoint after `steps` environment steps; names sort as their steps do.
pub fn checkpoint_path(folder: &Path, steps: u64) -> PathBuf {
    folder.join(format!("step-{steps:012}.safetensors"))
}

fn newest(folder: &Path) -> anyhow::Result<PathBuf> {
    let files = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let newest = files
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "safetensors"))
        .max();
    match newest {
        Some(path) => Ok(path),
        None => bail!(
            "{} holds no checkpoint: the training has not come so far; train again with --force",
            folder.display()
        ),
    }
}
