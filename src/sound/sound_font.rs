//! `SoundFonts`, played by rustysynth.

use std::cell::Cell;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use gradus_music::Control;
use rustysynth::{SoundFontError, Synthesizer, SynthesizerSettings};

use super::channels::{Channel, Channels};
use super::performance::{Performance, TimedControl, TimedNote};
use super::player::{BLOCK, Player};
use super::{SoundError, riff, samples};

/// A SoundFont that was read.
#[derive(Clone, Debug)]
pub struct SoundFont {
    path: PathBuf,
    font: Arc<rustysynth::SoundFont>,
}

impl SoundFont {
    /// Reads a SoundFont 2 file.
    pub fn read(path: &Path) -> Result<Self, SoundError> {
        let mut bytes = fs::read(path).map_err(|source| SoundError::Unreadable { path: path.to_owned(), source })?;
        let refused = |reason: String| SoundError::NotASoundFont { path: path.to_owned(), reason };
        riff::check(&bytes).map_err(refused)?;
        samples::repair(&mut bytes);
        let font = guarded(|| rustysynth::SoundFont::new(&mut bytes.as_slice()))
            .ok_or_else(|| refused(DAMAGED.to_owned()))?
            .map_err(|error| refused(in_plain_words(&error)))?;
        Ok(Self { path: path.to_owned(), font: Arc::new(font) })
    }

