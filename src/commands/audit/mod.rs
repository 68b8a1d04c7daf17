//! `gradus audit`: is this reward any good, before a step is trained?

mod page;
mod tables;

use std::path::PathBuf;

use anyhow::bail;
use gradus_music::Shares;
use serde::Serialize;

use crate::{
    audit::{Audit, Options},
    config::TrainingConfig,
    corpus_config::CorpusConfig,
    output,
    page::PageArgs,
    split,
    threads::Threads,
    voice::VoiceArgs,
};
use tables::tables;

/// The arguments of `gradus audit`.
#[derive(clap::Args)]
#[command(after_help = "\
Under every term and the weighted sum it scores test music of the corpus, the same music damaged, random pieces, degenerate \
policies (silence, one note held or repeated, a scale, a trill), and the best pieces that a greedy and a beam search find. It \
tells how probably music ranks above each, what each term has in the total's variance, and flags terms that rank noise or a \
habit above music, never fire, or drown the rest. A reward passes if, by the weighted sum, music ranks above all noise and every \
degenerate policy with a probability of 0.9. The searched pieces are shown, but do not count: an optimum is above music by \
definition.

Examples:
  gradus audit rl-tuner
  gradus audit configs/rl-tuner.toml --html audit.html
  gradus audit rl-tuner --set reward.2.repeat.penalty=1 --strict")]
pub struct Args {
    /// The training config whose rewards are audited
    config: PathBuf,
    /// Change a setting: reward.0.key.weight=2; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    assignments: Vec<String>,
    /// The share of the training that is done, 0 to 1, for weights that change over it
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = share)]
    progress: f32,
    /// How many beginnings the beam search keeps at each step
    #[arg(long, value_name = "WIDTH", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    beam: u32,
    /// The seed of the random pieces, instead of the config's
    #[arg(long)]
    seed: Option<u64>,
    /// Take the music from this folder of MIDI files instead of the config's corpus
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    #[command(flatten)]
    voice: VoiceArgs,
    /// The shares of the tunes for training, validation and test, of which the test part is the music
    #[arg(long, value_name = "A,B,C", allow_hyphen_values = true, long_help = split::HELP)]
    split: Option<Shares>,
    /// Fail if anything is flagged or the reward does not pass
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    page: PageArgs,
    /// Print one JSON document: {"terms": [{"name", "flags": [...], ...}], "total": {...}, ...}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    threads: Threads,
}

/// An audit with the name of its config.
#[derive(Serialize)]
struct Report<'a> {
    config: String,
    #[serde(flatten)]
    audit: &'a Audit,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let page = self.page.file()?;
        let mut config = TrainingConfig::load(&self.config, &self.assignments)?;
        config.seed = self.seed.unwrap_or(config.seed);
        config.corpus = CorpusConfig::choose(config.corpus, self.corpus.clone(), self.voice.voice.clone());
        config.split = self.split.or(config.split);
        let options = Options { progress: self.progress, beam: self.beam as usize, seed: config.seed };
        let audit = self.threads.pool()?.install(|| Audit::of(&config, options))?;
        let report = Report { config: self.config.display().to_string(), audit: &audit };
        if let Some(path) = page {
            crate::page::write(path, &page::html(&report)?)?;
        }
        let told = if self.json {
            output::json(&report)
        } else {
            let mut text: Vec<_> = tables(&report).iter().map(ToString::to_string).collect();
            text.extend(page.map(|page| format!("page: {}\n", page.display())));
            Ok(output::text(text.join("\n"))?)
        };
        // Whoever stops reading the tables still learns by the exit status.
        if self.strict && !audit.passes {
            bail!("{} {}", report.config, tables::verdict(&audit));
        }
        if self.strict && audit.is_flagged() {
            bail!("{} has flagged terms", report.config);
        }
        told
    }
}

fn share(text: &str) -> Result<f32, String> {
    let share: f32 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(format!("{share} is no share; give 0 to 1")) }
}
