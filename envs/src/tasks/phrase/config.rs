//! Settings of `phrase`.

use gradus_music::{Grid, GridNote, Key, Meter, Pitch, Tempo, Tick, Token, Velocity, Vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Phrase,
    axes::{Axes, Written},
};
use crate::{
    env::Env,
    error::EnvError,
    library::Library,
    range::{self, Range},
    registry::Registered,
    rewards::{Aspect, RewardConfig, RewardStack, Weighted, rhythm},
    schedule::Schedule,
    setting::Setting,
    tasks::EnvConfig,
    transcript::Composing,
};

/// Settings of `phrase`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The length of a piece in quarter-note beats.
    #[schemars(transform = Range::at_least(1).at_most(Config::MAX_BEATS as f64))]
    pub beats: usize,
    /// Which pitches there are between `low` and `high`.
    pub pitch: PitchAxis,
    /// The lowest pitch, as a name or a MIDI number.
    pub low: Pitch,
    /// The highest pitch.
    pub high: Pitch,
    /// Which lengths there are between `shortest` and `longest`.
    pub duration: DurationAxis,
    /// Steps of the grid in a quarter-note beat.
    #[schemars(transform = Range::at_least(1).at_most(255))]
    pub steps_per_beat: u8,
    /// The shortest note or rest, in beats.
    #[schemars(transform = Range::at_least(Config::MIN_SHORTEST).at_most(Config::MAX_BEATS as f64))]
    pub shortest: f64,
    /// The longest, in beats.
    #[schemars(transform = Range::at_least(Config::MIN_SHORTEST).at_most(Config::MAX_BEATS as f64))]
    pub longest: f64,
    /// The lowest velocity.
    pub softest: Velocity,
    /// The highest velocity.
    pub loudest: Velocity,
    /// An event whose gate lies above this is a rest, -1 to 1; at 1 there are none.
    #[schemars(transform = Range::at_least(-1).at_most(1))]
    pub rest_above: f32,
    /// The key.
    pub key: Key,
    /// The metre.
    pub meter: Meter,
    /// The tempo in quarter-note beats a minute; only for listening.
    #[schemars(transform = Range::at_least(4).at_most(1_000))]
    pub tempo: f64,
    /// What the agent sees.
    pub observation: Features,
}

/// Which pitches the first dimension of an action chooses among.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PitchAxis {
    /// The degrees of the key.
    #[default]
    Scale,
    /// Every semitone.
    Chromatic,
}

/// Which lengths the second dimension of an action chooses among.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DurationAxis {
    /// Whole steps of the grid.
    #[default]
    Grid,
    /// Any number of ticks, about 480 a beat; the term `quantization` draws them to the grid.
    Free,
}

/// The parts of the observation that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Features {
    /// How many of the latest events are shown.
    #[schemars(transform = Range::at_least(0).at_most(64))]
    pub history: usize,
}

impl Default for Features {
    fn default() -> Self {
        Self { history: 4 }
    }
}

const G3: Pitch = Pitch::new(55).expect("55 is a MIDI number");
const G5: Pitch = Pitch::new(79).expect("79 is a MIDI number");
const SOFTEST: Velocity = Velocity::new(30).expect("30 is a velocity");
const LOUDEST: Velocity = Velocity::new(120).expect("120 is a velocity");

impl Default for Config {
    fn default() -> Self {
        Self {
            beats: 16,
            pitch: PitchAxis::default(),
            low: G3,
            high: G5,
            duration: DurationAxis::default(),
            steps_per_beat: 2,
            shortest: 0.5,
            longest: 4.0,
            softest: SOFTEST,
            loudest: LOUDEST,
            rest_above: 0.5,
            key: Key::C_MAJOR,
            meter: Meter::COMMON,
            tempo: 100.0,
            observation: Features::default(),
        }
    }
}

impl Registered for Config {
    const NAME: &'static str = "phrase";
    const SUMMARY: &'static str =
        "a phrase by continuous actions, one event each: pitch, duration, velocity, and whether it is a rest";
}

