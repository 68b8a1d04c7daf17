//! What a script sees of the piece: `now`, the current step, and the notes so far.
//!
//! Everything is computed when it is asked for. Times are in quarter-note beats from the start of the piece, pitches MIDI
//! numbers, `()` stands for what there is not. `configs/rewards/README.md` lists it all.

use std::sync::{Arc, LazyLock};

use gradus_music::{Mode, Note, Pitch, PitchClass, Tick};
use rhai::{Array, Dynamic, Engine, ImmutableString};

use crate::{
    rewards::{Context, Event, placement::strength},
    setting::Setting,
};

/// The setting, with what is derived from it once.
#[derive(Debug)]
pub(super) struct Frame {
    setting: Setting,
    /// How strong each step of the bar is.
    strengths: Vec<f64>,
}

impl Frame {
    pub(super) fn new(setting: &Setting) -> Self {
        let strengths = (0..setting.steps_per_bar()).map(|step| f64::from(strength(setting, step))).collect();
        Self { setting: setting.clone(), strengths }
    }

    fn ticks_per_beat(&self) -> f64 {
        f64::from(self.setting.ticks_per_step) * self.setting.steps_per_beat() as f64
    }

    fn beats(&self, tick: Tick) -> f64 {
        f64::from(tick.0) / self.ticks_per_beat()
    }

    fn bar_ticks(&self) -> u32 {
        self.setting.tick(self.setting.steps_per_bar()).0
    }

    fn bar(&self, tick: Tick) -> i64 {
        i64::from(tick.0 / self.bar_ticks())
    }

    fn beat(&self, tick: Tick) -> f64 {
        self.beats(Tick(tick.0 % self.bar_ticks()))
    }

    fn strength(&self, tick: Tick) -> f64 {
        self.strengths[self.setting.grid_step(tick) % self.strengths.len()]
    }

    fn degree(&self, class: PitchClass) -> Dynamic {
        or_nothing(self.setting.key.degree(class).map(i64::from))
    }
}

/// The current step with all notes up to it, as a value of its own: a script may keep it.
#[derive(Clone, Debug)]
pub(super) struct Now {
    pub(super) frame: Arc<Frame>,
    pub(super) notes: Arc<Vec<Note>>,
    pub(super) step: usize,
    pub(super) event: Event,
    pub(super) start: Tick,
    pub(super) end: Tick,
}

impl Now {
    pub(super) fn of(context: &Context<'_>, frame: &Arc<Frame>, notes: &Arc<Vec<Note>>) -> Self {
        let Context { step, event, start, end, .. } = *context;
        Self { frame: frame.clone(), notes: notes.clone(), step, event, start, end }
    }

    fn onset(&self) -> Option<&Note> {
        self.notes.last().filter(|_| matches!(self.event, Event::Onset(_)))
    }

    fn sounding(&self) -> impl Iterator<Item = &Note> {
        let sounds = |note: &&Note| note.start < self.end && note.end() >= self.end;
        self.notes.iter().rev().filter(sounds)
    }

    /// The note so many before the latest, which is number 0.
    fn note(&self, back: i64) -> Option<Sound> {
        let index = self.notes.len().checked_sub(usize::try_from(back).ok()?.checked_add(1)?)?;
        Some(Sound { frame: self.frame.clone(), note: self.notes[index] })
    }
}

/// A note as a script sees it.
#[derive(Clone, Debug)]
struct Sound {
    frame: Arc<Frame>,
    note: Note,
}

fn or_nothing<T: Into<Dynamic>>(value: Option<T>) -> Dynamic {
    value.map_or(Dynamic::UNIT, Into::into)
}

fn number(pitch: Pitch) -> i64 {
    i64::from(pitch.number())
}

/// The words of [`Event`], made once.
static WORDS: LazyLock<[ImmutableString; 3]> = LazyLock::new(|| ["note", "rest", "hold"].map(Into::into));

/// Makes `now` and its notes known to an interpreter.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Now>("Now").register_type_with_name::<Sound>("Note");
    register_step(engine);
    register_place(engine);
    register_frame(engine);
    register_notes(engine);
}

/// What the current step writes.
fn register_step(engine: &mut Engine) {
    engine
        .register_get("step", |now: &mut Now| now.step as i64)
        .register_get("last", |now: &mut Now| now.end >= now.frame.setting.length())
        .register_get("event", |now: &mut Now| {
            WORDS[match now.event {
                Event::Onset(_) => 0,
                Event::Rest => 1,
                Event::Hold => 2,
            }]
            .clone()
        })
        .register_get("pitch", |now: &mut Now| or_nothing(now.onset().map(|note| number(note.pitch))))
        .register_get("velocity", |now: &mut Now| or_nothing(now.onset().map(|note| i64::from(note.velocity.number()))))
        .register_get("interval", |now: &mut Now| {
            let before = now.notes.len().checked_sub(2).map(|index| now.notes[index].pitch);
            let interval = now.onset().zip(before).map(|(note, before)| number(note.pitch) - number(before));
            or_nothing(interval)
        })
        .register_get("degree", |now: &mut Now| {
            now.onset().map_or(Dynamic::UNIT, |note| now.frame.degree(note.pitch.class()))
        })
        .register_get("in_key", |now: &mut Now| {
            now.onset().is_none_or(|note| now.frame.setting.key.contains(note.pitch.class()))
        });
}

