//! A finished piece under the reward terms, step by step.

use gradus_music::{Note, Tick, Token};

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

impl Judgement {
    /// Judges `tokens` as a piece within `setting`; it is finished if it has the setting's length.
    ///
    /// # Panics
    /// If the piece is longer than the setting's length, or a token is not in its vocabulary.
    pub fn of(tokens: &[Token], setting: &Setting, rewards: &mut RewardStack) -> Result<Self, EnvError> {
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
        if let Some(late) = LateRewards::of_critics(rewards.critics(), CriticScales::default()) {
            for (term, shares) in late.of_piece(tokens, tokens.len() == setting.steps) {
                for (step, share) in steps.iter_mut().zip(shares) {
                    step.shares[term] += share;
                    if !rewards.is_eval_only(term) {
                        step.total += share;
                    }
                }
            }
        }
        Ok(Self { terms: rewards.names().map(str::to_owned).collect(), steps })
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
