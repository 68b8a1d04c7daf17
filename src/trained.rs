//! A finished training: its config and what it learned, ready to act.

use std::path::Path;

use anyhow::bail;
use gradus_agents::{Actor, AgentConfig, Checkpoint, Evaluation, PolicyConfig, RandomConfig, Task, compose, evaluate};
use gradus_envs::{CriticScales, Env, Library};

use crate::{
    config::TrainingConfig,
    critic::Folders,
    progress,
    reading::tell_of_corpus,
    run::{Checkpoints, RunDirectory},
};

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
        library.corpus_if_read().into_iter().for_each(tell_of_corpus);
        let checkpoint = newest(&run.checkpoints_path())?;
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

    /// Where the training came to, if that is not its end.
    pub fn unfinished(&self) -> Option<String> {
        let (steps, total) = (self.checkpoint.steps, self.config.total_steps);
        (steps < total).then(|| format!("stopped at step {steps} of {total}"))
    }

    /// Lets the agent compose pieces, each of which depends on the seed and its number alone.
    pub fn compose(&self, pieces: usize, seed: u64, deterministic: bool) -> anyhow::Result<Evaluation> {
        let mut actor = self.actor(seed, deterministic)?;
        let scales = self.checkpoint.critic_scales()?;
        Ok(compose(self.env.as_ref(), actor.as_mut(), pieces, seed, scales)?)
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

/// The newest checkpoint that is not damaged; of those that are, a warning tells.
fn newest(folder: &Path) -> anyhow::Result<Checkpoint> {
    let found = Checkpoints::by_steps(folder).newest(|bytes| Ok(Checkpoint::from_bytes(bytes)?))?;
    let damaged = found.damaged.iter().map(|(path, error)| format!("{} is damaged: {error:#}", path.display()));
    match found.newest {
        Some(checkpoint) => {
            damaged.for_each(|message| progress::warn(&format!("{message}; an earlier checkpoint is used")));
            Ok(checkpoint)
        }
        None if found.damaged.is_empty() => {
            bail!("{} holds no checkpoint: the training has not come so far; go on with --resume", folder.display())
        }
        None => bail!("{}; train again with --force", damaged.collect::<Vec<_>>().join("; ")),
    }
}
