//! Rewards that come when a piece is there.

use gradus_music::Token;
use serde::{Deserialize, Serialize};

use super::{Passage, WeightedCritic};
use crate::{
    env::Env,
    episode::{Episode, EpisodeStatistics, Spread},
    error::EnvError,
    vec_env::{Composition, VecEnv},
};

/// How each critic's scores have been spread so far, for those that are normalised; it is part of what was learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CriticScales {
    spreads: Vec<Spread>,
    /// What each critic has learned meanwhile, nothing for most. Too many numbers for text: who keeps scales keeps them
    /// apart.
    #[serde(skip)]
    pub learned: Vec<Vec<f32>>,
}

/// What the critics add to the rewards of some steps.
#[derive(Clone, Debug, PartialEq)]
pub struct LateShare {
    /// Whose steps they are.
    pub env: usize,
    /// The last of them, as it was noted.
    pub last: usize,
    /// What each step earns, the last one last.
    pub amounts: Vec<f32>,
}

/// A piece that waits to be judged.
#[derive(Clone, Debug)]
struct Waiting {
    env: usize,
    last: usize,
    primer: Vec<Token>,
    tokens: Vec<Token>,
    /// The finished episode; none for a piece in the making.
    episode: Option<Episode>,
}

/// The critics of a batch of environments, and the pieces that wait for them.
#[derive(Clone)]
pub struct LateRewards {
    critics: Vec<WeightedCritic>,
    scales: CriticScales,
    progress: f64,
    waiting: Vec<Waiting>,
    statistics: EpisodeStatistics,
    /// What critics reported while they learned in this iteration, the sum and the number of reports of each.
    reports: Vec<(&'static str, f64, f64)>,
}

impl LateRewards {
    /// The critics that the environments name, none if there are none. From here on the environments keep their pieces.
    pub fn of(envs: &mut VecEnv) -> Option<Self> {
        let late = Self::of_env(envs.env(0), CriticScales::default())?;
        envs.keep_compositions(true);
        Some(late)
    }

    /// The same for one environment, with scores as spread as they were before.
    pub fn of_env(env: &dyn Env, scales: CriticScales) -> Option<Self> {
        Self::of_critics(env.critics(), scales)
    }

    /// The same for these critics.
    pub fn of_critics(critics: &[WeightedCritic], mut scales: CriticScales) -> Option<Self> {
        let mut critics = critics.to_vec();
        if critics.is_empty() {
            return None;
        }
        scales.spreads.resize(critics.len(), Spread::default());
        for (critic, learned) in critics.iter_mut().zip(&scales.learned) {
            critic.critic.restore(learned);
        }
        Some(Self {
            critics,
            scales,
            progress: 0.0,
            waiting: Vec::new(),
            statistics: EpisodeStatistics::default(),
            reports: Vec::new(),
        })
    }

    /// Forgets the episodes of the last iteration; of the training so much is done, from 0 to 1, for the weights that
    /// follow it.
    pub fn begin_iteration(&mut self, progress: f32) {
        self.progress = f64::from(progress);
        self.statistics.clear();
        self.reports.clear();
    }

    /// How scores have been spread so far, and what critics have learned.
    pub fn scales(&self) -> CriticScales {
        let learned = self.critics.iter().map(|critic| critic.critic.learned()).collect();
        CriticScales { spreads: self.scales.spreads.clone(), learned }
    }

    /// How many critics there are.
    pub fn critics(&self) -> usize {
        self.critics.len()
    }

    /// What each critic needs to go on learning besides [`LateRewards::scales`]. Between iterations no piece waits.
    pub fn suspend(&self) -> Vec<Vec<u8>> {
        self.critics.iter().map(|critic| critic.critic.suspend()).collect()
    }

    /// Goes on from there.
    pub fn resume(&mut self, mut scales: CriticScales, states: &[Vec<u8>]) -> Result<(), EnvError> {
        for (index, critic) in self.critics.iter_mut().enumerate() {
            if let Some(learned) = scales.learned.get(index) {
                critic.critic.restore(learned);
            }
            let state = states.get(index).map_or(&[][..], Vec::as_slice);
            critic.critic.resume(state).map_err(|reason| EnvError::Critic { index, reason })?;
        }
        scales.spreads.resize(self.critics.len(), Spread::default());
        self.scales = scales;
        Ok(())
    }

