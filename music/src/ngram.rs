//! An n-gram model of melodies: how likely is a token after those before it?

use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::MusicError;
use crate::token::Token;

/// How an n-gram model is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct NGramConfig {
    /// How many tokens an n-gram has, the predicted one included: 1 to 8.
    #[schemars(range(min = 1, max = 8))]
    pub order: usize,
    /// How the shorter contexts have their say.
    pub smoothing: Smoothing,
}

/// How much of a context's probability goes to what was not seen after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Smoothing {
    /// As if each different continuation had been a surprise once: T / (N + T) for T different
    /// continuations in N occurrences. Source: Witten and Bell, "The zero-frequency problem", 1991.
    #[default]
    WittenBell,
    /// A fixed part of an occurrence is taken from each different continuation: D T / N. Source:
    /// Ney, Essen and Kneser, "On structuring probabilistic dependences in stochastic language
    /// modelling", 1994.
    AbsoluteDiscount {
        /// D, above 0 and below 1.
        #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
        discount: f32,
    },
}

/// An interpolated n-gram model over the tokens of a vocabulary.
///
/// p(t | c) = direct(t | c) + left(c) p(t | c'), where c' is the context c without its oldest
/// token, and below the empty context lies the uniform distribution. At the start of a piece the
/// contexts are just shorter.
#[derive(Clone, Debug)]
pub struct NGram {
    vocabulary_size: usize,
    /// The levels for contexts of 0, 1, 2, ... tokens.
    levels: Vec<Level>,
}

/// What is known of the contexts of one length. Tokens are packed into a number, a byte each, the
/// newest lowest.
#[derive(Clone, Debug, Default)]
struct Level {
    /// ln p(t | c) by the packed c and t, for every t that was seen after c: all the shorter
    /// contexts are summed in.
    seen: FxHashMap<u64, f32>,
    /// ln left(c) by the packed c, for every c that was seen: what an unseen t is charged on its
    /// way to c'.
    left: FxHashMap<u64, f32>,
}

impl Default for NGramConfig {
    fn default() -> NGramConfig {
        NGramConfig { order: 5, smoothing: Smoothing::default() }
    }
}

impl NGram {
    /// The highest order: eight tokens of a byte each fill a key.
    pub const MAX_ORDER: usize = 8;

