//! `gradus list`: what there is.

use std::borrow::Cow;

use clap::ValueEnum;
use gradus_agents::AgentConfig;
use gradus_envs::{EnvironmentConfig, registry::Entry, rewards::RewardConfig};
use gradus_models::critics::CriticConfig;
use serde::Serialize;
use serde_json::{Map, json};

use crate::{output, plots::PLOTS, shipped};

/// The arguments of `gradus list`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  gradus list
  gradus list rewards
  gradus list configs --json")]
pub struct Args {
    /// Only this kind
    kind: Option<Kind>,
    /// Print one JSON document: {"envs": [{"name", "summary"}, ...], "rewards": [...], ...}
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Envs,
    Rewards,
    Agents,
    Critics,
    Plots,
    Configs,
}

/// A line of a list.
#[derive(Serialize)]
struct Line {
    name: &'static str,
    summary: Cow<'static, str>,
}

impl From<&Entry> for Line {
    fn from(&Entry { name, summary, .. }: &Entry) -> Self {
        Self { name, summary: summary.into() }
    }
}

impl Kind {
    fn lines(self) -> Vec<Line> {
        let registered = |entries: &[Entry]| entries.iter().map(Line::from).collect();
        match self {
            Self::Envs => registered(EnvironmentConfig::ENTRIES),
            Self::Rewards => registered(RewardConfig::ENTRIES),
            Self::Agents => registered(AgentConfig::ENTRIES),
            Self::Critics => registered(CriticConfig::ENTRIES),
            Self::Plots => PLOTS.iter().map(|plot| Line { name: plot.name, summary: plot.summary.into() }).collect(),
            Self::Configs => {
                shipped::configs().into_iter().map(|(name, summary)| Line { name, summary: summary.into() }).collect()
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Envs => "envs",
            Self::Rewards => "rewards",
            Self::Agents => "agents",
            Self::Critics => "critics",
            Self::Plots => "plots",
            Self::Configs => "configs",
        }
    }
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let kinds: Vec<_> =
            Kind::value_variants().iter().filter(|kind| self.kind.is_none_or(|only| only == **kind)).collect();
        if self.json {
            let lists: Map<_, _> = kinds.iter().map(|kind| (kind.name().to_owned(), json!(kind.lines()))).collect();
            return output::json(&lists);
        }
        let mut text = String::new();
        for kind in kinds {
            let row = |Line { name, summary }: Line| vec![name.to_owned(), summary.into_owned()];
            let rows: Vec<_> = kind.lines().into_iter().map(row).collect();
            text += &format!("{}\n{}", kind.name(), output::table(&rows));
        }
        output::text(text)?;
        Ok(())
    }
}
