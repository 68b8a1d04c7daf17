//! The figures of a corpus as tables, for the terminal and for the page.

use std::fmt::{self, Display, Formatter};

use gradus_music::summary::{Class, Gap, Outliers, Quantity, Statistics, Summary, Tally};

use crate::output;

/// How many pieces, or values, are named before the rest is only counted.
const NAMED: usize = 5;

/// A table with what has to be said about it.
pub(super) struct Table {
    /// What it tells.
    pub(super) title: &'static str,
    /// How to read it; may be empty.
    pub(super) about: String,
    /// The heads of the columns; none if there are no rows.
    pub(super) head: Vec<&'static str>,
    /// A cell a column; the first names the row.
    pub(super) rows: Vec<Vec<String>>,
    /// What does not fit into columns, below it.
    pub(super) notes: Vec<String>,
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)?;
        if !self.about.is_empty() {
            write!(f, ": {}", self.about)?;
        }
        f.write_str("\n")?;
        if !self.rows.is_empty() {
            let head = self.head.iter().map(|&name| name.to_owned()).collect();
            let rows: Vec<_> = std::iter::once(head).chain(self.rows.iter().cloned()).collect();
            f.write_str(&output::table(&rows))?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

/// Every table of a corpus, in reading order.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    vec![
        overview(summary),
        split(summary),
        quantities(summary),
        outliers(summary),
        missing(summary),
        balance("Collections", &summary.balance.collections),
        balance("Modes", &summary.balance.modes),
        stated(summary),
        unread(summary),
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
        head: vec!["", "corpus"],
        rows: facts.into_iter().map(|(name, fact)| vec![name.to_owned(), fact]).collect(),
        notes: Vec::new(),
    }
}

fn split(summary: &Summary) -> Table {
    let row = |name: &str, counts: [usize; 3]| {
        let [train, validation, test] = counts.map(|count| count.to_string());
        vec![name.to_owned(), train, validation, test]
    };
    let each = summary.collections.iter();
    let mut rows: Vec<_> = each
        .clone()
        .map(|collection| row(&collection.name, [collection.train, collection.validation, collection.test]))
        .collect();
    let sum = each.fold([0; 3], |[train, validation, test], collection| {
        [train + collection.train, validation + collection.validation, test + collection.test]
    });
    if rows.len() > 1 {
        rows.push(row("all", sum));
    }
    Table {
        title: "Split",
        about: "pieces to learn from, to choose settings by, to report on; settings of one tune stay together"
            .to_owned(),
        head: vec!["collection", "train", "validation", "test"],
        rows,
        notes: Vec::new(),
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
        about: "lengths of pieces; pitches and durations of notes; steps of melodies; a beat is a quarter note"
            .to_owned(),
        head: std::iter::once("").chain(there.iter().map(|(name, _)| *name)).collect(),
        rows,
        notes: Vec::new(),
    }
}

fn outliers(summary: &Summary) -> Table {
    let there = there(summary);
    let row = |(name, quantity): &(&str, &Quantity)| {
        let Outliers { lower_fence, upper_fence, pieces } = &quantity.outliers;
        vec![
            (*name).to_owned(),
            number(*lower_fence),
            number(*upper_fence),
            quantity.unit.to_owned(),
            pieces.len().to_string(),
        ]
    };
    let note = |(name, quantity): &(&str, &Quantity)| {
        let pieces: Vec<_> =
            quantity.outliers.pieces.iter().map(|piece| format!("{} ({})", piece.piece, number(piece.value))).collect();
        (!pieces.is_empty()).then(|| format!("{name}: {}", some(&pieces)))
    };
    Table {
        title: "Outliers",
        about: format!(
            "pieces whose value, or mean of many, lies more than {} interquartile ranges of the pieces beyond a quartile",
            Outliers::REACH
        ),
        head: vec!["quantity", "usual from", "to", "unit", "outliers"],
        rows: there.iter().map(row).collect(),
        notes: there.iter().filter_map(note).collect(),
    }
}

