//! The figures of a corpus as tables, for the terminal and for the page.

use std::fmt::{self, Display, Formatter};

use gradus_music::Tempo;
use gradus_music::corpus::Group;
use gradus_music::summary::{ChosenVoice, Class, Gap, Outlier, Outliers, Quantity, Statistics, Summary, Tally};

use super::report::Report;
use crate::output;

/// How many things are named in a line before the rest is only counted.
const NAMED: usize = 5;
/// How many rows of a table the terminal shows before the rest is only counted.
const ROWS: usize = 12;

/// A table with what has to be said about it.
pub(super) struct Table {
    /// What it tells.
    pub(super) title: &'static str,
    /// How to read it; may be empty.
    pub(super) about: String,
    /// The heads of the columns, if they need any.
    pub(super) head: Vec<&'static str>,
    /// A cell a column; the first names the row.
    pub(super) rows: Vec<Vec<String>>,
    /// What does not fit into columns, below it.
    pub(super) notes: Vec<Note>,
}

impl Table {
    /// Whether it has more rows than the terminal shows.
    pub(super) fn is_long(&self) -> bool {
        self.rows.len() > ROWS
    }
}

/// Things of one kind.
pub(super) struct Note {
    /// What they are.
    pub(super) what: String,
    /// Each of them.
    pub(super) each: Vec<String>,
}

impl Note {
    /// Whether they are too many to name in a line.
    pub(super) fn is_long(&self) -> bool {
        self.each.len() > NAMED
    }

    /// All of them.
    pub(super) fn all(&self) -> String {
        self.each.join("; ")
    }
}

/// The first few, and how many more there are.
impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let named = &self.each[..self.each.len().min(NAMED)];
        write!(f, "{}: {}", self.what, named.join("; "))?;
        if self.is_long() {
            write!(f, " and {} more", self.each.len() - NAMED)?;
        }
        Ok(())
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)?;
        if !self.about.is_empty() {
            write!(f, ": {}", self.about)?;
        }
        f.write_str("\n")?;
        if !self.rows.is_empty() {
            let head: Vec<_> = self.head.iter().map(|&name| name.to_owned()).collect();
            let head = (!head.is_empty()).then_some(head);
            let rows: Vec<_> = head.into_iter().chain(self.rows.iter().take(ROWS).cloned()).collect();
            f.write_str(&output::table(&rows))?;
        }
        if self.is_long() {
            writeln!(f, "  and {} more", self.rows.len() - ROWS)?;
        }
        self.notes.iter().take(ROWS).try_for_each(|note| writeln!(f, "  {note}"))?;
        if self.notes.len() > ROWS {
            writeln!(f, "  and {} more", self.notes.len() - ROWS)?;
        }
        Ok(())
    }
}

/// Every table of a corpus, in reading order.
pub(super) fn tables(report: &Report<'_>) -> Vec<Table> {
    let summary = &report.summary;
    vec![
        overview(summary),
        split(report),
        melodies(summary),
        groups(summary),
        quantities(summary),
        outliers(summary),
        missing(summary),
        balance(summary),
        stated(summary),
        faults(summary),
    ]
}

fn overview(summary: &Summary) -> Table {
    let Summary { pieces, tunes, most_settings, notes, .. } = summary;
    let mut facts = vec![
        ("pieces", pieces.to_string()),
        ("tunes", tunes.to_string()),
        ("most settings of one tune", most_settings.to_string()),
        ("notes", notes.to_string()),
    ];
    if let Some((low, high)) = summary.pitch_range {
        facts.extend([("lowest pitch", low.to_string()), ("highest pitch", high.to_string())]);
    }
    if let Some(tempo) = &summary.tempo {
        let words = format!("{:.0} to {:.0}, median {:.0}", tempo.min, tempo.max, tempo.median);
        facts.push(("stated tempos, beats a minute", words));
    }
    Table {
        title: "Overview",
        about: String::new(),
        head: Vec::new(),
        rows: facts.into_iter().map(|(name, fact)| vec![name.to_owned(), fact]).collect(),
        notes: Vec::new(),
    }
}

fn split(report: &Report<'_>) -> Table {
    let row = |name: &str, counts: [usize; 3]| {
        std::iter::once(name.to_owned()).chain(counts.map(|count| count.to_string())).collect()
    };
    let collections = &report.summary.collections;
    let parts = &report.split.parts;
    let mut rows = Vec::new();
    if collections.len() > 1 {
        rows.push(row("all", [&parts.train, &parts.validation, &parts.test].map(Vec::len)));
    }
    rows.extend(collections.iter().map(|each| row(&each.name, [each.train, each.validation, each.test])));
    Table {
        title: "Split",
        about: format!("the parts get {} of the tunes; settings of one tune stay together", report.split.shares),
        head: vec!["collection", "train", "validation", "test"],
        rows,
        notes: Vec::new(),
    }
}

