//! Models of what comes next as reward critics.

use std::sync::Arc;

use gradus_envs::{Passage, RewardCritic, rewards::CriticScore};

use super::{Excerpt, NextToken};

/// Judges pieces by how likely a model finds them.
#[derive(Clone)]
pub struct Likelihood {
    model: Arc<dyn NextToken>,
    score: CriticScore,
}

impl Likelihood {
    /// What `score` makes of a model's opinion.
    pub fn new(model: Arc<dyn NextToken>, score: CriticScore) -> Self {
        Self { model, score }
    }
}

impl RewardCritic for Likelihood {
    fn score(&self, pieces: &[Passage<'_>]) -> Vec<Vec<f32>> {
        let tokens: Vec<Vec<u32>> = pieces
            .iter()
            .map(|piece| piece.primer.iter().chain(piece.tokens).map(|token| u32::from(token.0)).collect())
            .collect();
        let excerpts: Vec<Excerpt<'_>> =
            tokens.iter().zip(pieces).map(|(tokens, piece)| Excerpt { tokens, before: piece.primer.len() }).collect();
        let judged = self.model.judge(&excerpts);
        pieces
            .iter()
            .zip(judged)
            .map(|(piece, judged)| {
                let log_p: Vec<f32> = judged[piece.primer.len()..].iter().map(|judged| judged.log_p).collect();
                self.credit(log_p)
            })
            .collect()
    }

    fn is_causal(&self) -> bool {
        matches!(self.score, CriticScore::LogLikelihood { .. })
    }
}

impl Likelihood {
    /// What each token earns, from its log-probability.
    fn credit(&self, mut log_p: Vec<f32>) -> Vec<f32> {
        match self.score {
            CriticScore::LogLikelihood { floor } => log_p.iter_mut().for_each(|score| *score = score.max(floor)),
            // Likelihoods are no log-odds of being real; whoever opens critics refuses the pair.
            CriticScore::Discriminator { .. } => log_p.fill(0.0),
            CriticScore::PerplexityBand { low, high } => {
                let surprise = -log_p.iter().sum::<f32>() / log_p.len().max(1) as f32;
                log_p.fill(0.0);
                if let Some(last) = log_p.last_mut() {
                    *last = -(low.ln() - surprise).max(surprise - high.ln()).max(0.0);
                }
            }
        }
        log_p
    }
}

#[cfg(test)]
mod tests {
    use gradus_music::Token;

    use super::*;
    use crate::critics::Judged;
    use crate::sequence::{Alphabet, Stream};
    use crate::weights::NamedArray;

    /// Finds token t as likely as e^-t.
    struct Plain;

    impl NextToken for Plain {
        fn alphabet(&self) -> Alphabet {
            Alphabet { tokens: 38, phases: 16 }
        }

        fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<Judged>> {
            let judged = |&token: &u32| Judged { log_p: -(token as f32), likeliest: false };
            pieces.iter().map(|piece| piece.tokens.iter().map(judged).collect()).collect()
        }

        fn stream(&self, _: usize) -> Box<dyn Stream> {
            unreachable!("nobody goes from place to place here")
        }

        fn parameters(&self) -> usize {
            0
        }

        fn keep(&self) -> Vec<NamedArray> {
            Vec::new()
        }
    }

    fn scores(score: CriticScore, tokens: &[u8]) -> Vec<f32> {
        let tokens: Vec<Token> = tokens.iter().copied().map(Token).collect();
        let piece = Passage { primer: &[Token(9)], tokens: &tokens, finished: true };
        Likelihood::new(Arc::new(Plain), score).score(&[piece]).swap_remove(0)
    }

    #[test]
    fn the_likelihood_of_each_token_is_its_score_down_to_the_floor() {
        assert_eq!(scores(CriticScore::LogLikelihood { floor: -3.0 }, &[1, 2, 7]), [-1.0, -2.0, -3.0]);
    }

    #[test]
    fn a_perplexity_within_the_band_costs_nothing() {
        let band = CriticScore::PerplexityBand { low: 1.0_f32.exp(), high: 2.0_f32.exp() };
        for (tokens, expected) in [([1, 2], 0.0), ([3, 5], -2.0), ([0, 1], -0.5)] {
            let scores = scores(band, &tokens);
            assert!(scores[0] == 0.0 && (scores[1] - expected).abs() < 1e-6, "{tokens:?}: {scores:?}");
        }
    }
}
