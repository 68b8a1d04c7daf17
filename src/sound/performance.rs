//! A score laid out in seconds.

use std::collections::BTreeMap;

use gradus_music::{Change, Control, Note, Pitch, Score, Tempo, Tick, Velocity, Voice};

use super::SoundError;

/// The longest piece that is rendered, in minutes.
pub const MAX_MINUTES: u32 = 60;

/// A note in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimedNote {
    /// When it is struck.
    pub(super) start: f64,
    /// When it is let go, by the key or by the pedal.
    pub(super) end: f64,
    pub(super) pitch: Pitch,
    pub(super) velocity: Velocity,
    /// The voice that it belongs to.
    pub(super) voice: usize,
    pub(super) percussion: bool,
}

/// A change in how a voice is played; never the pedal, which shows in the ends of the notes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimedControl {
    /// From when on it holds, in seconds.
    pub(super) at: f64,
    /// The voice that it belongs to.
    pub(super) voice: usize,
    pub(super) control: Control,
}

/// What is to be played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Performance {
    /// The notes in the order in which they begin.
    pub(super) notes: Vec<TimedNote>,
    /// The changes in order of time, first of all each voice's instrument.
    pub(super) controls: Vec<TimedControl>,
    /// When the last note is let go.
    pub(super) seconds: f64,
}

impl Performance {
    pub(super) fn of(score: &Score) -> Result<Self, SoundError> {
        let clock = Clock::of(score);
        let mut notes: Vec<_> =
            voices(score).flat_map(|(index, voice)| timed_notes(index, voice, score, &clock)).collect();
        notes.sort_by(|a, b| a.start.total_cmp(&b.start));
        let seconds = notes.iter().map(|note| note.end).fold(0.0, f64::max);
        let minutes = seconds / 60.0;
        if minutes > f64::from(MAX_MINUTES) {
            return Err(SoundError::TooLong { minutes });
        }
        let mut controls: Vec<_> =
            voices(score).flat_map(|(index, voice)| timed_controls(index, voice, &clock)).collect();
        controls.sort_by(|a, b| a.at.total_cmp(&b.at));
        if notes.is_empty() { Err(SoundError::Silent) } else { Ok(Self { notes, controls, seconds }) }
    }
}

/// The voices that have notes, with their numbers.
fn voices(score: &Score) -> impl Iterator<Item = (usize, &Voice)> {
    score.voices.iter().enumerate().filter(|(_, voice)| !voice.notes.is_empty())
}

fn timed_notes(index: usize, voice: &Voice, score: &Score, clock: &Clock) -> impl Iterator<Item = TimedNote> {
    let pedal = Pedal::of(voice, score.duration());
    voice.notes.iter().map(move |note| TimedNote {
        start: clock.seconds(note.start),
        end: clock.seconds(pedal.let_go(note)),
        pitch: note.pitch,
        velocity: note.velocity,
        voice: index,
        percussion: voice.percussion,
    })
}

fn timed_controls(voice: usize, of: &Voice, clock: &Clock) -> impl Iterator<Item = TimedControl> {
    let first = Change::at_the_start(Control::Program(of.program));
    let changes = [first].into_iter().chain(of.controls.iter().copied());
    let audible = changes.filter(|change| !matches!(change.value, Control::Sustain(_)));
    audible.map(move |Change { at, value }| TimedControl { at: clock.seconds(at), voice, control: value })
}

/// The sustain pedal of a voice. It is followed here, to the tick, for synthesizers look at it only once a block, and
/// so miss a pedal that comes up for a moment.
struct Pedal {
    /// From when to when it is down.
    down: Vec<(Tick, Tick)>,
    /// When each pitch is struck; empty where the pedal is not used.
    strikes: BTreeMap<Pitch, Vec<Tick>>,
}

impl Pedal {
    fn of(voice: &Voice, end: Tick) -> Self {
        let mut down: Vec<(Tick, Tick)> = Vec::new();
        let mut since = None;
        for change in &voice.controls {
            match (change.value, since) {
                (Control::Sustain(true), None) => since = Some(change.at),
                (Control::Sustain(false), Some(from)) => {
                    down.push((from, change.at));
                    since = None;
                }
                _ => {}
            }
        }
        // A pedal that never comes up holds to the end of the piece.
        down.extend(since.map(|from| (from, end)));
        let mut strikes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        if !down.is_empty() {
            for note in &voice.notes {
                strikes.entry(note.pitch).or_default().push(note.start);
            }
            for starts in strikes.values_mut() {
                starts.sort_unstable();
            }
        }
        Self { down, strikes }
    }

    /// When a note falls silent: with its key, or with the pedal that is down by then, or when its key is struck anew.
    fn let_go(&self, note: &Note) -> Tick {
        let end = note.end();
        // A pedal that goes down as the key goes up does not catch the note.
        let begun = self.down.partition_point(|&(from, _)| from < end);
        let Some(&(_, up)) = begun.checked_sub(1).and_then(|last| self.down.get(last)).filter(|(_, up)| *up > end)
        else {
            return end;
        };
        let strikes = &self.strikes[&note.pitch];
        let again = strikes.get(strikes.partition_point(|&start| start < end));
        again.map_or(up, |&again| again.min(up))
    }
}

