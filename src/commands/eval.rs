//! `gradus eval`: how good is a trained agent?

use std::path::PathBuf;

use gradus_agents::Evaluation;
use gradus_envs::{EnvironmentConfig, EpisodeStatistics, tasks::melody::Measures};
use serde::Serialize;
use serde_json::Map;

use crate::{
    config::TrainingConfig,
    diversity::{Diversity, Shared, Tunes},
    number::{fixed, number, percent},
    output, progress,
    run::RunDirectory,
    trained::{Trained, evaluate_random},
};

/// The arguments of `gradus eval`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  gradus eval results/quickstart
  gradus eval results/quickstart/seed-0 --episodes 1000 --json")]
pub struct Args {
    /// The run: results/NAME with all its seeds, or results/NAME/seed-N
    run: PathBuf,
    /// Episodes of each seed
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    episodes: u64,
    /// The seed of the episodes
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Take the most probable action at each step instead of sampling
    #[arg(long)]
    deterministic: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    run: String,
    episodes: usize,
    mean_return: f64,
    std_return: f64,
    min_return: f64,
    max_return: f64,
    mean_length: f64,
    random_mean_return: f64,
    /// Each term's mean share of the return.
    terms: Map<String, serde_json::Value>,
    /// The number of different pieces among the episodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    distinct: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diversity: Option<Diversity>,
    /// What there is to warn of.
    #[serde(skip)]
    warning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measures: Option<Measures>,
    /// The same of as many stretches of the corpus.
    #[serde(skip_serializing_if = "Option::is_none")]
    corpus_measures: Option<Measures>,
    seeds: Vec<SeedReport>,
}

#[derive(Serialize)]
struct SeedReport {
    seed: u64,
    mean_return: f64,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let episodes = usize::try_from(self.episodes)?;
        let mut all: Option<Evaluation> = None;
        let mut seeds = Vec::new();
        let mut last = None;
        for run in RunDirectory::open_all(&self.run)? {
            let trained = Trained::load(&run)?;
            if let Some(unfinished) = trained.unfinished() {
                progress::note(&format!("{}: {unfinished}", run.path().display()));
            }
            let evaluation = trained.evaluate(episodes, self.seed, self.deterministic)?;
            seeds.push(SeedReport { seed: run.seed(), mean_return: evaluation.statistics().returns.mean });
            match &mut all {
                Some(all) => all.compositions.extend(evaluation.compositions),
                None => all = Some(evaluation),
            }
            last = Some(trained);
        }
        let (Some(all), Some(trained)) = (all, last) else { unreachable!("opening a run without seeds is an error") };
        let random = evaluate_random(trained.env.as_ref(), episodes, self.seed)?.statistics();
        let report = self.report(&all, &random, &trained, seeds)?;
        if self.json { output::json(&report) } else { Ok(output::text(describe(&report))?) }
    }

    fn report(
        &self,
        evaluation: &Evaluation,
        random: &EpisodeStatistics,
        trained: &Trained,
        seeds: Vec<SeedReport>,
    ) -> anyhow::Result<Report> {
        let statistics = evaluation.statistics();
        let terms = evaluation.terms.iter().cloned();
        let (mut measures, mut corpus_measures, mut distinct, mut diversity) = (None, None, None, None);
        if let EnvironmentConfig::Melody(config) = &trained.config.env {
            let setting = config.setting()?;
            let pieces: Vec<_> =
                evaluation.compositions.iter().map(|composition| composition.tokens.as_slice()).collect();
            let tunes = Tunes::of(&setting, &trained.library)?;
            measures = Some(Measures::of(pieces.iter().copied(), &setting)?);
            corpus_measures = Some(Measures::of(tunes.stretches(pieces.len(), setting.steps), &setting)?);
            distinct = Some(pieces.iter().collect::<std::collections::BTreeSet<_>>().len());
            diversity = Some(Diversity::of(&pieces, &tunes));
        }
        let TrainingConfig { least_diversity, agent, .. } = &trained.config;
        let warning = diversity.as_ref().and_then(|diversity| diversity.warning(*least_diversity, agent));
        Ok(Report {
            run: self.run.display().to_string(),
            episodes: statistics.episodes(),
            mean_return: statistics.returns.mean,
            std_return: statistics.returns.std(),
            min_return: statistics.returns.min,
            max_return: statistics.returns.max,
            mean_length: statistics.lengths.mean,
            random_mean_return: random.returns.mean,
            terms: terms.zip(statistics.mean_shares().map(Into::into)).collect(),
            distinct,
            diversity,
            warning,
            measures,
            corpus_measures,
            seeds,
        })
    }
}

