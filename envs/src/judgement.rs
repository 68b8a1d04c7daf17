//! A finished piece under the reward terms, step by step.

use gradus_music::{Note, Tick, Token};
use rayon::prelude::*;

use crate::{
    critic::{CriticScales, LateRewards, Passage},
    env::Env,
    episode::Episode,
    error::EnvError,
    rewards::{Context, RewardStack},
    setting::Setting,
    transcript::Transcript,
};

/// What the terms say of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The terms' names, in the order of all shares.
    pub terms: Vec<String>,
    /// What each step brought.
    pub steps: Vec<StepJudgement>,
    /// The sums of the whole piece, added up as an environment adds up an episode's.
    episode: Episode,
}

/// What the terms say of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepJudgement {
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
            let passage = Passage { primer: &[], tokens, finished: tokens.len() == setting.steps };
            this.add_late(&late, passage);
        }
        Ok(this)
    }

    /// Performs a transcript in the environment that is staged for it and judges it as the environment does: a piece that
    /// was composed there earns what it earned then, schedules standing at their end. Critics that normalize do so by
    /// `scales`.
    pub fn of_transcript(transcript: &Transcript, env: &mut dyn Env, scales: CriticScales) -> Result<Self, EnvError> {
        env.set_progress(1.0);
        let mut this = Self::new(env.spec().terms.clone(), transcript.steps.len());
        let mut finished = false;
        for step in &transcript.steps {
            let taken = env.step(step.action.as_action())?;
            this.add_step(taken.reward, env.shares());
            finished = taken.terminated;
        }
        if let Some(mut late) = LateRewards::of_env(env, scales) {
            late.begin_iteration(1.0);
            let passage = Passage { primer: env.primer(), tokens: env.tokens(), finished };
            this.add_late(&late, passage);
        }
        Ok(this)
    }

    fn new(terms: Vec<String>, steps: usize) -> Self {
        Self { episode: Episode::new(terms.len()), terms, steps: Vec::with_capacity(steps) }
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
        let mut this = Self::new(rewards.names().map(str::to_owned).collect(), tokens.len());
        for step in 0..tokens.len() {
            if let Some(note) = upcoming.next_if(|note| note.start as usize == step) {
                sounding.push(Note::new(note.pitch, setting.tick(step), Tick::ZERO));
            }
            let begun = sounding.len();
            if let (Some(note), Some(whole)) = (sounding.last_mut(), notes[..begun].last()) {
                note.duration = setting.tick((whole.length as usize).min(step + 1 - whole.start as usize));
            }
            let context = Context::of_tokens(setting, &[], &tokens[..=step], &sounding);
            let total = rewards.on_step(&context, step + 1 == setting.steps)?;
            this.add_step(total, rewards.shares());
        }
        Ok(this)
    }

    fn add_step(&mut self, total: f32, shares: &[f32]) {
        self.episode.add(total, shares);
        self.steps.push(StepJudgement { shares: shares.to_vec(), total });
    }

    /// Adds what critics say of the piece.
    fn add_late(&mut self, late: &LateRewards, piece: Passage<'_>) {
        for (critic, shares) in late.of_piece(piece) {
            self.add(critic.term, &shares, !critic.eval_only);
        }
    }

    /// Adds what a critic says of each step, which counts if it is paid for.
    fn add(&mut self, term: usize, shares: &[f32], paid: bool) {
        self.episode.add_late(term, shares, paid);
        for (step, share) in self.steps.iter_mut().zip(shares) {
            step.shares[term] += share;
            if paid {
                step.total += share;
            }
        }
    }

    /// Each term's share of the whole piece.
    pub fn totals(&self) -> &[f64] {
        &self.episode.shares
    }

    /// The return of the whole piece.
    pub fn total(&self) -> f64 {
        self.episode.reward
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
