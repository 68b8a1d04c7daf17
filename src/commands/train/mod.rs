//! `gradus train`: an agent from a config.

mod exhibits;
mod seeds;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::Context;
use gradus_agents::{Algorithm, Checkpoint, Evaluation, Task, evaluate};
use gradus_envs::{Env, EnvironmentConfig, Library};
use gradus_music::Shares;

use self::exhibits::exhibits;
pub(in crate::commands) use self::seeds::Seeds;
use super::{compose::write_compositions, plot::draw_all};
use crate::{
    config::TrainingConfig,
    corpus_config::CorpusConfig,
    critic::Folders,
    diversity::{Diversity, Tunes},
    interrupt::{Stopped, stop_at_end_of_input, stop_signal},
    number::number,
    output,
    plots::RunSeries,
    progress::Progress,
    reading::tell_of_corpus,
    run::{RunDirectory, write_atomic},
    split,
    threads::Threads,
    trained::{Trained, evaluate_random},
    training_log::{Earlier, Log},
    voice::VoiceArgs,
};

/// Episodes of the random agent from which the baseline is taken.
const BASELINE_EPISODES: usize = 512;

/// Episodes that are heard with each checkpoint.
const HEARD_EPISODES: usize = 128;

/// Checkpoints of which TensorBoard shows pieces, spread over all, so that many checkpoints do not fill the disk.
const SHOWN_CHECKPOINTS: u64 = 20;

/// Episodes of the trained agent that are judged at the end.
const FINAL_EPISODES: usize = 128;

/// The arguments of `gradus train`.
#[derive(clap::Args)]
#[command(after_help = "\
The run is written to results/NAME/seed-N: config, metrics, TensorBoard events, checkpoints, compositions, plots. Ctrl-C and \
SIGTERM stop after the current iteration and leave a usable run; --resume goes on with it, or with one that was killed. The exit \
code is then 130.

Examples:
  gradus train quickstart
  gradus train configs/quickstart.toml
  gradus train configs/rl-tuner.toml --seeds 0..10 --jobs 2
  gradus train rl-tuner --set agent.ppo.clip=0.1 --out results/trial")]
