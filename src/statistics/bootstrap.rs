//! Bootstrap intervals by percentiles: how far a figure would move if other runs had been made.

use gradus_envs::seeding::{Generator, Role, stream};
use gradus_music::summary::quantile;
use rayon::prelude::*;
use serde::Serialize;

/// The share of replicates within an interval.
const COVERED: f64 = 0.95;

/// Replicates that share a stream of random numbers. A constant, so that the number of threads changes nothing.
const CHUNK: u64 = 250;

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Of the runs that there are.
    pub point: f64,
    /// The lower and the upper end.
    pub ci: [f64; 2],
}

impl Estimate {
    /// Whether a value lies within the interval.
    pub fn covers(&self, value: f64) -> bool {
        (self.ci[0]..=self.ci[1]).contains(&value)
    }

    /// The estimate of one less the figure, for a share or a probability.
    pub(super) fn complement(self) -> Self {
        Self { point: 1.0 - self.point, ci: [1.0 - self.ci[1], 1.0 - self.ci[0]] }
    }
}

/// What is resampled. Each has its own random numbers, and every algorithm the same, so that the intervals of one do not
/// depend on which others it is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Matter {
    Aggregates,
    Profile,
    Improvement,
    Curve,
    Pieces,
}

/// How intervals are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bootstrap {
    pub(super) seed: u64,
    pub(super) matter: Matter,
    /// A multiple of [`CHUNK`].
    pub(super) replicates: u64,
}

impl Bootstrap {
    /// The interval of each of `width` figures. `replicate` resamples and writes the figures of the resample; it may use
    /// a state that `start` makes.
    pub(super) fn intervals<S>(
        self,
        width: usize,
        start: impl Fn() -> S + Sync,
        replicate: impl Fn(&mut S, &mut Generator, &mut [f64]) + Sync,
    ) -> Vec<[f64; 2]> {
        let chunk = |index: u64| {
            let mut state = start();
            let mut generator = stream(self.seed, Role::Bootstrap, (self.matter as u64) << 32 | index);
            let mut figures = vec![0.0; CHUNK as usize * width];
            figures.chunks_exact_mut(width).for_each(|figures| replicate(&mut state, &mut generator, figures));
            figures
        };
        let chunks: Vec<_> = (0..self.replicates / CHUNK).into_par_iter().map(chunk).collect();
        let interval = |figure: usize| {
            let mut values: Vec<_> =
                chunks.iter().flat_map(|chunk| chunk.chunks_exact(width)).map(|figures| figures[figure]).collect();
            values.sort_unstable_by(f64::total_cmp);
            let tail = (1.0 - COVERED) / 2.0;
            [quantile(&values, tail), quantile(&values, 1.0 - tail)]
        };
        (0..width).into_par_iter().map(interval).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_the_same_on_any_number_of_threads() {
        use rand::RngExt;
        let intervals = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let bootstrap = Bootstrap { seed: 3, matter: Matter::Profile, replicates: 2000 };
            pool.install(|| {
                bootstrap.intervals(1, || (), |(), generator, out| out[0] = generator.random_range(0.0..1.0))
            })
        };
        let [low, high] = intervals(1)[0];
        assert!((0.01..0.04).contains(&low) && (0.96..0.99).contains(&high), "{low} {high}");
        assert_eq!(intervals(1), intervals(3));
    }
}
