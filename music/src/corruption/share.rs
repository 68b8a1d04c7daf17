//! How much of a piece is damaged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::MusicError;

/// A part of a whole, 0 to 1; a quarter unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(extend("minimum" = 0, "maximum" = 1))]
pub struct Share(f64);

impl Share {
    /// A share, if it lies between 0 and 1.
    pub fn new(share: f64) -> Result<Share, MusicError> {
        if (0.0..=1.0).contains(&share) { Ok(Share(share)) } else { Err(MusicError::NotAShare { share }) }
    }

    /// So many of `count`: the nearest whole number, a half upward. Hence a small share of few may be
    /// none.
    pub fn of(self, count: usize) -> usize {
        (self.0 * count as f64).round() as usize
    }
}

impl Default for Share {
    fn default() -> Share {
        Share(0.25)
    }
}

impl TryFrom<f64> for Share {
    type Error = MusicError;

    fn try_from(share: f64) -> Result<Share, MusicError> {
        Share::new(share)
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> f64 {
        share.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_to_the_nearest_number_a_half_upward() {
        let quarter = Share::default();
        assert_eq!([0, 1, 2, 5, 6, 100].map(|count| quarter.of(count)), [0, 0, 1, 1, 2, 25]);
        assert_eq!((Share::new(0.0).unwrap().of(7), Share::new(1.0).unwrap().of(7)), (0, 7));
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for share in [-0.1, 1.1, f64::NAN] {
            assert!(Share::new(share).unwrap_err().to_string().contains("between 0 and 1"));
        }
        assert!(serde_json::from_str::<Share>("25").is_err());
    }
}
