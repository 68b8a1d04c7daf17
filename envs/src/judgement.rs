//! A finished piece under the reward terms, step by step.

use gradus_music::{Note, Tick, Token};
use rayon::prelude::*;

use crate::{
    critic::{CriticScales, LateRewards},
    error::EnvError,
    rewards::{Context, RewardStack},
    setting::Setting,
};

/// What the terms say of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The terms' names, in the order of all shares.
    pub terms: Vec<String>,
    /// What each step brought.
    pub steps: Vec<StepJudgement>,
}

/// What the terms say of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepJudgement {
    /// The step's token.
    pub token: Token,
    /// Each term's weighted share.
    pub shares: Vec<f32>,
    /// The sum of the shares that count.
    pub total: f32,
}

/// Pieces that one thread judges at a time.
const BATCH: usize = 32;

impl Judgement {
    /// Judges `tokens` as a piece within `setting`; it is finished if it has the setting's length.
    ///
    /// # Panics
    /// If the piece is longer than the setting's length, or a token is not in its vocabulary.
    pub fn of(tokens: &[Token], setting: &Setting, rewards: &mut RewardStack) -> Result<Self, EnvError> {
        let mut this = Self::without_critics(tokens, setting, rewards)?;
        if let Some(late) = LateRewards::of_critics(rewards.critics(), CriticScales::default()) {
            for (term, shares) in late.of_piece(tokens, tokens.len() == setting.steps) {
                this.add(term, &shares, !rewards.is_eval_only(term));
            }
        }
        Ok(this)
    }

    /// Judges finished pieces, side by side, and with one pass a critic; critics' scores that are normalised are so over
    /// all the pieces. Of the training the share `progress`, 0 to 1, is done, for the weights that follow it.
    ///
    /// # Panics
    /// If a piece is longer than the setting's length, or a token is not in its vocabulary.
    pub fn of_all(
        pieces: &[Vec<Token>],
        setting: &Setting,
        rewards: &RewardStack,
        progress: f32,
    ) -> Result<Vec<Self>, EnvError> {
        let mut rewards = rewards.clone();
        rewards.set_progress(progress);
        let batches: Vec<_> = pieces.chunks(BATCH).map(|batch| (batch, rewards.clone())).collect();
        let judge = |(batch, mut rewards): (&[Vec<Token>], RewardStack)| {
            batch
                .iter()
                .map(|tokens| Self::without_critics(tokens, setting, &mut rewards))
                .collect::<Result<Vec<_>, _>>()
        };
        let judged: Vec<Vec<Self>> = batches.into_par_iter().map(judge).collect::<Result<_, _>>()?;
        let mut judged: Vec<Self> = judged.into_iter().flatten().collect();
        if let Some(mut late) = LateRewards::of_critics(rewards.critics(), CriticScales::default()) {
            late.begin_iteration(progress);
            for (term, shares) in late.of_pieces(pieces) {
                let paid = !rewards.is_eval_only(term);
                judged.iter_mut().zip(&shares).for_each(|(judgement, shares)| judgement.add(term, shares, paid));
            }
        }
        Ok(judged)
    }

    /// What the terms say that an environment computes itself.
    fn without_critics(tokens: &[Token], setting: &Setting, rewards: &mut RewardStack) -> Result<Self, EnvError> {
        assert!(tokens.len() <= setting.steps, "a piece fits its setting");
        rewards.reset();
        let notes = setting.vocabulary.decode(tokens);
        let mut sounding: Vec<Note> = Vec::with_capacity(notes.len());
        let mut upcoming = notes.iter().peekable();
        let mut steps = Vec::with_capacity(tokens.len());
        for (step, &token) in tokens.iter().enumerate() {
            if let Some(note) = upcoming.next_if(|note| note.start as usize == step) {
                sounding.push(Note::new(note.pitch, setting.tick(step), Tick::ZERO));
            }
            let begun = sounding.len();
            if let (Some(note), Some(whole)) = (sounding.last_mut(), notes[..begun].last()) {
                note.duration = setting.tick((whole.length as usize).min(step + 1 - whole.start as usize));
            }
            let context = Context::of_tokens(setting, &[], &tokens[..=step], &sounding);
            let total = rewards.on_step(&context, step + 1 == setting.steps)?;
            steps.push(StepJudgement { token, shares: rewards.shares().to_vec(), total });
        }
        Ok(Self { terms: rewards.names().map(str::to_owned).collect(), steps })
    }

    /// Adds what a critic says of each step, which counts if it is paid for.
    fn add(&mut self, term: usize, shares: &[f32], paid: bool) {
        for (step, share) in self.steps.iter_mut().zip(shares) {
            step.shares[term] += share;
            if paid {
                step.total += share;
            }
        }
    }

    /// Each term's share of the whole piece.
    pub fn totals(&self) -> Vec<f64> {
        (0..self.terms.len()).map(|term| self.steps.iter().map(|step| f64::from(step.shares[term])).sum()).collect()
    }

    /// The return of the whole piece.
    pub fn total(&self) -> f64 {
        self.steps.iter().map(|step| f64::from(step.total)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Library, rewards::RewardConfig, tasks::melody};

    #[test]
    fn judging_many_at_once_is_judging_each() {
        let setting = melody::Config::default().setting().unwrap();
        let rewards = RewardConfig::served_by(setting.aspects);
        let rewards = RewardStack::build(&rewards, &setting, &Library::embedded()).unwrap();
        let piece = |number: usize| (0..setting.steps).map(|step| Token(((step * number) % 38) as u8)).collect();
        let pieces: Vec<Vec<Token>> = (0..2 * BATCH + 3).map(piece).collect();
        let judged = Judgement::of_all(&pieces, &setting, &rewards, 0.0).unwrap();
        for (piece, judgement) in pieces.iter().zip(&judged) {
            assert_eq!(*judgement, Judgement::of(piece, &setting, &mut rewards.clone()).unwrap());
        }
    }
}
