//! How much of a corpus goes to training, validation and test.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::split::{Split, fnv_1a};
use crate::error::MusicError;

/// The shares of the tunes to learn from, to choose settings by and to report on: each at least 0,
/// together 1. Written as in `0.8,0.1,0.1`, which is what they are unless said otherwise.
///
/// ```
/// use gradus_music::{Corpus, Shares};
///
/// let halves: Shares = "0.5, 0, 0.5".parse()?;
/// assert_eq!((halves.train(), halves.validation(), halves.test()), (0.5, 0.0, 0.5));
/// assert!("0.9,0.1,0.1".parse::<Shares>().is_err());
///
/// let mut corpus = Corpus::embedded()?;
/// corpus.resplit(halves);
/// # Ok::<(), gradus_music::MusicError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Shares {
    train: f64,
    validation: f64,
    test: f64,
}

impl Shares {
    /// By how much the sum may miss 1, so that thirds can be written in decimals.
    pub const TOLERANCE: f64 = 1e-6;

    /// Shares that are each at least 0 and sum to 1 within [`Shares::TOLERANCE`].
    pub fn new(train: f64, validation: f64, test: f64) -> Result<Shares, MusicError> {
        let shares = Shares { train, validation, test };
        let refused = |reason| Err(MusicError::NotShares { text: shares.to_string(), reason });
        // What is not a number is not at least 0 either.
        if ![train, validation, test].iter().all(|&share| share >= 0.0) {
            return refused("each must be at least 0".to_owned());
        }
        let sum = shares.sum();
        if (sum - 1.0).abs() > Shares::TOLERANCE {
            return refused(format!("they sum to {sum}, not to 1"));
        }
        Ok(shares)
    }

    /// The share to learn from, 0 to 1.
    pub fn train(self) -> f64 {
        self.train
    }

    /// The share to choose settings by, 0 to 1.
    pub fn validation(self) -> f64 {
        self.validation
    }

    /// The share to report on, 0 to 1.
    pub fn test(self) -> f64 {
        self.test
    }

    /// The split of the tune of this name: by the name alone, so that it depends neither on a seed
    /// nor on the rest of the corpus. A corpus of few tunes may therefore miss its shares widely.
    ///
    /// The name's place among a million is its 64-bit FNV-1a hash modulo a million, with the last
    /// digit moved to the front, so that tenths are told by that digit. The first places train, the
    /// last ones test; so a share that grows keeps the tunes it had, as long as its neighbours give
    /// way.
    pub fn split(self, tune: &str) -> Split {
        let hash = fnv_1a(tune.as_bytes());
        let place = hash % 10 * (PLACES / 10) + hash / 10 % (PLACES / 10);
        // Divided by their sum, so that a share of 0 gets no tune at all.
        let end = |shares: f64| (shares / self.sum() * PLACES as f64).round() as u64;
        if place < end(self.train) {
            Split::Train
        } else if place < end(self.train + self.validation) {
            Split::Validation
        } else {
            Split::Test
        }
    }

    fn sum(self) -> f64 {
        self.train + self.validation + self.test
    }
}

const PLACES: u64 = 1_000_000;

impl Default for Shares {
    fn default() -> Shares {
        Shares { train: 0.8, validation: 0.1, test: 0.1 }
    }
}

impl fmt::Display for Shares {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{},{},{}", self.train, self.validation, self.test))
    }
}

impl FromStr for Shares {
    type Err = MusicError;

    fn from_str(text: &str) -> Result<Shares, MusicError> {
        let refused = |reason| MusicError::NotShares { text: text.to_owned(), reason };
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|share| share.trim().parse()).collect();
        match numbers.as_deref() {
            Ok(&[train, validation, test]) => Shares::new(train, validation, test),
            Ok(others) => Err(refused(format!("it needs three numbers, not {}", others.len()))),
            Err(_) => Err(refused("it holds something that is not a number".to_owned())),
        }
    }
}

impl TryFrom<String> for Shares {
    type Error = MusicError;

    fn try_from(text: String) -> Result<Shares, MusicError> {
        text.parse()
    }
}

impl From<Shares> for String {
    fn from(shares: Shares) -> String {
        shares.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> impl Iterator<Item = String> {
        (0..10_000).map(|number| format!("tune {number}"))
    }

    fn shares(text: &str) -> Shares {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_shares_are_the_tenths_of_the_hash() {
        for name in names() {
            let expected = match fnv_1a(name.as_bytes()) % 10 {
                8 => Split::Validation,
                9 => Split::Test,
                _ => Split::Train,
            };
            assert_eq!(Shares::default().split(&name), expected, "{name}");
        }
    }

    #[test]
    fn a_share_of_nothing_gets_nothing_and_one_of_everything_all() {
        for (text, split) in [("1,0,0", Split::Train), ("0,1,0", Split::Validation), ("0,0,1", Split::Test)] {
            assert!(names().all(|name| shares(text).split(&name) == split), "{text}");
        }
        let without_test = shares("0.3333333,0.6666666,0");
        assert!(names().all(|name| without_test.split(&name) != Split::Test));
    }

    #[test]
    fn a_growing_share_keeps_its_tunes() {
        let (few, many) = (shares("0.6,0.2,0.2"), shares("0.75,0.05,0.2"));
        for name in names() {
            assert!(few.split(&name) != Split::Train || many.split(&name) == Split::Train, "{name}");
            assert_eq!(few.split(&name) == Split::Test, many.split(&name) == Split::Test, "{name}");
        }
    }

    #[test]
    fn what_is_no_split_is_refused_with_the_reason_and_a_remedy() {
        let cases = [
            ("", "not a number"),
            ("0.8;0.1;0.1", "not a number"),
            ("0.9,0.1", "three numbers, not 2"),
            ("0.5,0.5,0,0", "three numbers, not 4"),
            ("0.8,0.3,-0.1", "at least 0"),
            ("NaN,0.5,0.5", "at least 0"),
            ("inf,0,0", "sum to inf"),
            ("0.8,0.1,0.2", "sum to 1.1"),
            ("0.8,0.1,0.09999", "not to 1"),
        ];
        for (text, reason) in cases {
            let error = text.parse::<Shares>().unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("such as `0.8,0.1,0.1`"), "{text}: {error}");
        }
    }

    #[test]
    fn a_sum_within_the_tolerance_is_accepted() {
        assert_eq!(shares(" 0.3333333 , 0.3333333, 0.3333333").test(), 0.333_333_3);
        assert_eq!(serde_json::from_str::<Shares>("\"0.8,0.1,0.1\"").unwrap(), Shares::default());
    }

    proptest! {
        #[test]
        fn shares_read_what_they_write_and_are_kept(train in 0_u32..=100, validation in 0_u32..=100) {
            prop_assume!(train + validation <= 100);
            let share = |percent| f64::from(percent) / 100.0;
            let shares = Shares::new(share(train), share(validation), share(100 - train - validation)).unwrap();
            prop_assert_eq!(shares.to_string().parse::<Shares>().unwrap(), shares);
            for (split, share) in Split::ALL.into_iter().zip([shares.train, shares.validation, shares.test]) {
                let found = names().filter(|name| shares.split(name) == split).count() as f64 / 10_000.0;
                prop_assert!((found - share).abs() < 0.02, "{} of {}: {}", split, shares, found);
            }
        }
    }
}
