//! `gradus check`: does an environment keep its promises?

use std::path::PathBuf;

use anyhow::bail;
use gradus_envs::{EnvironmentConfig, check_env};

use crate::{
    config::TrainingConfig,
    output,
    terminal::{Tone, painted},
};

/// The arguments of `gradus check`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  gradus check melody
  gradus check --config configs/quickstart.toml")]
pub struct Args {
    /// The environment's name, as `gradus list envs` shows it; checked with its default settings and sample rewards
    #[arg(required_unless_present = "config")]
    env: Option<String>,
    /// Check the environment and rewards of this training config instead
    #[arg(long, value_name = "CONFIG", conflicts_with = "env")]
    config: Option<PathBuf>,
    /// The seed of the random play
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print one JSON document: [{"promise", "breach"}, ...]
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let config = match (&self.config, &self.env) {
            (Some(path), _) => TrainingConfig::load(path, &[])?,
            (None, name) => default_config(name.as_deref().unwrap_or_default())?,
        };
        let env = config.environment(&config.library())?;
        let checks = check_env(env.as_ref(), self.seed, Some(count_allocations));
        if self.json {
            output::json(&checks)?;
        } else {
            let lines = checks.iter().map(|check| match &check.breach {
                None => format!("{}    {}\n", painted(Tone::Good, "kept"), check.promise),
                Some(breach) => format!("{}  {}: {breach}\n", painted(Tone::Bad, "BROKEN"), check.promise),
            });
            output::text(lines.collect::<String>())?;
        }
        match checks.iter().filter(|check| check.breach.is_some()).count() {
            0 => Ok(()),
            broken => bail!("`{}` breaks {broken} of {} promises", env.spec().name, checks.len()),
        }
    }
}

fn default_config(name: &str) -> anyhow::Result<TrainingConfig> {
    let Some(env) = EnvironmentConfig::defaults().into_iter().find(|env| env.name() == name) else {
        let names: Vec<_> = EnvironmentConfig::ENTRIES.iter().map(|entry| entry.name).collect();
        bail!("there is no environment `{name}`; there are: {}", names.join(", "));
    };
    let reward = env.config().sample_rewards();
    Ok(TrainingConfig { env, reward, ..TrainingConfig::default() })
}

fn count_allocations(work: &mut dyn FnMut()) -> u64 {
    allocation_counter::measure(work).count_total
}
