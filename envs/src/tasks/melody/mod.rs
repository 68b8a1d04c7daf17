//! Composing a melody on a grid, token by token.

mod config;
mod measures;
mod observation;
mod transcript;

use std::sync::Arc;

use gradus_music::{Note, Score, Tempo, Token};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::{
    critic::WeightedCritic,
    env::{Env, EnvSpec, Snapshot, Step},
    error::EnvError,
    registry::Registered,
    rewards::{Context, RewardStack},
    seeding::{Generator, Role, stream},
    setting::Setting,
    space::{Action, Space},
};

pub use config::{Config, Features, Mask, Primer};
pub use measures::Measures;
use observation::{Layout, View};
use transcript::Origin;

/// **Action space**: `Discrete(tokens)`, by default 38: 0 ends the sounding note, 1 holds (or keeps silent), 2 and
/// up begin a note from `low` upwards.
/// **Observation space**: `Box(0, 1)`; by default, in this order, the last token as one-hot (38), the position in
/// the bar as one-hot (16), the bar as one-hot (2), the pitch classes' shares of the notes so far (12).
/// **Rewards**: the weighted sum of the config's terms; none of its own.
/// **Starting state**: an empty piece, after the primer (by default one random token, seen but not judged).
/// **Episode end**: terminated when the piece has its `steps`; never truncated.
/// **Source**: Jaques et al. 2016, "Tuning recurrent neural networks with reinforcement learning", arXiv 1611.02796.
#[derive(Clone)]
pub(crate) struct Melody {
    spec: EnvSpec,
    setting: Setting,
    tempo: Tempo,
    primer_kind: Primer,
    mask: Mask,
    layout: Layout,
    openings: Arc<[Vec<Token>]>,
    in_key: Vec<bool>,
    rewards: RewardStack,
    generator: Generator,
    progress: f32,
    primer: Vec<Token>,
    tokens: Vec<Token>,
    notes: Vec<Note>,
    sounding: bool,
    pitch_classes: [u16; 12],
}

/// A piece is a function of its tokens, and so is every reward term; so this is the whole state.
#[derive(Serialize, Deserialize)]
struct State {
    generator: Generator,
    progress: f32,
    primer: Vec<u8>,
    tokens: Vec<u8>,
}

impl Melody {
    pub(super) fn new(
        config: &Config,
        setting: Setting,
        tempo: Tempo,
        openings: Vec<Vec<Token>>,
        rewards: RewardStack,
    ) -> Self {
        let layout = Layout::new(config.observation, &setting);
        let size = setting.vocabulary.size();
        let spec = EnvSpec {
            name: Config::NAME,
            action_space: Space::Discrete { n: size },
            observation_space: Space::uniform_box(0.0, 1.0, layout.size()),
            terms: rewards.names().map(str::to_owned).collect(),
            max_episode_steps: setting.steps,
        };
        let mut this = Self {
            spec,
            in_key: (0..size).map(|token| setting.in_key(Token(token as u8))).collect(),
            tempo,
            primer_kind: config.primer,
            mask: config.mask,
            layout,
            openings: openings.into(),
            rewards,
            generator: stream(0, Role::Environment, 0),
            progress: 0.0,
            primer: Vec::new(),
            tokens: Vec::new(),
            notes: Vec::new(),
            sounding: false,
            pitch_classes: [0; 12],
            setting,
        };
        this.reset(None);
        this
    }

    /// Back to an empty piece, with room for the whole: a copy of a vector does not keep its capacity.
    fn clear(&mut self) {
        self.tokens.clear();
        self.tokens.reserve(self.setting.steps);
        self.notes.clear();
        self.notes.reserve(self.setting.steps);
        self.sounding = false;
        self.pitch_classes = [0; 12];
        self.rewards.reset();
    }

    fn is_legal(&self, token: Token) -> bool {
        !(self.mask.out_of_key && !self.in_key[usize::from(token.0)]
            || self.mask.idle_note_off && token == Token::NOTE_OFF && !self.sounding)
    }

    /// What is heard before the piece.
    fn opening(&self) -> &[Token] {
        if self.openings.is_empty() { &[] } else { &self.primer }
    }

    fn is_finished(&self) -> bool {
        self.tokens.len() == self.setting.steps
    }

