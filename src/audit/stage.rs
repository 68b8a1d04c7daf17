//! Where pieces are composed, and how they are judged there.

use anyhow::bail;
use gradus_envs::{
    Action, ActionBuffer, Env, EnvConfig, EnvError, EnvironmentConfig, Judgement, Library, Setting,
    rewards::RewardStack,
    seeding::{Role, stream},
    tasks::{
        melody,
        phrase::{self, PitchAxis},
    },
};
use gradus_music::Token;
use rayon::prelude::*;

use crate::config::TrainingConfig;

/// What a piece brings under each term.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    /// The sum of each term's weighted shares.
    pub(super) shares: Vec<f64>,
    /// Whether a term gave anything at any step.
    pub(super) fired: Vec<bool>,
    /// The return, to which a term that is only measured adds nothing.
    pub(super) total: f64,
}

/// A piece, judged or still to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// A melody on the environment's grid.
    Tokens(Vec<Token>),
    /// Judged while it was played.
    Played(Judged),
}

/// An environment that composes.
pub(super) struct Stage {
    /// The frame of its pieces.
    pub(super) setting: Setting,
    /// The names of the reward terms.
    pub(super) terms: Vec<String>,
    /// The environment itself, without a primer.
    pub(super) env: Box<dyn Env>,
    /// The same confined to the key; none if it is so already.
    in_key: Option<Box<dyn Env>>,
    writing: Writing,
    progress: f32,
}

/// How an environment writes.
enum Writing {
    /// Tokens, under these rewards.
    Tokens(RewardStack),
    /// Events.
    Events(Box<phrase::Config>),
}

impl Judged {
    fn new(terms: usize) -> Self {
        Self { shares: vec![0.0; terms], fired: vec![false; terms], total: 0.0 }
    }

    /// Adds a step.
    fn add(&mut self, shares: &[f32], reward: f32) {
        self.total += f64::from(reward);
        for ((sum, fired), &share) in self.shares.iter_mut().zip(&mut self.fired).zip(shares) {
            *sum += f64::from(share);
            *fired |= share != 0.0;
        }
    }
}

impl Stage {
    /// The environment of a config when the share `progress` of its training, 0 to 1, is done.
    pub(super) fn of(config: &TrainingConfig, library: &Library, progress: f32) -> anyhow::Result<Self> {
        if config.reward.is_empty() {
            bail!("the config has no [[reward]] to audit; `gradus list rewards` shows what there is");
        }
        let build = |env: &dyn EnvConfig| -> Result<Box<dyn Env>, EnvError> {
            let mut env = env.build(&config.reward, library)?;
            env.set_progress(progress);
            env.reset(Some(config.seed));
            Ok(env)
        };
        let (setting, env, in_key, writing) = match &config.env {
            EnvironmentConfig::Melody(melody) => {
                let open = melody::Config { primer: melody::Primer::None, ..melody.clone() };
                let mask = melody::Mask { out_of_key: true, ..melody.mask };
                let in_key = (!melody.mask.out_of_key).then(|| build(&melody::Config { mask, ..open.clone() }));
                let setting = melody.setting()?;
                let rewards = RewardStack::build(&config.reward, &setting, library)?;
                (setting, build(&open)?, in_key, Writing::Tokens(rewards))
            }
            EnvironmentConfig::Phrase(phrase) => {
                let scale = phrase::Config { pitch: PitchAxis::Scale, ..phrase.clone() };
                let in_key = (phrase.pitch == PitchAxis::Chromatic).then(|| build(&scale));
                (phrase.setting()?, build(phrase)?, in_key, Writing::Events(Box::new(phrase.clone())))
            }
            other => bail!(
                "`{}` composes no music, so its reward cannot be held against any; audit a config whose environment is \
                 `melody` or `phrase`",
                other.name()
            ),
        };
        let terms = env.spec().terms.clone();
        Ok(Self { setting, terms, env, in_key: in_key.transpose()?, writing, progress })
    }

    /// Whether nothing outside the key can be written.
    pub(super) fn is_in_key(&self) -> bool {
        self.in_key.is_none()
    }

