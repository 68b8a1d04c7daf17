//! `gradus score`: what every reward term says of a piece, step by step.

mod page;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use gradus_envs::{EnvironmentConfig, Judgement, Setting, rewards::RewardStack, tasks::melody};
use gradus_music::{Pitch, Token, midi};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use crate::{
    config::TrainingConfig,
    number::{fixed, signed},
    output,
    page::PageArgs,
};

/// The config by which pieces are judged if none is given.
const DEFAULT_CONFIG: &str = include_str!("../../../configs/rl-tuner.toml");
const DEFAULT_NAME: &str = "configs/rl-tuner.toml";

/// The arguments of `gradus score`.
#[derive(clap::Args)]
#[command(after_help = "\
A MIDI file is judged by its melody, moved to the config's key and grid, over its whole length. Tokens are judged as they are: 0 \
ends a note, 1 holds it, 2 and up are pitches from the environment's lowest. The page has a piano roll for each term that pays, \
with each note colored by what it earns, the sums of the bars, and the sound.

Examples:
  gradus score tune.mid
  gradus score tune.mid --config quickstart --html tune.html
  gradus score --tokens pieces.json --json")]
pub struct Args {
    /// MIDI files
    #[arg(required_unless_present = "tokens", value_name = "FILE.mid")]
    files: Vec<PathBuf>,
    /// A JSON file of token sequences: [[14, 16, ...], ...] or [{"tokens": [...]}, ...]
    #[arg(long, value_name = "FILE.json", conflicts_with = "files")]
    tokens: Option<PathBuf>,
    /// The training config whose environment and rewards judge; configs/rl-tuner.toml if not given
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    page: PageArgs,
    /// Print one JSON document: [{"steps": [{"token", "terms": {...}, "total"}, ...], "totals": {...}, "total"}, ...]
    #[arg(long)]
    json: bool,
}

/// A piece to judge, and where it came from.
struct Piece {
    name: String,
    tokens: Vec<Token>,
    /// Whether it is complete at its own length, whatever the config's.
    whole: bool,
}

/// A piece with what is said of it.
struct Judged<'a> {
    piece: &'a Piece,
    judgement: Judgement,
    setting: Setting,
    rewards: RewardStack,
}

#[derive(Serialize)]
struct PieceReport<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    steps: Vec<StepReport<'a>>,
    totals: Terms<'a, f64>,
    total: f64,
}

#[derive(Serialize)]
struct StepReport<'a> {
    token: u8,
    terms: Terms<'a, f32>,
    total: f32,
}

/// A number a term, as a JSON object in the terms' order.
struct Terms<'a, T>(&'a [String], Vec<T>);

impl<T: Serialize> Serialize for Terms<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter().zip(&self.1) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let page = self.page.file()?;
        let config = match &self.config {
            Some(path) => TrainingConfig::load(path, &[])?,
            None => TrainingConfig::parse(DEFAULT_CONFIG, DEFAULT_NAME, &[])?,
        };
        let EnvironmentConfig::Melody(melody) = &config.env else {
            bail!(
                "`{}` does not compose in tokens; score with a config whose environment is `melody`",
                config.env.name()
            );
        };
        if config.reward.is_empty() {
            bail!("the config has no [[reward]] to judge by; `gradus list rewards` shows what there is");
        }
        let pieces = match &self.tokens {
            Some(path) => read_tokens(path, melody)?,
            None => self.files.iter().map(|path| read_melody(path, melody)).collect::<Result<_, _>>()?,
        };
        let library = config.library();
        let mut judged = Vec::with_capacity(pieces.len());
        for piece in &pieces {
            let base = melody.setting()?;
            let steps = if piece.whole { piece.tokens.len() } else { base.steps.max(piece.tokens.len()) };
            let setting = Setting { steps, ..base };
            let mut rewards = RewardStack::build(&config.reward, &setting, &library)?;
            let judgement = Judgement::of(&piece.tokens, &setting, &mut rewards)?;
            judged.push(Judged { piece, judgement, setting, rewards });
        }
        let reports: Vec<_> = judged.iter().map(|judged| PieceReport::new(judged.piece, &judged.judgement)).collect();
        if let Some(path) = page {
            let config = self.config.as_deref().map_or_else(|| DEFAULT_NAME.into(), Path::to_string_lossy);
            crate::page::write(path, &page::html(&judged, &config, melody.tempo)?)?;
        }
        if self.json {
            return output::json(&reports);
        }
        let page = page.map(|page| format!("page: {}\n", page.display())).unwrap_or_default();
        Ok(output::text(describe(&reports, melody) + page.as_str())?)
    }
}