fn melodies(summary: &Summary) -> Table {
    let row = |chosen: &ChosenVoice| {
        let of = match chosen.voices.len() {
            0 | 1 => String::new(),
            voices => format!(", of {voices} voices"),
        };
        vec![chosen.piece.clone(), format!("melody: {}", chosen.voice), format!("{}{of}", chosen.reason)]
    };
    Table {
        title: "Melodies",
        about: "the voice of each piece that is learned from; --voice chooses another".to_owned(),
        head: Vec::new(),
        rows: summary.melodies.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn groups(summary: &Summary) -> Table {
    let note = |Group { pieces, evidence, .. }: &Group| {
        let evidence: Vec<_> = evidence.iter().map(ToString::to_string).collect();
        let what = if evidence.is_empty() { "as ever".to_owned() } else { format!("by {}", evidence.join(" and ")) };
        Note { what, each: pieces.clone() }
    };
    Table {
        title: "Tunes in several settings",
        about: match summary.groups.len() {
            0 => "none; every piece is a tune of its own".to_owned(),
            tunes => format!(
                "{tunes}; pieces that have their title, their melody, or its outline in common are in the same part"
            ),
        },
        head: Vec::new(),
        rows: Vec::new(),
        notes: summary.groups.iter().map(note).collect(),
    }
}

/// Writes one of the statistics.
type Figure = fn(&Statistics) -> String;

/// The statistics in the order in which they are told.
const FIGURES: [(&str, Figure); 9] = [
    ("count", |of| of.count.to_string()),
    ("mean", |of| number(of.mean)),
    ("standard deviation", |of| of.standard_deviation.map_or_else(|| "-".to_owned(), number)),
    ("minimum", |of| number(of.min)),
    ("lower quartile", |of| number(of.lower_quartile)),
    ("median", |of| number(of.median)),
    ("upper quartile", |of| number(of.upper_quartile)),
    ("maximum", |of| number(of.max)),
    ("interquartile range", |of| number(of.interquartile_range)),
];

fn quantities(summary: &Summary) -> Table {
    let there = there(summary);
    let row = |name: &str, cell: &dyn Fn(&Quantity) -> String| {
        std::iter::once(name.to_owned()).chain(there.iter().map(|(_, quantity)| cell(quantity))).collect()
    };
    let mut rows = Vec::new();
    if !there.is_empty() {
        rows.push(row("unit", &|quantity| quantity.unit.to_owned()));
        rows.extend(FIGURES.map(|(name, figure)| row(name, &|quantity| figure(&quantity.statistics))));
    }
    Table {
        title: "Quantities",
        about:
            "lengths of pieces; pitches and durations of notes; steps and rests of melodies; a beat is a quarter note"
                .to_owned(),
        head: std::iter::once("").chain(there.iter().map(|(name, _)| *name)).collect(),
        rows,
        notes: Vec::new(),
    }
}

fn outliers(summary: &Summary) -> Table {
    let there = there(summary);
    let row = |(_, quantity): &(&str, &Quantity)| {
        let Outliers { by, lower_fence, upper_fence, pieces, .. } = &quantity.outliers;
        let (from, to) = (number(*lower_fence), number(*upper_fence));
        vec![(*by).to_owned(), from, to, quantity.unit.to_owned(), pieces.len().to_string()]
    };
    let note = |(_, quantity): &(&str, &Quantity)| {
        let Outliers { by, pieces, .. } = &quantity.outliers;
        let each = farthest(&quantity.outliers).into_iter();
        let each = each.map(|Outlier { piece, value }| format!("{piece} ({})", number(*value)));
        (!pieces.is_empty()).then(|| Note { what: (*by).to_owned(), each: each.collect() })
    };
    Table {
        title: "Outliers",
        about: format!("pieces more than {} interquartile ranges beyond a quartile of all pieces", Outliers::REACH),
        head: vec!["pieces by", "usual from", "to", "unit", "outliers"],
        rows: there.iter().map(row).collect(),
        notes: there.iter().filter_map(note).collect(),
    }
}

/// Outliers, the farthest from the fences first.
fn farthest(outliers: &Outliers) -> Vec<&Outlier> {
    let distance = |outlier: &Outlier| (outliers.lower_fence - outlier.value).max(outlier.value - outliers.upper_fence);
    let mut pieces: Vec<_> = outliers.pieces.iter().collect();
    pieces.sort_by(|left, right| distance(right).total_cmp(&distance(left)));
    pieces
}

fn missing(summary: &Summary) -> Table {
    let missing = &summary.missing;
    let of_all = |pieces: usize| share(pieces as f64 / summary.pieces.max(1) as f64);
    let row = |name: &str, pieces: usize| vec![name.to_owned(), pieces.to_string(), of_all(pieces)];
    let tempo = |tempo: &Tempo| format!("{:.0}", tempo.bpm());
    let notes = [
        gap("key", &missing.key, ToString::to_string),
        gap("metre", &missing.meter, ToString::to_string),
        gap("tempo", &missing.tempo, tempo),
    ];
    Table {
        title: "Missing metadata",
        about: "pieces that do not state it, and what stands in for it".to_owned(),
        head: vec!["metadata", "pieces", "share"],
        rows: vec![
            row("key", missing.key.pieces.len()),
            row("metre", missing.meter.pieces.len()),
            row("tempo", missing.tempo.pieces.len()),
        ],
        notes: notes.into_iter().flatten().collect(),
    }
}

/// How one thing is imputed, and in which pieces, if in any.
fn gap<T>(name: &str, gap: &Gap<T>, write: impl Fn(&T) -> String) -> Option<Note> {
    let value = |value: &Option<T>| value.as_ref().map_or_else(|| "none".to_owned(), &write);
    let each = gap.pieces.iter().map(|imputed| format!("{} ({})", imputed.piece, value(&imputed.value)));
    (!gap.pieces.is_empty()).then(|| Note { what: format!("{name}, {}", gap.rule), each: each.collect() })
}

fn balance(summary: &Summary) -> Table {
    let rows = |kind: &str, classes: &[Class]| -> Vec<_> {
        let row = |class: &Class| vec![format!("{kind} {}", class.name), class.pieces.to_string(), share(class.share)];
        classes.iter().map(row).collect()
    };
    let mut all = rows("mode", &summary.balance.modes);
    all.extend(rows("collection", &summary.balance.collections));
    Table {
        title: "Class balance",
        about: "always answering the first of a kind is right as often as its share says".to_owned(),
        head: vec!["class", "pieces", "share"],
        rows: all,
        notes: Vec::new(),
    }
}

fn stated(summary: &Summary) -> Table {
    let note = |what: &str, tallies: &[Tally]| {
        let each = tallies.iter().map(|Tally { name, pieces }| format!("{name} {pieces}"));
        (!tallies.is_empty()).then(|| Note { what: what.to_owned(), each: each.collect() })
    };
    Table {
        title: "Stated keys and metres",
        about: "the first of each piece, and how many pieces".to_owned(),
        head: Vec::new(),
        rows: Vec::new(),
        notes: [note("keys", &summary.keys), note("metres", &summary.meters)].into_iter().flatten().collect(),
    }
}

fn faults(summary: &Summary) -> Table {
    let row = |name: &str, count: usize| vec![name.to_owned(), count.to_string()];
    let failures = summary.failures.iter().map(|failure| format!("{}: {}", failure.name, failure.reason));
    let faults = summary.faults.iter().map(|fault| format!("{}: {}", fault.name, fault.fault));
    let notes = [("could not be read", failures.collect::<Vec<_>>()), ("were read", faults.collect())];
    let notes = notes.into_iter().filter(|(_, each)| !each.is_empty());
    Table {
        title: "Faults",
        about: String::new(),
        head: Vec::new(),
        rows: vec![
            row("files that could not be read", summary.failures.len()),
            row("faults in files that could be read", summary.faults.len()),
        ],
        notes: notes.map(|(what, each)| Note { what: what.to_owned(), each }).collect(),
    }
}

/// The quantities that there is something of.
fn there(summary: &Summary) -> Vec<(&'static str, &Quantity)> {
    let named = summary.quantities.by_name().into_iter();
    named.filter_map(|(name, quantity)| Some((name, quantity?))).collect()
}

fn share(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn number(number: f64) -> String {
    format!("{number:.2}")
}

#[cfg(test)]
mod tests {
    use gradus_music::{Corpus, Shares};

    use super::*;

    fn note(count: usize) -> Note {
        Note { what: "numbers".to_owned(), each: (1..=count).map(|number| number.to_string()).collect() }
    }

    #[test]
    fn the_first_few_are_named_and_the_rest_is_counted() {
        assert_eq!(note(7).to_string(), "numbers: 1; 2; 3; 4; 5 and 2 more");
        assert_eq!(note(5).to_string(), "numbers: 1; 2; 3; 4; 5");
        assert_eq!(note(7).all(), "1; 2; 3; 4; 5; 6; 7");
    }

    #[test]
    fn a_long_table_is_cut_on_the_terminal() {
        let rows = (0..20).map(|row| vec![format!("row {row}"), "1".to_owned()]).collect();
        let table = Table { title: "Rows", about: String::new(), head: vec!["", "count"], rows, notes: Vec::new() };
        let text = table.to_string();
        assert!(text.contains("row 11") && !text.contains("row 12") && text.ends_with("  and 8 more\n"), "{text}");
    }

    #[test]
    fn the_farthest_outliers_come_first() {
        let summary = Summary::of(&Corpus::embedded().unwrap());
        let outliers = &summary.quantities.lengths.as_ref().unwrap().outliers;
        let values: Vec<_> = farthest(outliers).iter().map(|outlier| outlier.value).collect();
        assert_eq!(values.len(), outliers.pieces.len());
        assert!(values.is_sorted_by(|left, right| left >= right), "no length is below the lower fence: {values:?}");
    }

    #[test]
    fn an_empty_corpus_has_all_tables() {
        let report = Report::of("nothing", &Corpus::default(), Shares::default());
        let text: Vec<_> = tables(&report).iter().map(ToString::to_string).collect();
        assert!(text[6].starts_with("Missing metadata") && text[6].contains("0.0 %"), "{}", text[6]);
    }
}
