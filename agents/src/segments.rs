//! The stretches of episodes that a rollout holds, for whoever has to read them from their beginning.

use gradus_envs::VecEnv;
use gradus_models::{
    critics::Excerpt,
    sequence::{Alphabet, Sequences},
};

use crate::rollout::Rollout;

/// Steps of one episode, one after the other, in an environment that speaks in tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The environment.
    env: usize,
    /// The step of the rollout with which it begins.
    first: usize,
    /// How many steps it has.
    pub(crate) steps: usize,
    /// The tokens before its first step: an opening, and what was composed before the rollout.
    before: Vec<u32>,
    /// How many of them are the opening, which belongs to no piece.
    opening: usize,
}

impl Segment {
    fn begin(envs: &VecEnv, env: usize, first: usize) -> Self {
        let piece = envs.env(env);
        let before = piece.primer().iter().chain(piece.tokens()).map(|token| u32::from(token.0)).collect();
        Self { env, first, steps: 0, before, opening: piece.primer().len() }
    }

    /// Where its steps lie in the rollout's buffers.
    pub(crate) fn transitions(&self, envs: usize) -> impl Iterator<Item = u32> {
        let Self { env, first, steps, .. } = *self;
        (first..first + steps).map(move |step| (step * envs + env) as u32)
    }

    /// Its tokens with those before.
    fn tokens(&self, rollout: &Rollout) -> Vec<u32> {
        let actions = rollout.actions.choices();
        let own = self.transitions(rollout.envs()).map(|index| actions[index as usize]);
        self.before.iter().copied().chain(own).collect()
    }
}

/// All segments of a rollout.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segments {
    open: Vec<Segment>,
    done: Vec<Segment>,
}

impl Segments {
    /// A rollout begins, wherever the episodes are.
    pub(crate) fn begin(&mut self, envs: &VecEnv) {
        self.done.clear();
        self.open.clear();
        self.open.extend((0..envs.len()).map(|env| Segment::begin(envs, env, 0)));
    }

    /// Step number `step` of the rollout was done.
    pub(crate) fn note(&mut self, envs: &VecEnv, step: usize) {
        let ended = envs.terminated().iter().zip(envs.truncated()).map(|(&ended, &cut)| ended || cut);
        for (open, ended) in self.open.iter_mut().zip(ended) {
            open.steps += 1;
            if ended {
                let next = Segment::begin(envs, open.env, step + 1);
                self.done.push(std::mem::replace(open, next));
            }
        }
    }

    /// The rollout is full; the segments, those of ended episodes first.
    pub(crate) fn finish(&mut self) -> &[Segment] {
        self.done.extend(self.open.drain(..).filter(|open| open.steps > 0));
        &self.done
    }

    /// The segments of the rollout that was finished last.
    pub(crate) fn all(&self) -> &[Segment] {
        &self.done
    }
}

/// What a model makes of segments: `judge` gets all of them with what stands before, and its answer for each token is
/// passed on with the place of the token's step in the rollout.
pub(crate) fn judged<T: Copy>(
    segments: &[Segment],
    rollout: &Rollout,
    judge: impl FnOnce(&[Excerpt<'_>]) -> Vec<Vec<T>>,
) -> Vec<(usize, T)> {
    let tokens: Vec<Vec<u32>> = segments.iter().map(|segment| segment.tokens(rollout)).collect();
    let excerpts: Vec<Excerpt<'_>> =
        tokens.iter().zip(segments).map(|(tokens, segment)| Excerpt { tokens, before: segment.opening }).collect();
    let answers = judge(&excerpts);
    let of_segment = |(segment, answers): (&Segment, Vec<T>)| {
        let own: Vec<T> = answers[segment.before.len()..].to_vec();
        segment.transitions(rollout.envs()).map(|index| index as usize).zip(own).collect::<Vec<_>>()
    };
    segments.iter().zip(answers).flat_map(of_segment).collect()
}

/// Segments as a sequence model reads them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histories {
    /// From the beginning of each episode, filled up to one length.
    pub(crate) sequences: Sequences,
    /// At which of the places steps were taken, segment after segment.
    pub(crate) places: Vec<u32>,
}

impl Histories {
    pub(crate) fn of<'a>(
        segments: impl Iterator<Item = &'a Segment> + Clone,
        rollout: &Rollout,
        alphabet: Alphabet,
    ) -> Self {
        let places = |segment: &Segment| segment.before.len() + segment.steps;
        let length = segments.clone().map(places).max().unwrap_or(0);
        let mut histories = Self { sequences: Sequences { length, ..Sequences::default() }, places: Vec::new() };
        for (row, segment) in segments.enumerate() {
            let tokens = segment.tokens(rollout);
            let read = std::iter::once(alphabet.start()).chain(tokens).chain(std::iter::repeat(0)).take(length);
            histories.sequences.tokens.extend(read);
            histories.sequences.phases.extend((0..length).map(|place| alphabet.phase(place, segment.opening)));
            let own = row * length + segment.before.len();
            histories.places.extend((own..own + segment.steps).map(|place| place as u32));
        }
        histories
    }
}