fn missing(summary: &Summary) -> Table {
    let missing = &summary.missing;
    let of_all = |pieces: usize| share(pieces as f64 / summary.pieces.max(1) as f64);
    let row = |name: &str, pieces: usize| vec![name.to_owned(), pieces.to_string(), of_all(pieces)];
    let tempo = |tempo: &gradus_music::Tempo| number(tempo.bpm());
    Table {
        title: "Missing metadata",
        about: "pieces that do not state it, and what stands in for it".to_owned(),
        head: vec!["metadata", "pieces", "share"],
        rows: vec![
            row("key", missing.key.pieces.len()),
            row("metre", missing.meter.pieces.len()),
            row("tempo", missing.tempo.pieces.len()),
        ],
        notes: vec![
            gap("key", &missing.key, ToString::to_string),
            gap("metre", &missing.meter, ToString::to_string),
            gap("tempo", &missing.tempo, tempo),
        ],
    }
}

/// How one thing is imputed, and in which pieces.
fn gap<T>(name: &str, gap: &Gap<T>, write: impl Fn(&T) -> String) -> String {
    let value = |value: &Option<T>| value.as_ref().map_or_else(|| "none".to_owned(), &write);
    let pieces: Vec<_> =
        gap.pieces.iter().map(|imputed| format!("{} ({})", imputed.piece, value(&imputed.value))).collect();
    let named = if pieces.is_empty() { "stated by every piece".to_owned() } else { some(&pieces) };
    format!("{name}, {}: {named}", gap.rule)
}

fn balance(title: &'static str, classes: &[Class]) -> Table {
    let row = |class: &Class| vec![class.name.clone(), class.pieces.to_string(), share(class.share)];
    Table {
        title,
        about: "class balance; always answering the first is right as often as its share says".to_owned(),
        head: vec!["class", "pieces", "share"],
        rows: classes.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn stated(summary: &Summary) -> Table {
    let list = |tallies: &[Tally]| {
        let named: Vec<_> = tallies.iter().map(|Tally { name, pieces }| format!("{name} {pieces}")).collect();
        if named.is_empty() { "none".to_owned() } else { named.join(", ") }
    };
    Table {
        title: "Stated keys and metres",
        about: "the first of each piece, and how many pieces".to_owned(),
        head: Vec::new(),
        rows: Vec::new(),
        notes: vec![format!("keys: {}", list(&summary.keys)), format!("metres: {}", list(&summary.meters))],
    }
}

fn unread(summary: &Summary) -> Table {
    let row = |name: &str, count: usize| vec![name.to_owned(), count.to_string()];
    Table {
        title: "Faults",
        about: String::new(),
        head: vec!["", "count"],
        rows: vec![
            row("files that could not be read", summary.failures.len()),
            row("faults in files that could be read", summary.warnings),
        ],
        notes: summary.failures.iter().map(|failure| format!("{}: {}", failure.name, failure.reason)).collect(),
    }
}

/// The quantities that there is something of.
fn there(summary: &Summary) -> Vec<(&'static str, &Quantity)> {
    let named = summary.quantities.by_name().into_iter();
    named.filter_map(|(name, quantity)| Some((name, quantity?))).collect()
}

/// The first few, and how many more there are.
fn some(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named = names[..names.len() - more].join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

fn share(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn number(number: f64) -> String {
    format!("{number:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_few_are_named_and_the_rest_is_counted() {
        let names: Vec<_> = (1..=7).map(|number| number.to_string()).collect();
        assert_eq!(some(&names), "1, 2, 3, 4, 5 and 2 more");
        assert_eq!(some(&names[..5]), "1, 2, 3, 4, 5");
    }

    #[test]
    fn an_empty_corpus_has_all_tables() {
        let summary = Summary::of(&gradus_music::Corpus::default());
        let text: Vec<_> = tables(&summary).iter().map(ToString::to_string).collect();
        assert!(text[4].starts_with("Missing metadata") && text[4].contains("0.0 %"), "{}", text[4]);
    }
}
