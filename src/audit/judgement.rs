//! What scores say of a term: how it ranks music, how much of the whole it makes, and what is wrong with it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    flag::{Finding, Flag},
    materials::Kind,
    ranking::{Ranking, interval_of_one, interval_of_two},
};

/// A share of the total's variance above this drowns the rest.
pub const DROWNS: f64 = 0.9;
/// Music must rank above noise and above every degenerate policy with this probability for a reward to pass.
pub const PASSES: f64 = 0.9;

/// What one term, or the total, gave to the pieces of a material.
#[derive(Clone, Debug)]
pub(super) struct Scores<'a> {
    pub(super) material: &'a str,
    pub(super) kind: Kind,
    pub(super) values: Vec<f64>,
}

/// A term by all its scores.
#[derive(Clone, Debug)]
pub(super) struct Column<'a> {
    pub(super) name: &'a str,
    pub(super) weight: Option<f64>,
    /// Whether the agent is paid for it, and not only measured.
    pub(super) paid: bool,
    /// In the same order in each column.
    pub(super) scores: Vec<Scores<'a>>,
    /// The share of all pieces to which it gave anything at any step.
    pub(super) fires: f64,
}

/// What an audit says of a term, or of the total.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermReport {
    /// Its name.
    pub name: String,
    /// How much it counts; none for the total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Whether it is only measured: nothing is learned from such a term, so nothing is flagged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub eval_only: bool,
    /// What is wrong with it, by name.
    pub flags: Vec<Flag>,
    /// The same in words, with what to do about it.
    pub findings: Vec<Finding>,
    /// The least and the most that a piece got.
    pub range: [f64; 2],
    /// The share of all pieces to which it gave anything at any step: 0 to 1.
    pub fires: f64,
    /// The share that it has in the total's variance, which all shares add up to; below 0 where it works against the rest.
    /// Over music, damaged music and noise, each material counting the same. None if the total never varies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance_share: Option<f64>,
    /// Pearson's correlation with each other term, over the same pieces; none with one that never varies there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub correlations: BTreeMap<String, Option<f64>>,
    /// What the pieces of each material got.
    pub materials: Vec<MaterialScores>,
    /// How music ranks against each material that is none.
    pub comparisons: Vec<Comparison>,
}

/// What the pieces of a material got.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaterialScores {
    /// The material.
    pub material: String,
    /// What it is.
    pub kind: Kind,
    /// The mean over its pieces.
    pub mean: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

/// How music ranks against a material; against the best piece of it, where it is a degenerate policy or a search.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The material.
    pub material: String,
    /// What it is.
    pub kind: Kind,
    /// The probability that music scores above it, ties counted half: 0 to 1.
    pub probability: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of the pairs in which music scores below it: 0 to 1.
    pub below: f64,
    /// The probability for the music of each collection alone.
    pub collections: BTreeMap<String, f64>,
}

impl Comparison {
    fn of(music: &[&Scores<'_>], other: &Scores<'_>) -> Self {
        let best = || vec![other.values.iter().copied().fold(f64::NEG_INFINITY, f64::max)];
        let against = if other.kind.is_chosen() { best() } else { other.values.clone() };
        let all: Vec<f64> = music.iter().flat_map(|scores| &scores.values).copied().collect();
        let Ranking { probability, below } = Ranking::of(&all, &against);
        let [low, high] = if other.kind.is_chosen() {
            interval_of_one(probability, all.len())
        } else {
            interval_of_two(probability, all.len(), against.len())
        };
        let of_collection =
            |scores: &&Scores<'_>| (scores.material.to_owned(), Ranking::of(&scores.values, &against).probability);
        let collections = music.iter().map(of_collection).collect();
        Self { material: other.material.to_owned(), kind: other.kind, probability, low, high, below, collections }
    }

    /// Whether music must rank above this material for a reward to pass.
    pub fn is_decisive(&self) -> bool {
        matches!(self.kind, Kind::Noise | Kind::Degenerate)
    }

    /// Whether the material ranks above music beyond doubt.
    ///
    /// Against noise, the interval lies below one half. A degenerate piece must score more than music in most pairs besides:
    /// a rule that only forbids can do no better than tie with a piece that breaks none, and that is no preference.
    fn is_inverted(&self) -> bool {
        self.high < 0.5 && (self.kind == Kind::Noise || self.below > 0.5)
    }
}

impl TermReport {
    /// What `columns` say of number `index`, beside the total of all.
    pub(super) fn of_term(columns: &[Column<'_>], index: usize, total: &Column<'_>) -> Self {
        let column = &columns[index];
        let mut this = Self::of(column);
        let others = columns.iter().filter(|other| other.name != column.name);
        let correlation = |other: &Column<'_>| {
            let moments = moments(column, other)?;
            let both = (moments.left * moments.right).sqrt();
            (both > 0.0).then(|| (moments.covariance / both).clamp(-1.0, 1.0))
        };
        this.correlations = others.map(|other| (other.name.to_owned(), correlation(other))).collect();
        if !column.paid {
            return this;
        }
        this.variance_share = moments(column, total).filter(|m| m.right > 0.0).map(|m| m.covariance / m.right);
        let firing = columns.iter().filter(|column| column.paid && column.fires > 0.0).count();
        if let Some(share) = this.variance_share.filter(|share| firing > 1 && *share > DROWNS) {
            this.find(Finding::drowns(share));
        }
        this
    }

