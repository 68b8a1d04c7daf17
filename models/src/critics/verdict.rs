//! Discriminators as reward critics.

use std::sync::Arc;

use gradus_envs::{Passage, RewardCritic};

use super::{Adversary, Discriminator, Excerpt};

/// Judges pieces by how real a discriminator finds them.
#[derive(Clone)]
pub struct Verdict {
    model: Arc<dyn Discriminator>,
    /// Log-odds lie between minus this and this.
    clip: f32,
    /// Tokens of a whole piece.
    steps: usize,
    /// Judges instead of the model, if it goes on learning.
    adversary: Option<Adversary>,
}

impl Verdict {
    /// A token earns its log-odds, clipped, divided by the `steps` of a whole piece.
    pub fn new(model: Arc<dyn Discriminator>, clip: f32, steps: usize) -> Self {
        Self { model, clip, steps: steps.max(1), adversary: None }
    }

    /// The same by a discriminator that goes on learning.
    #[must_use]
    pub fn learning(self, adversary: Adversary) -> Self {
        Self { adversary: Some(adversary), ..self }
    }
}

impl RewardCritic for Verdict {
    fn score(&self, pieces: &[Passage<'_>]) -> Vec<Vec<f32>> {
        let tokens: Vec<Vec<u32>> = pieces.iter().map(whole).collect();
        let excerpts: Vec<Excerpt<'_>> =
            tokens.iter().zip(pieces).map(|(tokens, piece)| Excerpt { tokens, before: piece.primer.len() }).collect();
        let judged = match &self.adversary {
            Some(adversary) => adversary.judge(&excerpts),
            None => self.model.judge(&excerpts),
        };
        let earned = |(piece, judged): (&Passage<'_>, Vec<f32>)| {
            let places = judged.len() as f32;
            let log_odds = judged[piece.primer.len()..].iter().map(|share| share * places);
            log_odds.map(|log_odds| log_odds.clamp(-self.clip.abs(), self.clip.abs()) / self.steps as f32).collect()
        };
        pieces.iter().zip(judged).map(earned).collect()
    }

    fn is_causal(&self) -> bool {
        true
    }

    fn learn(&mut self, pieces: &[Passage<'_>]) -> Vec<(&'static str, f64)> {
        let Some(adversary) = &mut self.adversary else { return Vec::new() };
        for piece in pieces {
            adversary.hear(whole(piece), piece.primer.len());
        }
        adversary.learn()
    }

    fn learned(&self) -> Vec<f32> {
        self.adversary.as_ref().map_or_else(Vec::new, Adversary::learned)
    }

    fn restore(&mut self, learned: &[f32]) {
        if let Some(adversary) = &mut self.adversary {
            adversary.restore(learned);
        }
    }

    fn suspend(&self) -> Vec<u8> {
        self.adversary.as_ref().map_or_else(Vec::new, Adversary::suspend)
    }

    fn resume(&mut self, state: &[u8]) -> Result<(), String> {
        self.adversary.as_mut().map_or(Ok(()), |adversary| adversary.resume(state).map_err(|error| error.to_string()))
    }
}

/// A piece with what was given before it.
fn whole(piece: &Passage<'_>) -> Vec<u32> {
    piece.primer.iter().chain(piece.tokens).map(|token| u32::from(token.0)).collect()
}

#[cfg(test)]
mod tests {
    use gradus_music::Token;

    use super::*;
    use crate::sequence::Alphabet;
    use crate::weights::NamedArray;

    /// Finds each token as real as its number.
    struct Plain;

    impl Discriminator for Plain {
        fn alphabet(&self) -> Alphabet {
            Alphabet { tokens: 38, phases: 16 }
        }

        fn judge(&self, pieces: &[Excerpt<'_>]) -> Vec<Vec<f32>> {
            let share = |piece: &Excerpt<'_>, token: u32| token as f32 / piece.tokens.len() as f32;
            pieces.iter().map(|piece| piece.tokens.iter().map(|token| share(piece, *token)).collect()).collect()
        }

        fn parameters(&self) -> usize {
            0
        }

        fn keep(&self) -> Vec<NamedArray> {
            Vec::new()
        }
    }

    #[test]
    fn a_token_earns_its_log_odds_in_the_measure_of_a_whole_piece() {
        let mut verdict = Verdict::new(Arc::new(Plain), 3.0, 4);
        let piece = Passage { primer: &[Token(9)], tokens: &[Token(1), Token(2), Token(7)], finished: false };
        assert_eq!(verdict.score(&[piece]), [[0.25, 0.5, 0.75]]);
        assert!(verdict.learn(&[piece]).is_empty() && verdict.learned().is_empty());
    }
}
