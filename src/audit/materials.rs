//! What is scored: music, the same music damaged, noise, degenerate policies, and what a search finds.

use anyhow::bail;
use gradus_envs::{
    Library,
    seeding::{Role, stream},
};
use gradus_music::{Corruption, Split, Token, corruption::Notation};
use serde::Serialize;

use super::{
    degenerate::POLICIES,
    search,
    stage::{Piece, Stage},
};

/// Pieces of music that are scored at most, spread over the test part of the corpus.
const MOST_MUSIC: usize = 400;
/// Pieces of music that are scored at least: fewer tell nothing.
const LEAST_MUSIC: usize = 8;
/// Pieces of random actions.
const RANDOM: usize = 256;

/// What a material is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Test music of one collection of the corpus.
    Music,
    /// All of that music, damaged.
    Damage,
    /// Pieces that are random.
    Noise,
    /// Pieces of one habit, all that it can write.
    Degenerate,
    /// The best piece that a search finds.
    Search,
}

impl Kind {
    /// Whether an agent chooses among its pieces, so that the best of them is what counts.
    pub(super) fn is_chosen(self) -> bool {
        matches!(self, Self::Degenerate | Self::Search)
    }
}

/// Pieces of one sort.
pub(super) struct Material {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What it is, in words.
    pub(super) about: String,
    pub(super) pieces: Vec<Piece>,
}

/// A material that is not scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its name.
    pub material: &'static str,
    /// Why it is not.
    pub reason: String,
}

/// Everything that is scored, and what is not.
#[derive(Default)]
pub(super) struct Materials {
    pub(super) materials: Vec<Material>,
    pub(super) left_out: Vec<LeftOut>,
}

/// Damage that leaves of the music something, each with what it is.
const DAMAGE: [(&str, &str); 5] = [
    ("wrong-notes", "the music with a quarter of its notes moved by a semitone or a tone"),
    ("shuffled-bars", "the music with its bars in another order"),
    ("shifted-rhythm", "the music with a quarter of its onsets moved by a step of the grid"),
    ("reversed", "the music from its end to its beginning"),
    ("out-of-range", "the music moved by octaves, out of range"),
];

/// Damage that leaves of the music its rhythm only.
const NOISE: [(&str, &str); 2] = [
    ("random-in-key", "the rhythm of the music with random pitches of the key"),
    ("random-out-of-key", "the rhythm of the music with random pitches outside the key"),
];

impl Materials {
    /// All of them for an environment; random ones are drawn from streams of `seed`.
    pub(super) fn collect(stage: &Stage, library: &Library, beam: usize, seed: u64) -> anyhow::Result<Self> {
        let mut this = Self::default();
        let music = this.add_music(stage, library)?;
        for (name, about) in DAMAGE {
            this.add_damaged(stage, &music, (name, Kind::Damage, about), seed);
        }
        this.add_random(stage, seed)?;
        for (name, about) in NOISE {
            this.add_damaged(stage, &music, (name, Kind::Noise, about), seed);
        }
        this.add_degenerate(stage)?;
        this.add_searched(stage, beam)?;
        Ok(this)
    }

    fn add(&mut self, name: &str, kind: Kind, about: String, pieces: Vec<Piece>) {
        self.materials.push(Material { name: name.to_owned(), kind, about, pieces });
    }

    fn leave_out(&mut self, material: &'static str, reason: impl Into<String>) {
        self.left_out.push(LeftOut { material, reason: reason.into() });
    }

