//! Reading pieces in the making, one token at a time.

use gradus_envs::{Env, VecEnv};
use gradus_models::sequence::{Alphabet, Stream};

use crate::error::AgentError;

/// Follows the pieces of environments with a model that goes from place to place, from wherever it has read to.
pub(crate) struct Reader {
    model: Box<dyn Stream>,
    alphabet: Alphabet,
    /// The longest history that the model can read, where there is a limit.
    context: Option<usize>,
    /// How much of each piece has been read, what stands before its first token included.
    read: Vec<usize>,
    before: Vec<u32>,
    phases: Vec<u32>,
    active: Vec<bool>,
    outputs: Vec<f32>,
}

impl Reader {
    /// A reader of `envs` pieces.
    pub(crate) fn new(model: Box<dyn Stream>, alphabet: Alphabet, context: Option<usize>, envs: usize) -> Self {
        Self {
            outputs: vec![0.0; envs * model.outputs()],
            model,
            alphabet,
            context,
            read: vec![0; envs],
            before: vec![0; envs],
            phases: vec![0; envs],
            active: vec![false; envs],
        }
    }

    /// Reads every piece as far as it has come and writes what the model says of the next token, `[envs × outputs]`.
    ///
    /// Since each step of an environment adds a token, a piece that is not longer than it was is another one.
    pub(crate) fn catch_up(&mut self, envs: &VecEnv, next: &mut [f32]) -> Result<(), AgentError> {
        for (row, read) in self.read.iter_mut().enumerate() {
            let length = length(envs.env(row));
            if let Some(context) = self.context.filter(|context| length > *context) {
                return Err(too_long(context, length));
            }
            if length <= *read {
                self.model.reset(row);
                *read = 0;
            }
        }
        let outputs = self.model.outputs();
        loop {
            for (row, &read) in self.read.iter().enumerate() {
                let piece = envs.env(row);
                self.active[row] = read < length(piece);
                if self.active[row] {
                    (self.before[row], self.phases[row]) =
                        (before(piece, read, self.alphabet), self.alphabet.phase(read, piece.primer().len()));
                }
            }
            if !self.active.contains(&true) {
                return Ok(());
            }
            self.model.step(&self.before, &self.phases, &self.active, &mut self.outputs);
            let rows = next.chunks_exact_mut(outputs).zip(self.outputs.chunks_exact(outputs));
            for ((row, read), active) in rows.zip(&mut self.read).zip(&self.active) {
                if *active {
                    row.0.copy_from_slice(row.1);
                    *read += 1;
                }
            }
        }
    }
}

/// The error that a piece grows longer than a model can read.
pub(crate) fn too_long(context: usize, length: usize) -> AgentError {
    let problem = format!("the network can look back over {context} places, and a piece here comes to {length}");
    AgentError::config("policy", problem, "give it a longer context, or the environment fewer steps")
}

/// How many places there are to read: the beginning, the opening, and the tokens so far.
fn length(piece: &dyn Env) -> usize {
    1 + piece.primer().len() + piece.tokens().len()
}

/// What stands before a place.
fn before(piece: &dyn Env, place: usize, alphabet: Alphabet) -> u32 {
    let opening = piece.primer().len();
    match place.checked_sub(1) {
        None => alphabet.start(),
        Some(index) if index < opening => u32::from(piece.primer()[index].0),
        Some(index) => u32::from(piece.tokens()[index - opening].0),
    }
}