    /// The mean of each figure that critics reported while they learned in this iteration.
    pub fn reports(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.reports.iter().map(|&(name, sum, count)| (name, sum / count))
    }

    /// What the episodes were like that were judged in this iteration.
    pub fn statistics(&self) -> &EpisodeStatistics {
        &self.statistics
    }

    /// Takes in the pieces that ended in the environments' last step, which is number `step`.
    pub fn note(&mut self, envs: &mut VecEnv, step: usize) {
        self.waiting.extend(envs.compositions().map(|Composition { env, episode, primer, tokens, .. }| Waiting {
            env,
            last: step,
            primer,
            tokens,
            episode: Some(episode),
        }));
    }

    /// Judges all pieces that wait, in one pass a critic, and what each step of them earns.
    pub fn settle(&mut self) -> Vec<LateShare> {
        let waiting = std::mem::take(&mut self.waiting);
        self.judge(waiting)
    }

    /// The same together with the pieces in the making, of which causal critics judge what is there; their last step is
    /// number `step`.
    pub fn settle_with_open(&mut self, envs: &VecEnv, step: usize) -> Vec<LateShare> {
        let mut waiting = std::mem::take(&mut self.waiting);
        for index in 0..envs.len() {
            let env = envs.env(index);
            if !env.tokens().is_empty() {
                waiting.push(Waiting {
                    env: index,
                    last: step,
                    primer: env.primer().to_vec(),
                    tokens: env.tokens().to_vec(),
                    episode: None,
                });
            }
        }
        self.judge(waiting)
    }

    /// Adds what the critics say to whole episodes; scales stay as they are.
    pub fn complete(&self, compositions: &mut [Composition]) {
        let waiting: Vec<Waiting> = compositions
            .iter()
            .enumerate()
            .map(|(index, composition)| Waiting {
                env: index,
                last: composition.episode.length.saturating_sub(1),
                primer: composition.primer.clone(),
                tokens: composition.tokens.clone(),
                episode: Some(composition.episode.clone()),
            })
            .collect();
        let shares = self.weighted(self.scores(&waiting));
        for (index, composition) in compositions.iter_mut().enumerate() {
            self.add_to(&mut composition.episode, shares.iter().map(|of_critic| &of_critic[index]));
        }
    }

    /// Each critic with what it gives to each step of a piece, weighted.
    pub fn of_piece(&self, piece: Passage<'_>) -> Vec<(&WeightedCritic, Vec<f32>)> {
        let Passage { primer, tokens, finished } = piece;
        let episode = finished.then(Episode::default);
        let piece = Waiting { env: 0, last: 0, primer: primer.to_vec(), tokens: tokens.to_vec(), episode };
        let shares = self.weighted(self.scores(&[piece]));
        self.critics.iter().zip(shares.into_iter().flatten()).collect()
    }

    /// The same for many finished pieces, in one pass a critic; scores that are normalised are so over all of them.
    pub fn of_pieces(&mut self, pieces: &[Vec<Token>]) -> Vec<(usize, Vec<Vec<f32>>)> {
        let whole = |tokens: &Vec<Token>| Waiting {
            env: 0,
            last: 0,
            primer: Vec::new(),
            tokens: tokens.clone(),
            episode: Some(Episode::default()),
        };
        let scores = self.scores(&pieces.iter().map(whole).collect::<Vec<_>>());
        for (scale, scores) in self.scales.spreads.iter_mut().zip(&scores) {
            scores.iter().flatten().for_each(|score| scale.add(f64::from(*score)));
        }
        let shares = self.weighted(scores);
        self.critics.iter().map(|critic| critic.term).zip(shares).collect()
    }

    fn judge(&mut self, waiting: Vec<Waiting>) -> Vec<LateShare> {
        let scores = self.scores(&waiting);
        for (scale, scores) in self.scales.spreads.iter_mut().zip(&scores) {
            let finished = waiting.iter().zip(scores).filter(|(piece, _)| piece.episode.is_some());
            finished.flat_map(|(_, scores)| scores).for_each(|score| scale.add(f64::from(*score)));
        }
        self.learn(&waiting);
        let shares = self.weighted(scores);
        let mut late = Vec::with_capacity(waiting.len());
        for (index, piece) in waiting.into_iter().enumerate() {
            if let Some(mut episode) = piece.episode {
                self.add_to(&mut episode, shares.iter().map(|of_critic| &of_critic[index]));
                self.statistics.add(&episode);
            }
            let mut amounts = vec![0.0; piece.tokens.len()];
            for (_, of_critic) in self.critics.iter().zip(&shares).filter(|(critic, _)| !critic.eval_only) {
                amounts.iter_mut().zip(&of_critic[index]).for_each(|(amount, share)| *amount += share);
            }
            late.push(LateShare { env: piece.env, last: piece.last, amounts });
        }
        late
    }