/// Ticks a beat, about: the steps of the grid divide a beat exactly.
const TICKS_PER_BEAT: u16 = 480;

impl Config {
    /// The longest piece, in beats.
    pub const MAX_BEATS: usize = 1024;
    /// The shortest that an event can be made, in beats.
    pub const MIN_SHORTEST: f64 = 1.0 / 32.0;
    /// The musical frame, checked.
    pub fn setting(&self) -> Result<Setting, EnvError> {
        range::check("env.phrase", self)?;
        let grid = Grid::new(self.steps_per_beat)?;
        let vocabulary = Vocabulary::new(self.low, self.high)
            .map_err(|_| refuse("low", format!("{} lies above `high` ({})", self.low, self.high), "swap them"))?;
        Ok(Setting {
            env: Self::NAME,
            aspects: self.aspects(),
            vocabulary,
            key: self.key,
            meter: self.meter,
            grid,
            ticks_per_step: (TICKS_PER_BEAT / u16::from(self.steps_per_beat)).max(1),
            steps: self.beats * usize::from(self.steps_per_beat),
        })
    }

    /// The actions that write a melody of tokens on the phrase's grid, as near as they can: pitches move to the nearest
    /// that can be written, what lasts longer than `longest` is struck again, and where there are no rests a note lasts
    /// until the next. Every note has the default velocity, or the nearest there is. None for silence where there are no
    /// rests.
    pub fn actions(&self, tokens: &[Token]) -> Result<Option<Vec<[f32; Axes::DIMENSIONS]>>, EnvError> {
        let setting = self.setting()?;
        let axes = self.axes(&setting)?;
        let velocity = Velocity::default().clamp(self.softest, self.loudest);
        let notes: Vec<_> = setting.vocabulary.decode(tokens).into_iter().map(|note| (note, velocity)).collect();
        let events = self.events(&setting, &axes, &notes, tokens.len() as u32);
        Ok(events.map(|events| events.into_iter().map(|event| axes.write(event)).collect()))
    }

    /// The events that write notes of a melody, with their velocities, in a piece that ends on the step `end`; none for
    /// silence where there are no rests.
    pub(super) fn events(
        &self,
        setting: &Setting,
        axes: &Axes,
        notes: &[(GridNote, Velocity)],
        end: u32,
    ) -> Option<Vec<Written>> {
        let mut events = Vec::new();
        let mut write = |note: Option<(Pitch, Velocity)>, steps: u32| {
            let mut left = setting.tick(steps as usize).0;
            while left > 0 {
                let length = left.min(axes.longest);
                events.push(Written { note, length: Tick(length) });
                left -= length;
            }
        };
        let sound = |pitch, velocity: Velocity| Some((pitch, velocity.clamp(self.softest, self.loudest)));
        let mut now = 0;
        if axes.has_rests() {
            for &(note, velocity) in notes {
                write(None, note.start - now);
                write(sound(note.pitch, velocity), note.length);
                now = note.start + note.length;
            }
            write(None, end - now);
            return Some(events);
        }
        let mut starts = notes.iter().map(|(note, _)| note.start).skip(1).chain([end]);
        for &(note, velocity) in notes {
            let next = starts.next().unwrap_or(end);
            write(sound(note.pitch, velocity), next - now);
            now = next;
        }
        (!notes.is_empty()).then_some(events)
    }

