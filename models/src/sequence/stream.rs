//! Models that go through sequences one place at a time.

use super::HostSequenceModel;

/// A model that goes through several sequences side by side, one place at a time.
pub trait Stream: Send + Sync {
    /// Numbers for each place: logits, or log-probabilities, of what stands there.
    fn outputs(&self) -> usize;

    /// Begins sequence number `row` anew.
    fn reset(&mut self, row: usize);

    /// Goes on by one place in the sequences that are `active`; what is written for the others means nothing.
    ///
    /// # Shapes
    ///
    /// - `tokens`, `phases`, `active`: `[batch]`: what stands before the place, its phase, and whether to go on
    /// - `outputs`: `[batch, outputs]`
    ///
    /// # Panics
    ///
    /// Panics if a sequence goes beyond the model's context.
    fn step(&mut self, tokens: &[u32], phases: &[u32], active: &[bool], outputs: &mut [f32]);
}

impl Stream for HostSequenceModel {
    fn outputs(&self) -> usize {
        self.outputs()
    }

    fn reset(&mut self, row: usize) {
        self.reset(row);
    }

    fn step(&mut self, tokens: &[u32], phases: &[u32], active: &[bool], outputs: &mut [f32]) {
        self.step_active(tokens, phases, active, outputs);
    }
}
