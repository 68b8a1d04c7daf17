//! A score as the events that write its melody.

use gradus_music::{
    GridNote, MelodyEncoding, MelodySource, Moves, Note, Pitch, Score, Tempo, Tick, Velocity, melody::extract,
};

use super::{
    Config, Phrase,
    axes::{Axes, Written},
    config::refuse,
};
use crate::{
    env::Env,
    error::EnvError,
    registry::Registered,
    rewards::{Event, RewardStack},
    setting::Setting,
    space::ActionBuffer,
    transcript::{Composing, Fit, Transcribed, Transcript, origin},
};

/// Returns how a phrase was written, as its score's origin keeps it: ticks a beat, and each event as pitch/velocity/ticks
/// or rest/ticks, such as `phrase: 480; 60/80/240 rest/480`.
pub(super) fn written_origin(ticks: u32, events: &[Written]) -> String {
    let event = |Written { note, length }: &Written| match note {
        Some((pitch, velocity)) => format!("{}/{}/{}", pitch.number(), velocity.number(), length.0),
        None => format!("rest/{}", length.0),
    };
    let events: Vec<_> = events.iter().map(event).collect();
    format!("{}: {ticks}; {}", Config::NAME, events.join(" "))
}

fn read_origin(score: &Score, ticks: u32) -> Option<Vec<Written>> {
    let event = |text: &str| -> Option<Written> {
        let (note, length) = match *text.split('/').collect::<Vec<_>>().as_slice() {
            [pitch, velocity, length] => {
                (Some((Pitch::new(pitch.parse().ok()?)?, Velocity::new(velocity.parse().ok()?)?)), length)
            }
            ["rest", length] => (None, length),
            _ => return None,
        };
        Some(Written { note, length: Tick(length.parse().ok()?) })
    };
    let [resolution, events] = origin(score, Config::NAME)?;
    (resolution.parse() == Ok(ticks)).then(|| events.split_whitespace().map(event).collect())?
}

/// Whether a score's notes and its length are those of the events, whose whole length is steps of the grid.
fn is_true_of(events: &[Written], score: &Score, setting: &Setting) -> bool {
    let ours = u64::from(setting.ticks_per_step) * u64::from(setting.grid.steps_per_beat());
    let same = |found: Tick, expected: Tick| {
        u64::from(found.0) * ours == u64::from(expected.0) * u64::from(score.resolution.ticks())
    };
    let (mut now, mut notes) = (Tick::ZERO, score.notes());
    let written = events.iter().all(|Written { note, length }| {
        let start = now;
        now += *length;
        note.is_none_or(|(pitch, velocity)| {
            notes.next().is_some_and(|note| {
                (note.pitch, note.velocity) == (pitch, velocity) && same(note.start, start) && same(note.end(), now)
            })
        })
    });
    written && notes.next().is_none() && same(score.duration(), now) && now.0 % u32::from(setting.ticks_per_step) == 0
}

fn transcript(setting: &Setting, axes: &Axes, events: &[Written], fit: Fit) -> Transcript {
    let mut end = Tick::ZERO;
    let step = |event: &Written| {
        let start = end;
        end += event.length;
        Transcribed {
            action: ActionBuffer::Box(axes.write(*event).to_vec()),
            event: event.note.map_or(Event::Rest, |(pitch, _)| Event::Onset(pitch)),
            start,
            end,
        }
    };
    let steps: Vec<_> = events.iter().map(step).collect();
    Transcript { primer: Vec::new(), steps, length: setting.grid_step(end), own: false, fit }
}

impl Composing for Config {
    fn setting(&self) -> Result<Setting, EnvError> {
        self.setting()
    }

    /// A phrase that Gradus has written within the same bounds is its own events. Another is moved where it does not fit,
    /// and to the grid; velocities are kept within the bounds, what lasts longer than `longest` is struck again, and where
    /// there are no rests a note lasts until the next.
    fn transcribe(&self, score: &Score, source: &MelodySource) -> Result<Transcript, EnvError> {
        let setting = self.setting()?;
        let axes = self.axes(&setting)?;
        let ticks = u32::from(setting.ticks_per_step) * u32::from(self.steps_per_beat);
        let origin = read_origin(score, ticks).filter(|events| score.key() == Some(self.key) && axes.can_write(events));
        let edited = match origin {
            Some(events) if is_true_of(&events, score, &setting) => {
                return Ok(Transcript { own: true, ..transcript(&setting, &axes, &events, Fit::default()) });
            }
            other => other.is_some(),
        };
        let encoding = MelodyEncoding { moves: Moves::Needed, source: source.clone(), ..setting.encoding() };
        let encoded = encoding.encode(score)?;
        let notes = setting.vocabulary.decode(&encoded.tokens);
        let struck = extract(score, source)?;
        let velocity = |note: &GridNote| {
            let same = |struck: &&Note| setting.grid.step(struck.start, score.resolution) == note.start;
            struck.iter().rfind(same).map_or(Velocity::default(), |struck| struck.velocity)
        };
        let notes: Vec<_> = notes.iter().map(|note| (*note, velocity(note))).collect();
        let Some(events) = self.events(&setting, &axes, &notes, encoded.tokens.len() as u32) else {
            return Err(refuse("rest-above", "silence cannot be written without rests", "give less than 1"));
        };
        let fit = Fit { edited, ..Fit::of(&encoded) };
        Ok(transcript(&setting, &axes, &events, fit))
    }

    fn stage(&self, transcript: &Transcript, rewards: RewardStack) -> Result<Box<dyn Env>, EnvError> {
        let setting = Setting { steps: transcript.length, ..self.setting()? };
        let axes = self.axes(&setting)?;
        Ok(Box::new(Phrase::new(self.observation, setting, axes, Tempo::from_bpm(self.tempo)?, rewards)))
    }
}