    /// Appends a token and judges it.
    fn append(&mut self, token: Token) -> Result<f32, EnvError> {
        let start = self.setting.tick(self.tokens.len());
        let step = self.setting.tick(1);
        self.tokens.push(token);
        match token {
            Token::NOTE_OFF => self.sounding = false,
            Token::HOLD => {
                if let (true, Some(note)) = (self.sounding, self.notes.last_mut()) {
                    note.duration += step;
                }
            }
            _ => {
                if let Some(pitch) = self.setting.vocabulary.pitch(token) {
                    self.notes.push(Note::new(pitch, start, step));
                    self.sounding = true;
                    self.pitch_classes[usize::from(pitch.class().number())] += 1;
                }
            }
        }
        let finished = self.is_finished();
        let opening = if self.openings.is_empty() { &[] } else { self.primer.as_slice() };
        let context = Context::of_tokens(&self.setting, opening, &self.tokens, &self.notes);
        self.rewards.on_step(&context, finished)
    }
}

impl Env for Melody {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn reset(&mut self, seed: Option<u64>) {
        if let Some(seed) = seed {
            self.generator = stream(seed, Role::Environment, 0);
        }
        self.clear();
        self.primer.clear();
        match self.primer_kind {
            Primer::None => {}
            Primer::Token => {
                let token = self.generator.random_range(0..self.setting.vocabulary.size() as u32);
                self.primer.push(Token(token as u8));
            }
            Primer::Corpus(_) => {
                let index = self.generator.random_range(0..self.openings.len() as u32);
                self.primer.extend_from_slice(&self.openings[index as usize]);
            }
        }
    }

    fn step(&mut self, action: Action<'_>) -> Result<Step, EnvError> {
        let choice = self.spec.discrete(action)?;
        if self.is_finished() {
            return Err(EnvError::EpisodeOver { env: self.spec.name });
        }
        let token = Token(choice as u8);
        if !self.is_legal(token) {
            let step = self.tokens.len();
            return Err(EnvError::MaskedAction { env: self.spec.name, action: choice, step });
        }
        let reward = self.append(token)?;
        Ok(Step { reward, terminated: self.is_finished(), truncated: false })
    }

    fn observe(&self, observation: &mut [f32]) {
        let Self { primer, tokens, pitch_classes, .. } = self;
        self.layout.write(&View { primer, tokens, pitch_classes }, observation);
    }

    fn action_mask(&self, mask: &mut [bool]) {
        if self.mask == Mask::default() {
            mask.fill(true);
            return;
        }
        for (index, legal) in mask.iter_mut().enumerate() {
            *legal = self.is_legal(Token(index as u8));
        }
    }

    fn shares(&self) -> &[f32] {
        self.rewards.shares()
    }

    fn primer(&self) -> &[Token] {
        &self.primer
    }

    fn allocates(&self) -> bool {
        self.rewards.allocates()
    }

    fn critics(&self) -> &[WeightedCritic] {
        self.rewards.critics()
    }

    fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    fn setting(&self) -> Option<&Setting> {
        Some(&self.setting)
    }

    fn score(&self) -> Option<Score> {
        let Setting { vocabulary, grid, meter, key, .. } = self.setting;
        let heard = [self.opening(), self.tokens.as_slice()].concat();
        let origin = Origin::new(&self.setting, !self.openings.is_empty(), &self.primer, &self.tokens);
        let score = vocabulary.score(&heard, grid, meter, Some(key), self.tempo);
        Some(Score { origin: Some(origin.written()), ..score })
    }

    fn set_progress(&mut self, progress: f32) {
        self.progress = progress;
        self.rewards.set_progress(progress);
    }

    fn snapshot(&self) -> Snapshot {
        let numbers = |tokens: &[Token]| tokens.iter().map(|token| token.0).collect();
        Snapshot::of(&State {
            generator: self.generator.clone(),
            progress: self.progress,
            primer: numbers(&self.primer),
            tokens: numbers(&self.tokens),
        })
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), EnvError> {
        let state: State = snapshot.state(self.spec.name)?;
        let size = self.setting.vocabulary.size();
        let known = |tokens: &[u8]| tokens.iter().all(|&token| usize::from(token) < size);
        if !known(&state.primer) || !known(&state.tokens) || state.tokens.len() > self.setting.steps {
            let reason = "it was taken with another range of pitches or another length".into();
            return Err(EnvError::Snapshot { env: self.spec.name, reason });
        }
        self.generator = state.generator;
        self.set_progress(state.progress);
        self.clear();
        self.primer.clear();
        self.primer.extend(state.primer.into_iter().map(Token));
        for token in state.tokens {
            self.append(Token(token))?;
        }
        Ok(())
    }
}