    /// The beginnings of the test tunes, as long as a piece, moved to the environment's key and range.
    fn add_music(&mut self, stage: &Stage, library: &Library) -> anyhow::Result<Vec<Vec<Token>>> {
        let setting = &stage.setting;
        let corpus = library.corpus()?;
        let sounds = |tokens: &[Token]| tokens.iter().any(|token| *token > Token::HOLD);
        let mut tunes = Vec::new();
        for tune in corpus.melodies(Split::Test, &setting.encoding())? {
            let beginning = tune.encoded.tokens.get(..setting.steps).filter(|tokens| sounds(tokens));
            tunes.extend(beginning.map(|tokens| (corpus.pieces[tune.piece].collection.as_str(), tokens.to_vec())));
        }
        let (found, steps) = (tunes.len(), setting.steps);
        if found < LEAST_MUSIC {
            bail!(
                "the test part of the corpus has {found} tunes of {steps} steps or more, and {LEAST_MUSIC} are needed: \
                 shorten the environment's pieces, or give a larger corpus"
            );
        }
        let count = found.min(MOST_MUSIC);
        let tunes: Vec<_> = (0..count).map(|index| tunes[index * found / count].clone()).collect();
        let mut styles: Vec<&str> = tunes.iter().map(|(style, _)| *style).collect();
        styles.sort_unstable();
        styles.dedup();
        for style in styles {
            let of_style = tunes.iter().filter(|(other, _)| *other == style);
            let pieces = of_style.map(|(_, tokens)| Piece::Tokens(tokens.clone())).collect();
            let about = format!("beginnings of test tunes of `{style}`, {steps} steps, in {}", setting.key);
            self.add(style, Kind::Music, about, pieces);
        }
        Ok(tunes.into_iter().map(|(_, tokens)| tokens).collect())
    }

    fn add_damaged(
        &mut self,
        stage: &Stage,
        music: &[Vec<Token>],
        (name, kind, about): (&'static str, Kind, &str),
        seed: u64,
    ) {
        let all = Corruption::all();
        let Some(number) = all.iter().position(|corruption| corruption.name() == name) else { return };
        let corruption = all[number];
        if corruption == Corruption::OutOfRange {
            return self.leave_out(name, "no action writes a pitch beyond the environment's range");
        }
        if corruption == Corruption::RandomOutOfKey && stage.is_in_key() {
            return self.leave_out(name, "no action writes a pitch outside the key");
        }
        let setting = &stage.setting;
        let notation = Notation { grid: setting.grid, meter: setting.meter, key: setting.key };
        let damaged = music.iter().enumerate().filter_map(|(index, tokens)| {
            let mut generator = stream(seed, Role::Corruption, (index * all.len() + number) as u64);
            let damaged = corruption.apply_to_melody(tokens, setting.vocabulary, notation, &mut generator)?;
            (damaged != *tokens).then_some(Piece::Tokens(damaged))
        });
        let pieces: Vec<_> = damaged.collect();
        if pieces.is_empty() {
            return self.leave_out(name, "pieces are too short to be damaged so");
        }
        self.add(name, kind, about.to_owned(), pieces);
    }

    fn add_random(&mut self, stage: &Stage, seed: u64) -> anyhow::Result<()> {
        let about = "every action drawn from all there are";
        if let Some(pieces) = stage.random(false, RANDOM, seed) {
            self.add("random-actions", Kind::Noise, about.to_owned(), pieces?);
        }
        let about = "every action drawn from those that stay in the key";
        match stage.random(true, RANDOM, seed) {
            Some(pieces) => self.add("random-actions-in-key", Kind::Noise, about.to_owned(), pieces?),
            None => self.leave_out("random-actions-in-key", "every action stays in the key"),
        }
        Ok(())
    }

    fn add_degenerate(&mut self, stage: &Stage) -> anyhow::Result<()> {
        for policy in POLICIES {
            let mut pieces = Vec::new();
            for tokens in (policy.pieces)(&stage.setting, stage.shortest()) {
                if stage.can_write(&tokens)? {
                    pieces.push(Piece::Tokens(tokens));
                }
            }
            if pieces.is_empty() {
                self.leave_out(policy.name, policy.impossible);
            } else {
                self.add(policy.name, Kind::Degenerate, policy.about.to_owned(), pieces);
            }
        }
        Ok(())
    }

    /// What searches end with; of a beam all of it, and the best is taken once it is judged.
    fn add_searched(&mut self, stage: &Stage, width: usize) -> anyhow::Result<()> {
        if stage.writes_events() {
            for search in ["greedy", "beam"] {
                self.leave_out(search, "its actions are continuous, and a search tries each of a finite number");
            }
            return Ok(());
        }
        let pieces = |tokens: Vec<Vec<Token>>| tokens.into_iter().map(Piece::Tokens).collect();
        let about = "at each step the action with the highest reward".to_owned();
        self.add("greedy", Kind::Search, about, pieces(search::beam(stage.env.clone(), 1)?));
        let about = format!("the best piece that a beam search finds which keeps {width} beginnings at each step");
        self.add("beam", Kind::Search, about, pieces(search::beam(stage.env.clone(), width)?));
        Ok(())
    }
}