pub struct Args {
    /// The training config, a TOML file
    config: PathBuf,
    /// The seed, instead of the config's
    #[arg(long)]
    seed: Option<u64>,
    /// Train many seeds, a process each: 0..10, 0..=9 or 1,5,7. One that fails does not stop the others
    #[arg(long, value_name = "SEEDS", conflicts_with = "seed")]
    seeds: Option<Seeds>,
    /// How many seeds at a time; as many as there are cores if not given
    #[arg(long, value_name = "N", requires = "seeds")]
    jobs: Option<usize>,
    /// Change a setting: agent.ppo.clip=0.1, reward.0.key.weight=2; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    assignments: Vec<String>,
    /// Learn from this folder of MIDI files instead of the embedded corpus
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    #[command(flatten)]
    voice: VoiceArgs,
    /// The shares of the tunes for training, validation and test; 0.8,0.1,0.1 if not given
    #[arg(long, value_name = "A,B,C", allow_hyphen_values = true, long_help = split::HELP)]
    split: Option<Shares>,
    /// The folder of the run; results/ and the config's name if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a run that is there already
    #[arg(long)]
    force: bool,
    /// Go on with a run that was stopped or killed; it ends as if it had never been
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Seconds between two states from which --resume can go on
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    save_every: u64,
    /// Stop when standard input ends, as it does when the process that began this one is gone
    #[arg(long, hide = true)]
    until_input_ends: bool,
    #[command(flatten)]
    threads: Threads,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if let Some(seeds) = &self.seeds {
            return self.run_seeds(seeds);
        }
        self.threads.pool()?.install(|| self.train())
    }

    fn train(&self) -> anyhow::Result<()> {
        let stop = stop_signal()?;
        if self.until_input_ends {
            stop_at_end_of_input(&stop);
        }
        let mut config = TrainingConfig::load(&self.config, &self.assignments)?;
        config.seed = self.seed.unwrap_or(config.seed);
        config.corpus = CorpusConfig::choose(config.corpus, self.corpus.clone(), self.voice.voice.clone());
        config.split = self.split.or(config.split);
        let out = self.out();
        if self.resume {
            RunDirectory::refuse_absent(&out, config.seed)?;
        }
        let library = config.library();
        let env = config.environment(&library)?;
        library.corpus_if_read().into_iter().for_each(tell_of_corpus);
        split::refuse_untaught(&config, &library, env.as_ref())?;
        let task =
            Task { env: env.as_ref(), library: &library, models: &Folders, policy: &config.policy, seed: config.seed };
        let mut algorithm = config.agent.config().build(&task)?;
        let baseline = evaluate_random(env.as_ref(), BASELINE_EPISODES, config.seed)?.statistics().returns.mean;

        if stop.load(Ordering::Relaxed) {
            return Err(Stopped("stopped before the training began: nothing was kept".to_owned()).into());
        }
        let _lock = RunDirectory::lock(&out, config.seed)?;
        let earlier = if self.resume { Earlier::find(&out, &config)? } else { Earlier::None };
        let listener = Listener::new(&config, &library, env.as_ref())?;
        let (run, from) = match earlier {
            Earlier::Finished(run) if run.actions_path().exists() => {
                let text = format!("{} is trained: there is nothing to go on with", run.path().display());
                return Ok(output::text(text)?);
            }
            // Killed after its last step, before it was judged.
            Earlier::Finished(run) => return judge(&run, &config, baseline, &listener, true),
            Earlier::Suspended(run, from) => (run, Some(*from)),
            Earlier::None => {
                // A config that cannot be written is told before a folder is made.
                config.to_toml()?;
                let run = RunDirectory::create(&out, config.seed, self.force || self.resume)?;
                write_atomic(&run.config_path(), config.kept_in(run.path()).to_toml()?.as_bytes())?;
                (run, None)
            }
        };
        let mut log = Log::open(&run, &config, from.as_ref(), Duration::from_secs(self.save_every))?;
        if let Some(from) = &from {
            algorithm.resume(from).with_context(|| run.suspended_path().display().to_string())?;
        }
        let finished = train(algorithm.as_mut(), &config, baseline, &listener, &mut log, &stop)?;
        judge(&run, &config, baseline, &listener, finished)?;
        if !finished {
            return Err(Stopped("stopped: --resume goes on with this run".to_owned()).into());
        }
        log.clear()
    }

    fn out(&self) -> PathBuf {
        self.out
            .clone()
            .unwrap_or_else(|| PathBuf::from("results").join(self.config.file_stem().unwrap_or("run".as_ref())))
    }
}

/// Lets the trained agent compose, draws the plots and tells how it went.
fn judge(
    run: &RunDirectory,
    config: &TrainingConfig,
    baseline: f64,
    listener: &Listener<'_>,
    finished: bool,
) -> anyhow::Result<()> {
    let trained = Trained::load(run)?;
    let evaluation = trained.evaluate(FINAL_EPISODES.max(config.compositions), config.seed, false)?;
    if config.compositions > 0 && evaluation.compositions.iter().all(|piece| piece.score.is_some()) {
        let mut pieces = evaluation.clone();
        pieces.compositions.truncate(config.compositions);
        write_compositions(&pieces, &run.compositions_path(), &format!("seed-{}", config.seed))?;
    }
    write_atomic(&run.actions_path(), serde_json::to_string(&evaluation.actions)?.as_bytes())?;
    draw_all(&[RunSeries::read(run.path())?], &run.plots_path())?;
    let episodes = evaluation.compositions.len();
    let returns = evaluation.statistics().returns;
    let state = trained.unfinished().map(|unfinished| format!("{unfinished}; the run is usable as it is"));
    output::text(format!(
        "{}\n  mean return {} (std {}) over {episodes} episodes; random agent {}\n  \
             config, metrics, checkpoints, compositions (MIDI and SVG) and plots: {}",
        state.filter(|_| !finished).as_deref().unwrap_or("trained"),
        number(returns.mean),
        number(returns.std()),
        number(baseline),
        run.path().display(),
    ))?;
    let warning =
        listener.judge(&evaluation).and_then(|diversity| diversity.warning(config.least_diversity, &config.agent));
    if let Some(warning) = warning {
        output::text(warning)?;
    }
    Ok(())
}