/// When a tick falls, through all changes of tempo.
struct Clock {
    /// From which tick and second on a tick lasts how many seconds.
    stretches: Vec<(Tick, f64, f64)>,
}

impl Clock {
    fn of(score: &Score) -> Self {
        let tick = |tempo: Tempo| 60.0 / tempo.bpm() / f64::from(score.resolution.ticks());
        let mut stretches = vec![(Tick::ZERO, 0.0, tick(Tempo::default()))];
        for &Change { at, value } in &score.tempos {
            let &(from, seconds, length) = stretches.last().expect("there is a first stretch");
            stretches.push((at, seconds + f64::from((at - from).0) * length, tick(value)));
        }
        Self { stretches }
    }

    fn seconds(&self, at: Tick) -> f64 {
        let begun = self.stretches.partition_point(|(from, ..)| *from <= at);
        let (from, seconds, length) = self.stretches[begun.max(1) - 1];
        seconds + f64::from((at - from).0) * length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradus_music::{Note, Voice};

    fn score(notes: &[(u32, u32)], tempos: &[(u32, f64)]) -> Score {
        let note = |&(start, end)| Note::new(Pitch::MIDDLE_C, Tick(start), Tick(end - start));
        let change = |&(at, bpm)| Change { at: Tick(at), value: Tempo::from_bpm(bpm).unwrap() };
        Score {
            voices: vec![Voice { notes: notes.iter().map(note).collect(), ..Voice::default() }],
            tempos: tempos.iter().map(change).collect(),
            ..Score::default()
        }
    }

    #[test]
    fn notes_follow_the_changes_of_tempo() {
        let score = score(&[(480, 960), (0, 480), (960, 1_920)], &[(480, 60.0), (960, 240.0)]);
        let performance = Performance::of(&score).unwrap();
        let times: Vec<_> = performance.notes.iter().map(|note| (note.start, note.end)).collect();
        assert_eq!(times, [(0.0, 0.5), (0.5, 1.5), (1.5, 2.0)], "120 beats a minute where nothing is stated");
        assert_eq!(performance.seconds, score.seconds());
    }

    #[test]
    fn the_pedal_holds_what_is_let_go_while_it_is_down() {
        let pedal = |at, down| Change { at: Tick(at), value: Control::Sustain(down) };
        let ends = |notes: &[(u32, u32)], pedals: &[Change<Control>], rest| {
            let mut score = score(notes, &[]);
            score.voices[0].controls = pedals.to_vec();
            score.final_rest = Tick(rest);
            let performance = Performance::of(&score).unwrap();
            performance.notes.iter().map(|note| (note.end * 960.0).round() as u32).collect::<Vec<_>>()
        };
        assert_eq!(ends(&[(0, 480)], &[pedal(0, true), pedal(960, false)], 0), [960]);
        assert_eq!(ends(&[(0, 480)], &[pedal(480, true), pedal(960, false)], 0), [480], "too late for this note");
        assert_eq!(ends(&[(0, 480)], &[pedal(0, true), pedal(480, false), pedal(480, true)], 0), [480], "up between");
        assert_eq!(ends(&[(0, 480)], &[pedal(0, true)], 960), [1_440], "to the end of the piece");
        assert_eq!(ends(&[(0, 480)], &[pedal(0, true), pedal(90, true), pedal(960, false)], 0), [960]);
        let twice = ends(&[(0, 240), (480, 720)], &[pedal(0, true), pedal(1_200, false)], 0);
        assert_eq!(twice, [480, 1_200], "a string that is struck again sounds once");
    }

    #[test]
    fn changes_come_in_order_of_time_and_the_instrument_first() {
        let mut score = score(&[(0, 480), (480, 960)], &[]);
        score.voices[0].program = 40;
        let change = |at, value| Change { at: Tick(at), value };
        score.voices[0].controls = vec![change(0, Control::Volume(90)), change(480, Control::Program(9))];
        score.voices.push(Voice { program: 7, ..Voice::default() });
        let performance = Performance::of(&score).unwrap();
        let controls: Vec<_> = performance.controls.iter().map(|it| (it.at, it.control)).collect();
        let expected = [(0.0, Control::Program(40)), (0.0, Control::Volume(90)), (0.5, Control::Program(9))];
        assert_eq!(controls, expected, "an empty voice has none");
    }

    #[test]
    fn a_long_silence_at_the_end_is_not_played() {
        let mut score = score(&[(0, 480)], &[]);
        score.final_rest = Tick(480 * 100_000);
        assert_eq!(Performance::of(&score).unwrap().seconds, 0.5);
    }

    #[test]
    fn hours_and_silence_are_refused() {
        let long = Performance::of(&score(&[(0, 480 * 200)], &[(0, 3.0 + 0.6)])).unwrap();
        assert!(long.seconds < 3_600.0);
        let error = Performance::of(&score(&[(0, 480 * 300)], &[(0, 4.0)])).unwrap_err();
        assert!(error.to_string().contains("75 minutes"), "{error}");
        assert!(matches!(Performance::of(&score(&[], &[])), Err(SoundError::Silent)));
    }
}
