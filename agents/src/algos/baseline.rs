//! The "training" of an agent that does not learn: it plays, and its returns are written down.

use gradus_envs::{ActionBatch, VecEnv, seeding::Role};

use super::{Algorithm, Iteration, Task};
use crate::{actor::Actor, checkpoint::Checkpoint, error::AgentError};

/// Plays with an actor that never changes.
pub(super) struct Baseline {
    actor: Box<dyn Actor>,
    envs: VecEnv,
    actions: ActionBatch,
    rollout_steps: usize,
    steps: u64,
}

impl Baseline {
    pub(super) fn new(
        actor: Box<dyn Actor>,
        task: &Task<'_>,
        environments: usize,
        rollout_steps: usize,
    ) -> Result<Self, AgentError> {
        if environments == 0 || rollout_steps == 0 {
            return Err(AgentError::config(
                "agent",
                "`environments` and `rollout-steps` must be above 0",
                "give 1 or more",
            ));
        }
        let envs = VecEnv::new(task.env, environments, task.seed, Role::Environment);
        let actions = ActionBatch::for_space(&envs.spec().action_space, environments);
        Ok(Self { actor, envs, actions, rollout_steps, steps: 0 })
    }
}

impl Algorithm for Baseline {
    fn iterate(&mut self, _progress: f64) -> Result<Iteration, AgentError> {
        self.envs.clear_statistics();
        for _ in 0..self.rollout_steps {
            self.actor.act(&self.envs, &mut self.actions)?;
            self.envs.step(self.actions.as_actions())?;
        }
        self.steps += (self.rollout_steps * self.envs.len()) as u64;
        let mut iteration = Iteration { steps: self.steps, ..Iteration::default() };
        iteration.report_episodes(&self.envs);
        Ok(iteration)
    }

    fn checkpoint(&self) -> Result<Checkpoint, AgentError> {
        Ok(Checkpoint::after(self.steps))
    }
}
