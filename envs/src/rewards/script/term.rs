//! A script as a reward term.

use std::{ops::RangeInclusive, sync::Arc};

use gradus_music::Note;
use rhai::Dynamic;

use super::{
    Fault,
    now::{Frame, Now},
    program::{ON_END, ON_STEP, Program},
};
use crate::{
    rewards::{Context, RewardTerm},
    setting::Setting,
};

/// **Measures** what its script says.
///
/// **Formula**: what `on_step` gives, and with the last step what `on_end` gives. The variables of the script's top level are
/// `this` in its functions; each piece begins with them as the top level left them.
/// **Range**: the script's `range`; what lies outside is an error.
/// **Edge cases**: unlike other terms it allocates. A script sees neither the time nor chance, so equal pieces earn equal
/// rewards.
#[derive(Clone, Debug)]
pub(super) struct Script {
    program: Arc<Program>,
    frame: Arc<Frame>,
    /// The script's variables.
    this: Dynamic,
    /// The notes so far; a script that keeps a `now` keeps them as they were.
    notes: Arc<Vec<Note>>,
    /// What the last step brought.
    value: f32,
    fault: Option<Fault>,
}

impl Script {
    pub(super) fn new(program: Arc<Program>, setting: &Setting) -> Self {
        let this = program.start();
        let frame = Arc::new(Frame::new(setting));
        Self { program, frame, this, notes: Arc::default(), value: 0.0, fault: None }
    }

    /// What `function` gives; NaN if it failed, with the fault kept. Beside `before` it lies in the script's range.
    fn call(&mut self, function: &str, context: &Context<'_>, before: f32) -> f32 {
        let now = Now::of(context, &self.frame, &self.notes);
        let value = match self.program.call(function, &mut self.this, now) {
            Ok(value) => value,
            Err(fault) => return self.fail(fault),
        };
        let range = self.program.range();
        if (before + value).is_finite() && !range.contains(&(before + value)) {
            let (low, high) = range.into_inner();
            let sum = if before == 0.0 { String::new() } else { format!("with `on_step`'s {before} ") };
            let problem = format!("`{function}` gives {value}, {sum}outside the declared range {low} to {high}");
            return self.fail(self.program.fault(function, problem));
        }
        value
    }

    fn fail(&mut self, fault: Fault) -> f32 {
        self.fault = Some(fault);
        f32::NAN
    }

    /// Copies what is new of the piece's notes: only the last one known may have grown.
    fn hear(&mut self, heard: &[Note]) {
        let notes = Arc::make_mut(&mut self.notes);
        notes.truncate(heard.len());
        notes.pop();
        notes.extend_from_slice(&heard[notes.len()..]);
    }
}

impl RewardTerm for Script {
    fn reset(&mut self) {
        self.this = self.program.start();
        Arc::make_mut(&mut self.notes).clear();
        (self.value, self.fault) = (0.0, None);
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        self.hear(context.notes);
        self.value = self.call(ON_STEP, context, 0.0);
        self.value
    }

    fn on_end(&mut self, context: &Context<'_>) -> f32 {
        if self.program.judges_end() && self.fault.is_none() { self.call(ON_END, context, self.value) } else { 0.0 }
    }

    fn range(&self) -> RangeInclusive<f32> {
        self.program.range()
    }

    fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }
}