    /// Fits a model to melodies.
    pub fn fit<'a>(
        melodies: impl Iterator<Item = &'a [Token]>,
        vocabulary_size: usize,
        config: &NGramConfig,
    ) -> Result<NGram, MusicError> {
        check(config)?;
        let mut counts = vec![FxHashMap::<u64, u32>::default(); config.order];
        for melody in melodies {
            if let Some(&Token(token)) = melody.iter().find(|token| token.index() >= vocabulary_size) {
                return Err(MusicError::UnknownToken { token, size: vocabulary_size });
            }
            for end in 1..=melody.len() {
                for (length, counts) in counts.iter_mut().enumerate().take(end) {
                    *counts.entry(pack(&melody[end - 1 - length..end])).or_default() += 1;
                }
            }
        }
        let mut model = NGram { vocabulary_size, levels: Vec::with_capacity(config.order) };
        for counts in counts {
            let level = model.level(&counts, config.smoothing);
            model.levels.push(level);
        }
        Ok(model)
    }

    /// ln p(token | context), at most 0. Of the context only the last `order - 1` tokens matter.
    ///
    /// Allocates nothing. An n-gram that was seen takes one look-up, any other two more for each
    /// token by which its context has to be shortened.
    #[inline]
    pub fn log_probability(&self, context: &[Token], token: Token) -> f32 {
        let longest = context.len().min(self.levels.len() - 1);
        let packed = pack(&context[context.len() - longest..]);
        self.look_up(longest, packed, token)
    }

    /// What the model knows, for each length of context: of n-grams and then of contexts, each a number with eight bits a
    /// token, the newest lowest, and a logarithm. In the order of the numbers.
    pub fn entries(&self) -> Vec<[Vec<(u64, f32)>; 2]> {
        let sorted = |map: &FxHashMap<u64, f32>| {
            let mut entries: Vec<_> = map.iter().map(|(&packed, &value)| (packed, value)).collect();
            entries.sort_unstable_by_key(|(packed, _)| *packed);
            entries
        };
        self.levels.iter().map(|level| [sorted(&level.seen), sorted(&level.left)]).collect()
    }

    /// The model with these [`NGram::entries`].
    pub fn from_entries(vocabulary_size: usize, entries: Vec<[Vec<(u64, f32)>; 2]>) -> Result<NGram, MusicError> {
        check(&NGramConfig { order: entries.len(), ..NGramConfig::default() })?;
        let level = |[seen, left]: [Vec<(u64, f32)>; 2]| Level {
            seen: seen.into_iter().collect(),
            left: left.into_iter().collect(),
        };
        Ok(NGram { vocabulary_size, levels: entries.into_iter().map(level).collect() })
    }

    /// The tokens of an n-gram, the predicted one included.
    pub fn order(&self) -> usize {
        self.levels.len()
    }

    /// The tokens of the vocabulary; each has a probability above zero after every context.
    pub fn vocabulary_size(&self) -> usize {
        self.vocabulary_size
    }

    #[inline]
    fn look_up(&self, longest: usize, context: u64, token: Token) -> f32 {
        let mut charge = 0.0;
        for length in (0..=longest).rev() {
            let level = &self.levels[length];
            let context = newest(context, length);
            if let Some(log_probability) = level.seen.get(&append(context, token)) {
                return charge + log_probability;
            }
            charge += level.left.get(&context).unwrap_or(&0.0);
        }
        charge - (self.vocabulary_size as f32).ln()
    }

    /// The next level, given the counts of its n-grams; the levels of the shorter contexts must be
    /// there.
    fn level(&self, counts: &FxHashMap<u64, u32>, smoothing: Smoothing) -> Level {
        let length = self.levels.len();
        let mut totals: FxHashMap<u64, (u32, u32)> = FxHashMap::default();
        for (ngram, count) in counts {
            let (occurrences, different) = totals.entry(ngram >> 8).or_default();
            *occurrences += count;
            *different += 1;
        }
        let shorter = |context: u64, token: Token| match length {
            0 => 1.0 / self.vocabulary_size as f64,
            _ => f64::from(self.look_up(length - 1, context, token)).exp(),
        };
        let seen = counts.iter().map(|(&ngram, &count)| {
            let (context, token) = (ngram >> 8, Token(ngram as u8));
            let (direct, left) = smoothing.shares(count, totals[&context]);
            (ngram, (direct + left * shorter(context, token)).ln() as f32)
        });
        let left = totals.iter().map(|(&context, &total)| (context, smoothing.shares(0, total).1.ln() as f32));
        Level { seen: seen.collect(), left: left.collect() }
    }
}

impl Smoothing {
    /// direct(t | c) and left(c): c occurs so often with so many different continuations, and
    /// `count` times with t.
    fn shares(self, count: u32, (occurrences, different): (u32, u32)) -> (f64, f64) {
        let (count, occurrences, different) = (f64::from(count), f64::from(occurrences), f64::from(different));
        match self {
            Smoothing::WittenBell => {
                let whole = occurrences + different;
                (count / whole, different / whole)
            }
            Smoothing::AbsoluteDiscount { discount } => {
                let discount = f64::from(discount);
                ((count - discount).max(0.0) / occurrences, discount * different / occurrences)
            }
        }
    }
}

fn check(config: &NGramConfig) -> Result<(), MusicError> {
    if !(1..=NGram::MAX_ORDER).contains(&config.order) {
        return Err(MusicError::NGramOrder { order: config.order });
    }
    match config.smoothing {
        Smoothing::AbsoluteDiscount { discount } if !(discount > 0.0 && discount < 1.0) => {
            Err(MusicError::NGramDiscount { discount })
        }
        _ => Ok(()),
    }
}

#[inline]
fn pack(tokens: &[Token]) -> u64 {
    tokens.iter().fold(0, |packed, &token| append(packed, token))
}

#[inline]
fn append(packed: u64, token: Token) -> u64 {
    packed << 8 | u64::from(token.0)
}