/// When the current step is.
fn register_place(engine: &mut Engine) {
    engine
        .register_get("start", |now: &mut Now| now.frame.beats(now.start))
        .register_get("end", |now: &mut Now| now.frame.beats(now.end))
        .register_get("duration", |now: &mut Now| now.frame.beats(now.end - now.start))
        .register_get("place", |now: &mut Now| f64::from(now.frame.setting.place(now.start)))
        .register_get("grid_step", |now: &mut Now| now.frame.setting.grid_step(now.start) as i64)
        .register_get("bar", |now: &mut Now| now.frame.bar(now.start))
        .register_get("beat", |now: &mut Now| now.frame.beat(now.start))
        .register_get("strength", |now: &mut Now| now.frame.strength(now.start))
        .register_fn("strength_at", |now: &mut Now, beats: f64| {
            let ticks = beats * now.frame.ticks_per_beat();
            now.frame.strength(Tick(ticks.round() as u32))
        });
}

/// What is the same at every step.
fn register_frame(engine: &mut Engine) {
    engine
        .register_get("beats", |now: &mut Now| now.frame.beats(now.frame.setting.length()))
        .register_get("steps", |now: &mut Now| now.frame.setting.steps as i64)
        .register_get("steps_per_beat", |now: &mut Now| now.frame.setting.steps_per_beat() as i64)
        .register_get("bars", |now: &mut Now| {
            now.frame.setting.steps.div_ceil(now.frame.setting.steps_per_bar()) as i64
        })
        .register_get("beats_per_bar", |now: &mut Now| now.frame.setting.meter.quarters())
        .register_get("tonic", |now: &mut Now| i64::from(now.frame.setting.key.tonic.number()))
        .register_get("mode", |now: &mut Now| match now.frame.setting.key.mode {
            Mode::Major => "major",
            Mode::Minor => "minor",
        })
        .register_get("low", |now: &mut Now| number(now.frame.setting.vocabulary.low()))
        .register_get("high", |now: &mut Now| number(now.frame.setting.vocabulary.high()))
        .register_fn("degree_of", |now: &mut Now, pitch: i64| now.frame.degree(class(pitch)));
}

/// What has been heard.
fn register_notes(engine: &mut Engine) {
    engine
        .register_get("count", |now: &mut Now| now.notes.len() as i64)
        .register_get("sounding", |now: &mut Now| or_nothing(now.sounding().next().map(|note| number(note.pitch))))
        .register_get("chord", |now: &mut Now| {
            let mut pitches: Vec<i64> = now.sounding().map(|note| number(note.pitch)).collect();
            pitches.sort_unstable();
            pitches.into_iter().map(Dynamic::from).collect::<Array>()
        })
        .register_get("held", |now: &mut Now| {
            now.sounding().next().map_or(0.0, |note| now.frame.beats(now.end - note.start))
        })
        .register_fn("note", |now: &mut Now, back: i64| now.note(back).map_or(Dynamic::UNIT, Dynamic::from))
        .register_fn("pitches", |now: &mut Now, most: i64| {
            let first = now.notes.len().saturating_sub(usize::try_from(most).unwrap_or(0));
            now.notes[first..].iter().map(|note| number(note.pitch).into()).collect::<Array>()
        })
        .register_get("pitch", |sound: &mut Sound| number(sound.note.pitch))
        .register_get("start", |sound: &mut Sound| sound.frame.beats(sound.note.start))
        .register_get("end", |sound: &mut Sound| sound.frame.beats(sound.note.end()))
        .register_get("duration", |sound: &mut Sound| sound.frame.beats(sound.note.duration))
        .register_get("bar", |sound: &mut Sound| sound.frame.bar(sound.note.start))
        .register_get("beat", |sound: &mut Sound| sound.frame.beat(sound.note.start))
        .register_get("strength", |sound: &mut Sound| sound.frame.strength(sound.note.start))
        .register_get("velocity", |sound: &mut Sound| i64::from(sound.note.velocity.number()))
        .register_get("degree", |sound: &mut Sound| sound.frame.degree(sound.note.pitch.class()));
}

/// The pitch class of any whole number.
fn class(pitch: i64) -> PitchClass {
    PitchClass::C.transpose(pitch.rem_euclid(12) as i32)
}