    /// What a phrase is besides its notes.
    fn aspects(&self) -> &'static [Aspect] {
        match self.duration {
            DurationAxis::Grid => &[Aspect::Velocity],
            DurationAxis::Free => &[Aspect::Velocity, Aspect::FreeTime],
        }
    }

    /// What actions mean, checked.
    pub(super) fn axes(&self, setting: &Setting) -> Result<Axes, EnvError> {
        let steps = |beats: f64| beats * f64::from(self.steps_per_beat);
        for (key, beats) in [("shortest", self.shortest), ("longest", self.longest)] {
            if self.duration == DurationAxis::Grid && (steps(beats) - steps(beats).round()).abs() > 1e-9 {
                let step = 1.0 / f64::from(self.steps_per_beat);
                return Err(refuse(
                    key,
                    format!("{beats} beats are no whole number of steps of the grid"),
                    format!("give a multiple of {step}, another `steps-per-beat`, or `duration = \"free\"`"),
                ));
            }
        }
        if self.shortest > self.longest {
            let problem = format!("{} beats are longer than `longest` ({})", self.shortest, self.longest);
            return Err(refuse("shortest", problem, "swap them"));
        }
        if self.softest > self.loudest {
            let (softest, loudest) = (self.softest.number(), self.loudest.number());
            return Err(refuse("softest", format!("{softest} lies above `loudest` ({loudest})"), "swap them"));
        }
        let pitches: Vec<_> = (self.low.number()..=self.high.number())
            .filter_map(Pitch::new)
            .filter(|pitch| self.pitch == PitchAxis::Chromatic || self.key.contains(pitch.class()))
            .collect();
        if pitches.is_empty() {
            return Err(refuse(
                "pitch",
                format!("no degree of {} lies between `low` ({}) and `high` ({})", self.key, self.low, self.high),
                "widen the range or give `pitch = \"chromatic\"`",
            ));
        }
        let ticks = |beats: f64| (steps(beats) * f64::from(setting.ticks_per_step)).round() as u32;
        Ok(Axes {
            low: self.low,
            high: self.high,
            pitches,
            shortest: ticks(self.shortest).max(1),
            longest: ticks(self.longest).max(1),
            unit: match self.duration {
                DurationAxis::Grid => u32::from(setting.ticks_per_step),
                DurationAxis::Free => 1,
            },
            softest: self.softest,
            loudest: self.loudest,
            rest_above: self.rest_above,
        })
    }
}

/// The error that the setting `key` cannot be.
pub(super) fn refuse(key: &str, problem: impl Into<String>, remedy: impl Into<String>) -> EnvError {
    EnvError::config(&format!("env.phrase.{key}"), problem, remedy)
}

impl EnvConfig for Config {
    fn build(&self, rewards: &[RewardConfig], library: &Library) -> Result<Box<dyn Env>, EnvError> {
        let setting = self.setting()?;
        let axes = self.axes(&setting)?;
        let tempo = Tempo::from_bpm(self.tempo)?;
        let rewards = RewardStack::build(rewards, &setting, library)?;
        Ok(Box::new(Phrase::new(self.observation, setting, axes, tempo, rewards)))
    }

    fn composing(&self) -> Option<&dyn Composing> {
        Some(self)
    }

    /// A balance in which a random agent earns little and no single habit wins.
    fn sample_rewards(&self) -> Vec<RewardConfig> {
        let rhythm = rhythm::Config { window: 4, target: 1.0 };
        let mut rewards = vec![
            RewardConfig::Arch(weighted(3.0)),
            RewardConfig::Dynamics(weighted(3.0)),
            RewardConfig::Placement(weighted(2.0)),
            RewardConfig::Rhythm(Weighted { weight: Schedule::Constant(0.25), eval_only: false, settings: rhythm }),
            RewardConfig::Interval(weighted(0.05)),
            RewardConfig::Leap(weighted(0.05)),
            RewardConfig::Repeat(weighted(0.0025)),
            RewardConfig::Tonic(weighted(0.1)),
            RewardConfig::UniqueExtremes(weighted(0.2)),
        ];
        if self.pitch == PitchAxis::Chromatic {
            rewards.push(RewardConfig::Key(weighted(0.2)));
        }
        if self.duration == DurationAxis::Free {
            rewards.push(RewardConfig::Quantization(weighted(0.2)));
        }
        rewards
    }
}

fn weighted<T: Default>(weight: f64) -> Weighted<T> {
    Weighted { weight: Schedule::Constant(weight), ..Weighted::default() }
}
