//! `SoundFonts`, played by rustysynth.

use std::cell::Cell;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use rustysynth::{Synthesizer, SynthesizerSettings};

use super::performance::{Performance, TimedNote};
use super::player::{BLOCK, Player};
use super::{SoundError, riff};

/// A SoundFont that was read.
#[derive(Clone, Debug)]
pub struct SoundFont {
    path: PathBuf,
    font: Arc<rustysynth::SoundFont>,
}

impl SoundFont {
    /// Reads a SoundFont 2 file.
    pub fn read(path: &Path) -> Result<Self, SoundError> {
        let bytes = fs::read(path).map_err(|source| SoundError::Unreadable { path: path.to_owned(), source })?;
        let refused = |reason: String| SoundError::NotASoundFont { path: path.to_owned(), reason };
        riff::check(&bytes).map_err(refused)?;
        let font = guarded(|| rustysynth::SoundFont::new(&mut bytes.as_slice()))
            .ok_or_else(|| refused(DAMAGED.to_owned()))?
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self { path: path.to_owned(), font: Arc::new(font) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn damaged(&self) -> SoundError {
        SoundError::NotASoundFont { path: self.path.clone(), reason: DAMAGED.to_owned() }
    }

    pub(super) fn player(&self, performance: &Performance, rate: u32) -> Result<FontPlayer, SoundError> {
        let refused = |reason: String| SoundError::NotASoundFont { path: self.path.clone(), reason };
        let settings = SynthesizerSettings::new(rate as i32);
        let synthesizer = guarded(|| Synthesizer::new(&self.font, &settings))
            .ok_or_else(|| self.damaged())?
            .map_err(|error| refused(error.to_string()))?;
        Ok(FontPlayer { events: events(performance, rate), synthesizer, programs: [-1; 16], played: 0 })
    }
}

const DAMAGED: &str = "what it says of its samples does not hold together";

thread_local! {
    /// Whether this thread is calling what may panic.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Calls what may panic on odd files; none if it does. Nothing is printed then.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    // The hook belongs to the process; it is put in place once, and silent in guarded threads alone.
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                hook(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(before);
    outcome.ok()
}

/// A key that goes down or up.
struct Event {
    /// Before which frame.
    frame: u64,
    note: TimedNote,
    down: bool,
}

/// The events, the next one last; of those of one frame, keys go up before others go down.
fn events(performance: &Performance, rate: u32) -> Vec<Event> {
    let frame = |seconds: f64| (seconds * f64::from(rate)).round() as u64;
    let mut events: Vec<_> = performance
        .notes
        .iter()
        .flat_map(|&note| {
            let (down, up) = (frame(note.start), frame(note.end));
            [
                Event { frame: down, note, down: true },
                // One that is let go at once would never sound.
                Event { frame: up.max(down + 1), note, down: false },
            ]
        })
        .collect();
    events.sort_by_key(|event| (event.frame, event.down));
    events.reverse();
    events
}

/// A SoundFont in the course of a performance.
pub(super) struct FontPlayer {
    events: Vec<Event>,
    synthesizer: Synthesizer,
    /// Each channel's instrument; -1 is none yet.
    programs: [i32; 16],
    played: u64,
}

impl FontPlayer {
    fn handle(&mut self, event: &Event) {
        const PROGRAM_CHANGE: i32 = 0xC0;
        let (note, channel) = (&event.note, channel(&event.note));
        let key = i32::from(note.pitch.number());
        if !event.down {
            return self.synthesizer.note_off(channel as i32, key);
        }
        let program = i32::from(note.program);
        if self.programs[channel] != program {
            self.synthesizer.process_midi_message(channel as i32, PROGRAM_CHANGE, program, 0);
            self.programs[channel] = program;
        }
        self.synthesizer.note_on(channel as i32, key, i32::from(note.velocity.number()));
    }
}

impl Player for FontPlayer {
    fn channels(&self) -> usize {
        2
    }

    fn tail(&self) -> f64 {
        2.0
    }

    fn play(&mut self, left: &mut [f32; BLOCK], right: &mut [f32; BLOCK]) {
        let mut done = 0;
        while done < BLOCK {
            let now = self.played + done as u64;
            while let Some(event) = self.events.pop_if(|event| event.frame <= now) {
                self.handle(&event);
            }
            let next = self.events.last().map_or(BLOCK, |event| (event.frame - self.played).min(BLOCK as u64) as usize);
            self.synthesizer.render(&mut left[done..next], &mut right[done..next]);
            done = next;
        }
        self.played += BLOCK as u64;
    }
}

/// Each voice has a channel of its own, as far as they go; drums have the tenth.
fn channel(note: &TimedNote) -> usize {
    let melodic = note.voice % (Synthesizer::CHANNEL_COUNT - 1);
    if note.percussion {
        Synthesizer::PERCUSSION_CHANNEL
    } else {
        melodic + usize::from(melodic >= Synthesizer::PERCUSSION_CHANNEL)
    }
}
