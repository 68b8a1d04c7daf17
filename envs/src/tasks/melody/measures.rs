//! The measures by which the RL Tuner paper judges compositions.

use gradus_music::Token;
use serde::Serialize;

use crate::{
    error::EnvError,
    library::Library,
    rewards::{Context, RewardConfig, RewardStack, highest_is_unique, lag_correlation, lowest_is_unique},
    setting::Setting,
};

/// The measures of the table in Jaques et al. 2016 (arXiv 1611.02796, table 1), over many compositions.
///
/// Shares are of all tokens where the name says tokens, of all compositions where it says compositions,
/// from 0 to 1. A measure over nothing (no leap was ever resolved or doubled) is None.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measures {
    /// How many compositions were measured.
    pub compositions: usize,
    /// Share of tokens that repeat excessively.
    pub excessively_repeated: Option<f64>,
    /// Mean autocorrelation of the whole piece at a lag of one step.
    pub autocorrelation_1: Option<f64>,
    /// The same at two steps.
    pub autocorrelation_2: Option<f64>,
    /// The same at three steps.
    pub autocorrelation_3: Option<f64>,
    /// Share of tokens outside the key.
    pub not_in_key: Option<f64>,
    /// Share of compositions that start on the tonic.
    pub starts_on_tonic: Option<f64>,
    /// Share of leaps resolved, among those resolved or doubled.
    pub leaps_resolved: Option<f64>,
    /// Share of compositions whose highest note occurs once.
    pub unique_highest: Option<f64>,
    /// Share of compositions whose lowest note occurs once.
    pub unique_lowest: Option<f64>,
    /// Share of tokens at which a motif stands.
    pub in_motif: Option<f64>,
    /// Share of tokens at which a motif returns.
    pub in_repeated_motif: Option<f64>,
}

/// The rules whose firing is counted, in the order in which [`count`] reads them.
const RULES: [&str; 5] = ["repeat", "key", "leap", "motif", "repeated-motif"];

#[derive(Default)]
struct Counts {
    tokens: usize,
    repeated: usize,
    off_key: usize,
    resolved: usize,
    doubled: usize,
    motif: usize,
    returned: usize,
}

impl Measures {
    /// Measures `pieces` within `setting`.
    pub fn of<'a>(pieces: impl IntoIterator<Item = &'a [Token]>, setting: &Setting) -> Result<Self, EnvError> {
        let rules: Vec<_> = RULES
            .iter()
            .filter_map(|rule| RewardConfig::defaults().into_iter().find(|config| config.name() == *rule))
            .collect();
        let mut rules = RewardStack::build(&rules, setting, &Library::embedded())?;
        let mut counts = Counts::default();
        let (mut compositions, mut tonic, mut highest, mut lowest) = (0, 0, 0, 0);
        let mut correlations: [Vec<f64>; 3] = Default::default();
        for piece in pieces {
            compositions += 1;
            count(piece, setting, &mut rules, &mut counts)?;
            tonic += usize::from(piece.first().copied().is_some_and(|first| Some(first) == setting.tonic()));
            highest += usize::from(highest_is_unique(piece));
            lowest += usize::from(lowest_is_unique(piece));
            for (lag, values) in (1..).zip(&mut correlations) {
                values.extend(lag_correlation(piece, lag));
            }
        }
        let [first, second, third] = correlations.map(|values| share(values.iter().sum(), values.len()));
        let of_tokens = |count: usize| share(count as f64, counts.tokens);
        let of_pieces = |count: usize| share(count as f64, compositions);
        Ok(Self {
            compositions,
            excessively_repeated: of_tokens(counts.repeated),
            autocorrelation_1: first,
            autocorrelation_2: second,
            autocorrelation_3: third,
            not_in_key: of_tokens(counts.off_key),
            starts_on_tonic: of_pieces(tonic),
            leaps_resolved: share(counts.resolved as f64, counts.resolved + counts.doubled),
            unique_highest: of_pieces(highest),
            unique_lowest: of_pieces(lowest),
            in_motif: of_tokens(counts.motif),
            in_repeated_motif: of_tokens(counts.returned),
        })
    }
}

fn share(sum: f64, of: usize) -> Option<f64> {
    (of > 0).then(|| sum / of as f64)
}

/// Counts how often each rule fires in one piece.
fn count(piece: &[Token], setting: &Setting, rules: &mut RewardStack, counts: &mut Counts) -> Result<(), EnvError> {
    rules.reset();
    counts.tokens += piece.len();
    for end in 1..=piece.len() {
        let context = Context::of_tokens(setting, &[], &piece[..end], &[]);
        rules.on_step(&context, false)?;
        let &[repeat, key, leap, motif, returned] = rules.shares() else { unreachable!("as many shares as rules") };
        counts.repeated += usize::from(repeat < 0.0);
        counts.off_key += usize::from(key < 0.0);
        counts.resolved += usize::from(leap > 0.0);
        counts.doubled += usize::from(leap < 0.0);
        counts.motif += usize::from(motif > 0.0);
        counts.returned += usize::from(returned > 0.0);
    }
    Ok(())
}