    /// Whether pieces are written as events rather than as tokens.
    pub(super) fn writes_events(&self) -> bool {
        matches!(self.writing, Writing::Events(_))
    }

    /// The shortest note, in steps of the grid.
    pub(super) fn shortest(&self) -> usize {
        match &self.writing {
            Writing::Tokens(_) => 1,
            Writing::Events(phrase) => ((phrase.shortest * f64::from(phrase.steps_per_beat)).ceil() as usize).max(1),
        }
    }

    /// Whether the environment can write this melody.
    pub(super) fn can_write(&self, tokens: &[Token]) -> Result<bool, EnvError> {
        match &self.writing {
            Writing::Tokens(_) => Ok(true),
            Writing::Events(phrase) => Ok(phrase.actions(tokens)?.is_some()),
        }
    }

    /// So many pieces of uniformly random actions, each from a stream of its own; `in_key`, among the actions that stay in
    /// the key. None if that is no restriction.
    pub(super) fn random(&self, in_key: bool, count: usize, seed: u64) -> Option<Result<Vec<Piece>, EnvError>> {
        let env = if in_key { self.in_key.as_ref()? } else { &self.env };
        let players: Vec<_> = (0..count).map(|_| env.clone()).collect();
        let (terms, events) = (self.terms.len(), self.writes_events());
        let play = |(index, mut env): (usize, Box<dyn Env>)| {
            let mut generator = stream(seed, Role::Audit, (2 * index + usize::from(in_key)) as u64);
            let space = env.spec().action_space.clone();
            let mut mask = vec![true; space.mask_size()];
            let mut action = ActionBuffer::for_space(&space);
            let mut judged = Judged::new(terms);
            loop {
                env.action_mask(&mut mask);
                space.sample(&mask, &mut generator, &mut action);
                let step = env.step(action.as_action())?;
                judged.add(env.shares(), step.reward);
                if step.terminated {
                    break;
                }
            }
            Ok(if events { Piece::Played(judged) } else { Piece::Tokens(env.tokens().to_vec()) })
        };
        Some(players.into_par_iter().enumerate().map(play).collect())
    }

    /// What pieces bring, all of them in one pass of each critic.
    pub(super) fn judge(&self, pieces: Vec<Piece>) -> Result<Vec<Judged>, EnvError> {
        match &self.writing {
            Writing::Tokens(rewards) => {
                let tokens: Vec<_> = pieces
                    .into_iter()
                    .filter_map(|piece| match piece {
                        Piece::Tokens(tokens) => Some(tokens),
                        Piece::Played(_) => None,
                    })
                    .collect();
                let judgements = Judgement::of_all(&tokens, &self.setting, rewards, self.progress)?;
                Ok(judgements.iter().map(|judgement| self.sum(judgement)).collect())
            }
            Writing::Events(phrase) => {
                let players: Vec<_> = pieces.into_iter().map(|piece| (piece, self.env.clone())).collect();
                let terms = self.terms.len();
                players.into_par_iter().map(|(piece, env)| play(phrase, piece, env, terms)).collect()
            }
        }
    }

    fn sum(&self, judgement: &Judgement) -> Judged {
        let mut judged = Judged::new(self.terms.len());
        judgement.steps.iter().for_each(|step| judged.add(&step.shares, step.total));
        judged
    }
}

/// Plays a melody as the phrase's actions; silence that cannot be written brings nothing.
fn play(phrase: &phrase::Config, piece: Piece, mut env: Box<dyn Env>, terms: usize) -> Result<Judged, EnvError> {
    let tokens = match piece {
        Piece::Played(judged) => return Ok(judged),
        Piece::Tokens(tokens) => tokens,
    };
    let mut judged = Judged::new(terms);
    for action in phrase.actions(&tokens)?.unwrap_or_default() {
        let step = env.step(Action::Box(&action))?;
        judged.add(env.shares(), step.reward);
        if step.terminated {
            break;
        }
    }
    Ok(judged)
}
