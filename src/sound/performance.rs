//! A score laid out in seconds.

use gradus_music::{Change, Pitch, Score, Tempo, Tick, Velocity};

use super::SoundError;

/// The longest piece that is rendered, in minutes.
pub const MAX_MINUTES: u32 = 60;

/// A note in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimedNote {
    /// When it is struck.
    pub(super) start: f64,
    /// When it is let go.
    pub(super) end: f64,
    pub(super) pitch: Pitch,
    pub(super) velocity: Velocity,
    /// The voice that it belongs to.
    pub(super) voice: usize,
    /// The General MIDI instrument of that voice.
    pub(super) program: u8,
    pub(super) percussion: bool,
}

/// What is to be played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Performance {
    /// The notes in the order in which they begin.
    pub(super) notes: Vec<TimedNote>,
    /// When the last note is let go.
    pub(super) seconds: f64,
}

impl Performance {
    pub(super) fn of(score: &Score) -> Result<Self, SoundError> {
        let minutes = score.seconds() / 60.0;
        if minutes > f64::from(MAX_MINUTES) {
            return Err(SoundError::TooLong { minutes });
        }
        let clock = Clock::of(score);
        let mut notes: Vec<_> = score
            .voices
            .iter()
            .enumerate()
            .flat_map(|(index, voice)| voice.notes.iter().map(move |note| (index, voice, note)))
            .map(|(index, voice, note)| TimedNote {
                start: clock.seconds(note.start),
                end: clock.seconds(note.end()),
                pitch: note.pitch,
                velocity: note.velocity,
                voice: index,
                program: voice.program,
                percussion: voice.percussion,
            })
            .collect();
        notes.sort_by(|a, b| a.start.total_cmp(&b.start));
        let seconds = notes.iter().map(|note| note.end).fold(0.0, f64::max);
        if notes.is_empty() { Err(SoundError::Silent) } else { Ok(Self { notes, seconds }) }
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
    fn hours_and_silence_are_refused() {
        let long = Performance::of(&score(&[(0, 480 * 200)], &[(0, 3.0 + 0.6)])).unwrap();
        assert!(long.seconds < 3_600.0);
        let error = Performance::of(&score(&[(0, 480 * 300)], &[(0, 4.0)])).unwrap_err();
        assert!(error.to_string().contains("75 minutes"), "{error}");
        assert!(matches!(Performance::of(&score(&[], &[])), Err(SoundError::Silent)));
    }
}