    /// Lets the critics learn from the finished pieces.
    fn learn(&mut self, waiting: &[Waiting]) {
        let finished: Vec<Passage<'_>> = waiting
            .iter()
            .filter(|piece| piece.episode.is_some())
            .map(|Waiting { primer, tokens, .. }| Passage { primer, tokens, finished: true })
            .collect();
        for (name, value) in self.critics.iter_mut().flat_map(|critic| critic.critic.learn(&finished)) {
            match self.reports.iter_mut().find(|(other, ..)| *other == name) {
                Some((_, sum, count)) => (*sum, *count) = (*sum + value, *count + 1.0),
                None => self.reports.push((name, value, 1.0)),
            }
        }
    }

    /// Each critic's scores of each piece; zeros where it cannot judge a piece in the making.
    fn scores(&self, waiting: &[Waiting]) -> Vec<Vec<Vec<f32>>> {
        let of_critic = |critic: &WeightedCritic| {
            let judged = |piece: &Waiting| piece.episode.is_some() || critic.critic.is_causal();
            let passages: Vec<Passage<'_>> = waiting
                .iter()
                .filter(|piece| judged(piece))
                .map(|Waiting { primer, tokens, episode, .. }| Passage { primer, tokens, finished: episode.is_some() })
                .collect();
            let mut scores = critic.critic.score(&passages).into_iter();
            let zeros = |piece: &Waiting| vec![0.0; piece.tokens.len()];
            let of_piece = |piece| if judged(piece) { scores.next().unwrap_or_default() } else { zeros(piece) };
            waiting.iter().map(of_piece).collect()
        };
        self.critics.iter().map(of_critic).collect()
    }

    /// Scores as they count.
    fn weighted(&self, mut scores: Vec<Vec<Vec<f32>>>) -> Vec<Vec<Vec<f32>>> {
        for ((critic, scale), scores) in self.critics.iter().zip(&self.scales.spreads).zip(&mut scores) {
            let weight = critic.weight.at(self.progress);
            let (mean, std) = match (critic.normalise, scale.std()) {
                (true, std) if std > 0.0 => (scale.mean, std),
                _ => (0.0, 1.0),
            };
            for score in scores.iter_mut().flatten() {
                *score = (weight * (f64::from(*score) - mean) / std) as f32;
            }
        }
        scores
    }

