//! Watching for collapse and theft: how much an agent's pieces differ, and what they share with the tunes of the corpus.

use std::collections::HashMap;

use gradus_agents::AgentConfig;
use gradus_envs::{EnvError, Library, Setting};
use gradus_music::{
    Token, Vocabulary,
    similarity::{TuneIndex, distinct_share, mean_pairwise_distance, ngram_entropy, pitch_class_entropy},
};
use serde::Serialize;

use crate::terminal::{Tone, painted};

/// Pairs of pieces that are compared at most.
const PAIRS: usize = 20_000;

/// The length of the runs whose entropy is taken.
const RUN: usize = 4;

/// How much pieces differ, beside as many stretches of the corpus, and which tune they come nearest to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diversity {
    /// Of the pieces.
    pub pieces: Variety,
    /// Of as many stretches of training tunes, each as long as a piece.
    pub corpus: Variety,
    /// The longest run of notes that a piece shares with a training tune, wherever it is transposed to.
    pub longest_shared_run: Option<Shared>,
}

/// How much the pieces of a set differ from each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Variety {
    /// Different pieces over all.
    pub distinct: Option<f64>,
    /// The mean share of the steps in which two pieces differ.
    pub mean_distance: Option<f64>,
    /// Of all notes' pitch classes, in bits.
    pub pitch_class_entropy: Option<f64>,
    /// Of all runs of four tokens, in bits.
    pub run_entropy: Option<f64>,
}

/// A run of notes that stands in a piece and in a tune.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// How many notes.
    pub notes: usize,
    /// How many the piece has.
    pub out_of: usize,
    /// The piece, from 0.
    pub piece: usize,
    /// The tune.
    pub tune: String,
    /// Its title, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// The tunes that pieces are measured by, made ready once.
pub struct Tunes {
    vocabulary: Vocabulary,
    tokens: Vec<Vec<Token>>,
    index: TuneIndex,
    /// The titles of the tunes that have one, by their names.
    titles: HashMap<String, String>,
}

impl Tunes {
    /// The training tunes, as they are written within `setting`.
    pub fn of(setting: &Setting, library: &Library) -> Result<Self, EnvError> {
        let tunes = library.training_melodies(&setting.encoding())?;
        let corpus = library.corpus()?;
        let index = TuneIndex::new(
            setting.vocabulary,
            tunes.iter().map(|tune| (corpus.pieces[tune.piece].name.as_str(), &tune.encoded.tokens)),
        );
        let titled = corpus.pieces.iter();
        let titled = titled.filter_map(|piece| Some((piece.name.clone(), piece.score.title.clone()?)));
        Ok(Self {
            titles: titled.collect(),
            vocabulary: setting.vocabulary,
            index,
            tokens: tunes.into_iter().map(|tune| tune.encoded.tokens).collect(),
        })
    }

    /// So many stretches of `length` steps, from tunes all over the corpus; fewer if it has no more.
    pub fn stretches(&self, count: usize, length: usize) -> Vec<&[Token]> {
        let all: Vec<&[Token]> = self.tokens.iter().flat_map(|tune| tune.chunks_exact(length.max(1))).collect();
        let count = count.min(all.len());
        (0..count).map(|index| all[index * all.len() / count]).collect()
    }
}

impl Diversity {
    /// Of some pieces.
    pub fn of(pieces: &[&[Token]], tunes: &Tunes) -> Self {
        let Tunes { vocabulary, index, titles, .. } = tunes;
        let runs = pieces.iter().enumerate().filter_map(|(piece, tokens)| {
            let run = index.longest_shared_run(tokens)?;
            let (tune, title) = (run.tune.to_owned(), titles.get(run.tune).cloned());
            Some(Shared { notes: run.notes, out_of: run.out_of, piece, tune, title })
        });
        // Of several the first.
        let longest = runs.reduce(|longest, run| if run.notes > longest.notes { run } else { longest });
        let length = pieces.iter().map(|piece| piece.len()).max().unwrap_or(0);
        let stretches = tunes.stretches(pieces.len(), length);
        let variety = |pieces: &[&[Token]]| Variety {
            distinct: distinct_share(pieces),
            mean_distance: mean_pairwise_distance(pieces, PAIRS),
            pitch_class_entropy: pitch_class_entropy(pieces, *vocabulary),
            run_entropy: ngram_entropy(pieces, RUN),
        };
        Self { pieces: variety(pieces), corpus: variety(&stretches), longest_shared_run: longest }
    }

    /// What to tell a user whose agent repeats itself: that its pieces differ less than `least` of what the corpus's do.
    pub fn warning(&self, least: f64, agent: &AgentConfig) -> Option<String> {
        let share = self.share_of_corpus().filter(|share| *share < least)?;
        let percent = 100.0 * share;
        let raise = agent.exploration_key().map(|key| format!("raise `{key}`, or ")).unwrap_or_default();
        Some(format!(
            "{} the pieces differ {percent:.0} % as much as those of the corpus; {raise}pay for something else\n",
            painted(Tone::Careful, "warning:")
        ))
    }

    /// Its figures by the names under which metrics hold them.
    pub fn metrics(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let Variety { distinct, mean_distance, pitch_class_entropy, run_entropy } = self.pieces;
        let longest = self.longest_shared_run.as_ref().map(|run| run.notes as f64);
        [
            ("diversity/distinct", distinct),
            ("diversity/mean-distance", mean_distance),
            ("diversity/of-corpus", self.share_of_corpus()),
            ("diversity/pitch-class-entropy", pitch_class_entropy),
            ("diversity/run-entropy", run_entropy),
            ("diversity/longest-shared-run", longest),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// The mean distance between two pieces as a share of that between two stretches of the corpus.
    pub fn share_of_corpus(&self) -> Option<f64> {
        let (ours, theirs) = self.pieces.mean_distance.zip(self.corpus.mean_distance)?;
        (theirs > 0.0).then(|| ours / theirs)
    }
}
