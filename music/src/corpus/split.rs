//! Training, validation and test.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::shares::Shares;

/// What a piece is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// To learn from: 80 % of the tunes, unless said otherwise.
    Train,
    /// To choose settings by: 10 % of the tunes, unless said otherwise.
    Validation,
    /// To report on: 10 % of the tunes, unless said otherwise.
    Test,
}

impl Split {
    /// All three.
    pub const ALL: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

    /// The split of the tune of this name by the default [`Shares`]: by the name alone, so that it
    /// depends neither on a seed nor on the rest of the corpus. The name's 64-bit FNV-1a hash, taken
    /// modulo 10, gives 8 for validation and 9 for test.
    pub fn of(tune: &str) -> Split {
        Shares::default().split(tune)
    }
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
        })
    }
}

/// Source: Fowler, Noll, Vo, "The FNV non-cryptographic hash algorithm" (RFC 9923).
pub(super) fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv_1a(b""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(fnv_1a(b"a"), 0xAF63_DC4C_8601_EC8C);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_F739_67E8);
    }

    #[test]
    fn about_eight_in_ten_tunes_train() {
        let names: Vec<_> = (0..10_000).map(|number| format!("tune {number}")).collect();
        let share = |split| names.iter().filter(|name| Split::of(name) == split).count();
        assert!((7_800..8_200).contains(&share(Split::Train)));
        assert!((900..1_100).contains(&share(Split::Validation)));
        assert!((900..1_100).contains(&share(Split::Test)));
    }
}