fn describe(report: &Report) -> String {
    let mut text = format!(
        "{}: {} episodes\n  mean return {} (std {}, from {} to {})\n  random agent {}\n",
        report.run,
        report.episodes,
        number(report.mean_return),
        number(report.std_return),
        number(report.min_return),
        number(report.max_return),
        number(report.random_mean_return),
    );
    if let Some(distinct) = report.distinct {
        text += &format!("  {distinct} different pieces\n");
    }
    if report.seeds.len() > 1 {
        text += "mean return of each seed\n";
        let rows = report.seeds.iter().map(|seed| vec![format!("seed {}", seed.seed), number(seed.mean_return)]);
        text += &output::table(&rows.collect::<Vec<_>>());
    }
    if !report.terms.is_empty() {
        text += "what each reward term gives of the mean return\n";
        let rows =
            report.terms.iter().map(|(term, share)| vec![term.clone(), fixed(share.as_f64().unwrap_or(f64::NAN), 3)]);
        text += &output::table(&rows.collect::<Vec<_>>());
    }
    if let Some(diversity) = &report.diversity {
        text += "how much the pieces differ, beside as many stretches of the corpus\n";
        text += &output::table(&[vec![head()], diversity_rows(diversity)].concat());
        text += report.warning.as_deref().unwrap_or_default();
    }
    if let Some((ours, theirs)) = report.measures.as_ref().zip(report.corpus_measures.as_ref()) {
        text +=
            "measures of the RL Tuner paper, whose notes are steps, beside those of as many stretches of the corpus\n";
        let rows = measure_rows(ours).into_iter().zip(measure_rows(theirs));
        let rows = rows.map(|([name, ours], [_, theirs])| vec![name, ours, theirs]);
        text += &output::table(&std::iter::once(head()).chain(rows).collect::<Vec<_>>());
    }
    text
}

/// What stands in the columns of figures beside those of the corpus.
fn head() -> Vec<String> {
    ["", "pieces", "corpus"].map(str::to_owned).to_vec()
}

fn diversity_rows(diversity: &Diversity) -> Vec<Vec<String>> {
    let Diversity { pieces, corpus, longest_shared_run } = diversity;
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| fixed(value, 3));
    let mut rows: Vec<Vec<String>> = [
        ("share of different pieces", pieces.distinct, corpus.distinct),
        ("mean distance of two", pieces.mean_distance, corpus.mean_distance),
        ("entropy of pitch classes, bits", pieces.pitch_class_entropy, corpus.pitch_class_entropy),
        ("entropy of runs of four tokens, bits", pieces.run_entropy, corpus.run_entropy),
    ]
    .map(|(name, ours, theirs)| vec![name.to_owned(), number(ours), number(theirs)])
    .to_vec();
    if let Some(Shared { notes, out_of, tune, title, .. }) = longest_shared_run {
        rows.push(vec![
            "longest run shared with a tune".to_owned(),
            format!("{notes} of {out_of} notes"),
            title.as_ref().map_or_else(|| tune.clone(), |title| format!("{title} ({tune})")),
        ]);
    }
    rows
}

fn measure_rows(measures: &Measures) -> [[String; 2]; 11] {
    let percent = |share: Option<f64>| share.map_or_else(|| "-".into(), |share| percent(share, 2));
    let number = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| fixed(value, 3));
    [
        ("notes excessively repeated", percent(measures.excessively_repeated)),
        ("autocorrelation, lag 1", number(measures.autocorrelation_1)),
        ("autocorrelation, lag 2", number(measures.autocorrelation_2)),
        ("autocorrelation, lag 3", number(measures.autocorrelation_3)),
        ("notes not in key", percent(measures.not_in_key)),
        ("compositions starting on the tonic", percent(measures.starts_on_tonic)),
        ("leaps resolved", percent(measures.leaps_resolved)),
        ("compositions with a unique highest note", percent(measures.unique_highest)),
        ("compositions with a unique lowest note", percent(measures.unique_lowest)),
        ("notes in a motif", percent(measures.in_motif)),
        ("notes in a repeated motif", percent(measures.in_repeated_motif)),
    ]
    .map(|(name, value)| [name.to_owned(), value])
}