    /// Whether it has the General MIDI instrument `program`, or the drums.
    pub(super) fn has(&self, program: u8, percussion: bool) -> bool {
        self.font.get_presets().iter().any(|preset| {
            let (bank, number) = (preset.get_bank_number(), preset.get_patch_number());
            if percussion { bank == PERCUSSION_BANK } else { bank == 0 && number == i32::from(program) }
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn damaged(&self) -> SoundError {
        SoundError::NotASoundFont { path: self.path.clone(), reason: DAMAGED.to_owned() }
    }

    pub(super) fn player(&self, performance: &Performance, rate: u32) -> Result<FontPlayer, SoundError> {
        let refused = |reason: String| SoundError::NotASoundFont { path: self.path.clone(), reason };
        let mut settings = SynthesizerSettings::new(rate as i32);
        settings.maximum_polyphony = MAX_SOUNDING;
        let channels = Channels::of(performance);
        let synthesizer = || Synthesizer::new(&self.font, &settings);
        let synthesizers =
            guarded(|| (0..channels.synthesizers()).map(|_| synthesizer()).collect::<Result<Vec<_>, _>>())
                .ok_or_else(|| self.damaged())?
                .map_err(|error| refused(error.to_string()))?;
        let held = vec![[0; 128]; synthesizers.len() * Synthesizer::CHANNEL_COUNT];
        Ok(FontPlayer { events: events(performance, rate), synthesizers, channels, held, played: 0 })
    }
}

const DAMAGED: &str = "what it says of its samples does not hold together";

/// The bank that General MIDI's drums have in a SoundFont.
const PERCUSSION_BANK: i32 = 128;

/// The most samples that a synthesizer plays at once, its upper limit; a note may take several.
const MAX_SOUNDING: usize = 256;

fn in_plain_words(error: &SoundFontError) -> String {
    match error {
        SoundFontError::SanityCheckFailed => {
            "one of its samples is empty or lies outside of the sample data".to_owned()
        }
        other => other.to_string(),
    }
}

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

/// Something that happens at a moment; of what happens at one, keys go up first and down last.
struct Event {
    /// Before which frame.
    frame: u64,
    action: Action,
}

enum Action {
    Up(TimedNote),
    Change(TimedControl),
    Down(TimedNote),
}

impl Action {
    fn rank(&self) -> u8 {
        match self {
            Self::Up(_) => 0,
            Self::Change(_) => 1,
            Self::Down(_) => 2,
        }
    }
}

/// The events, the next one last.
fn events(performance: &Performance, rate: u32) -> Vec<Event> {
    let frame = |seconds: f64| (seconds * f64::from(rate)).round() as u64;
    let mut events: Vec<_> = performance
        .controls
        .iter()
        .map(|&control| Event { frame: frame(control.at), action: Action::Change(control) })
        .collect();
    events.extend(performance.notes.iter().flat_map(|&note| {
        let (down, up) = (frame(note.start), frame(note.end));
        [
            Event { frame: down, action: Action::Down(note) },
            // One that is let go at once would never sound.
            Event { frame: up.max(down + 1), action: Action::Up(note) },
        ]
    }));
    events.sort_by_key(|event| (event.frame, event.action.rank()));
    events.reverse();
    events
}

/// A SoundFont in the course of a performance.
pub(super) struct FontPlayer {
    events: Vec<Event>,
    synthesizers: Vec<Synthesizer>,
    channels: Channels,
    /// How many notes hold each key of each channel down.
    held: Vec<[u32; 128]>,
    played: u64,
}

impl FontPlayer {
    fn handle(&mut self, action: &Action) {
        match action {
            Action::Down(note) => {
                let (channel, key) = (self.channels.of_voice(note.voice), usize::from(note.pitch.number()));
                self.held[channel.index()][key] += 1;
                let velocity = i32::from(note.velocity.number());
                self.synthesizers[channel.synthesizer].note_on(channel.number, key as i32, velocity);
            }
            Action::Up(note) => {
                let (channel, key) = (self.channels.of_voice(note.voice), usize::from(note.pitch.number()));
                let held = &mut self.held[channel.index()][key];
                *held -= 1;
                // Notes of one pitch may overlap; the key goes up with the last.
                if *held == 0 {
                    self.synthesizers[channel.synthesizer].note_off(channel.number, key as i32);
                }
            }
            Action::Change(change) => self.change(self.channels.of_voice(change.voice), change.control),
        }
    }

    /// Sends a change as the channel messages that state it.
    fn change(&mut self, channel: Channel, control: Control) {
        const CONTROLLER: i32 = 0xB0;
        const PROGRAM: i32 = 0xC0;
        const PITCH_BEND: i32 = 0xE0;
        let mut send = |command, first: i32, second: i32| {
            self.synthesizers[channel.synthesizer].process_midi_message(channel.number, command, first, second);
        };
        match control {
            Control::Program(program) => send(PROGRAM, i32::from(program), 0),
            Control::Volume(volume) => send(CONTROLLER, 7, i32::from(volume)),
            Control::Expression(expression) => send(CONTROLLER, 11, i32::from(expression)),
            Control::Bend(bend) => {
                let bend = (i32::from(bend) + 8192).clamp(0, 16_383);
                send(PITCH_BEND, bend & 0x7F, bend >> 7);
            }
            Control::BendRange(semitones) => {
                // Registered parameter 0, and its value.
                for (controller, value) in [(101, 0), (100, 0), (6, i32::from(semitones)), (38, 0)] {
                    send(CONTROLLER, controller, value);
                }
            }
            // The pedal is in the notes.
            _ => {}
        }
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
        left.fill(0.0);
        right.fill(0.0);
        let mut done = 0;
        while done < BLOCK {
            let now = self.played + done as u64;
            while let Some(event) = self.events.pop_if(|event| event.frame <= now) {
                self.handle(&event.action);
            }
            let next = self.events.last().map_or(BLOCK, |event| (event.frame - self.played).min(BLOCK as u64) as usize);
            let mut part = [[0.0; BLOCK]; 2];
            let [part_left, part_right] = &mut part;
            for synthesizer in &mut self.synthesizers {
                synthesizer.render(&mut part_left[done..next], &mut part_right[done..next]);
                add(&mut left[done..next], &part_left[done..next]);
                add(&mut right[done..next], &part_right[done..next]);
            }
            done = next;
        }
        self.played += BLOCK as u64;
    }
}

fn add(sum: &mut [f32], part: &[f32]) {
    sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
}