/// Iterates until the config's steps are done, or `stop` is raised; whether it came to the end.
fn train(
    algorithm: &mut dyn Algorithm,
    config: &TrainingConfig,
    baseline: f64,
    listener: &Listener<'_>,
    log: &mut Log,
    stop: &AtomicBool,
) -> anyhow::Result<bool> {
    let total = config.total_steps;
    let mut progress = Progress::new(log.steps(), total);
    let mut steps = log.steps();
    let due = |steps: u64| steps * config.checkpoints / total.max(1);
    let shown = |steps: u64| due(steps) * config.checkpoints.min(SHOWN_CHECKPOINTS) / config.checkpoints.max(1);
    while steps < total && !stop.load(Ordering::Relaxed) {
        let iteration_start = Instant::now();
        let done = algorithm.iterate(steps as f64 / total as f64)?;
        let before = std::mem::replace(&mut steps, done.steps);

        let mut row = log.row(steps);
        for (name, value) in &done.metrics {
            row.set(name, *value);
        }
        row.set("baseline/random", baseline);
        row.set("time/seconds", log.seconds());
        row.set("time/steps-per-second", (steps - before) as f64 / iteration_start.elapsed().as_secs_f64());
        if due(steps) > due(before) || steps >= total {
            let checkpoint = algorithm.checkpoint()?;
            log.checkpoint(&checkpoint)?;
            if let Some(heard) = listener.listen(&checkpoint)? {
                row.extend(listener.judge(&heard).iter().flat_map(Diversity::metrics));
                if shown(steps) > shown(before) {
                    log.show(exhibits(&heard)?)?;
                }
            }
        }
        log.append(&row)?;
        progress.update(steps, done.get("return/mean"));
        if steps >= total || log.is_due() {
            log.suspend(algorithm)?;
        }
    }
    progress.finish();
    if steps < total {
        log.checkpoint(&algorithm.checkpoint()?)?;
        log.suspend(algorithm)?;
    }
    Ok(steps >= total)
}

/// Hears from time to time whether the agent still composes different pieces.
struct Listener<'a> {
    config: &'a TrainingConfig,
    library: &'a Library,
    env: &'a (dyn Env + 'static),
    /// What pieces are measured by, where the environment speaks in tokens.
    tunes: Option<Tunes>,
}

impl<'a> Listener<'a> {
    fn new(config: &'a TrainingConfig, library: &'a Library, env: &'a (dyn Env + 'static)) -> anyhow::Result<Self> {
        let tunes = env.setting().filter(|_| matches!(config.env, EnvironmentConfig::Melody(_)));
        let tunes = tunes.map(|setting| Tunes::of(setting, library)).transpose()?;
        Ok(Self { config, library, env, tunes })
    }

    /// Lets the agent in a checkpoint play, where it composes melodies.
    fn listen(&self, checkpoint: &Checkpoint) -> anyhow::Result<Option<Evaluation>> {
        let Self { config, library, env, tunes: Some(_) } = *self else { return Ok(None) };
        let task = Task { env, library, models: &Folders, policy: &config.policy, seed: config.seed };
        let mut actor = config.agent.config().actor(&task, checkpoint, false)?;
        let scales = checkpoint.critic_scales()?;
        Ok(Some(evaluate(env, actor.as_mut(), HEARD_EPISODES, config.seed, scales)?))
    }

    /// How different the pieces of an evaluation are, where they are melodies.
    fn judge(&self, heard: &Evaluation) -> Option<Diversity> {
        let pieces: Vec<_> = heard.compositions.iter().map(|piece| piece.tokens.as_slice()).collect();
        self.tunes.as_ref().map(|tunes| Diversity::of(&pieces, tunes))
    }
}
