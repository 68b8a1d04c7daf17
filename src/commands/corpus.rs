//! `gradus corpus`: what the music is that models learn from.

use std::path::PathBuf;

use gradus_envs::Library;
use gradus_music::summary::{Spread, Summary, Tally};

use crate::output;

/// The arguments of `gradus corpus`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Tell what is in a corpus: pieces, failures and why, lengths, keys, metres, ranges
    Inspect {
        /// A folder of MIDI files, searched through; the embedded corpus if not given
        dir: Option<PathBuf>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Action::Inspect { dir, json } = self.action;
        let library = dir.map_or_else(Library::embedded, Library::folder);
        let summary = Summary::of(library.corpus()?);
        if json { output::json(&summary) } else { Ok(output::text(describe(&summary))?) }
    }
}

fn describe(summary: &Summary) -> String {
    let mut text = format!(
        "{} pieces of {} tunes, at most {} settings of one\n",
        summary.pieces, summary.tunes, summary.most_settings
    );
    let mut rows = vec![["collection", "train", "validation", "test"].map(str::to_owned).to_vec()];
    rows.extend(summary.collections.iter().map(|collection| {
        let [train, validation, test] =
            [collection.train, collection.validation, collection.test].map(|count| count.to_string());
        vec![collection.name.clone(), train, validation, test]
    }));
    text += &output::table(&rows);
    text += &format!("notes: {}", summary.notes);
    if let Some((low, high)) = summary.pitch_range {
        text += &format!(", from {low} to {high}");
    }
    text += &format!(
        "\nlength in beats: {}\ntempo in beats a minute: {}\nkeys: {}\nmetres: {}\n",
        spread(summary.beats.as_ref()),
        spread(summary.tempo.as_ref()),
        tallies(&summary.keys),
        tallies(&summary.meters),
    );
    text += &format!(
        "without a key {}, without a metre {}, without a tempo {}\nfaults in files that could be read: {}\n",
        summary.without_key, summary.without_meter, summary.without_tempo, summary.warnings
    );
    text += &format!("files that could not be read: {}\n", summary.failures.len());
    for failure in &summary.failures {
        text += &format!("  {}: {}\n", failure.name, failure.reason);
    }
    text
}

fn spread(spread: Option<&Spread>) -> String {
    spread.map_or_else(
        || "-".to_owned(),
        |Spread { min, median, mean, max }| format!("from {min:.1} to {max:.1}, median {median:.1}, mean {mean:.1}"),
    )
}

fn tallies(tallies: &[Tally]) -> String {
    let named = tallies.iter().map(|Tally { name, pieces }| format!("{name} {pieces}"));
    named.collect::<Vec<_>>().join(", ")
}
