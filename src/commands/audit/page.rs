//! An audit as a page of HTML that needs nothing but itself.

use askama::Template;
use gradus_music::piano_roll;

use super::{
    Report,
    tables::{self, Table},
};
use crate::{
    audit::{Finding, Kind},
    number::number,
    page::inline,
    plots::audit_matrix,
    sound::audio_element,
};

#[derive(Template)]
#[template(path = "audit.html")]
struct Page<'a> {
    config: &'a str,
    verdict: String,
    about: String,
    matrix: String,
    terms: Table,
    total: Table,
    correlations: Table,
    findings: Vec<(&'a str, &'a Finding)>,
    searched: Vec<Searched<'a>>,
    materials: Table,
    left_out: Table,
}

/// What a search found.
struct Searched<'a> {
    name: &'a str,
    about: &'a str,
    worth: String,
    roll: String,
    /// Nothing where there is nothing to hear.
    audio: Option<String>,
}

/// The page of an audit.
pub(super) fn html(report: &Report<'_>) -> anyhow::Result<String> {
    let audit = report.audit;
    let found =
        audit.materials.iter().zip(&audit.total.materials).filter(|(material, _)| material.kind == Kind::Search);
    let searched = found.filter_map(|(material, scores)| {
        let score = material.score.as_ref()?;
        let roll = inline(&piano_roll::svg(score, &piano_roll::Options::default()));
        let worth = number(scores.max);
        let found = |audio| Searched { name: &material.name, about: &material.about, worth, roll, audio };
        Some(audio_element(score).map(found))
    });
    Ok(Page {
        config: &report.config,
        verdict: tables::verdict(audit),
        about: tables::about(audit),
        matrix: inline(&audit_matrix::draw(audit)?),
        terms: tables::terms(audit),
        total: tables::total(audit),
        correlations: tables::correlations(audit),
        findings: audit
            .rows()
            .flat_map(|row| row.findings.iter().map(|finding| (row.name.as_str(), finding)))
            .collect(),
        searched: searched.collect::<Result<_, _>>()?,
        materials: tables::materials(audit),
        left_out: tables::left_out(audit),
    }
    .render()?)
}
