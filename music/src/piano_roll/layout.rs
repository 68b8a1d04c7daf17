//! Where systems begin and end.

use crate::bars::Bar;
use crate::time::Tick;

/// Parts bars into as few lines as do not exceed `longest`, about equally long; a line has one bar
/// at least.
pub(super) fn systems(bars: &[Bar], longest: Tick) -> Vec<&[Bar]> {
    let few = fill(bars, longest).len() as u32;
    let whole = bars.last().map_or(Tick::ZERO, |bar| bar.end);
    let longest_bar = bars.iter().map(|bar| bar.end - bar.start).max().unwrap_or_default();
    // Every line but the last then holds more than its share, so that there are no more lines.
    fill(bars, longest.min(Tick(whole.0.div_ceil(few.max(1))) + longest_bar))
}

fn fill(bars: &[Bar], longest: Tick) -> Vec<&[Bar]> {
    let mut systems = Vec::new();
    let mut rest = bars;
    while let Some(first) = rest.first() {
        let fit = rest.iter().take_while(|bar| bar.end - first.start <= longest).count();
        let (system, after) = rest.split_at(fit.max(1));
        systems.push(system);
        rest = after;
    }
    systems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bars::bars;
    use crate::score::Score;

    #[test]
    fn a_system_holds_the_bars_that_fit_and_one_at_least() {
        let bars = bars(&Score::default(), Tick(6 * 1_920), 100);
        let sizes = |longest| systems(&bars, Tick(longest)).iter().map(|system| system.len()).collect::<Vec<_>>();
        assert_eq!(sizes(6 * 1_920), [6]);
        assert_eq!(sizes(5 * 1_920), [4, 2], "not 5 and 1");
        assert_eq!(sizes(1), [1; 6]);
    }
}
