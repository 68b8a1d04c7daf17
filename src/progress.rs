//! How far a training is: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, Write},
    sync::LazyLock,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Between two plain lines.
const INTERVAL: Duration = Duration::from_secs(5);

/// The bars that are on the terminal: whatever else is said goes above them, and a program that ends takes them away.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Tells of something that is wrong and stops nothing, on standard error.
pub(crate) fn warn(message: &str) {
    note(&format!("warning: {message}"));
}

/// Tells what is being done, on standard error.
pub(crate) fn note(message: &str) {
    // Nobody reading is no reason to stop.
    BARS.suspend(|| drop(writeln!(std::io::stderr(), "{message}")));
}

/// Puts a bar on the terminal; none elsewhere.
pub(crate) fn bar(bar: impl FnOnce() -> ProgressBar) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| BARS.add(bar()))
}

/// Takes all bars away.
pub(crate) fn clear() {
    // Without a terminal there are none.
    let _ = BARS.clear();
}

/// Shows the progress of a training on standard error.
pub(crate) struct Progress {
    display: Display,
    /// Steps that were done before.
    before: u64,
    total: u64,
}

impl Progress {
    /// For a training of `total` steps, `before` of which were done before.
    pub(crate) fn new(before: u64, total: u64) -> Self {
        let display = Display::new(total, "{bar:32} {human_pos}/{human_len} steps  {msg}  {eta} left");
        Self { display, before, total }
    }

    /// After an iteration: steps so far and the mean return of the episodes that ended, if any did.
    pub(crate) fn update(&mut self, steps: u64, mean_return: Option<f64>) {
        let rate = (steps - self.before) as f64 / self.display.seconds();
        let mean_return = mean_return.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.1}"));
        let message = format!("{rate:.0} steps/s  return {mean_return}");
        let total = self.total;
        let left = total.saturating_sub(steps) as f64 / rate;
        let line = || format!("{steps}/{total} steps  {message}  {left:.0} s left");
        self.display.show(steps.min(total), &message, steps >= total, line);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.display.finish();
    }
}

/// Shows the progress of a fit on standard error.
pub(crate) struct FitProgress {
    display: Display,
    loss: Option<f64>,
    /// What was done before it was first shown.
    before: Option<f64>,
}

impl FitProgress {
    /// In thousandths.
    const WHOLE: u64 = 1000;

    pub(crate) fn new() -> Self {
        Self { display: Display::new(Self::WHOLE, "{bar:32} {percent} %  {msg}  {eta} left"), loss: None, before: None }
    }

    /// After a minibatch or an epoch: the share of the epochs done, and the validation loss if it is new.
    pub(crate) fn update(&mut self, done: f64, loss: Option<f64>) {
        let epoch = loss.is_some();
        self.loss = loss.or(self.loss);
        let loss = self.loss.map_or_else(|| "-".to_owned(), |loss| format!("{loss:.4}"));
        let message = format!("validation loss {loss}");
        let before = *self.before.get_or_insert(done);
        let left = self.display.seconds() * (1.0 - done) / (done - before);
        let left = if left.is_finite() { format!("  {left:.0} s left at most") } else { String::new() };
        let line = || format!("{:.0} %  {message}{left}", 100.0 * done);
        self.display.show((done * Self::WHOLE as f64) as u64, &message, epoch, line);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.display.finish();
    }
}

/// A bar on a terminal, plain lines elsewhere.
struct Display {
    bar: Option<ProgressBar>,
    start: Instant,
    shown: Option<Instant>,
}

impl Display {
    fn new(length: u64, template: &str) -> Self {
        let style = || ProgressStyle::with_template(template).expect("the templates are well formed");
        let bar = bar(|| ProgressBar::new(length).with_style(style()));
        Self { bar, start: Instant::now(), shown: None }
    }

    fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64().max(1e-9)
    }

    /// Moves the bar, or writes a line if the last one was a while ago or this one has to be seen.
    fn show(&mut self, position: u64, message: &str, at_once: bool, line: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(message.to_owned());
            bar.set_position(position);
            return;
        }
        if at_once || self.shown.is_none_or(|shown| shown.elapsed() >= INTERVAL) {
            self.shown = Some(Instant::now());
            // Nobody reading is no reason to stop training.
            let _ = writeln!(std::io::stderr(), "{}", line());
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
