//! Running normalisation of observations and rewards.

use serde::{Deserialize, Serialize};

/// What a normalised value is cut to, in standard deviations.
const CLIP: f32 = 10.0;

/// Mean and variance of a stream of vectors, each dimension on its own (Chan et al. 1979, equation 2.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningMoments {
    count: f64,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl RunningMoments {
    /// No data yet: mean 0, variance 1.
    pub fn new(size: usize) -> Self {
        Self { count: 1e-4, mean: vec![0.0; size], variance: vec![1.0; size] }
    }

    /// Takes in a batch of vectors, one after the other.
    pub fn update(&mut self, batch: &[f32]) {
        let size = self.mean.len();
        let n = (batch.len() / size) as f64;
        if n == 0.0 {
            return;
        }
        let total = self.count + n;
        for dimension in 0..size {
            let values = || batch[dimension..].iter().step_by(size).map(|&value| f64::from(value));
            let mean = values().sum::<f64>() / n;
            let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
            let delta = mean - self.mean[dimension];
            let squares = self.variance[dimension] * self.count + variance * n + delta * delta * self.count * n / total;
            self.mean[dimension] += delta * n / total;
            self.variance[dimension] = squares / total;
        }
        self.count = total;
    }

    /// The mean of each dimension.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The variance of each dimension.
    pub fn variance(&self) -> &[f64] {
        &self.variance
    }
}

/// Brings each dimension of the observations to mean 0 and variance 1, cut to ten standard deviations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObservationNormalizer {
    moments: RunningMoments,
}

impl ObservationNormalizer {
    /// For observations of `size` entries.
    pub fn new(size: usize) -> Self {
        Self { moments: RunningMoments::new(size) }
    }

    /// Learns from a batch of raw observations.
    pub fn update(&mut self, observations: &[f32]) {
        self.moments.update(observations);
    }

    /// Normalises a batch of observations in place.
    pub fn apply(&self, observations: &mut [f32]) {
        for observation in observations.chunks_exact_mut(self.moments.mean.len()) {
            for ((value, mean), variance) in observation.iter_mut().zip(&self.moments.mean).zip(&self.moments.variance)
            {
                let normal = (f64::from(*value) - mean) / (variance + 1e-8).sqrt();
                *value = (normal as f32).clamp(-CLIP, CLIP);
            }
        }
    }
}

/// Scales rewards by the standard deviation of the running discounted return, not of the rewards themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RewardNormalizer {
    discount: f64,
    /// The discounted return so far in each environment.
    returns: Vec<f32>,
    moments: RunningMoments,
}

impl RewardNormalizer {
    /// For `envs` environments.
    pub fn new(envs: usize, discount: f64) -> Self {
        Self { discount, returns: vec![0.0; envs], moments: RunningMoments::new(1) }
    }

    /// Learns from one step's raw rewards, `[envs]`, and scales them in place. `done` tells whose episode ended.
    pub fn apply(&mut self, rewards: &mut [f32], done: impl Iterator<Item = bool>) {
        for (running, &reward) in self.returns.iter_mut().zip(rewards.iter()) {
            *running = (f64::from(*running) * self.discount) as f32 + reward;
        }
        self.moments.update(&self.returns);
        let scale = 1.0 / (self.moments.variance()[0] + 1e-8).sqrt();
        for ((reward, running), done) in rewards.iter_mut().zip(&mut self.returns).zip(done) {
            *reward = ((f64::from(*reward) * scale) as f32).clamp(-CLIP, CLIP);
            if done {
                *running = 0.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_taken_in_batches_equal_those_of_the_whole() {
        let data: Vec<f32> = (0..40).map(|i| ((i * 37 % 11) as f32) * if i % 2 == 0 { 1.0 } else { 100.0 }).collect();
        let mut moments = RunningMoments::new(2);
        moments.update(&data[..12]);
        moments.update(&data[12..]);
        for dimension in 0..2 {
            let values: Vec<f64> = data.iter().skip(dimension).step_by(2).map(|&v| f64::from(v)).collect();
            let mean = values.iter().sum::<f64>() / 20.0;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 20.0;
            assert!((moments.mean()[dimension] / mean - 1.0).abs() < 1e-3);
            assert!((moments.variance()[dimension] / variance - 1.0).abs() < 1e-2);
        }
    }

    #[test]
    fn each_dimension_is_normalised_by_its_own_moments() {
        let mut normalizer = ObservationNormalizer::new(2);
        let data: Vec<f32> =
            (0..2000).map(|i| if i % 2 == 0 { (i % 7) as f32 } else { 1000.0 + (i % 9) as f32 }).collect();
        normalizer.update(&data);
        let mut batch = data.clone();
        normalizer.apply(&mut batch);
        for dimension in 0..2 {
            let mean = batch.iter().skip(dimension).step_by(2).sum::<f32>() / 1000.0;
            assert!(mean.abs() < 0.01, "{mean}");
        }
    }

    #[test]
    fn rewards_are_scaled_by_the_spread_of_the_discounted_return() {
        let mut normalizer = RewardNormalizer::new(1, 0.99);
        let mut last = 0.0;
        for _ in 0..2000 {
            let mut reward = [1.0];
            normalizer.apply(&mut reward, std::iter::once(false));
            last = reward[0];
        }
        // The rewards have no spread at all, the discounted return climbs to 100: their scale must be the latter's.
        assert!((0.01..0.2).contains(&last), "{last}");
    }
}
