//! What finished episodes were like.

use serde::{Deserialize, Serialize};

/// The running sums of one episode.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// The sum of rewards.
    pub reward: f64,
    /// Steps taken.
    pub length: usize,
    /// The sum of each reward term's shares.
    pub shares: Vec<f64>,
}

impl Episode {
    /// An episode not yet begun, for `terms` reward terms.
    pub fn new(terms: usize) -> Self {
        Self { shares: vec![0.0; terms], ..Self::default() }
    }

    /// Counts one step.
    pub fn add(&mut self, reward: f32, shares: &[f32]) {
        self.reward += f64::from(reward);
        self.length += 1;
        for (sum, &share) in self.shares.iter_mut().zip(shares) {
            *sum += f64::from(share);
        }
    }

    /// Counts what a critic gives to each step under the term of that number; paid, it adds to the reward.
    pub fn add_late(&mut self, term: usize, shares: &[f32], paid: bool) {
        let sum: f64 = shares.iter().map(|share| f64::from(*share)).sum();
        if paid {
            self.reward += sum;
        }
        if let Some(total) = self.shares.get_mut(term) {
            *total += sum;
        }
    }

    /// Back to the start.
    pub fn clear(&mut self) {
        self.reward = 0.0;
        self.length = 0;
        self.shares.fill(0.0);
    }
}

/// The distribution of a quantity, in one pass and constant space (Welford 1962).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many values there were.
    pub count: usize,
    /// Their mean; 0 without values.
    pub mean: f64,
    /// The smallest; infinity without values.
    #[serde(default = "infinity", skip_serializing_if = "is_infinite")]
    pub min: f64,
    /// The largest; minus infinity without values.
    #[serde(default = "minus_infinity", skip_serializing_if = "is_infinite")]
    pub max: f64,
    squares: f64,
}

// JSON has no infinity, so it is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_infinite(value: &f64) -> bool {
    value.is_infinite()
}

fn infinity() -> f64 {
    f64::INFINITY
}

fn minus_infinity() -> f64 {
    f64::NEG_INFINITY
}

impl Default for Spread {
    fn default() -> Self {
        Self { count: 0, mean: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, squares: 0.0 }
    }
}

impl Spread {
    /// Counts one value.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let delta = value - self.mean;
        self.mean += delta / self.count as f64;
        self.squares += delta * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// The standard deviation of the values themselves (dividing by n); 0 without values.
    pub fn std(&self) -> f64 {
        if self.count == 0 { 0.0 } else { (self.squares / self.count as f64).sqrt() }
    }
}

/// Returns, lengths and the terms' shares of all episodes that ended since the last clearing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpisodeStatistics {
    /// Sums of rewards.
    pub returns: Spread,
    /// Steps.
    pub lengths: Spread,
    shares: Vec<f64>,
}

impl EpisodeStatistics {
    /// Counts one finished episode.
    pub fn add(&mut self, episode: &Episode) {
        self.returns.add(episode.reward);
        self.lengths.add(episode.length as f64);
        self.shares.resize(episode.shares.len(), 0.0);
        for (sum, share) in self.shares.iter_mut().zip(&episode.shares) {
            *sum += share;
        }
    }

    /// How many episodes were counted.
    pub fn episodes(&self) -> usize {
        self.returns.count
    }

    /// Each reward term's mean share of an episode's return, in the order of the spec's terms.
    pub fn mean_shares(&self) -> impl Iterator<Item = f64> {
        let episodes = self.episodes().max(1) as f64;
        self.shares.iter().map(move |sum| sum / episodes)
    }

    /// Forgets all episodes.
    pub fn clear(&mut self) {
        self.returns = Spread::default();
        self.lengths = Spread::default();
        self.shares.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_equals_the_two_pass_formulas() {
        let values = [3.0, -1.0, 4.0, 1.5];
        let mut spread = Spread::default();
        for value in values {
            spread.add(value);
        }
        let mean = values.iter().sum::<f64>() / 4.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4.0;
        assert!((spread.mean - mean).abs() < 1e-12);
        assert!((spread.std() - variance.sqrt()).abs() < 1e-12);
        assert_eq!((spread.min, spread.max), (-1.0, 4.0));
    }

    #[test]
    fn shares_are_averaged_over_episodes() {
        let mut statistics = EpisodeStatistics::default();
        let mut episode = Episode::new(2);
        episode.add(3.0, &[1.0, 2.0]);
        statistics.add(&episode);
        episode.add(1.0, &[1.0, 0.0]);
        statistics.add(&episode);
        assert_eq!(statistics.mean_shares().collect::<Vec<_>>(), [1.5, 2.0]);
        assert_eq!(statistics.lengths.mean, 1.5);
    }
}