/// The newest `length` tokens, at most seven.
#[inline]
fn newest(packed: u64, length: usize) -> u64 {
    packed & ((1 << (8 * length)) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(numbers: &[u8]) -> Vec<Token> {
        numbers.iter().copied().map(Token).collect()
    }

    fn fit(melodies: &[Vec<Token>], vocabulary_size: usize, order: usize, smoothing: Smoothing) -> NGram {
        let config = NGramConfig { order, smoothing };
        NGram::fit(melodies.iter().map(Vec::as_slice), vocabulary_size, &config).unwrap()
    }

    fn probability(model: &NGram, context: &[u8], token: u8) -> f32 {
        model.log_probability(&tokens(context), Token(token)).exp()
    }

    fn assert_close(found: f32, expected: f32) {
        assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
    }

    #[test]
    fn witten_bell_agrees_with_a_computation_by_hand() {
        // a b a b c: unigrams a 2, b 2, c 1 (N = 5, T = 3); after b: a once, c once (N = 2, T = 2).
        let model = fit(&[tokens(&[0, 1, 0, 1, 2])], 4, 2, Smoothing::WittenBell);
        let unigram = |count: f32| (count + 3.0 * 0.25) / 8.0;
        assert_close(probability(&model, &[], 0), unigram(2.0));
        assert_close(probability(&model, &[], 3), unigram(0.0));
        assert_close(probability(&model, &[1], 2), (1.0 + 2.0 * unigram(1.0)) / 4.0);
        assert_close(probability(&model, &[1], 3), 2.0 * unigram(0.0) / 4.0);
        assert_close(probability(&model, &[2], 0), unigram(2.0));
    }

    #[test]
    fn a_model_made_again_from_its_entries_says_the_same() {
        let model = fit(&[tokens(&[0, 1, 0, 1, 2])], 4, 3, Smoothing::WittenBell);
        let again = NGram::from_entries(4, model.entries()).unwrap();
        for context in [&[][..], &[0], &[1, 0], &[2, 3]] {
            for token in 0..4 {
                assert_eq!(probability(&again, context, token), probability(&model, context, token));
            }
        }
        assert!(NGram::from_entries(4, Vec::new()).is_err());
    }

    #[test]
    fn absolute_discounting_agrees_with_a_computation_by_hand() {
        let model = fit(&[tokens(&[0, 1, 0, 1, 2])], 4, 2, Smoothing::AbsoluteDiscount { discount: 0.5 });
        let unigram = |count: f32| (count - 0.5).max(0.0) / 5.0 + 0.5 * 3.0 / 5.0 * 0.25;
        assert_close(probability(&model, &[], 0), unigram(2.0));
        assert_close(probability(&model, &[], 3), unigram(0.0));
        assert_close(probability(&model, &[1], 2), 0.5 / 2.0 + 0.5 * unigram(1.0));
    }

    #[test]
    fn a_model_of_nothing_is_uniform() {
        let model = fit(&[], 38, 8, Smoothing::WittenBell);
        assert_close(probability(&model, &[1, 2, 3, 4, 5, 6, 7, 8, 9], 0), 1.0 / 38.0);
    }

    #[test]
    fn a_config_without_meaning_is_refused() {
        let fit = |config: &str| {
            NGram::fit([].into_iter(), 38, &serde_json::from_str(config).unwrap()).map(|model| model.order())
        };
        assert!(matches!(fit(r#"{"order": 0}"#), Err(MusicError::NGramOrder { order: 0 })));
        assert!(matches!(fit(r#"{"order": 9}"#), Err(MusicError::NGramOrder { order: 9 })));
        let discount = r#"{"smoothing": {"absolute-discount": {"discount": 1.0}}}"#;
        assert!(matches!(fit(discount), Err(MusicError::NGramDiscount { .. })));
        assert_eq!(fit(r#"{"smoothing": "witten-bell"}"#).unwrap(), 5);
        assert!(serde_json::from_str::<NGramConfig>(r#"{"smooth": 1}"#).is_err());
    }

    #[test]
    fn a_token_beyond_the_vocabulary_is_refused() {
        let melody = tokens(&[0, 38]);
        let error = NGram::fit([melody.as_slice()].into_iter(), 38, &NGramConfig::default()).unwrap_err();
        assert!(matches!(error, MusicError::UnknownToken { token: 38, size: 38 }));
    }

    fn some_tokens(most: usize) -> impl Strategy<Value = Vec<Token>> {
        prop::collection::vec((0_u8..6).prop_map(Token), 0..most)
    }

    proptest! {
        #[test]
        fn the_probabilities_after_any_context_sum_to_one(
            melodies in prop::collection::vec(some_tokens(40), 0..5),
            context in some_tokens(10),
            order in 1_usize..=8,
            discount in prop::option::of(0.01_f32..0.99),
        ) {
            let absolute = |discount| Smoothing::AbsoluteDiscount { discount };
            let smoothing = discount.map_or(Smoothing::WittenBell, absolute);
            let model = fit(&melodies, 6, order, smoothing);
            let mut contexts = vec![context.as_slice()];
            contexts.extend(melodies.iter().map(|melody| &melody[..melody.len() / 2]));
            for context in contexts {
                let log_probability = |token| model.log_probability(context, Token(token));
                let sum: f32 = (0..6).map(|token| log_probability(token).exp()).sum();
                prop_assert!((sum - 1.0).abs() < 1e-4, "{sum}");
            }
        }
    }
}
