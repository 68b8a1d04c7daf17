//! How far a training is: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Between two plain lines.
const INTERVAL: Duration = Duration::from_secs(5);

/// Shows the progress of a training on standard error.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
    start: Instant,
    shown: Option<Instant>,
}

impl Progress {
    /// For a training of `total` steps.
    pub(crate) fn new(total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:32} {human_pos}/{human_len} steps  {msg}  {eta} left")
                .expect("the template is well formed");
            ProgressBar::new(total).with_style(style)
        });
        Self { bar, total, start: Instant::now(), shown: None }
    }

    /// After an iteration: steps so far and the mean return of the episodes that ended, if any did.
    pub(crate) fn update(&mut self, steps: u64, mean_return: Option<f64>) {
        let rate = steps as f64 / self.start.elapsed().as_secs_f64().max(1e-9);
        let mean_return = mean_return.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.1}"));
        let message = format!("{rate:.0} steps/s  return {mean_return}");
        if let Some(bar) = &self.bar {
            bar.set_message(message);
            bar.set_position(steps.min(self.total));
            return;
        }
        let due = self.shown.is_none_or(|shown| shown.elapsed() >= INTERVAL);
        if due || steps >= self.total {
            self.shown = Some(Instant::now());
            let left = self.total.saturating_sub(steps) as f64 / rate;
            let total = self.total;
            // Nobody reading is no reason to stop training.
            let _ = writeln!(std::io::stderr(), "{steps}/{total} steps  {message}  {left:.0} s left");
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
