//! What trained agents compose: how good the pieces are, how different, and which three to listen to.

use std::collections::HashSet;

use anyhow::bail;
use gradus_envs::Composition;
use serde::Serialize;

use crate::{
    number::number,
    run::RunDirectory,
    trained::{Trained, evaluate_random},
};

/// Pieces of one run, over all its seeds.
#[derive(Serialize)]
pub(super) struct Pieces {
    /// How many there are.
    pub(super) count: usize,
    /// How many of them differ; `None` where the environment composes no pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) distinct: Option<usize>,
    /// Their mean return.
    pub(super) mean_return: f64,
    /// That of the random agent over as many pieces.
    pub(super) random_mean_return: f64,
    /// Their returns.
    #[serde(skip)]
    pub(super) returns: Vec<f64>,
    /// The terms' names, in the order of every piece's shares.
    #[serde(skip)]
    pub(super) terms: Vec<String>,
    /// The best, the median and the worst.
    pub(super) chosen: Vec<Chosen>,
}

/// A piece that stands for others.
#[derive(Serialize)]
pub(super) struct Chosen {
    /// Which it is: best, median or worst, or several where they are the same piece.
    pub(super) rank: String,
    /// The seed of the agent that composed it.
    pub(super) seed: u64,
    /// Its return.
    #[serde(rename = "return")]
    pub(super) reward: f64,
    #[serde(skip)]
    pub(super) composition: Composition,
}

impl Pieces {
    /// Lets the agents of all seeds compose so many pieces in all.
    pub(super) fn compose(runs: &[RunDirectory], count: usize, seed: u64) -> anyhow::Result<Self> {
        let mut all: Vec<(u64, Composition)> = Vec::with_capacity(count);
        let (mut terms, mut random) = (Vec::new(), f64::NAN);
        for (index, run) in runs.iter().enumerate() {
            let share = count / runs.len() + usize::from(index < count % runs.len());
            if share == 0 {
                continue;
            }
            let trained = Trained::load(run)?;
            let evaluation = trained.evaluate(share, seed, false)?;
            if index == 0 {
                random = evaluate_random(trained.env.as_ref(), count, seed)?.statistics().returns.mean;
            } else if evaluation.terms != terms {
                bail!("the seeds were trained with different rewards, so that their pieces do not compare");
            }
            terms = evaluation.terms;
            all.extend(evaluation.compositions.into_iter().map(|composition| (run.seed(), composition)));
        }
        // Best first; of equals, the one that was composed first.
        all.sort_by(|(_, left), (_, right)| right.episode.reward.total_cmp(&left.episode.reward));
        let returns: Vec<_> = all.iter().map(|(_, piece)| piece.episode.reward).collect();
        let composes = all.iter().all(|(_, piece)| piece.score.is_some());
        Ok(Self {
            count: all.len(),
            distinct: composes.then(|| all.iter().map(|(_, piece)| content(piece)).collect::<HashSet<_>>().len()),
            mean_return: returns.iter().sum::<f64>() / returns.len() as f64,
            random_mean_return: random,
            chosen: if composes { choose(&all) } else { Vec::new() },
            returns,
            terms,
        })
    }

    /// What is said of them on the terminal.
    pub(super) fn told(&self) -> String {
        let Self { count, mean_return, random_mean_return, .. } = self;
        let distinct = self.distinct.map(|distinct| format!(", {distinct} different")).unwrap_or_default();
        let (mean, random) = (number(*mean_return), number(*random_mean_return));
        format!("{count} pieces{distinct}, mean return {mean} (random agent {random})")
    }
}

/// What makes a piece the same as another: its notes.
fn content(piece: &Composition) -> Vec<gradus_music::Note> {
    piece.score.iter().flat_map(gradus_music::Score::notes).copied().collect()
}

/// The best, the median and the worst of pieces in order, each different piece once.
fn choose(all: &[(u64, Composition)]) -> Vec<Chosen> {
    let mut chosen: Vec<Chosen> = Vec::new();
    for (rank, index) in [("best", 0), ("median", all.len() / 2), ("worst", all.len().saturating_sub(1))] {
        let Some((seed, piece)) = all.get(index) else { continue };
        if let Some(same) = chosen.iter_mut().find(|chosen| content(&chosen.composition) == content(piece)) {
            same.rank = format!("{}, {rank}", same.rank);
        } else {
            let (rank, reward) = (rank.to_owned(), piece.episode.reward);
            chosen.push(Chosen { rank, seed: *seed, reward, composition: piece.clone() });
        }
    }
    chosen
}
