//! A judged piece as it is shown: the user's own music, with what each step of it earns.

use gradus_envs::{Judgement, Setting, Transcribed, Transcript, rewards::Event};
use gradus_music::{
    Change, Key, Note, Pitch, Score, Tick,
    bars::{Bar, Place, bars},
};

/// A piece with what is said of it.
pub(super) struct Judged {
    pub(super) name: String,
    /// Which voice of a file was judged, and why.
    pub(super) melody: Option<String>,
    pub(super) setting: Setting,
    pub(super) transcript: Transcript,
    pub(super) judgement: Judgement,
    /// Of each term, whether it is measured and not paid.
    pub(super) measured_only: Vec<bool>,
    /// The melody that was judged, where and how its file has it.
    pub(super) score: Score,
    /// Its bars.
    pub(super) bars: Vec<Bar>,
    /// The key in which its pitches are spelled.
    pub(super) key: Key,
    /// When the piece begins, after an opening that was given.
    opening: Tick,
}

impl Judged {
    /// Puts together what is said of the music `written` with the bars, key and tempo of the file that it was heard from.
    pub(super) fn new(
        name: String,
        setting: Setting,
        transcript: Transcript,
        judgement: Judgement,
        measured_only: Vec<bool>,
        written: &Score,
        file: Option<&Score>,
    ) -> Self {
        let score = file.map_or_else(|| written.clone(), |file| in_place(written, file, transcript.fit.transposition));
        let bars = bars(&score, score.duration(), usize::MAX);
        let key = file.and_then(Score::key_or_estimate).unwrap_or(setting.key);
        let mut this = Self {
            name,
            melody: None,
            setting,
            transcript,
            judgement,
            measured_only,
            score,
            bars,
            key,
            opening: Tick::ZERO,
        };
        let length = this.transcript.steps.last().map_or(Tick::ZERO, |step| this.moment(step.end));
        this.opening = this.score.duration() - length;
        this
    }

    /// When in the score a tick of the setting falls.
    fn moment(&self, at: Tick) -> Tick {
        let Setting { ticks_per_step, grid, .. } = self.setting;
        let beat = u64::from(ticks_per_step) * u64::from(grid.steps_per_beat());
        let ticks = u64::from(at.0) * u64::from(self.score.resolution.ticks());
        Tick(((2 * ticks + beat) / (2 * beat)) as u32) + self.opening
    }

    /// When a step begins and ends in the score.
    pub(super) fn span(&self, step: &Transcribed) -> (Tick, Tick) {
        (self.moment(step.start), self.moment(step.end))
    }

    /// The bar and beat of a moment of the score.
    pub(super) fn place(&self, at: Tick) -> Place {
        Place::of(at, &self.bars).unwrap_or(Place { bar: 1, beat: 1.0 })
    }

    /// The steps that begin while a note sounds.
    pub(super) fn steps_of(&self, note: &Note) -> std::ops::Range<usize> {
        let steps = &self.transcript.steps;
        let at = |tick: Tick| steps.partition_point(|step| self.moment(step.start) < tick);
        at(note.start)..at(note.end())
    }

    /// The pitch that a step begins, as the file has it.
    pub(super) fn pitch(&self, step: &Transcribed) -> Option<Pitch> {
        let Event::Onset(pitch) = step.event else { return None };
        Some(pitch.transpose(-self.transcript.fit.transposition).unwrap_or(pitch))
    }

    /// What a step does: a pitch, `rest` where silence begins, `-` where nothing changes.
    pub(super) fn event_name(&self, step: &Transcribed) -> String {
        match (step.event, self.pitch(step)) {
            (_, Some(pitch)) => self.key.spell(pitch),
            (Event::Rest, None) => "rest".to_owned(),
            (_, None) => "-".to_owned(),
        }
    }

    /// Says what the music is: its bars, meter, key and tempo, as far as it states them.
    pub(super) fn about(&self) -> String {
        let Score { meters, keys, tempos, .. } = &self.score;
        let bars = self.bars.iter().filter(|bar| bar.number > 0).count();
        let mut words = vec![format!("{bars} {}", if bars == 1 { "bar" } else { "bars" })];
        let pickup = usize::from(self.score.pickup().is_some());
        if pickup > 0 {
            words.push("a pickup".to_owned());
        }
        let stated = |each: Vec<String>| (!each.is_empty()).then(|| each.join(", "));
        words.extend(stated(distinct(&meters[pickup..])));
        words.push(stated(distinct(keys)).unwrap_or_else(|| format!("probably {}", self.key)));
        words.extend(stated(distinct(tempos)));
        words.join("; ")
    }

    /// Says what was changed for the judgement, a sentence each.
    pub(super) fn changes(&self) -> Vec<String> {
        let Setting { vocabulary, grid, key, .. } = self.setting;
        self.transcript.fit.words(vocabulary, grid, Some(key))
    }
}

/// The different values in the order in which they come.
fn distinct<T: ToString>(changes: &[Change<T>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for change in changes {
        let name = change.value.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The music that was judged at the pitches, in the bars and at the tempo of its file.
fn in_place(written: &Score, file: &Score, transposition: i32) -> Score {
    let (ours, theirs) = (u64::from(written.resolution.ticks()), u64::from(file.resolution.ticks()));
    let rescaled =
        |at: Tick| Tick(u32::try_from((2 * u64::from(at.0) * ours + theirs) / (2 * theirs)).unwrap_or(u32::MAX));
    // A note that was folded into the range may have no such place; then the piece is shown as it was judged.
    let score = written.transpose(-transposition).unwrap_or_else(|_| written.clone());
    Score {
        title: file.title.clone(),
        tempos: moved(&file.tempos, rescaled),
        meters: moved(&file.meters, rescaled),
        keys: moved(&file.keys, rescaled),
        ..score
    }
}

/// The changes at other moments.
fn moved<T: Copy>(changes: &[Change<T>], at: impl Fn(Tick) -> Tick) -> Vec<Change<T>> {
    changes.iter().map(|change| Change { at: at(change.at), value: change.value }).collect()
}
