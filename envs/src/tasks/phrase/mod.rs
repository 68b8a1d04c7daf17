//! Composing a phrase by continuous actions, event by event.

mod axes;
mod config;
mod observation;
mod transcript;

#[cfg(test)]
mod tests;

use gradus_music::{Change, Note, Resolution, Score, Tempo, Tick, Voice};
use serde::{Deserialize, Serialize};

use crate::{
    env::{Env, EnvSpec, Snapshot, Step},
    error::EnvError,
    registry::Registered,
    rewards::{Context, Event, RewardStack},
    setting::Setting,
    space::{Action, Space},
};

use axes::{Axes, Written};
pub use config::{Config, DurationAxis, Features, PitchAxis};
use observation::{Layout, View};

/// **Action space**: `Box(-1, 1, [4])`; values outside count as the nearest bound. Each action appends one event.
///
/// | | dimension | -1 | 1 | between |
/// |-|-----------|----|---|---------|
/// | 0 | pitch | `low` | `high` | linear in semitones, to the nearest degree of the key or semitone |
/// | 1 | duration | `shortest` | `longest` | each doubling an equal part, to the nearest step of the grid unless free |
/// | 2 | velocity | `softest` | `loudest` | linear |
/// | 3 | rest gate | note | rest | a rest above `rest-above`, whose pitch and velocity mean nothing |
///
/// The last event fills the piece: it is cut at the end, and takes what is left where that is less than `shortest`.
///
/// **Observation space**: `Box(0, 1)`, by default of 46 entries, in this order: the share of the piece written (1);
/// what remains, in units of `longest`, at most 1 (1); the step of the bar as one-hot (8) and how far into that step
/// the next event begins (1); the heights of the first, the lowest and the highest note in the range (3); the last note's
/// semitones above the tonic, octaves aside, as one-hot (12); the latest `history` events, the last one first, each
/// as: a note, a rest, its height, its length on the action's scale, its velocity / 127 (5 each).
/// **Rewards**: the weighted sum of the config's terms; none of its own. Terms that need tokens are refused.
/// **Starting state**: an empty piece, always the same.
/// **Episode end**: terminated when the piece has its `beats`; never truncated. As every event but a whole piece is at
/// least `shortest`, there are at most `beats / shortest` steps.
/// **Source**: ours; the axes are those of a note in MIDI.
#[derive(Clone)]
pub(crate) struct Phrase {
    spec: EnvSpec,
    setting: Setting,
    tempo: Tempo,
    axes: Axes,
    layout: Layout,
    rewards: RewardStack,
    progress: f32,
    written: Vec<Written>,
    notes: Vec<Note>,
    landmarks: [f32; 3],
    now: Tick,
}

/// A piece is a function of its events, and so is every reward term; so this is the whole state.
#[derive(Serialize, Deserialize)]
struct State {
    progress: f32,
    written: Vec<Written>,
}

impl Phrase {
    fn new(features: Features, setting: Setting, axes: Axes, tempo: Tempo, rewards: RewardStack) -> Self {
        let layout = Layout::new(features, &setting);
        let spec = EnvSpec {
            name: Config::NAME,
            action_space: Space::uniform_box(-1.0, 1.0, Axes::DIMENSIONS),
            observation_space: Space::uniform_box(0.0, 1.0, layout.size()),
            terms: rewards.names().map(str::to_owned).collect(),
            max_episode_steps: (setting.length().0 / axes.shortest).max(1) as usize,
        };
        let mut this = Self {
            spec,
            tempo,
            axes,
            layout,
            rewards,
            progress: 0.0,
            written: Vec::new(),
            notes: Vec::new(),
            landmarks: [0.0; 3],
            now: Tick::ZERO,
            setting,
        };
        this.clear();
        this
    }

    /// Back to an empty piece, with room for the whole: a copy of a vector does not keep its capacity.
    fn clear(&mut self) {
        self.written.clear();
        self.written.reserve(self.spec.max_episode_steps);
        self.notes.clear();
        self.notes.reserve(self.spec.max_episode_steps);
        self.landmarks = [0.0; 3];
        self.now = Tick::ZERO;
        self.rewards.reset();
    }

    fn remaining(&self) -> Tick {
        self.setting.length() - self.now
    }

