//! What an actor is worth: whole episodes on environments apart from those of the training.

use gradus_envs::{
    ActionBatch, Composition, CriticScales, Env, EpisodeStatistics, LateRewards, VecEnv,
    seeding::{Role, stream},
};

use crate::{actions::ActionHistogram, actor::Actor, error::AgentError};

/// Environments stepped together at most.
const BATCH: usize = 64;

/// Episodes that an actor played, and what they were like.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The terms' names, in the order of every episode's shares.
    pub terms: Vec<String>,
    /// The episodes, in an order that depends on the seed alone.
    pub compositions: Vec<Composition>,
    /// Every action that was taken.
    pub actions: ActionHistogram,
}

impl Evaluation {
    /// Returns, lengths and the terms' shares.
    pub fn statistics(&self) -> EpisodeStatistics {
        let mut statistics = EpisodeStatistics::default();
        for composition in &self.compositions {
            statistics.add(&composition.episode);
        }
        statistics
    }
}

/// Lets `actor` play `episodes` whole episodes of `env`, seeded by `seed` with the training's schedules at their end.
///
/// Every environment of the batch plays the same number of episodes (one more or less), so that short episodes are
/// not counted more often than long ones. Where critics normalise, they do so by `scales`, those of the training.
pub fn evaluate(
    env: &(dyn Env + 'static),
    actor: &mut dyn Actor,
    episodes: usize,
    seed: u64,
    scales: CriticScales,
) -> Result<Evaluation, AgentError> {
    let mut envs = VecEnv::new(env, episodes.clamp(1, BATCH), seed, Role::Evaluation);
    envs.set_progress(1.0);
    envs.keep_compositions(true);
    let n = envs.len();
    let quota = |index: usize| episodes / n + usize::from(index < episodes % n);
    let mut played = vec![0; n];
    let mut actions = ActionBatch::for_space(&env.spec().action_space, n);
    let mut compositions = Vec::with_capacity(episodes);
    let mut taken = ActionHistogram::of(&env.spec().action_space);
    while compositions.len() < episodes {
        actor.act(&envs, &mut actions)?;
        taken.add(actions.as_actions());
        envs.step(actions.as_actions())?;
        for composition in envs.compositions() {
            if played[composition.env] < quota(composition.env) {
                played[composition.env] += 1;
                compositions.push(composition);
            }
        }
    }
    complete(&mut compositions, env, scales);
    Ok(Evaluation { terms: env.spec().terms.clone(), compositions, actions: taken })
}

/// Lets `actor` play `episodes` whole episodes one by one, each by streams of its own: episode `k` depends on the seed and on
/// `k`, and not on how many others are played.
///
/// [`evaluate`] steps many at once, which is faster where it matters only what all of them are like.
pub fn compose(
    env: &(dyn Env + 'static),
    actor: &mut dyn Actor,
    episodes: usize,
    seed: u64,
    scales: CriticScales,
) -> Result<Evaluation, AgentError> {
    let mut envs = VecEnv::new(env, 1, seed, Role::Evaluation);
    envs.set_progress(1.0);
    envs.keep_compositions(true);
    let mut actions = ActionBatch::for_space(&env.spec().action_space, 1);
    let mut compositions = Vec::with_capacity(episodes);
    let mut taken = ActionHistogram::of(&env.spec().action_space);
    for episode in 0..episodes as u64 {
        envs.reset_from(episode, seed, Role::Evaluation);
        actor.set_generator(stream(seed, Role::EvaluationPolicy, episode));
        while compositions.len() as u64 <= episode {
            actor.act(&envs, &mut actions)?;
            taken.add(actions.as_actions());
            envs.step(actions.as_actions())?;
            compositions.extend(envs.compositions());
        }
    }
    complete(&mut compositions, env, scales);
    Ok(Evaluation { terms: env.spec().terms.clone(), compositions, actions: taken })
}

/// Adds what critics say of whole pieces.
fn complete(compositions: &mut [Composition], env: &(dyn Env + 'static), scales: CriticScales) {
    if let Some(mut late) = LateRewards::of_env(env, scales) {
        late.begin_iteration(1.0);
        late.complete(compositions);
    }
}
