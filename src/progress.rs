//! How far a training is: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, Write},
    sync::LazyLock,
    time::{Duration, Instant},
};

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressStyle};

use crate::{
    number::{fixed, number},
    terminal::{self, Tone, painted, tell},
};

/// Between two plain lines.
const INTERVAL: Duration = Duration::from_secs(5);

/// The bars that are on the terminal: whatever else is said goes above them, and a program that ends takes them away.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Tells of something that is wrong and stops nothing, on standard error.
pub(crate) fn warn(message: &str) {
    note(&format!("{} {message}", painted(Tone::Careful, "warning:")));
}

/// Tells what is being done, on standard error.
pub(crate) fn note(message: &str) {
    // Nobody reading is no reason to stop.
    let _ = BARS.suspend(|| tell(message));
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
        Self { display: Display::new(total), before, total }
    }

    /// After an iteration: steps so far and the mean return of the episodes that ended, if any did.
    pub(crate) fn update(&mut self, steps: u64, mean_return: Option<f64>) {
        let total = self.total;
        let rate = (steps - self.before) as f64 / self.display.seconds();
        let parts = [
            format!("{}/{} steps", HumanCount(steps), HumanCount(total)),
            format!("return {}", mean_return.map_or_else(|| "-".to_owned(), number)),
            time_left(total.saturating_sub(steps) as f64 / rate),
            format!("{rate:.0} steps/s"),
        ];
        self.display.show(steps.min(total), &parts, steps >= total);
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
        Self { display: Display::new(Self::WHOLE), loss: None, before: None }
    }

    /// After a minibatch or an epoch: the share of the epochs done, and the validation loss if it is new.
    pub(crate) fn update(&mut self, done: f64, loss: Option<f64>) {
        let epoch = loss.is_some();
        self.loss = loss.or(self.loss);
        let loss = self.loss.map_or_else(|| "-".to_owned(), |loss| fixed(loss, 4));
        let before = *self.before.get_or_insert(done);
        let left = self.display.seconds() * (1.0 - done) / (done - before);
        let mut parts = vec![format!("{:.0} %", 100.0 * done), format!("validation loss {loss}")];
        parts.extend(left.is_finite().then(|| format!("{} at most", time_left(left))));
        self.display.show((done * Self::WHOLE as f64) as u64, &parts, epoch);
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
    fn new(length: u64) -> Self {
        let bar = bar(|| ProgressBar::new(length));
        Self { bar, start: Instant::now(), shown: None }
    }

    fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64().max(1e-9)
    }

    /// Moves the bar, or writes a line if the last one was a while ago or this one has to be seen. What comes last in a line is
    /// left out first where the terminal is narrow.
    fn show(&mut self, position: u64, parts: &[String], at_once: bool) {
        if let Some(bar) = &self.bar {
            let (wide, room) = layout(terminal::error_width().unwrap_or(WIDE));
            // The terminal may have another width than a moment ago.
            bar.set_style(ProgressStyle::with_template(wide).expect("the templates are well formed"));
            bar.set_message(first_of(parts, room));
            bar.set_position(position);
            return;
        }
        if at_once || self.shown.is_none_or(|shown| shown.elapsed() >= INTERVAL) {
            self.shown = Some(Instant::now());
            // Nobody reading is no reason to stop training.
            let _ = writeln!(std::io::stderr(), "{}", parts.join("  "));
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Columns from which on a terminal is wide.
const WIDE: usize = 100;

/// A bar with the room for words beside it, in so many columns: one line, whatever they are.
fn layout(columns: usize) -> (&'static str, usize) {
    let (template, bar) = match columns {
        WIDE.. => ("{bar:32}  {wide_msg}", 32),
        70..WIDE => ("{bar:16}  {wide_msg}", 16),
        _ => ("{bar:8}  {wide_msg}", 8),
    };
    (template, columns.saturating_sub(bar + 3))
}

/// As many parts of a line, from its beginning, as there is room for.
fn first_of(parts: &[String], room: usize) -> String {
    let mut line = String::new();
    for part in parts {
        let more = if line.is_empty() { part.clone() } else { format!("{line}  {part}") };
        if more.chars().count() > room {
            break;
        }
        line = more;
    }
    line
}

fn time_left(seconds: f64) -> String {
    match seconds {
        seconds if !seconds.is_finite() => "- s left".to_owned(),
        seconds if seconds < 120.0 => format!("{seconds:.0} s left"),
        seconds if seconds < 7200.0 => format!("{:.0} min left", seconds / 60.0),
        seconds => format!("{} h left", fixed(seconds / 3600.0, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_progress_fits_every_terminal() {
        let parts = ["1,000,000/1,000,000 steps", "return -123.45", "59 min left", "104100 steps/s"].map(str::to_owned);
        for columns in 40..160 {
            let (template, room) = layout(columns);
            let bar: usize = template[5..].split('}').next().unwrap().parse().unwrap();
            assert!(bar + 2 + first_of(&parts, room).len() < columns, "{columns}");
        }
        assert_eq!(first_of(&parts, layout(60).1), "1,000,000/1,000,000 steps  return -123.45");
        assert_eq!(first_of(&parts, layout(120).1), parts.join("  "));
    }

    #[test]
    fn the_time_that_is_left_is_told_in_the_unit_that_suits_it() {
        let told = [7.4, 600.0, 9000.0, f64::INFINITY].map(time_left);
        assert_eq!(told, ["7 s left", "10 min left", "2.5 h left", "- s left"]);
    }
}
