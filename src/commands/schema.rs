//! `gradus schema`: what a config may say, for editors.

use clap::ValueEnum;
use gradus_envs::registry::schema_of;

use super::sweep::plan::Sweep;
use crate::{config::TrainingConfig, critic::CriticFile, output};

/// The arguments of `gradus schema`.
#[derive(clap::Args)]
#[command(after_help = "\
An editor that knows TOML and JSON schemas completes and checks configs by it. Where it uses taplo, the first line of a config
names the schema:

  gradus schema > gradus.schema.json
  #:schema gradus.schema.json")]
pub struct Args {
    /// The kind of config
    #[arg(value_enum, default_value_t = Kind::Training)]
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// For gradus train
    Training,
    /// For gradus critic fit
    Critic,
    /// For gradus sweep
    Sweep,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        output::json(&match self.kind {
            Kind::Training => schema_of::<TrainingConfig>(),
            Kind::Critic => schema_of::<CriticFile>(),
            Kind::Sweep => schema_of::<Sweep>(),
        })
    }
}
