//! How far a figure of some pieces would move if other pieces had been judged.

use rand::RngExt;

use super::bootstrap::{Bootstrap, Matter};

/// Enough for the ends of intervals that are shown with four digits at most.
const REPLICATES: u64 = 5_000;

/// The 95 % interval of a figure of `pieces` pieces, by a bootstrap that draws as many of them with replacement. `figure`
/// gives the figure of the pieces of these numbers.
pub fn interval_over_pieces(pieces: usize, seed: u64, figure: impl Fn(&[usize]) -> f64 + Sync) -> [f64; 2] {
    let bootstrap = Bootstrap { seed, matter: Matter::Pieces, replicates: REPLICATES };
    let intervals = bootstrap.intervals(
        1,
        || vec![0; pieces],
        |drawn, generator, figures| {
            drawn.fill_with(|| generator.random_range(0..pieces as u64) as usize);
            figures[0] = figure(drawn);
        },
    );
    intervals[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64], seed: u64) -> [f64; 2] {
        let of = |drawn: &[usize]| drawn.iter().map(|&piece| values[piece]).sum::<f64>() / drawn.len() as f64;
        interval_over_pieces(values.len(), seed, of)
    }

    #[test]
    fn an_interval_follows_from_the_seed_and_holds_the_mean() {
        let values = [0.0, 1.0, 2.0, 3.0];
        let [low, high] = mean(&values, 1);
        assert_eq!([low, high], mean(&values, 1));
        // Of 256 resamples, one has the mean 0 and four have 0.25: 2.5 % lie below 0.5, where ten more are.
        assert!((low - 0.5).abs() <= 0.25 && (high - 2.5).abs() <= 0.25, "{low} {high}");
    }

    #[test]
    fn pieces_that_do_not_differ_leave_no_doubt() {
        assert_eq!(mean(&[0.25; 5], 3), [0.25, 0.25]);
    }
}
