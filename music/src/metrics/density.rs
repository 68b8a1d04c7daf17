//! How densely numbers lie, as a smooth curve.

use std::f64::consts::TAU;

/// A Gaussian kernel density estimate: the mean of normal densities around the samples.
///
/// Their standard deviation, the bandwidth, follows Scott's rule: `s n^(-1/5)` for n samples of
/// standard deviation s (with n - 1). Source: Scott, "Multivariate density estimation", 1992; it is
/// what `scipy.stats.gaussian_kde` does.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    /// The different samples in ascending order, each with the height of its kernel.
    kernels: Vec<(f64, f64)>,
    range: (f64, f64),
    bandwidth: f64,
}

impl Density {
    /// The estimate from samples; none if they are fewer than two, all equal, or not finite.
    pub fn of(samples: &[f64]) -> Option<Density> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&lowest, &highest) = (sorted.first()?, sorted.last()?);
        let count = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / count;
        let variance = sorted.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let bandwidth = variance.sqrt() * count.powf(-0.2);
        // The mean of equal samples may be rounded away from them, so the bandwidth alone does not tell.
        if lowest == highest || !bandwidth.is_normal() {
            return None;
        }
        let height = 1.0 / (count * bandwidth * TAU.sqrt());
        let kernel = |same: &[f64]| (same[0], height * same.len() as f64);
        let kernels = sorted.chunk_by(|left, right| left == right).map(kernel).collect();
        Some(Density { kernels, range: (lowest, highest), bandwidth })
    }

    /// The density at a number.
    pub fn at(&self, number: f64) -> f64 {
        let share = |&(sample, height): &(f64, f64)| {
            let distance = (number - sample) / self.bandwidth;
            height * (-0.5 * distance * distance).exp()
        };
        self.kernels.iter().map(share).sum()
    }

    /// The smallest and the largest sample.
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    /// The standard deviation of a kernel, in the unit of the samples.
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bandwidth_follows_scott() {
        // 1, 2, 3, 4: s^2 = 5/3.
        let density = Density::of(&[3.0, 1.0, 4.0, 2.0]).unwrap();
        assert!((density.bandwidth() - (5.0_f64 / 3.0).sqrt() / 4_f64.powf(0.2)).abs() < 1e-15);
        assert_eq!(density.range(), (1.0, 4.0));
    }

    #[test]
    fn the_area_below_it_is_one() {
        let density = Density::of(&[0.0, 1.0, 1.0, 5.0]).unwrap();
        let area: f64 = (-4000..=4000).map(|step| density.at(f64::from(step) * 0.01) * 0.01).sum();
        assert!((area - 1.0).abs() < 1e-9, "{area}");
    }

    #[test]
    fn what_does_not_vary_has_no_density() {
        for samples in [&[][..], &[1.0], &[0.1; 3], &[1.0, f64::NAN], &[1.0, f64::INFINITY]] {
            assert_eq!(Density::of(samples), None, "{samples:?}");
        }
    }
}
