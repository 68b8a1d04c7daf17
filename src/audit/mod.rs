//! The audit of a reward: is it any good, before a step is trained?
//!
//! It scores materials of which anybody knows how they should rank ([`materials`]) and tells of every term and of the
//! weighted sum how they do ([`judgement`]). It depends on the config and the seed alone.

mod degenerate;
mod flag;
mod judgement;
mod materials;
mod ranking;
mod search;
mod stage;

use gradus_envs::{Setting, rewards::RewardConfig};
use gradus_music::{Score, Tempo, Token};
use serde::Serialize;

pub use flag::{Finding, Flag};
pub use judgement::{Comparison, DROWNS, MaterialScores, PASSES, TermReport};
pub use materials::{Kind, LeftOut};

use crate::{config::TrainingConfig, corpus_config::warn_of_missing_voices};
use judgement::{Column, Scores};
use materials::{Material, Materials};
use stage::{Judged, Piece, Stage};

/// How an audit is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The share of the training that is done, 0 to 1, for weights that follow it.
    pub progress: f32,
    /// How many beginnings a beam search keeps.
    pub beam: usize,
    /// Of the random pieces.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { progress: 1.0, beam: 64, seed: 0 }
    }
}

/// All that an audit tells of a reward.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// The environment.
    pub environment: &'static str,
    /// The share of the training that is done, for weights that follow it.
    pub progress: f32,
    /// Of the random pieces.
    pub seed: u64,
    /// Whether music ranks above all noise and every degenerate policy with probability [`PASSES`], by the weighted sum.
    pub passes: bool,
    /// What was scored.
    pub materials: Vec<MaterialReport>,
    /// What was not.
    pub left_out: Vec<LeftOut>,
    /// The terms, in the config's order.
    pub terms: Vec<TermReport>,
    /// Their weighted sum.
    pub total: TermReport,
}

/// A material that was scored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaterialReport {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The same in words.
    pub about: String,
    /// How many pieces it has.
    pub pieces: usize,
    /// The piece with the highest return, where it is a melody of tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Vec<Token>>,
    /// The same as music.
    #[serde(skip)]
    pub score: Option<Score>,
}

impl Audit {
    /// Of the reward of a config.
    pub fn of(config: &TrainingConfig, options: Options) -> anyhow::Result<Self> {
        let Options { progress, beam, seed } = options;
        let library = config.library();
        let stage = Stage::of(config, &library, progress)?;
        let Materials { materials, left_out } = Materials::collect(&stage, &library, beam, seed)?;
        library.corpus_if_read().into_iter().for_each(warn_of_missing_voices);
        let pieces = materials.iter().flat_map(|material| material.pieces.iter().cloned()).collect();
        let mut judged = stage.judge(pieces)?.into_iter();
        let scored: Vec<Scored> = materials.into_iter().map(|material| Scored::new(material, &mut judged)).collect();

        let term = |(index, config): (usize, &RewardConfig)| Column {
            name: &stage.terms[index],
            weight: Some(config.config().weight().at(f64::from(progress))),
            paid: !config.config().is_eval_only(),
            scores: scores(&scored, |piece| piece.shares[index]),
            fires: share(&scored, |piece| piece.fired[index]),
        };
        let terms: Vec<_> = config.reward.iter().enumerate().map(term).collect();
        let total = Column {
            name: "total",
            weight: None,
            paid: true,
            scores: scores(&scored, |piece| piece.total),
            fires: share(&scored, |piece| piece.fired.iter().zip(&terms).any(|(fired, term)| *fired && term.paid)),
        };
        let terms = (0..terms.len()).map(|index| TermReport::of_term(&terms, index, &total)).collect();
        let total = TermReport::of_total(&total);
        let passes = total.falls_short().next().is_none();
        Ok(Self {
            environment: config.env.name(),
            progress,
            seed,
            passes,
            left_out,
            terms,
            total,
            materials: scored.into_iter().map(|scored| scored.report(&stage.setting)).collect(),
        })
    }

    /// Every term and the total.
    pub fn rows(&self) -> impl Iterator<Item = &TermReport> {
        self.terms.iter().chain([&self.total])
    }

    /// Whether anything is flagged.
    pub fn is_flagged(&self) -> bool {
        self.rows().any(|row| !row.flags.is_empty())
    }
}

/// A material with what its pieces got.
struct Scored {
    material: Material,
    judged: Vec<Judged>,
}

impl Scored {
    /// With as many scores as it has pieces; of what a search ends with, the best is kept.
    fn new(mut material: Material, judged: &mut impl Iterator<Item = Judged>) -> Self {
        let mut judged: Vec<Judged> = judged.take(material.pieces.len()).collect();
        if material.kind == Kind::Search
            && let Some(best) = best(&judged)
        {
            judged = vec![judged.swap_remove(best)];
            material.pieces = vec![material.pieces.swap_remove(best)];
        }
        Self { material, judged }
    }

    fn report(self, setting: &Setting) -> MaterialReport {
        let Self { material: Material { name, kind, about, pieces }, judged } = self;
        let best = best(&judged).and_then(|best| match &pieces[best] {
            Piece::Tokens(tokens) => Some(tokens.clone()),
            Piece::Played(_) => None,
        });
        let Setting { vocabulary, grid, meter, key, .. } = *setting;
        let score = |tokens: &Vec<Token>| vocabulary.score(tokens, grid, meter, Some(key), Tempo::default());
        MaterialReport { name, kind, about, pieces: pieces.len(), score: best.as_ref().map(score), best }
    }
}

/// The piece with the highest return, the first of equal ones.
fn best(judged: &[Judged]) -> Option<usize> {
    (0..judged.len()).reduce(|best, next| if judged[next].total > judged[best].total { next } else { best })
}

/// What the pieces of each material got.
fn scores(scored: &[Scored], value: impl Fn(&Judged) -> f64) -> Vec<Scores<'_>> {
    let of_material = scored.iter().map(|Scored { material, judged }| Scores {
        material: &material.name,
        kind: material.kind,
        values: judged.iter().map(&value).collect(),
    });
    of_material.collect()
}

/// The share of all pieces of which something is true.
fn share(scored: &[Scored], is_true: impl Fn(&Judged) -> bool) -> f64 {
    let all = || scored.iter().flat_map(|scored| &scored.judged);
    all().filter(|piece| is_true(piece)).count() as f64 / all().count().max(1) as f64
}
