//! Correlation of the piece with itself a few steps later.

use std::ops::RangeInclusive;

use gradus_music::Token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Aspect, Context, RewardTerm, TermConfig};
use crate::{error::EnvError, library::Library, range::Range, registry::Registered, setting::Setting};

/// Settings of `autocorrelation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The lags looked at are 1, 2, ... up to this many steps.
    #[schemars(transform = Range::at_least(1).at_most(MAX_LAGS as f64))]
    pub lags: usize,
    /// Correlations up to this size cost nothing.
    #[schemars(transform = Range::at_least(0).at_most(1))]
    pub threshold: f32,
    /// A larger correlation costs this often its size.
    #[schemars(transform = Range::at_least(-1e6).at_most(1e6))]
    pub scale: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self { lags: 3, threshold: 0.15, scale: 3.0 }
    }
}

impl Registered for Config {
    const NAME: &'static str = "autocorrelation";
    const SUMMARY: &'static str = "-3 |rho| for each lag of 1 to 3 steps with |rho| > 0.15 (RL Tuner rule 4)";
}

impl TermConfig for Config {
    const NEEDS: &'static [Aspect] = &[Aspect::Tokens];

    fn build(&self, _: &Setting, _: &Library) -> Result<Box<dyn RewardTerm>, EnvError> {
        Ok(Box::new(Autocorrelation { config: self.clone(), sums: Sums::default() }))
    }
}

const MAX_LAGS: usize = 16;

/// **Measures** how far the token series, the current token included, resembles itself some steps later.
///
/// **Formula**: for each lag, `rho = sum((x[t] - m)(x[t+lag] - m)) / (n var)` over the n tokens so far, with
/// their mean m and variance var; `-scale * |rho|` for every |rho| above `threshold`.
/// **Range**: `-scale * lags` to 0. **Edge cases**: undefined while all tokens are equal, then 0.
/// Constant time a step: all sums are of integers, kept up to date exactly.
/// **Source**: Jaques et al. 2016, arXiv 1611.02796, section 4.1; Magenta's `rl_tuner`.
#[derive(Clone, Debug)]
struct Autocorrelation {
    config: Config,
    sums: Sums,
}

impl RewardTerm for Autocorrelation {
    fn reset(&mut self) {
        self.sums = Sums::default();
    }

    fn on_step(&mut self, context: &Context<'_>) -> f32 {
        self.sums.push(context.tokens, self.config.lags);
        let mut penalty = 0.0;
        for lag in 1..=self.config.lags {
            if let Some(rho) = self.sums.correlation(context.tokens, lag) {
                let size = rho.abs();
                if size > f64::from(self.config.threshold) {
                    penalty += size * f64::from(self.config.scale);
                }
            }
        }
        0.0 - penalty as f32
    }

    fn range(&self) -> RangeInclusive<f32> {
        let most = self.config.scale * self.config.lags as f32;
        (-most).min(0.0)..=(-most).max(0.0)
    }
}

/// The correlation of a token series with itself `lag` steps later; None where it is undefined (all tokens equal).
///
/// # Panics
/// If the lag is not between 1 and 16.
pub fn lag_correlation(tokens: &[Token], lag: usize) -> Option<f64> {
    assert!((1..=MAX_LAGS).contains(&lag), "a lag of 1 to {MAX_LAGS} steps");
    let mut sums = Sums::default();
    for end in 1..=tokens.len() {
        sums.push(&tokens[..end], lag);
    }
    sums.correlation(tokens, lag)
}

/// Exact running sums over a token series.
#[derive(Clone, Debug, Default)]
struct Sums {
    /// The sum of the values.
    values: i64,
    /// The sum of their squares.
    squares: i64,
    /// For each lag, the sum of each value times the one so many steps later.
    products: [i64; MAX_LAGS + 1],
    /// For each length, the sum of so many first values, as far as lags reach.
    heads: [i64; MAX_LAGS + 1],
}

impl Sums {
    /// Takes in the last of `tokens`, the others being in already.
    fn push(&mut self, tokens: &[Token], lags: usize) {
        let n = tokens.len();
        let value = |index: usize| i64::from(tokens[index].0);
        let last = value(n - 1);
        self.values += last;
        self.squares += last * last;
        if n <= MAX_LAGS {
            self.heads[n] = self.values;
        }
        for lag in 1..=lags.min(n - 1) {
            self.products[lag] += last * value(n - 1 - lag);
        }
    }

    /// rho at `lag`, multiplied out so that every sum stays an integer until the one division.
    fn correlation(&self, tokens: &[Token], lag: usize) -> Option<f64> {
        let n = tokens.len() as i64;
        let variance = n * self.squares - self.values * self.values;
        if variance == 0 {
            return None;
        }
        if lag >= tokens.len() {
            return Some(0.0);
        }
        let tail: i64 = tokens[tokens.len() - lag..].iter().map(|token| i64::from(token.0)).sum();
        let (without_head, without_tail) = (self.values - self.heads[lag], self.values - tail);
        let covariance = n * n * self.products[lag] - n * self.values * (without_head + without_tail)
            + (n - lag as i64) * self.values * self.values;
        Some(covariance as f64 / (n * variance) as f64)
    }
}