    /// What is said of the total.
    pub(super) fn of_total(total: &Column<'_>) -> Self {
        Self::of(total)
    }

    fn of(column: &Column<'_>) -> Self {
        let (music, others): (Vec<_>, Vec<_>) = column.scores.iter().partition(|scores| scores.kind == Kind::Music);
        let materials: Vec<_> = column.scores.iter().map(MaterialScores::of).collect();
        let least = materials.iter().map(|scores| scores.min).fold(f64::INFINITY, f64::min);
        let most = materials.iter().map(|scores| scores.max).fold(f64::NEG_INFINITY, f64::max);
        let mut this = Self {
            name: column.name.to_owned(),
            weight: column.weight,
            eval_only: !column.paid,
            flags: Vec::new(),
            findings: Vec::new(),
            range: [least, most],
            fires: column.fires,
            variance_share: None,
            correlations: BTreeMap::new(),
            materials,
            comparisons: others.iter().map(|other| Comparison::of(&music, other)).collect(),
        };
        if !column.paid {
            return this;
        }
        for (flag, kind) in
            [(Flag::RanksNoiseAboveMusic, Kind::Noise), (Flag::RanksDegenerateAboveMusic, Kind::Degenerate)]
        {
            let inverted = |comparison: &&Comparison| comparison.kind == kind && comparison.is_inverted();
            let inverted: Vec<_> = this.comparisons.iter().filter(inverted).cloned().collect();
            if !inverted.is_empty() {
                this.find(Finding::inverted(flag, &inverted));
            }
        }
        if column.fires == 0.0 || least == most {
            this.find(Finding::never_fires(column.weight, least));
        }
        this
    }

    fn find(&mut self, finding: Finding) {
        self.flags.push(finding.flag);
        self.findings.push(finding);
    }

    /// Of the materials above which music must rank, those above which it does not do so often enough.
    pub fn falls_short(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons.iter().filter(|comparison| comparison.is_decisive() && comparison.probability < PASSES)
    }
}

impl MaterialScores {
    fn of(scores: &Scores<'_>) -> Self {
        let values = || scores.values.iter().copied();
        Self {
            material: scores.material.to_owned(),
            kind: scores.kind,
            mean: values().sum::<f64>() / scores.values.len() as f64,
            min: values().fold(f64::INFINITY, f64::min),
            max: values().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

/// The second moments of two columns.
struct Moments {
    covariance: f64,
    left: f64,
    right: f64,
}

/// Over music, damaged music and noise, each material counting the same; what nobody would take for music would only tell
/// which term punishes it most. None without such pieces.
fn moments(left: &Column<'_>, right: &Column<'_>) -> Option<Moments> {
    let pairs: Vec<(f64, f64, f64)> = left
        .scores
        .iter()
        .zip(&right.scores)
        .filter(|(scores, _)| matches!(scores.kind, Kind::Music | Kind::Damage | Kind::Noise))
        .flat_map(|(left, right)| {
            let weight = 1.0 / left.values.len() as f64;
            left.values.iter().zip(&right.values).map(move |(left, right)| (weight, *left, *right))
        })
        .collect();
    let whole: f64 = pairs.iter().map(|(weight, ..)| weight).sum();
    if whole == 0.0 {
        return None;
    }
    let mean = |value: &dyn Fn(f64, f64) -> f64| {
        pairs.iter().map(|&(weight, left, right)| weight * value(left, right)).sum::<f64>() / whole
    };
    let (mean_left, mean_right) = (mean(&|left, _| left), mean(&|_, right| right));
    Some(Moments {
        covariance: mean(&|left, right| (left - mean_left) * (right - mean_right)),
        left: mean(&|left, _| (left - mean_left).powi(2)),
        right: mean(&|_, right| (right - mean_right).powi(2)),
    })
}
