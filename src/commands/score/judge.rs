//! Who judges: a config, or a run with what it has learned.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use anyhow::{Context, bail};
use gradus_envs::{Composing, CriticScales, Judgement, Library, Setting, Transcript, rewards::RewardStack};
use gradus_music::{MelodySource, Score, melody::choose};

use super::judged::Judged;
use crate::{config::TrainingConfig, reading::MusicPiece, run::RunDirectory, trained::Trained};

/// The config by which pieces are judged if none is given.
const DEFAULT_CONFIG: &str = include_str!("../../../configs/rl-tuner.toml");
const DEFAULT_NAME: &str = "configs/rl-tuner.toml";

/// The environment and the rewards that judge.
pub(super) struct Judge {
    /// What the config is called.
    pub(super) name: String,
    config: TrainingConfig,
    library: Library,
    /// How critics' scores were spread in the training of a run.
    scales: CriticScales,
    /// The rewards by the length of a piece.
    rewards: HashMap<usize, RewardStack>,
}

impl Judge {
    /// Opens a training config, or a run, which judges as it does in its own evaluation; the default config if there is
    /// none.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let (config, name) = match path {
            Some(run) if run.is_dir() => {
                let Trained { config, library, checkpoint, .. } = Trained::load(&RunDirectory::open(run)?)?;
                let scales = checkpoint.critic_scales()?;
                return Self::new(config, run.display().to_string(), library, scales);
            }
            Some(path) => (TrainingConfig::load(path, &[])?, path.display().to_string()),
            None => (TrainingConfig::parse(DEFAULT_CONFIG, DEFAULT_NAME, &[])?, DEFAULT_NAME.to_owned()),
        };
        let library = config.library();
        Self::new(config, name, library, CriticScales::default())
    }

    fn new(config: TrainingConfig, name: String, library: Library, scales: CriticScales) -> anyhow::Result<Self> {
        let this = Self { name, config, library, scales, rewards: HashMap::new() };
        this.composing()?;
        if this.config.reward.is_empty() {
            bail!("the config has no [[reward]] to judge by; `gradus list rewards` shows what there is");
        }
        Ok(this)
    }

    /// The config's environment, which must compose.
    pub(super) fn composing(&self) -> anyhow::Result<&dyn Composing> {
        let env = &self.config.env;
        env.config().composing().with_context(|| {
            format!("`{}` composes no piece; score with a config whose environment is `melody` or `phrase`", env.name())
        })
    }

    /// The corpus that the rewards have asked for.
    pub(super) fn library(&self) -> &Library {
        &self.library
    }

    /// The config.
    pub(super) fn config(&self) -> &TrainingConfig {
        &self.config
    }

    /// Judges a piece of a file by its melody; none if it has no notes.
    pub(super) fn judge_music(&mut self, piece: MusicPiece, source: &MelodySource) -> anyhow::Result<Option<Judged>> {
        let MusicPiece { name, score } = piece;
        let (transcript, score) = self.hear(score, source).with_context(|| format!("no melody to judge in {name}"))?;
        if transcript.steps.is_empty() || score.pitched_notes().next().is_none() && !transcript.own {
            return Ok(None);
        }
        let melody = choose(&score, source)?.to_string();
        let judged = self.judge(name, transcript, Some(&score))?;
        Ok(Some(Judged { melody: Some(melody), ..judged }))
    }

    /// The transcript of a score, without the whole silent bars before it unless it fits as it is, and the score as it was
    /// heard.
    fn hear(&self, score: Score, source: &MelodySource) -> anyhow::Result<(Transcript, Score)> {
        let composing = self.composing()?;
        let transcript = composing.transcribe(&score, source)?;
        Ok((transcript, score))
    }

    /// Judges a transcript.
    pub(super) fn judge(
        &mut self,
        name: String,
        transcript: Transcript,
        score: Option<&Score>,
    ) -> anyhow::Result<Judged> {
        let setting = Setting { steps: transcript.length, ..self.composing()?.setting()? };
        let rewards = match self.rewards.entry(transcript.length) {
            Entry::Occupied(entry) => entry.get().clone(),
            Entry::Vacant(entry) => {
                entry.insert(RewardStack::build(&self.config.reward, &setting, &self.library)?).clone()
            }
        };
        let terms = 0..rewards.names().count();
        let measured_only = terms.map(|term| rewards.is_eval_only(term)).collect();
        let mut env = self.composing()?.stage(&transcript, rewards)?;
        let judgement = Judgement::of_transcript(&transcript, env.as_mut(), self.scales.clone())?;
        let written = env.score().context("the environment composes no piece")?;
        Ok(Judged::new(name, setting, transcript, judgement, measured_only, &written, score))
    }
}
