//! Settings of `melody`.

use gradus_music::{Grid, Key, Meter, Pitch, Tempo, Token, Vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Melody;
use crate::{
    env::Env,
    error::EnvError,
    library::Library,
    range::{self, Range},
    registry::Registered,
    rewards::{Aspect, RewardConfig, RewardStack},
    setting::Setting,
    tasks::EnvConfig,
    transcript::Composing,
};

/// Settings of `melody`; the defaults are the RL Tuner's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The lowest pitch, as a name or a MIDI number.
    pub low: Pitch,
    /// The highest pitch.
    pub high: Pitch,
    /// The length of a piece, in steps of the grid.
    #[schemars(transform = Range::at_least(1).at_most(Config::MAX_STEPS as f64))]
    pub steps: usize,
    /// Steps in a quarter-note beat.
    #[schemars(transform = Range::at_least(1).at_most(255))]
    pub steps_per_beat: u8,
    /// The key.
    pub key: Key,
    /// The metre.
    pub meter: Meter,
    /// The tempo in quarter-note beats a minute; only for listening.
    #[schemars(transform = Range::at_least(4).at_most(1_000))]
    pub tempo: f64,
    /// What precedes the piece.
    pub primer: Primer,
    /// Which actions are illegal.
    pub mask: Mask,
    /// What the agent sees.
    pub observation: Features,
}

/// What precedes a piece. It belongs to no reward term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Primer {
    /// Nothing.
    None,
    /// One token drawn uniformly, seen by the agent but not heard (the RL Tuner's).
    #[default]
    Token,
    /// The beginning of a training piece of the corpus, heard before the piece: `{ corpus = 16 }` for its first 16 steps.
    Corpus(#[schemars(transform = Range::at_least(1).at_most(Config::MAX_STEPS as f64))] usize),
}

/// Actions ruled out by the action mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Mask {
    /// Pitches outside the key.
    pub out_of_key: bool,
    /// A note-off while nothing sounds.
    pub idle_note_off: bool,
}

/// The parts of the observation, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Features {
    /// How many of the latest tokens are shown, each as one-hot.
    #[schemars(transform = Range::at_least(0).at_most(256))]
    pub history: usize,
    /// The position in the bar as one-hot over its steps.
    pub bar_position: bool,
    /// The bar's number in the piece as one-hot over the bars.
    pub bar_number: bool,
    /// The share of each pitch class among the notes begun so far.
    pub pitch_classes: bool,
}

impl Default for Config {
    fn default() -> Self {
        let vocabulary = Vocabulary::default();
        Self {
            low: vocabulary.low(),
            high: vocabulary.high(),
            steps: 32,
            steps_per_beat: 4,
            key: Key::C_MAJOR,
            meter: Meter::COMMON,
            tempo: 120.0,
            primer: Primer::default(),
            mask: Mask::default(),
            observation: Features::default(),
        }
    }
}

impl Default for Features {
    fn default() -> Self {
        Self { history: 1, bar_position: true, bar_number: true, pitch_classes: true }
    }
}

impl Registered for Config {
    const NAME: &'static str = "melody";
    const SUMMARY: &'static str =
        "a melody on a grid, one token a step: a pitch, hold or note-off (RL Tuner's setting by default)";
}

/// What a melody is besides its notes: the velocity is the same throughout, and no time lies off the grid.
const ASPECTS: &[Aspect] = &[Aspect::Tokens];

impl Config {
    /// The longest piece, in steps.
    pub const MAX_STEPS: usize = 65_536;

    /// The musical frame, checked.
    pub fn setting(&self) -> Result<Setting, EnvError> {
        range::check("env.melody", self)?;
        Ok(Setting {
            env: Self::NAME,
            aspects: ASPECTS,
            ticks_per_step: 1,
            vocabulary: Vocabulary::new(self.low, self.high).map_err(|_| {
                let problem = format!("{} lies above `high` ({})", self.low, self.high);
                EnvError::config("env.melody.low", problem, "swap them")
            })?,
            key: self.key,
            meter: self.meter,
            grid: Grid::new(self.steps_per_beat)?,
            steps: self.steps,
        })
    }

    /// Makes the environment, judged by any rewards, registered or not.
    pub fn judged_by(&self, rewards: RewardStack, library: &Library) -> Result<Box<dyn Env>, EnvError> {
        let setting = self.setting()?;
        let tempo = Tempo::from_bpm(self.tempo)?;
        let openings = self.openings(&setting, library)?;
        Ok(Box::new(Melody::new(self, setting, tempo, openings, rewards)))
    }

    /// The openings that episodes start from, none without a corpus primer.
    fn openings(&self, setting: &Setting, library: &Library) -> Result<Vec<Vec<Token>>, EnvError> {
        let Primer::Corpus(steps) = self.primer else {
            return Ok(Vec::new());
        };
        let openings: Vec<_> = library
            .training_melodies(&setting.encoding())?
            .into_iter()
            .filter_map(|melody| melody.encoded.tokens.get(..steps).map(<[Token]>::to_vec))
            .collect();
        if openings.is_empty() {
            return Err(EnvError::config(
                "env.melody.primer.corpus",
                format!("no training piece of the corpus has {steps} steps"),
                "give fewer steps, or a corpus with longer pieces",
            ));
        }
        Ok(openings)
    }
}

impl EnvConfig for Config {
    fn build(&self, rewards: &[RewardConfig], library: &Library) -> Result<Box<dyn Env>, EnvError> {
        self.judged_by(RewardStack::build(rewards, &self.setting()?, library)?, library)
    }

    fn composing(&self) -> Option<&dyn Composing> {
        Some(self)
    }

    fn sample_rewards(&self) -> Vec<RewardConfig> {
        let mut rewards = RewardConfig::served_by(ASPECTS);
        rewards.retain(|reward| !reward.config().allocates());
        rewards
    }
}