    fn add_to<'a>(&self, episode: &mut Episode, shares: impl Iterator<Item = &'a Vec<f32>>) {
        for (critic, shares) in self.critics.iter().zip(shares) {
            episode.add_late(critic.term, shares, !critic.eval_only);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{critic::RewardCritic, schedule::Schedule};

    /// Scores each token by itself.
    #[derive(Clone)]
    struct Own {
        causal: bool,
    }

    impl RewardCritic for Own {
        fn score(&self, pieces: &[Passage<'_>]) -> Vec<Vec<f32>> {
            pieces.iter().map(|piece| piece.tokens.iter().map(|token| f32::from(token.0)).collect()).collect()
        }

        fn is_causal(&self) -> bool {
            self.causal
        }
    }

    fn late(causal: bool, normalise: bool) -> LateRewards {
        let critic = Box::new(Own { causal });
        let critic = WeightedCritic { term: 1, weight: Schedule::Constant(2.0), eval_only: false, normalise, critic };
        LateRewards {
            critics: vec![critic],
            scales: CriticScales { spreads: vec![Spread::default()], learned: Vec::new() },
            progress: 0.0,
            waiting: Vec::new(),
            statistics: EpisodeStatistics::default(),
            reports: Vec::new(),
        }
    }

    fn piece(env: usize, tokens: &[u8], finished: bool) -> Waiting {
        let tokens: Vec<Token> = tokens.iter().copied().map(Token).collect();
        let episode = finished.then(|| Episode { reward: 1.0, length: tokens.len(), shares: vec![1.0, 0.0] });
        Waiting { env, last: 5, primer: Vec::new(), tokens, episode }
    }

    #[test]
    fn every_step_gets_its_share_and_episodes_their_sum() {
        let mut late = late(true, false);
        let shares = late.judge(vec![piece(0, &[1, 2], true), piece(3, &[4], false)]);
        let expected =
            [LateShare { env: 0, last: 5, amounts: vec![2.0, 4.0] }, LateShare { env: 3, last: 5, amounts: vec![8.0] }];
        assert_eq!(shares, expected);
        assert_eq!(late.statistics().episodes(), 1);
        assert_eq!(late.statistics().returns.mean, 7.0);
        assert_eq!(late.statistics().mean_shares().collect::<Vec<_>>(), [1.0, 6.0]);
    }

    #[test]
    fn a_critic_that_only_measures_is_in_the_shares_and_not_in_the_reward() {
        let mut late = late(true, false);
        late.critics[0].eval_only = true;
        let shares = late.judge(vec![piece(0, &[1, 2], true)]);
        assert_eq!(shares[0].amounts, [0.0, 0.0]);
        assert_eq!(late.statistics().returns.mean, 1.0);
        assert_eq!(late.statistics().mean_shares().collect::<Vec<_>>(), [1.0, 6.0]);
    }

    #[test]
    fn a_piece_in_the_making_waits_for_a_critic_of_whole_pieces() {
        let shares = late(false, false).judge(vec![piece(0, &[1, 2], false), piece(1, &[3], true)]);
        assert_eq!(shares[0].amounts, [0.0, 0.0]);
        assert_eq!(shares[1].amounts, [6.0]);
    }

    /// Scores each token by how many finished pieces it has heard.
    #[derive(Clone)]
    struct Listener(f32);

    impl RewardCritic for Listener {
        fn score(&self, pieces: &[Passage<'_>]) -> Vec<Vec<f32>> {
            pieces.iter().map(|piece| vec![self.0; piece.tokens.len()]).collect()
        }

        fn is_causal(&self) -> bool {
            true
        }

        fn learn(&mut self, pieces: &[Passage<'_>]) -> Vec<(&'static str, f64)> {
            self.0 += pieces.len() as f32;
            vec![("critic/pieces", pieces.len() as f64)]
        }

        fn learned(&self) -> Vec<f32> {
            vec![self.0]
        }

        fn restore(&mut self, learned: &[f32]) {
            self.0 = learned[0];
        }
    }

    #[test]
    fn a_critic_learns_from_finished_pieces_after_it_has_scored_them() {
        let critic = WeightedCritic {
            term: 0,
            weight: Schedule::Constant(1.0),
            eval_only: false,
            normalise: false,
            critic: Box::new(Listener(0.0)),
        };
        let mut late = LateRewards::of_critics(std::slice::from_ref(&critic), CriticScales::default()).unwrap();
        let first = late.judge(vec![piece(0, &[1, 2], true), piece(1, &[3], false)]);
        assert_eq!((&first[0].amounts, &first[1].amounts), (&vec![0.0, 0.0], &vec![0.0]));
        assert_eq!(late.judge(vec![piece(0, &[1], true), piece(1, &[3], true)])[1].amounts, [1.0]);
        assert_eq!(late.reports().collect::<Vec<_>>(), [("critic/pieces", 1.5)]);
        let again = LateRewards::of_critics(&[critic], late.scales()).unwrap();
        let judged = again.of_piece(Passage { primer: &[], tokens: &[Token(4)], finished: true });
        assert_eq!(judged.into_iter().map(|(_, shares)| shares).collect::<Vec<_>>(), [[3.0]]);
    }

    #[test]
    fn normalised_scores_have_mean_0_and_standard_deviation_1() {
        let mut late = late(true, true);
        let shares = late.judge(vec![piece(0, &[1, 2, 3, 4, 5], true)]);
        let mean: f32 = shares[0].amounts.iter().sum::<f32>() / 5.0;
        let squares: f32 = shares[0].amounts.iter().map(|amount| (amount / 2.0).powi(2)).sum();
        assert!(mean.abs() < 1e-6 && (squares / 5.0 - 1.0).abs() < 1e-5, "{shares:?}");
    }
}
