//! An audit as tables, for the terminal and for the page.

use std::fmt::{self, Display, Formatter};

use super::Report;
use crate::{
    audit::{Audit, Comparison, Finding, Kind, PASSES, TermReport},
    number::{number, percent, setting},
    output,
    terminal::{Tone, painted},
};

/// A table with what has to be said about it.
pub(super) struct Table {
    /// What it tells.
    pub(super) title: String,
    /// How to read it; may be empty.
    pub(super) about: String,
    /// The heads of the columns.
    pub(super) head: Vec<String>,
    /// A cell a column; the first names the row.
    pub(super) rows: Vec<Vec<String>>,
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        if !self.about.is_empty() {
            writeln!(f, "{}", self.about)?;
        }
        let head = (!self.head.is_empty()).then(|| self.head.clone());
        f.write_str(&output::table(&head.into_iter().chain(self.rows.iter().cloned()).collect::<Vec<_>>()))
    }
}

/// Every table for the terminal, in reading order.
pub(super) fn tables(report: &Report<'_>) -> Vec<Table> {
    let audit = report.audit;
    let tone = if audit.passes { Tone::Good } else { Tone::Bad };
    let verdict = verdict(audit);
    let (word, reason) = verdict.split_once(':').unwrap_or((&verdict, ""));
    let first = Table { title: format!("{}: {}:{reason}", report.config, painted(tone, word)), ..total(audit) };
    let mut tables = vec![first, terms(audit)];
    tables.extend([findings(audit), left_out(audit)].into_iter().filter(|table| !table.rows.is_empty()));
    tables
}

/// Whether the reward passes, and if not, where.
pub(super) fn verdict(audit: &Audit) -> String {
    let short: Vec<_> = audit
        .total
        .falls_short()
        .map(|comparison| format!("{} ({:.2})", comparison.material, comparison.probability))
        .collect();
    match short.as_slice() {
        [] => format!("passes: music ranks above noise and every degenerate policy with probability {PASSES} or more"),
        short => format!("does not pass: music ranks above with less than {PASSES} for {}", short.join(", ")),
    }
}

/// What was audited, in a sentence or two.
pub(super) fn about(audit: &Audit) -> String {
    let Audit { environment, progress, seed, .. } = audit;
    let weights = format!("weights as they are when {:.0} % of the training is done", 100.0 * progress);
    format!("Environment {environment}; {weights}; random pieces of seed {seed}.")
}

/// The weighted sum by material.
pub(super) fn total(audit: &Audit) -> Table {
    let rows = audit.materials.iter().zip(&audit.total.materials).map(|(material, scores)| {
        let comparison = audit.total.comparisons.iter().find(|comparison| comparison.material == material.name);
        vec![
            material.name.clone(),
            kind(material.kind).to_owned(),
            material.pieces.to_string(),
            number(scores.mean),
            number(scores.min),
            number(scores.max),
            comparison.map_or_else(String::new, probability),
        ]
    });
    Table {
        title: "The weighted sum".to_owned(),
        about: "The probability that music ranks above, with its 95 % interval; above the best piece of a degenerate policy \
                or a search"
            .to_owned(),
        head: ["material", "kind", "pieces", "mean", "least", "most", "music above"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}

/// A row a term.
pub(super) fn terms(audit: &Audit) -> Table {
    let row = |term: &TermReport| {
        let flags: Vec<_> = term.flags.iter().map(ToString::to_string).collect();
        vec![
            term.name.clone(),
            term.weight.map_or_else(String::new, setting),
            number(term.range[0]),
            number(term.range[1]),
            percent(term.fires, 0),
            term.variance_share.map_or_else(String::new, |share| percent(share, 0)),
            worst(term, Kind::Noise),
            worst(term, Kind::Degenerate),
            match flags.as_slice() {
                [] if term.eval_only => "only measured".to_owned(),
                [] => "-".to_owned(),
                flags => flags.join(" "),
            },
        ]
    };
    let head = ["term", "weight", "least", "most", "fires", "variance", "worst noise", "worst habit", "flags"];
    Table {
        title: "Terms".to_owned(),
        about:
            "What pieces got, in how many it gave anything, its share of the total's variance, and where music ranks \
                above noise and degenerate policies with the lowest probability"
                .to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: audit.rows().map(row).collect(),
    }
}

/// A row a flag.
pub(super) fn findings(audit: &Audit) -> Table {
    let row = |row: &TermReport, finding: &Finding| {
        vec![format!("{}: {}: {}; {}", row.name, finding.flag, finding.explanation, finding.remedy)]
    };
    let rows = audit.rows().flat_map(|term| term.findings.iter().map(move |finding| row(term, finding)));
    Table { title: "Flags".to_owned(), about: String::new(), head: Vec::new(), rows: rows.collect() }
}

/// How terms go together: a row and a column a term.
pub(super) fn correlations(audit: &Audit) -> Table {
    let names = || audit.terms.iter().map(|term| term.name.clone());
    let row = |term: &TermReport| {
        let cell = |name: String| match term.correlations.get(&name) {
            Some(Some(correlation)) => number(*correlation),
            Some(None) => "-".to_owned(),
            None => String::new(),
        };
        std::iter::once(term.name.clone()).chain(names().map(cell)).collect()
    };
    let rows = if audit.terms.len() > 1 { audit.terms.iter().map(row).collect() } else { Vec::new() };
    Table {
        title: "Correlations".to_owned(),
        about:
            "Pearson's, over music, damaged music and noise, each material counting the same; none with a term that \
                never varies there"
                .to_owned(),
        head: std::iter::once("term".to_owned()).chain(names()).collect(),
        rows,
    }
}

/// What each material is.
pub(super) fn materials(audit: &Audit) -> Table {
    let rows = audit.materials.iter().map(|material| {
        vec![material.name.clone(), kind(material.kind).to_owned(), material.pieces.to_string(), material.about.clone()]
    });
    Table {
        title: "Materials".to_owned(),
        about: "What was scored".to_owned(),
        head: ["material", "kind", "pieces", "what it is"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}

/// A row a material that was not scored.
pub(super) fn left_out(audit: &Audit) -> Table {
    let rows = audit.left_out.iter().map(|left| vec![left.material.to_owned(), left.reason.clone()]);
    Table { title: "Left out".to_owned(), about: String::new(), head: Vec::new(), rows: rows.collect() }
}

fn worst(term: &TermReport, kind: Kind) -> String {
    let of_kind = term.comparisons.iter().filter(|comparison| comparison.kind == kind);
    let worst = of_kind.reduce(|worst, next| if next.probability < worst.probability { next } else { worst });
    worst.map_or_else(String::new, |worst| format!("{} {:.2}", worst.material, worst.probability))
}

pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Music => "music",
        Kind::Damage => "damaged",
        Kind::Noise => "noise",
        Kind::Degenerate => "degenerate",
        Kind::Search => "search",
    }
}

fn probability(comparison: &Comparison) -> String {
    format!("{:.2} ({:.2}-{:.2})", comparison.probability, comparison.low, comparison.high)
}