impl<'a> PieceReport<'a> {
    fn new(piece: &'a Piece, judgement: &'a Judgement) -> Self {
        let terms = &judgement.terms;
        let steps = judgement.steps.iter().map(|step| StepReport {
            token: step.token.0,
            terms: Terms(terms, step.shares.clone()),
            total: step.total,
        });
        Self {
            name: &piece.name,
            steps: steps.collect(),
            totals: Terms(terms, judgement.totals()),
            total: judgement.total(),
        }
    }
}

fn read_melody(path: &Path, config: &melody::Config) -> anyhow::Result<Piece> {
    let setting = config.setting()?;
    let reading = midi::read(path)?;
    let Some(score) = reading.scores.first() else { bail!("{} holds no piece", path.display()) };
    let tokens = setting.encoding().encode(score).with_context(|| format!("no melody in {}", path.display()))?.tokens;
    if tokens.is_empty() {
        bail!("{} holds no notes to judge", path.display());
    }
    Ok(Piece { name: path.display().to_string(), tokens, whole: true })
}

fn read_tokens(path: &Path, config: &melody::Config) -> anyhow::Result<Vec<Piece>> {
    #[derive(Deserialize)]
    struct Sequence {
        tokens: Vec<u64>,
    }

    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let sequences: Vec<Vec<u64>> = if let Ok(lists) = serde_json::from_str(&text) {
        lists
    } else {
        let objects: Vec<Sequence> = serde_json::from_str(&text).with_context(|| {
            format!("{} is neither [[14, 16, ...], ...] nor [{{\"tokens\": [...]}}, ...]", path.display())
        })?;
        objects.into_iter().map(|object| object.tokens).collect()
    };
    let setting = config.setting()?;
    let size = setting.vocabulary.size();
    let mut pieces = Vec::with_capacity(sequences.len());
    for (number, sequence) in sequences.into_iter().enumerate() {
        if let Some((step, token)) = sequence.iter().enumerate().find(|(_, token)| **token >= size as u64) {
            bail!(
                "{}: sequence {number}, step {step}: {token} is not a token; there are {size}, from 0",
                path.display()
            );
        }
        if sequence.len() > melody::Config::MAX_STEPS {
            bail!("{}: sequence {number} is longer than {} steps", path.display(), melody::Config::MAX_STEPS);
        }
        let tokens = sequence.into_iter().map(|token| Token(token as u8)).collect();
        pieces.push(Piece { name: String::new(), tokens, whole: false });
    }
    Ok(pieces)
}

/// A table a piece: a row for each step at which something was paid, and the totals.
fn describe(reports: &[PieceReport<'_>], config: &melody::Config) -> String {
    let mut text = String::new();
    for (number, report) in reports.iter().enumerate() {
        let name = name(report.name, number);
        text += &format!("{name}: {} steps, total {}\n", report.steps.len(), fixed(report.total, 2));
        for (index, step) in report.steps.iter().enumerate() {
            let paid: Vec<_> = step
                .terms
                .0
                .iter()
                .zip(&step.terms.1)
                .filter(|(_, share)| **share != 0.0)
                .map(|(term, share)| format!("{term} {}", signed(f64::from(*share))))
                .collect();
            text += &format!(
                "  step {index:>3}  beat {:>5}  {:<8}  {:>8}  {}\n",
                place(index, usize::from(config.steps_per_beat)),
                token_name(step.token, config.low),
                fixed(f64::from(step.total), 2),
                paid.join(", "),
            );
        }
        let rows = report.totals.0.iter().zip(&report.totals.1);
        text += &output::table(&rows.map(|(term, total)| vec![term.clone(), fixed(*total, 2)]).collect::<Vec<_>>());
    }
    text
}

/// What a piece is called.
fn name(name: &str, number: usize) -> String {
    if name.is_empty() { format!("sequence {number}") } else { name.to_owned() }
}

/// A step by its beat and its place in the beat, both from 1.
fn place(step: usize, steps_per_beat: usize) -> String {
    format!("{}.{}", step / steps_per_beat + 1, step % steps_per_beat + 1)
}

fn token_name(token: u8, lowest: Pitch) -> String {
    match token {
        0 => "off".into(),
        1 => "-".into(),
        _ => lowest.transpose(i32::from(token) - 2).map_or_else(|| "?".into(), |pitch| pitch.to_string()),
    }
}
