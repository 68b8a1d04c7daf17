//! `gradus list`: what there is.

use clap::ValueEnum;
use gradus_agents::AgentConfig;
use gradus_envs::{EnvironmentConfig, registry::Entry, rewards::RewardConfig};
use serde_json::{Map, json};

use crate::{output, plots::PLOTS};

/// The arguments of `gradus list`.
#[derive(clap::Args)]
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
    Plots,
}

impl Kind {
    fn entries(self) -> Vec<Entry> {
        match self {
            Self::Envs => EnvironmentConfig::ENTRIES.to_vec(),
            Self::Rewards => RewardConfig::ENTRIES.to_vec(),
            Self::Agents => AgentConfig::ENTRIES.to_vec(),
            Self::Plots => PLOTS.iter().map(|plot| Entry { name: plot.name, summary: plot.summary }).collect(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Envs => "envs",
            Self::Rewards => "rewards",
            Self::Agents => "agents",
            Self::Plots => "plots",
        }
    }
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let kinds: Vec<_> =
            Kind::value_variants().iter().filter(|kind| self.kind.is_none_or(|only| only == **kind)).collect();
        if self.json {
            let lists: Map<_, _> = kinds.iter().map(|kind| (kind.name().to_owned(), json!(kind.entries()))).collect();
            return output::json(&lists);
        }
        let mut text = String::new();
        for kind in kinds {
            let entries = kind.entries();
            let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
            text += &format!("{}\n", kind.name());
            for Entry { name, summary } in entries {
                text += &format!("  {name:<width$}  {summary}\n");
            }
        }
        output::text(text)?;
        Ok(())
    }
}
