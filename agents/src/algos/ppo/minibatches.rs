//! How an update cuts a rollout into minibatches.

use std::ops::Range;

use gradus_envs::seeding::Generator;
use gradus_models::sequence::Alphabet;

use crate::{
    rollout::{Minibatch, Rollout, shuffled},
    segments::{Histories, Segment},
};

/// The parts of one epoch: single transitions in random order, or whole segments of episodes where the policy reads what
/// came before, so that no history is read more often than needed.
#[derive(Debug, Default)]
pub(super) struct Minibatches {
    /// The transitions, minibatch after minibatch.
    indices: Vec<u32>,
    /// The segments in random order; none where transitions go alone.
    order: Vec<u32>,
    parts: Vec<Part>,
}

/// One minibatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    transitions: Range<usize>,
    segments: Range<usize>,
}

impl Minibatches {
    /// Cuts the rollout anew into parts of `size` transitions.
    pub(super) fn of_transitions(&mut self, rollout: &Rollout, size: usize, generator: &mut Generator) {
        shuffled(&mut self.indices, rollout.len(), generator);
        let parts = (0..rollout.len() / size).map(|part| part * size..(part + 1) * size);
        self.parts.clear();
        self.parts.extend(parts.map(|transitions| Part { transitions, segments: 0..0 }));
    }

    /// Cuts the rollout anew into parts of whole segments with about `size` transitions: a part is full with so many, and
    /// what is left at the end goes with the part before if it is less than half.
    pub(super) fn of_segments(
        &mut self,
        rollout: &Rollout,
        segments: &[Segment],
        size: usize,
        generator: &mut Generator,
    ) {
        shuffled(&mut self.order, segments.len(), generator);
        self.indices.clear();
        self.parts.clear();
        let mut part = Part { transitions: 0..0, segments: 0..0 };
        for (place, &index) in self.order.iter().enumerate() {
            self.indices.extend(segments[index as usize].transitions(rollout.envs()));
            part.transitions.end = self.indices.len();
            part.segments.end = place + 1;
            if part.transitions.len() >= size {
                let next = Part {
                    transitions: part.transitions.end..part.transitions.end,
                    segments: part.segments.end..part.segments.end,
                };
                self.parts.push(std::mem::replace(&mut part, next));
            }
        }
        match self.parts.last_mut() {
            Some(last) if part.transitions.len() < size.div_ceil(2) => {
                last.transitions.end = part.transitions.end;
                last.segments.end = part.segments.end;
            }
            _ => self.parts.push(part),
        }
    }

    /// The minibatches of the epoch.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Gathers one of them.
    pub(super) fn gather(
        &self,
        part: &Part,
        rollout: &Rollout,
        reading: Option<(&[Segment], Alphabet)>,
        batch: &mut Minibatch,
    ) {
        batch.gather(rollout, &self.indices[part.transitions.clone()]);
        if let Some((segments, alphabet)) = reading {
            let segments = self.order[part.segments.clone()].iter().map(|&index| &segments[index as usize]);
            batch.histories = Histories::of(segments, rollout, alphabet);
        }
    }
}
