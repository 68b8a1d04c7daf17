//! The page of a report.

use askama::Template;
use gradus_music::piano_roll::{self, Options};

use super::{
    comparison::Compared,
    group::{Composed, Group},
    pieces::Pieces,
};
use crate::{
    commands::compare::Figures,
    number::{number, percent},
    page::inline,
    plots::{PLOTS, PlotError, RunSeries, returns},
    sound::audio_element,
};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: String,
    groups: Vec<GroupView<'a>>,
    curves: Vec<String>,
    figures: Option<&'a Figures>,
    /// Why nothing is compared.
    uncompared: &'a str,
}

struct GroupView<'a> {
    group: &'a Group,
    /// Its seeds and how long they were trained.
    trained: String,
    about: String,
    histogram: Option<String>,
    /// Why there are no pieces.
    reason: &'a str,
    pieces: Vec<PieceView>,
    /// The ranks of the pieces, and for each term what it gives each.
    ranks: Vec<String>,
    shares: Vec<(&'a str, Vec<String>)>,
}

struct PieceView {
    rank: String,
    about: String,
    /// What its sound is called.
    heard: String,
    roll: String,
    /// Nothing where there is nothing to hear.
    audio: Option<String>,
}

/// The page of runs.
pub(super) fn html(groups: &[Group], compared: &Compared) -> anyhow::Result<String> {
    let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
    let title = if names.len() <= 4 { names.join(", ") } else { format!("{} runs", names.len()) };
    let (figures, uncompared) = match compared {
        Compared::Figures(figures) => (Some(figures), ""),
        Compared::Not(reason) => (None, reason.as_str()),
    };
    let groups_viewed = groups.iter().map(GroupView::new).collect::<Result<_, _>>()?;
    Ok(Page { title, groups: groups_viewed, curves: curves(groups)?, figures, uncompared }.render()?)
}

/// Every plot of runs for which there is something to plot.
fn curves(groups: &[Group]) -> anyhow::Result<Vec<String>> {
    let series: Vec<RunSeries> = groups.iter().map(|group| group.series.clone()).collect();
    let mut curves = Vec::new();
    for plot in PLOTS {
        match (plot.draw)(&series) {
            Ok(svg) => curves.push(inline(&svg)),
            Err(PlotError::Nothing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(curves)
}

impl<'a> GroupView<'a> {
    fn new(group: &'a Group) -> anyhow::Result<Self> {
        let pieces = match &group.pieces {
            Composed::Pieces(pieces) => pieces,
            Composed::Nothing { reason } => return Ok(Self::without_pieces(group, reason)),
        };
        let histogram = returns::draw(&pieces.returns, pieces.random_mean_return)?;
        let views = pieces.chosen.iter().map(|chosen| {
            let seed = if group.seeds.len() > 1 { format!(", seed {}", chosen.seed) } else { String::new() };
            let about = format!("return {}{seed}", number(chosen.reward));
            PieceView::new(&group.name, &chosen.rank, about, chosen.composition.score.as_ref())
        });
        let share = |term: usize| {
            let shares = pieces.chosen.iter().map(|chosen| chosen.composition.episode.shares.get(term).copied());
            shares.map(|share| share.map_or_else(|| "-".to_owned(), number)).collect()
        };
        Ok(Self {
            group,
            trained: group.trained(),
            about: about(pieces),
            histogram: histogram.as_deref().map(inline),
            reason: if pieces.chosen.is_empty() { "The environment composes no pieces to see or hear." } else { "" },
            pieces: views.collect::<Result<_, _>>()?,
            ranks: pieces.chosen.iter().map(|chosen| chosen.rank.clone()).collect(),
            shares: pieces.terms.iter().enumerate().map(|(term, name)| (name.as_str(), share(term))).collect(),
        })
    }

    fn without_pieces(group: &'a Group, reason: &'a str) -> Self {
        let (trained, about, histogram) = (group.trained(), String::new(), None);
        Self { group, trained, about, histogram, reason, pieces: Vec::new(), ranks: Vec::new(), shares: Vec::new() }
    }
}

fn about(pieces: &Pieces) -> String {
    let quantile = |share: f64| {
        // The returns are in falling order.
        let place = ((pieces.count.saturating_sub(1)) as f64 * (1.0 - share)).round() as usize;
        number(pieces.returns.get(place).copied().unwrap_or(f64::NAN))
    };
    let distinct = pieces.distinct.map_or_else(String::new, |distinct| {
        format!("; {distinct} of them differ ({})", percent(distinct as f64 / pieces.count as f64, 0))
    });
    format!(
        "{} pieces composed for this report{distinct}. Mean return {}, median {}, middle half {} to {}; the random agent's \
         mean is {}.",
        pieces.count,
        number(pieces.mean_return),
        quantile(0.5),
        quantile(0.25),
        quantile(0.75),
        number(pieces.random_mean_return),
    )
}

impl PieceView {
    fn new(run: &str, rank: &str, about: String, score: Option<&gradus_music::Score>) -> anyhow::Result<Self> {
        let mut titled = score.cloned().unwrap_or_default();
        titled.title = Some(format!("{run}, {rank}"));
        let audio = audio_element(&titled)?;
        let options = Options { width: 720.0, row: 7.0, beats_per_line: 16.0 };
        let roll = inline(&piano_roll::svg(&titled, &options));
        let heard = format!("The sound of the {rank} piece of {run}");
        Ok(Self { rank: rank.to_owned(), about, heard, roll, audio })
    }
}