    fn is_finished(&self) -> bool {
        self.remaining() == Tick::ZERO
    }

    /// An event of this length as it fits the piece: what would be left is never too short for another.
    fn fit(&self, length: Tick) -> Tick {
        let remaining = self.remaining();
        if (remaining - length).0 < self.axes.shortest { remaining } else { length }
    }

    /// Appends an event that fits and judges it.
    fn append(&mut self, written: Written) -> Result<f32, EnvError> {
        let (step, start) = (self.written.len(), self.now);
        self.written.push(written);
        self.now += written.length;
        let event = match written.note {
            None => Event::Rest,
            Some((pitch, velocity)) => {
                let height = self.axes.height(pitch);
                self.landmarks = match (self.landmarks, self.notes.is_empty()) {
                    (_, true) => [height; 3],
                    ([first, lowest, highest], false) => [first, lowest.min(height), highest.max(height)],
                };
                self.notes.push(Note { start, pitch, duration: written.length, velocity });
                Event::Onset(pitch)
            }
        };
        let finished = self.is_finished();
        let (setting, notes, end) = (&self.setting, self.notes.as_slice(), self.now);
        let context = Context { setting, primer: &[], tokens: &[], notes, step, event, start, end };
        self.rewards.on_step(&context, finished)
    }

    /// Whether a piece of these events could have been composed here.
    fn could_write(&self, piece: &[Written]) -> bool {
        let length = self.setting.length();
        let mut now = Tick::ZERO;
        piece.iter().all(|written| {
            now += written.length;
            let whole = now == length || written.length.0 >= self.axes.shortest;
            let known = written.note.is_none_or(|(pitch, _)| self.axes.pitches.binary_search(&pitch).is_ok());
            whole && now <= length && known && written.length > Tick::ZERO
        })
    }
}

impl Env for Phrase {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn reset(&mut self, _: Option<u64>) {
        self.clear();
    }

    fn step(&mut self, action: Action<'_>) -> Result<Step, EnvError> {
        let &[pitch, duration, velocity, gate] = self.spec.vector(action)? else {
            unreachable!("a vector of the action space has its dimensions");
        };
        if self.is_finished() {
            return Err(EnvError::EpisodeOver { env: self.spec.name });
        }
        let written = self.axes.read([pitch, duration, velocity, gate]);
        let reward = self.append(Written { length: self.fit(written.length), ..written })?;
        Ok(Step { reward, terminated: self.is_finished(), truncated: false })
    }

    fn observe(&self, observation: &mut [f32]) {
        let Self { setting, axes, written, notes, landmarks, now, .. } = self;
        let view = View { setting, axes, written, notes, landmarks: *landmarks, now: *now };
        self.layout.write(&view, observation);
    }

    fn shares(&self) -> &[f32] {
        self.rewards.shares()
    }

    fn allocates(&self) -> bool {
        self.rewards.allocates()
    }

    fn score(&self) -> Option<Score> {
        let ticks = u16::from(self.setting.grid.steps_per_beat()) * self.setting.ticks_per_step;
        let resolution = Resolution::new(ticks).ok()?;
        let voice = Voice { name: "Melody".to_owned(), notes: self.notes.clone(), ..Voice::default() };
        let score = Score {
            origin: Some(transcript::written_origin(ticks.into(), &self.written)),
            resolution,
            voices: vec![voice],
            tempos: vec![Change { at: Tick::ZERO, value: self.tempo }],
            meters: vec![Change { at: Tick::ZERO, value: self.setting.meter }],
            keys: vec![Change { at: Tick::ZERO, value: self.setting.key }],
            ..Score::default()
        };
        Some(score.ending_at(self.now))
    }

    fn set_progress(&mut self, progress: f32) {
        self.progress = progress;
        self.rewards.set_progress(progress);
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&State { progress: self.progress, written: self.written.clone() })
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), EnvError> {
        let state: State = snapshot.state(self.spec.name)?;
        if !self.could_write(&state.written) {
            let reason = "it was taken with another range of pitches or other lengths".into();
            return Err(EnvError::Snapshot { env: self.spec.name, reason });
        }
        self.set_progress(state.progress);
        self.clear();
        for written in state.written {
            self.append(written)?;
        }
        Ok(())
    }
}
