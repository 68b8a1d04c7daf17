//! What can be wrong with a reward, and what to do about it.

use std::fmt;

use serde::Serialize;

use super::judgement::Comparison;

/// Something wrong with a term, or with the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// Random pieces score above music.
    RanksNoiseAboveMusic,
    /// A degenerate policy scores above music.
    RanksDegenerateAboveMusic,
    /// It tells no two pieces apart.
    NeverFires,
    /// The other terms hardly matter beside it.
    DrownsTheRest,
}

/// A flag with its reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub flag: Flag,
    /// The materials that show it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<String>,
    /// What was found.
    pub explanation: String,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Flag {
    /// Its name, as in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RanksNoiseAboveMusic => "ranks-noise-above-music",
            Self::RanksDegenerateAboveMusic => "ranks-degenerate-above-music",
            Self::NeverFires => "never-fires",
            Self::DrownsTheRest => "drowns-the-rest",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::RanksNoiseAboveMusic => {
                "lower its weight, change its settings until music scores better, or leave it out"
            }
            Self::RanksDegenerateAboveMusic => {
                "see that other terms outweigh it there, change its settings, or leave it out"
            }
            Self::NeverFires => "change its settings or its weight, or leave it out",
            Self::DrownsTheRest => "lower its weight, or raise those of the others",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl Finding {
    /// Materials rank above music.
    pub(super) fn inverted(flag: Flag, inverted: &[Comparison]) -> Self {
        let of_one = |comparison: &Comparison| {
            format!("{} ({:.2}, at most {:.2})", comparison.material, comparison.probability, comparison.high)
        };
        let named: Vec<_> = inverted.iter().map(of_one).collect();
        Self {
            flag,
            materials: inverted.iter().map(|comparison| comparison.material.clone()).collect(),
            explanation: format!("the probability that music ranks above is below one half for {}", named.join(", ")),
            remedy: flag.remedy(),
        }
    }

    /// Every piece got the same.
    pub(super) fn never_fires(weight: Option<f64>, value: f64) -> Self {
        let explanation = match weight {
            Some(0.0) => "its weight is 0 at this progress of the training".to_owned(),
            _ => format!("every piece got {value}"),
        };
        Self::new(Flag::NeverFires, explanation)
    }

    /// So much of the total's variance is its own.
    pub(super) fn drowns(share: f64) -> Self {
        Self::new(Flag::DrownsTheRest, format!("{:.0} % of the total's variance is its own", 100.0 * share))
    }

    fn new(flag: Flag, explanation: String) -> Self {
        Self { flag, materials: Vec::new(), explanation, remedy: flag.remedy() }
    }
}
