//! The "training" of an agent that does not learn: it plays, and its returns are written down.

use gradus_envs::{ActionBatch, LateRewards, VecEnv, seeding::Role};

use super::{Algorithm, Iteration, Task};
use crate::{actor::Actor, checkpoint::Checkpoint, error::AgentError};

/// Plays with an actor that never changes.
pub(super) struct Baseline {
    actor: Box<dyn Actor>,
    envs: VecEnv,
    actions: ActionBatch,
    rollout_steps: usize,
    steps: u64,
    late: Option<LateRewards>,
}

impl Baseline {
    pub(super) fn new(actor: Box<dyn Actor>, task: &Task<'_>, environments: usize, rollout_steps: usize) -> Self {
        let mut envs = VecEnv::new(task.env, environments, task.seed, Role::Environment);
        let actions = ActionBatch::for_space(&envs.spec().action_space, environments);
        Self { actor, late: LateRewards::of(&mut envs), envs, actions, rollout_steps, steps: 0 }
    }
}

impl Algorithm for Baseline {
    fn iterate(&mut self, progress: f64) -> Result<Iteration, AgentError> {
        self.envs.set_progress(progress as f32);
        self.envs.clear_statistics();
        if let Some(late) = &mut self.late {
            late.begin_iteration(progress as f32);
        }
        for step in 0..self.rollout_steps {
            self.actor.act(&self.envs, &mut self.actions)?;
            self.envs.step(self.actions.as_actions())?;
            if let Some(late) = &mut self.late {
                late.note(&mut self.envs, step);
            }
        }
        if let Some(late) = &mut self.late {
            late.settle();
        }
        self.steps += (self.rollout_steps * self.envs.len()) as u64;
        let mut iteration = Iteration { steps: self.steps, ..Iteration::default() };
        iteration.report_episodes(&self.envs, self.late.as_ref());
        Ok(iteration)
    }

    fn checkpoint(&self) -> Result<Checkpoint, AgentError> {
        let mut checkpoint = Checkpoint::after(self.steps);
        checkpoint.keep_scales(self.late.as_ref())?;
        Ok(checkpoint)
    }

    fn suspend(&self) -> Result<Checkpoint, AgentError> {
        let mut checkpoint = self.checkpoint()?;
        checkpoint.keep_state("generators", &self.actor.generator())?;
        checkpoint.keep_bytes("environments", &self.envs.suspend());
        checkpoint.suspend_critics(self.late.as_ref());
        Ok(checkpoint)
    }

    fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError> {
        if let Some(generator) = suspended.state("generators")? {
            self.actor.set_generator(generator);
        }
        self.envs.resume(&suspended.bytes("environments")?)?;
        suspended.resume_critics(self.late.as_mut())?;
        self.steps = suspended.steps;
        Ok(())
    }
}
